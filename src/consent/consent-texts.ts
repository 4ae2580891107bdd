import type { ConsentPurpose } from '#wire';

/** What a person is told before she decides: first a few sentences, then more on request, then each purpose. */
export interface ConsentText {
  readonly title: string;
  readonly short: readonly string[];
  readonly layers: readonly { readonly title: string; readonly body: string }[];
  readonly purposes: Readonly<Record<ConsentPurpose, { readonly title: string; readonly body: string }>>;
}

/** Language of the network, ISO 639-1. */
export const TEXT_LANGUAGES = ['en', 'el', 'de', 'sl', 'uk', 'pt', 'lt', 'pl', 'it', 'es', 'et'] as const;

/** One of {@link TEXT_LANGUAGES}. */
export type TextLanguage = (typeof TEXT_LANGUAGES)[number];

/** One version of the text in every language. */
export type ConsentTexts = Readonly<Record<TextLanguage, ConsentText>>;

function text(
  title: string,
  short: readonly string[],
  layers: readonly (readonly [title: string, body: string])[],
  purposes: Readonly<Record<ConsentPurpose, readonly [title: string, body: string]>>,
): ConsentText {
  return {
    title,
    short,
    layers: layers.map(([layerTitle, body]) => ({ title: layerTitle, body })),
    purposes: Object.fromEntries(
      Object.entries(purposes).map(([purpose, [purposeTitle, body]]) => [purpose, { title: purposeTitle, body }]),
    ) as ConsentText['purposes'],
  };
}

/** The text that comes with the product: version 1. */
export const FIRST_TEXTS: ConsentTexts = {
  en: text(
    'Your images and research',
    [
      'You can let research learn from your images.',
      'They stay in this hospital. Your name does not leave it.',
      'You choose what they may be used for.',
      'You can stop at any time. You need no reason. Your care stays the same.',
    ],
    [
      [
        'What happens',
        'The hospital takes your name and number out of the images. Computers in the hospital count and learn from them. Only numbers and models leave, never an image.',
      ],
      [
        'What you can do',
        'You can see who used your data and what for. You can change your choice or take it back on this page. It takes effect within a second. A model that was made before stays, and its record says so.',
      ],
      [
        'What is not certain',
        'Nobody can promise that a model never tells anything about a person. The hospital limits what each use may tell. If something seems wrong, write to us on this page or to the data protection authority.',
      ],
    ],
    {
      'cancer-research': ['Research on cancer', 'Public institutes look for the causes of cancer and for better care.'],
      'ai-development': ['Computer models', 'Programs learn to find signs of illness in images.'],
      'public-health': ['Public health', 'Authorities plan screening and care for everybody.'],
      education: ['Teaching', 'Students of medicine learn from the results.'],
      'commercial-development': [
        'Companies',
        'Companies make products from the results, such as a program for doctors.',
      ],
      'outside-eu': ['Outside the European Union', 'Research groups outside the Union may use the results too.'],
    },
  ),
  de: text(
    'Ihre Bilder und die Forschung',
    [
      'Sie können die Forschung aus Ihren Bildern lernen lassen.',
      'Die Bilder bleiben in dieser Klinik. Ihr Name verlässt sie nicht.',
      'Sie wählen, wofür sie genutzt werden.',
      'Sie können jederzeit aufhören. Sie brauchen keinen Grund. Ihre Behandlung bleibt gleich.',
    ],
    [
      [
        'Was geschieht',
        'Die Klinik nimmt Namen und Nummer aus den Bildern. Rechner in der Klinik zählen und lernen aus ihnen. Nur Zahlen und Modelle gehen hinaus, nie ein Bild.',
      ],
      [
        'Was Sie tun können',
        'Sie sehen, wer Ihre Daten wofür genutzt hat. Sie können Ihre Wahl auf dieser Seite ändern oder zurücknehmen. Das gilt nach einer Sekunde. Ein Modell von vorher bleibt, und seine Akte sagt es.',
      ],
      [
        'Was nicht sicher ist',
        'Niemand kann versprechen, dass ein Modell nie etwas über einen Menschen verrät. Die Klinik begrenzt, was jede Nutzung verraten kann. Wenn etwas falsch wirkt, schreiben Sie uns auf dieser Seite oder der Aufsicht für Datenschutz.',
      ],
    ],
    {
      'cancer-research': ['Forschung zu Krebs', 'Öffentliche Institute suchen Ursachen von Krebs und bessere Hilfe.'],
      'ai-development': ['Modelle am Rechner', 'Programme lernen, Zeichen von Krankheit in Bildern zu finden.'],
      'public-health': ['Gesundheit für alle', 'Behörden planen Früherkennung und Versorgung für alle.'],
      education: ['Lehre', 'Studierende der Medizin lernen aus den Ergebnissen.'],
      'commercial-development': ['Firmen', 'Firmen machen aus den Ergebnissen Produkte, etwa ein Programm für Ärzte.'],
      'outside-eu': ['Außerhalb der EU', 'Auch Gruppen außerhalb der EU dürfen die Ergebnisse nutzen.'],
    },
  ),
  el: text(
    'Οι εικόνες σας και η έρευνα',
    [
      'Μπορείτε να αφήσετε την έρευνα να μάθει από τις εικόνες σας.',
      'Μένουν σε αυτό το νοσοκομείο. Το όνομά σας δεν βγαίνει έξω.',
      'Εσείς διαλέγετε για ποιο σκοπό θα γίνει χρήση.',
      'Μπορείτε να σταματήσετε όποτε θέλετε. Δεν χρειάζεται λόγος. Η φροντίδα σας μένει ίδια.',
    ],
    [
      [
        'Τι γίνεται',
        'Το νοσοκομείο βγάζει το όνομα και τον αριθμό σας από τις εικόνες. Υπολογιστές του νοσοκομείου μετρούν και μαθαίνουν από αυτές. Έξω βγαίνουν μόνο αριθμοί και μοντέλα, ποτέ εικόνα.',
      ],
      [
        'Τι μπορείτε να κάνετε',
        'Βλέπετε ποιος χρησιμοποίησε τα δεδομένα σας και για ποιο σκοπό. Μπορείτε να αλλάξετε ή να πάρετε πίσω την επιλογή σας σε αυτή τη σελίδα. Ισχύει σε ένα δευτερόλεπτο. Ένα μοντέλο που έγινε πριν μένει, και ο φάκελός του το λέει.',
      ],
      [
        'Τι δεν είναι βέβαιο',
        'Κανείς δεν μπορεί να υποσχεθεί ότι ένα μοντέλο δεν λέει ποτέ τίποτα για έναν άνθρωπο. Το νοσοκομείο βάζει όρια σε όσα μπορεί να πει κάθε χρήση. Αν κάτι σας φαίνεται λάθος, γράψτε μας σε αυτή τη σελίδα ή στην αρχή προστασίας δεδομένων.',
      ],
    ],
    {
      'cancer-research': [
        'Έρευνα για τον καρκίνο',
        'Δημόσια ιδρύματα ψάχνουν τα αίτια του καρκίνου και καλύτερη φροντίδα.',
      ],
      'ai-development': ['Μοντέλα υπολογιστή', 'Προγράμματα μαθαίνουν να βρίσκουν σημάδια νόσου σε εικόνες.'],
      'public-health': ['Δημόσια υγεία', 'Οι αρχές σχεδιάζουν έλεγχο και φροντίδα για όλους.'],
      education: ['Διδασκαλία', 'Φοιτητές ιατρικής μαθαίνουν από τα αποτελέσματα.'],
      'commercial-development': [
        'Εταιρείες',
        'Εταιρείες φτιάχνουν προϊόντα από τα αποτελέσματα, όπως ένα πρόγραμμα για γιατρούς.',
      ],
      'outside-eu': ['Έξω από την Ένωση', 'Και ομάδες έξω από την Ένωση μπορούν να χρησιμοποιήσουν τα αποτελέσματα.'],
    },
  ),
  sl: text(
    'Vaše slike in raziskave',
    [
      'Raziskavam lahko dovolite, da se učijo iz vaših slik.',
      'Slike ostanejo v tej bolnišnici. Vaše ime je ne zapusti.',
      'Sami izberete, za kaj se smejo uporabiti.',
      'Kadar koli lahko nehate. Razlog ni potreben. Vaša oskrba ostane enaka.',
    ],
    [
      [
        'Kaj se zgodi',
        'Bolnišnica iz slik vzame vaše ime in številko. Računalniki v bolnišnici štejejo in se iz slik učijo. Ven gredo le številke in modeli, nikoli slika.',
      ],
      [
        'Kaj lahko storite',
        'Vidite, kdo je uporabil vaše podatke in za kaj. Na tej strani lahko izbiro spremenite ali umaknete. Velja v eni sekundi. Model, ki je nastal prej, ostane, in v njegovem zapisu to piše.',
      ],
      [
        'Kaj ni gotovo',
        'Nihče ne more obljubiti, da model nikoli ne pove ničesar o človeku. Bolnišnica omeji, kaj sme povedati vsaka uporaba. Če se vam kaj zdi narobe, nam pišite na tej strani ali pa organu za varstvo podatkov.',
      ],
    ],
    {
      'cancer-research': ['Raziskave raka', 'Javni inštituti iščejo vzroke raka in boljšo oskrbo.'],
      'ai-development': ['Računalniški modeli', 'Programi se učijo najti znake bolezni na slikah.'],
      'public-health': ['Javno zdravje', 'Oblasti načrtujejo presejanje in oskrbo za vse.'],
      education: ['Poučevanje', 'Študenti medicine se učijo iz rezultatov.'],
      'commercial-development': [
        'Podjetja',
        'Podjetja iz rezultatov naredijo izdelke, na primer program za zdravnike.',
      ],
      'outside-eu': ['Zunaj Evropske unije', 'Rezultate smejo uporabiti tudi skupine zunaj Unije.'],
    },
  ),
  uk: text(
    'Ваші знімки та наука',
    [
      'Ви можете дозволити науці вчитися на ваших знімках.',
      'Вони лишаються в цій лікарні. Ваше імʼя з неї не виходить.',
      'Ви обираєте, для чого їх можна використати.',
      'Ви можете припинити будь-коли. Причина не потрібна. Ваше лікування не зміниться.',
    ],
    [
      [
        'Що відбувається',
        'Лікарня прибирає зі знімків ваше імʼя та номер. Компʼютери лікарні рахують і вчаться на них. Назовні йдуть лише числа та моделі, ніколи не знімок.',
      ],
      [
        'Що ви можете зробити',
        'Ви бачите, хто використав ваші дані та для чого. На цій сторінці ви можете змінити або забрати свою згоду. Це діє за секунду. Модель, зроблена раніше, лишається, і в її записі це сказано.',
      ],
      [
        'Що не є певним',
        'Ніхто не може обіцяти, що модель ніколи нічого не скаже про людину. Лікарня обмежує, що може сказати кожне використання. Якщо щось не так, напишіть нам на цій сторінці або органу захисту даних.',
      ],
    ],
    {
      'cancer-research': ['Наука про рак', 'Державні інститути шукають причини раку та кращу допомогу.'],
      'ai-development': ['Компʼютерні моделі', 'Програми вчаться знаходити ознаки хвороби на знімках.'],
      'public-health': ['Здоровʼя громади', 'Влада планує огляди та допомогу для всіх.'],
      education: ['Навчання', 'Студенти медицини вчаться на результатах.'],
      'commercial-development': ['Компанії', 'Компанії роблять із результатів вироби, як-от програму для лікарів.'],
      'outside-eu': ['Поза Європейським Союзом', 'Групи поза Союзом теж можуть використати результати.'],
    },
  ),
  pt: text(
    'As suas imagens e a investigação',
    [
      'Pode deixar a investigação aprender com as suas imagens.',
      'Elas ficam neste hospital. O seu nome não sai daqui.',
      'Escolhe para que podem ser usadas.',
      'Pode parar quando quiser. Não precisa de razão. Os seus cuidados ficam iguais.',
    ],
    [
      [
        'O que acontece',
        'O hospital tira das imagens o seu nome e número. Os computadores do hospital contam e aprendem com elas. Só saem números e modelos, nunca uma imagem.',
      ],
      [
        'O que pode fazer',
        'Pode ver quem usou os seus dados e para quê. Pode mudar ou retirar a escolha nesta página. Vale num segundo. Um modelo feito antes fica, e o registo dele diz isso.',
      ],
      [
        'O que não é certo',
        'Ninguém pode prometer que um modelo nunca diga nada sobre uma pessoa. O hospital limita o que cada uso pode dizer. Se algo parece errado, escreva-nos nesta página ou à autoridade de proteção de dados.',
      ],
    ],
    {
      'cancer-research': [
        'Investigação do cancro',
        'Institutos públicos procuram as causas do cancro e melhores cuidados.',
      ],
      'ai-development': ['Modelos de computador', 'Programas aprendem a achar sinais de doença nas imagens.'],
      'public-health': ['Saúde pública', 'As autoridades planeiam rastreios e cuidados para todos.'],
      education: ['Ensino', 'Alunos de medicina aprendem com os resultados.'],
      'commercial-development': [
        'Empresas',
        'Empresas fazem produtos com os resultados, como um programa para médicos.',
      ],
      'outside-eu': ['Fora da União Europeia', 'Grupos fora da União também podem usar os resultados.'],
    },
  ),
  lt: text(
    'Jūsų vaizdai ir mokslas',
    [
      'Galite leisti mokslui mokytis iš jūsų vaizdų.',
      'Jie lieka šioje ligoninėje. Jūsų vardas iš jos neišeina.',
      'Jūs renkatės, kam jie gali būti naudojami.',
      'Galite bet kada sustoti. Priežasties nereikia. Jūsų gydymas nesikeičia.',
    ],
    [
      [
        'Kas vyksta',
        'Ligoninė iš vaizdų išima jūsų vardą ir numerį. Ligoninės kompiuteriai skaičiuoja ir mokosi iš jų. Išeina tik skaičiai ir modeliai, niekada vaizdas.',
      ],
      [
        'Ką galite daryti',
        'Matote, kas ir kam naudojo jūsų duomenis. Šiame puslapyje galite pakeisti arba atšaukti savo sprendimą. Jis galioja po sekundės. Anksčiau sukurtas modelis lieka, ir jo įrašas tai sako.',
      ],
      [
        'Kas nėra tikra',
        'Niekas negali žadėti, kad modelis niekada nieko nepasakys apie žmogų. Ligoninė riboja, ką gali pasakyti kiekvienas naudojimas. Jei kas nors atrodo blogai, rašykite mums šiame puslapyje arba duomenų apsaugos institucijai.',
      ],
    ],
    {
      'cancer-research': ['Vėžio tyrimai', 'Viešieji institutai ieško vėžio priežasčių ir geresnės pagalbos.'],
      'ai-development': ['Kompiuterių modeliai', 'Programos mokosi rasti ligos ženklus vaizduose.'],
      'public-health': ['Visuomenės sveikata', 'Valdžia planuoja patikrą ir pagalbą visiems.'],
      education: ['Mokymas', 'Medicinos studentai mokosi iš rezultatų.'],
      'commercial-development': ['Įmonės', 'Įmonės iš rezultatų kuria gaminius, pavyzdžiui, programą gydytojams.'],
      'outside-eu': ['Už Europos Sąjungos ribų', 'Rezultatus gali naudoti ir grupės už Sąjungos ribų.'],
    },
  ),
  pl: text(
    'Twoje obrazy i badania',
    [
      'Możesz pozwolić, by nauka uczyła się z Twoich obrazów.',
      'Zostają w tym szpitalu. Twoje imię go nie opuszcza.',
      'To Ty wybierasz, do czego wolno ich użyć.',
      'Możesz przestać w każdej chwili. Nie trzeba podać powodu. Twoje leczenie się nie zmieni.',
    ],
    [
      [
        'Co się dzieje',
        'Szpital usuwa z obrazów Twoje imię i numer. Komputery w szpitalu liczą i uczą się z nich. Na zewnątrz idą tylko liczby i modele, nigdy obraz.',
      ],
      [
        'Co możesz zrobić',
        'Widzisz, kto i po co użył Twoich danych. Na tej stronie możesz zmienić lub cofnąć swój wybór. Działa to po sekundzie. Model zrobiony wcześniej zostaje, a jego zapis o tym mówi.',
      ],
      [
        'Co nie jest pewne',
        'Nikt nie może obiecać, że model nigdy nie powie nic o człowieku. Szpital ogranicza to, co może zdradzić każde użycie. Gdy coś jest nie tak, napisz do nas na tej stronie lub do urzędu ochrony danych.',
      ],
    ],
    {
      'cancer-research': ['Badania nad rakiem', 'Publiczne instytuty szukają przyczyn raka i lepszej opieki.'],
      'ai-development': ['Modele komputerowe', 'Programy uczą się znajdować oznaki choroby na obrazach.'],
      'public-health': ['Zdrowie publiczne', 'Władze planują badania i opiekę dla wszystkich.'],
      education: ['Nauczanie', 'Studenci medycyny uczą się z wyników.'],
      'commercial-development': ['Firmy', 'Firmy robią z wyników produkty, na przykład program dla lekarzy.'],
      'outside-eu': ['Poza Unią Europejską', 'Wyników mogą użyć także grupy spoza Unii.'],
    },
  ),
  it: text(
    'Le Sue immagini e la ricerca',
    [
      'Può lasciare che la ricerca impari dalle Sue immagini.',
      'Restano in questo ospedale. Il Suo nome non ne esce.',
      'È Lei a scegliere per che cosa si usano.',
      'Può smettere quando vuole. Non serve un motivo. Le Sue cure restano uguali.',
    ],
    [
      [
        'Che cosa succede',
        'L’ospedale toglie dalle immagini il Suo nome e numero. I computer dell’ospedale contano e imparano da esse. Escono solo numeri e modelli, mai un’immagine.',
      ],
      [
        'Che cosa può fare',
        'Vede chi ha usato i Suoi dati e perché. In questa pagina può cambiare o ritirare la Sua scelta. Vale dopo un secondo. Un modello fatto prima resta, e il suo registro lo dice.',
      ],
      [
        'Che cosa non è certo',
        'Nessuno può promettere che un modello non dica mai nulla su una persona. L’ospedale limita ciò che ogni uso può dire. Se qualcosa non va, ci scriva in questa pagina o scriva al garante dei dati.',
      ],
    ],
    {
      'cancer-research': ['Ricerca sul cancro', 'Istituti pubblici cercano le cause del cancro e cure migliori.'],
      'ai-development': ['Modelli al computer', 'I programmi imparano a trovare segni di malattia nelle immagini.'],
      'public-health': ['Salute pubblica', 'Le autorità pianificano controlli e cure per tutti.'],
      education: ['Insegnamento', 'Gli studenti di medicina imparano dai risultati.'],
      'commercial-development': [
        'Aziende',
        'Le aziende fanno prodotti con i risultati, come un programma per i medici.',
      ],
      'outside-eu': ['Fuori dall’Unione europea', 'Anche gruppi fuori dall’Unione possono usare i risultati.'],
    },
  ),
  es: text(
    'Sus imágenes y la investigación',
    [
      'Puede dejar que la ciencia aprenda de sus imágenes.',
      'Se quedan en este hospital. Su nombre no sale de él.',
      'Usted elige para qué se pueden usar.',
      'Puede parar cuando quiera. No hace falta un motivo. Su atención sigue igual.',
    ],
    [
      [
        'Qué ocurre',
        'El hospital quita su nombre y número de las imágenes. Los ordenadores del hospital cuentan y aprenden de ellas. Solo salen números y modelos, nunca una imagen.',
      ],
      [
        'Qué puede hacer',
        'Ve quién usó sus datos y para qué. En esta página puede cambiar o retirar su elección. Vale en un segundo. Un modelo hecho antes se queda, y su registro lo dice.',
      ],
      [
        'Qué no es seguro',
        'Nadie puede prometer que un modelo nunca diga nada de una persona. El hospital limita lo que cada uso puede decir. Si algo parece mal, escríbanos en esta página o a la autoridad de protección de datos.',
      ],
    ],
    {
      'cancer-research': [
        'Investigación del cáncer',
        'Institutos públicos buscan las causas del cáncer y mejor atención.',
      ],
      'ai-development': ['Modelos de ordenador', 'Los programas aprenden a hallar señales de enfermedad en imágenes.'],
      'public-health': ['Salud pública', 'Las autoridades planean cribados y atención para todos.'],
      education: ['Enseñanza', 'Los alumnos de medicina aprenden de los resultados.'],
      'commercial-development': [
        'Empresas',
        'Las empresas hacen productos con los resultados, como un programa para médicos.',
      ],
      'outside-eu': ['Fuera de la Unión Europea', 'También grupos de fuera de la Unión pueden usar los resultados.'],
    },
  ),
  et: text(
    'Teie pildid ja teadus',
    [
      'Võite lubada teadusel oma piltidest õppida.',
      'Need jäävad siia haiglasse. Teie nimi siit ei lahku.',
      'Teie valite, milleks neid tohib kasutada.',
      'Võite igal ajal lõpetada. Põhjust pole vaja. Teie ravi jääb samaks.',
    ],
    [
      [
        'Mis toimub',
        'Haigla võtab piltidelt teie nime ja numbri. Haigla arvutid loevad ja õpivad neist. Välja lähevad vaid arvud ja mudelid, mitte kunagi pilt.',
      ],
      [
        'Mida saate teha',
        'Näete, kes ja milleks teie andmeid kasutas. Sellel lehel saate oma valikut muuta või tagasi võtta. See kehtib sekundi pärast. Varem tehtud mudel jääb, ja selle kirje ütleb seda.',
      ],
      [
        'Mis pole kindel',
        'Keegi ei saa lubada, et mudel ei ütle inimese kohta kunagi midagi. Haigla piirab seda, mida iga kasutus võib öelda. Kui miski tundub vale, kirjutage meile sellel lehel või andmekaitse asutusele.',
      ],
    ],
    {
      'cancer-research': ['Vähi uurimine', 'Avalikud asutused otsivad vähi põhjusi ja paremat abi.'],
      'ai-development': ['Arvuti mudelid', 'Programmid õpivad piltidelt haiguse märke leidma.'],
      'public-health': ['Rahva tervis', 'Riik plaanib uuringuid ja abi kõigile.'],
      education: ['Õpetus', 'Arstiks õppijad õpivad tulemustest.'],
      'commercial-development': ['Firmad', 'Firmad teevad tulemustest tooteid, näiteks programmi arstidele.'],
      'outside-eu': ['Väljaspool Euroopa Liitu', 'Tulemusi võivad kasutada ka rühmad väljaspool liitu.'],
    },
  ),
};
