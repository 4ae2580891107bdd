import type { KitLanguage, KitPage } from '#wire';

/** What patients are told, in one language: short sentences that anybody of twelve can read. */
export interface KitWords {
  readonly headline: string;
  readonly tagline: string;
  /** What a poster, a screen and an e-mail say. */
  readonly points: readonly [string, string, string];
  readonly pages: Readonly<Record<KitPage, { readonly title: string; readonly body: readonly string[] }>>;
  /** Beside the code that leads to the choice. */
  readonly decide: string;
  readonly ask: string;
  readonly together: string;
  /** Before the number of a data altruism organisation in its public register. */
  readonly register: string;
  readonly figures: {
    readonly title: string;
    readonly studies: string;
    readonly persons: string;
    readonly sites: string;
    readonly countries: string;
    readonly projects: string;
    readonly synthetic: string;
    readonly rounded: string;
    readonly none: string;
  };
  readonly email: { readonly subject: string; readonly lead: string };
  readonly sms: string;
}

/**
 * The words of the kit. What they say of the law: GDPR (Regulation (EU) 2016/679) Articles 4(5), 7(3) and 77; European Health Data Space
 * (Regulation (EU) 2025/327) Article 71, which applies from 26 March 2029 by Article 105; Data Governance Act (Regulation (EU) 2022/868) Articles
 * 17 to 20.
 */
export const KIT_WORDS: Readonly<Record<KitLanguage, KitWords>> = {
  en: {
    headline: 'Your scans can help others',
    tagline: 'You decide. Yes or no: your care stays the same.',
    points: [
      'Researchers learn from scans how to find cancer earlier and treat it better.',
      'Your scans stay in your hospital. Your name is taken off first.',
      'You can say yes, say no, or change your mind. You need no reason.',
    ],
    pages: {
      meaning: {
        title: 'What it means to share your data',
        body: [
          'Hospitals make X-ray, CT and MRI scans every day. Scans show what an illness looks like.',
          'Researchers let computers learn from many scans. The computers look for signs of cancer.',
          'In this network the scans stay in the hospital. The programs come to the data. Only numbers and models leave.',
          'You get no money and you pay nothing. It may help people who fall ill later. It may not help you.',
        ],
      },
      anonymisation: {
        title: 'What taking your name off does, and what it does not',
        body: [
          'The hospital first takes out your name, your address and your numbers. It shifts the dates. A code stands in place of your name.',
          'Only the hospital can find out whose code it is. It needs this so that you can still say no later.',
          'So your data are not anonymous. The law still calls them personal data, and the GDPR protects them.',
          'No method is perfect. A rare illness or a scan of the head can point to a person. The hospital checks the scans, keeps small numbers back and limits what each use may tell.',
        ],
      },
      choices: {
        title: 'Your choices',
        body: [
          'Say yes (opt in). Where the hospital asks for your consent, your data are used only if you agree. You choose for what.',
          'Say no (opt out). You need no reason. From 26 March 2029 a law of the EU gives you this right (Regulation (EU) 2025/327, Article 71). Hospitals in this network let you say no today.',
          'Change your mind. You can take back a yes or a no at any time. It counts from then on. A model that was made before stays.',
          'A law of your country may let one project use data of people who said no. The hospital must then tell everybody.',
          'Your care stays the same, whatever you choose.',
        ],
      },
      governance: {
        title: 'Who decides',
        body: [
          'You come first: if you say no, nobody asks further.',
          'Then the hospital that holds the data decides on each project. A committee looks at what it is for.',
          'A project needs a permit. The permit says who may use the data, for what and how long. You can read about it in the public register.',
          'A data altruism organisation collects data for the good of all and makes no profit. It is in a public register and reports each year (Regulation (EU) 2022/868).',
          'Does something seem wrong? Ask the data protection officer of the hospital. You can also complain to the data protection authority of your country.',
        ],
      },
    },
    decide: 'Make your choice here',
    ask: 'Any questions? Ask us',
    together: 'Together with',
    register: 'Number in the public register',
    figures: {
      title: 'The network in figures',
      studies: 'Examinations',
      persons: 'People',
      sites: 'Hospitals and institutes',
      countries: 'Countries',
      projects: 'Approved projects',
      synthetic: 'Of the examinations, made by a computer and of no real person',
      rounded: 'Numbers of people and examinations are rounded. Small ones are kept back.',
      none: 'The network has not published any figures yet.',
    },
    email: {
      subject: 'Your scans and research: you decide',
      lead: 'We would like to tell you how your scans can help research, and what you can choose.',
    },
    sms: 'Your scans can help cancer research. They stay in the hospital. Yes or no, you decide:',
  },
  de: {
    headline: 'Ihre Bilder können anderen helfen',
    tagline: 'Sie entscheiden. Ja oder Nein: Ihre Behandlung bleibt gleich.',
    points: [
      'Die Forschung lernt aus Bildern, Krebs früher zu finden und besser zu heilen.',
      'Ihre Bilder bleiben in Ihrer Klinik. Ihr Name wird vorher entfernt.',
      'Sie können Ja sagen, Nein sagen oder es sich anders überlegen. Sie brauchen keinen Grund.',
    ],
    pages: {
      meaning: {
        title: 'Was es heißt, Daten zu teilen',
        body: [
          'Kliniken machen jeden Tag Bilder mit Röntgen, CT und MRT. Sie zeigen, wie eine Krankheit aussieht.',
          'Die Forschung lässt Rechner aus vielen Bildern lernen. Die Rechner suchen nach Zeichen von Krebs.',
          'In diesem Netz bleiben die Bilder in der Klinik. Die Programme kommen zu den Daten. Nur Zahlen und Modelle gehen hinaus.',
          'Sie bekommen kein Geld und zahlen nichts. Es kann Menschen helfen, die später krank werden. Ihnen selbst hilft es vielleicht nicht.',
        ],
      },
      anonymisation: {
        title: 'Was es bringt, den Namen zu entfernen, und was nicht',
        body: [
          'Die Klinik nimmt zuerst Ihren Namen, Ihre Adresse und Ihre Nummern heraus. Sie verschiebt die Tage. Statt des Namens steht da ein Code.',
          'Nur die Klinik kann finden, wem der Code gehört. Das braucht sie, damit Sie auch später noch Nein sagen können.',
          'Ihre Daten sind also nicht anonym. Für das Gesetz sind sie weiter Daten einer Person, und die DSGVO schützt sie.',
          'Kein Weg ist ganz sicher. Eine seltene Krankheit oder ein Bild vom Kopf kann auf einen Menschen weisen. Die Klinik prüft die Bilder, hält kleine Zahlen zurück und begrenzt, was jede Nutzung verrät.',
        ],
      },
      choices: {
        title: 'Ihre Wahl',
        body: [
          'Ja sagen. Wo die Klinik um Ihre Einwilligung bittet, werden Ihre Daten nur genutzt, wenn Sie Ja sagen. Sie wählen, wofür.',
          'Nein sagen. Sie brauchen keinen Grund. Ab dem 26. März 2029 gibt Ihnen ein Gesetz der EU dieses Recht (Verordnung (EU) 2025/327, Artikel 71). Die Kliniken in diesem Netz lassen Sie schon heute Nein sagen.',
          'Es sich anders überlegen. Sie können ein Ja oder ein Nein jederzeit zurücknehmen. Das gilt von da an. Ein Modell von vorher bleibt.',
          'Ein Gesetz Ihres Landes kann einem Projekt die Daten von Menschen erlauben, die Nein gesagt haben. Das muss die Klinik dann allen sagen.',
          'Ihre Behandlung bleibt gleich, was immer Sie wählen.',
        ],
      },
      governance: {
        title: 'Wer entscheidet',
        body: [
          'Zuerst Sie: Wenn Sie Nein sagen, fragt niemand weiter.',
          'Dann entscheidet die Klinik, die die Daten hat, über jedes Projekt. Ein Ausschuss sieht sich an, wofür es ist.',
          'Ein Projekt braucht eine Genehmigung. Darin steht, wer die Daten wofür und wie lange nutzen darf. Sie können es im offenen Register lesen.',
          'Eine Organisation für Datenspenden sammelt Daten zum Wohl aller und macht keinen Gewinn. Sie steht in einem offenen Register und berichtet jedes Jahr (Verordnung (EU) 2022/868).',
          'Wirkt etwas falsch? Fragen Sie die Klinik, wer dort für den Schutz der Daten da ist. Sie können sich auch bei der Behörde für Datenschutz in Ihrem Land beschweren.',
        ],
      },
    },
    decide: 'Hier wählen Sie',
    ask: 'Fragen? Fragen Sie uns',
    together: 'Zusammen mit',
    register: 'Nummer im öffentlichen Register',
    figures: {
      title: 'Das Netz in Zahlen',
      studies: 'Untersuchungen',
      persons: 'Menschen',
      sites: 'Kliniken und Institute',
      countries: 'Länder',
      projects: 'Genehmigte Projekte',
      synthetic: 'Von den Untersuchungen am Rechner gemacht, von keinem echten Menschen',
      rounded: 'Zahlen von Menschen und Untersuchungen sind gerundet. Kleine werden nicht gesagt.',
      none: 'Das Netz hat noch keine Zahlen veröffentlicht.',
    },
    email: {
      subject: 'Ihre Bilder und die Forschung: Sie entscheiden',
      lead: 'Wir möchten Ihnen sagen, wie Ihre Bilder der Forschung helfen können und was Sie wählen können.',
    },
    sms: 'Ihre Bilder können der Krebsforschung helfen. Sie bleiben in der Klinik. Ja oder Nein, Sie entscheiden:',
  },
  el: {
    headline: 'Οι εικόνες σας μπορούν να βοηθήσουν κι άλλους',
    tagline: 'Εσείς αποφασίζετε. Ναι ή όχι: η φροντίδα σας μένει ίδια.',
    points: [
      'Η έρευνα μαθαίνει από τις εικόνες να βρίσκει τον καρκίνο νωρίτερα και να τον θεραπεύει καλύτερα.',
      'Οι εικόνες σας μένουν στο νοσοκομείο σας. Πρώτα βγαίνει το όνομά σας.',
      'Μπορείτε να πείτε ναι, να πείτε όχι ή να αλλάξετε γνώμη. Δεν χρειάζεται λόγος.',
    ],
    pages: {
      meaning: {
        title: 'Τι σημαίνει να μοιραστείτε τα δεδομένα σας',
        body: [
          'Τα νοσοκομεία βγάζουν κάθε μέρα ακτινογραφίες, αξονικές και μαγνητικές. Οι εικόνες δείχνουν πώς είναι μια νόσος.',
          'Οι ερευνητές αφήνουν υπολογιστές να μάθουν από πολλές εικόνες. Οι υπολογιστές ψάχνουν σημάδια καρκίνου.',
          'Σε αυτό το δίκτυο οι εικόνες μένουν στο νοσοκομείο. Τα προγράμματα έρχονται στα δεδομένα. Έξω βγαίνουν μόνο αριθμοί και μοντέλα.',
          'Δεν παίρνετε χρήματα και δεν πληρώνετε τίποτα. Μπορεί να βοηθήσει όσους θα νοσήσουν αργότερα. Εσάς ίσως δεν σας βοηθήσει.',
        ],
      },
      anonymisation: {
        title: 'Τι κάνει το να βγει το όνομά σας, και τι δεν κάνει',
        body: [
          'Το νοσοκομείο βγάζει πρώτα το όνομα, τη διεύθυνση και τους αριθμούς σας. Μετακινεί τις ημέρες. Στη θέση του ονόματος μπαίνει ένας κωδικός.',
          'Μόνο το νοσοκομείο μπορεί να βρει ποιανού είναι ο κωδικός. Το χρειάζεται για να μπορείτε να πείτε όχι και αργότερα.',
          'Άρα τα δεδομένα σας δεν είναι ανώνυμα. Για τον νόμο είναι ακόμα προσωπικά, και τα προστατεύει ο ΓΚΠΔ.',
          'Καμία μέθοδος δεν είναι τέλεια. Μια σπάνια νόσος ή μια εικόνα του κεφαλιού μπορεί να δείξει έναν άνθρωπο. Το νοσοκομείο ελέγχει τις εικόνες, δεν λέει μικρούς αριθμούς και βάζει όρια σε όσα μπορεί να πει κάθε χρήση.',
        ],
      },
      choices: {
        title: 'Οι επιλογές σας',
        body: [
          'Να πείτε ναι. Όπου το νοσοκομείο ζητά τη συγκατάθεσή σας, γίνεται χρήση μόνο αν συμφωνείτε. Εσείς διαλέγετε για ποιο σκοπό.',
          'Να πείτε όχι. Δεν χρειάζεται λόγος. Από τις 26 Μαρτίου 2029 σας δίνει αυτό το δικαίωμα ένας νόμος της ΕΕ (Κανονισμός (ΕΕ) 2025/327, άρθρο 71). Στα νοσοκομεία του δικτύου μπορείτε να πείτε όχι από σήμερα.',
          'Να αλλάξετε γνώμη. Μπορείτε να πάρετε πίσω ένα ναι ή ένα όχι όποτε θέλετε. Ισχύει από εκεί και πέρα. Ένα μοντέλο που έγινε πριν μένει.',
          'Ένας νόμος της χώρας σας μπορεί να αφήσει ένα έργο να δει και δεδομένα όσων είπαν όχι. Τότε το νοσοκομείο πρέπει να το πει σε όλους.',
          'Η φροντίδα σας μένει ίδια, ό,τι κι αν διαλέξετε.',
        ],
      },
      governance: {
        title: 'Ποιος αποφασίζει',
        body: [
          'Πρώτα εσείς: αν πείτε όχι, κανείς δεν ρωτά άλλο.',
          'Μετά το νοσοκομείο που έχει τα δεδομένα αποφασίζει για κάθε έργο. Μια επιτροπή εξετάζει τον σκοπό του.',
          'Ένα έργο χρειάζεται άδεια. Η άδεια λέει ποιος μπορεί να δει τα δεδομένα, για ποιο σκοπό και για πόσο. Μπορείτε να το διαβάσετε στο δημόσιο μητρώο.',
          'Μια οργάνωση αλτρουισμού δεδομένων μαζεύει δεδομένα για το καλό όλων και δεν έχει κέρδος. Είναι σε δημόσιο μητρώο και δίνει λόγο κάθε χρόνο (Κανονισμός (ΕΕ) 2022/868).',
          'Κάτι σας φαίνεται λάθος; Ρωτήστε τον υπεύθυνο προστασίας δεδομένων του νοσοκομείου. Μπορείτε και να κάνετε καταγγελία στην αρχή προστασίας δεδομένων της χώρας σας.',
        ],
      },
    },
    decide: 'Διαλέξτε εδώ',
    ask: 'Έχετε απορίες; Ρωτήστε μας',
    together: 'Μαζί με',
    register: 'Αριθμός στο δημόσιο μητρώο',
    figures: {
      title: 'Το δίκτυο σε αριθμούς',
      studies: 'Εξετάσεις',
      persons: 'Άνθρωποι',
      sites: 'Νοσοκομεία και ιδρύματα',
      countries: 'Χώρες',
      projects: 'Εγκεκριμένα έργα',
      synthetic: 'Από τις εξετάσεις, φτιαγμένες από υπολογιστή και όχι από αληθινό άνθρωπο',
      rounded: 'Οι αριθμοί ανθρώπων και εξετάσεων είναι στρογγυλοί. Οι μικροί δεν λέγονται.',
      none: 'Το δίκτυο δεν έχει δημοσιεύσει ακόμα αριθμούς.',
    },
    email: {
      subject: 'Οι εικόνες σας και η έρευνα: εσείς αποφασίζετε',
      lead: 'Θέλουμε να σας πούμε πώς οι εικόνες σας μπορούν να βοηθήσουν την έρευνα, και τι μπορείτε να διαλέξετε.',
    },
    sms: 'Οι εικόνες σας μπορούν να βοηθήσουν την έρευνα για τον καρκίνο. Μένουν στο νοσοκομείο. Ναι ή όχι, εσείς αποφασίζετε:',
  },
  sl: {
    headline: 'Vaše slike lahko pomagajo drugim',
    tagline: 'Odločite sami. Da ali ne: vaša oskrba ostane enaka.',
    points: [
      'Raziskave se iz slik učijo, kako raka najti prej in ga zdraviti bolje.',
      'Vaše slike ostanejo v vaši bolnišnici. Vaše ime se prej odstrani.',
      'Lahko rečete da, lahko rečete ne ali si premislite. Razlog ni potreben.',
    ],
    pages: {
      meaning: {
        title: 'Kaj pomeni deliti svoje podatke',
        body: [
          'Bolnišnice vsak dan delajo slike z rentgenom, CT in MR. Slike pokažejo, kakšna je bolezen.',
          'Raziskave pustijo, da se računalniki učijo iz veliko slik. Računalniki iščejo znake raka.',
          'V tej mreži slike ostanejo v bolnišnici. Programi pridejo k podatkom. Ven gredo le številke in modeli.',
          'Denarja ne dobite in nič ne plačate. Lahko pomaga ljudem, ki bodo zboleli pozneje. Vam samim morda ne bo pomagalo.',
        ],
      },
      anonymisation: {
        title: 'Kaj naredi odstranitev imena in česa ne',
        body: [
          'Bolnišnica najprej odstrani vaše ime, naslov in številke. Dneve premakne. Namesto imena stoji koda.',
          'Le bolnišnica lahko ugotovi, čigava je koda. To potrebuje, da lahko tudi pozneje rečete ne.',
          'Vaši podatki torej niso anonimni. Za zakon so še vedno osebni podatki in GDPR jih varuje.',
          'Nobena pot ni popolna. Redka bolezen ali slika glave lahko pokaže na človeka. Bolnišnica slike pregleda, majhnih števil ne pove in omeji, kaj sme povedati vsaka uporaba.',
        ],
      },
      choices: {
        title: 'Vaše izbire',
        body: [
          'Rečete da. Kjer bolnišnica prosi za vašo privolitev, se podatki uporabijo le, če se strinjate. Sami izberete, za kaj.',
          'Rečete ne. Razlog ni potreben. Od 26. marca 2029 vam to pravico daje zakon EU (Uredba (EU) 2025/327, člen 71). V bolnišnicah te mreže lahko rečete ne že danes.',
          'Premislite si. Svoj da ali ne lahko kadar koli vzamete nazaj. Velja od takrat naprej. Model, ki je nastal prej, ostane.',
          'Zakon vaše države lahko enemu projektu dovoli podatke ljudi, ki so rekli ne. Bolnišnica mora to takrat povedati vsem.',
          'Vaša oskrba ostane enaka, kar koli izberete.',
        ],
      },
      governance: {
        title: 'Kdo odloča',
        body: [
          'Najprej vi: če rečete ne, nihče ne sprašuje naprej.',
          'Potem o vsakem projektu odloči bolnišnica, ki ima podatke. Odbor pogleda, za kaj gre.',
          'Projekt potrebuje dovoljenje. V njem piše, kdo sme rabiti podatke, za kaj in koliko časa. To lahko preberete v javnem registru.',
          'Organizacija za podatkovni altruizem zbira podatke v dobro vseh in nima dobička. Vpisana je v javni register in vsako leto poroča (Uredba (EU) 2022/868).',
          'Se vam kaj zdi narobe? Vprašajte osebo za varstvo podatkov v bolnišnici. Lahko se tudi pritožite organu za varstvo podatkov v svoji državi.',
        ],
      },
    },
    decide: 'Tu izberete',
    ask: 'Imate vprašanja? Vprašajte nas',
    together: 'Skupaj z',
    register: 'Številka v javnem registru',
    figures: {
      title: 'Mreža v številkah',
      studies: 'Preiskave',
      persons: 'Ljudje',
      sites: 'Bolnišnice in inštituti',
      countries: 'Države',
      projects: 'Odobreni projekti',
      synthetic: 'Od preiskav jih je naredil računalnik in niso od pravih ljudi',
      rounded: 'Števila ljudi in preiskav so zaokrožena. Majhnih ne povemo.',
      none: 'Mreža še ni objavila številk.',
    },
    email: {
      subject: 'Vaše slike in raziskave: odločite sami',
      lead: 'Radi bi vam povedali, kako lahko vaše slike pomagajo raziskavam in kaj lahko izberete.',
    },
    sms: 'Vaše slike lahko pomagajo raziskavam raka. Ostanejo v bolnišnici. Da ali ne, odločite sami:',
  },
  uk: {
    headline: 'Ваші знімки можуть допомогти іншим',
    tagline: 'Вирішуєте ви. Так чи ні: ваше лікування не зміниться.',
    points: [
      'Наука вчиться на знімках знаходити рак раніше та лікувати його краще.',
      'Ваші знімки лишаються у вашій лікарні. Спершу з них прибирають імʼя.',
      'Ви можете сказати так, сказати ні або передумати. Причина не потрібна.',
    ],
    pages: {
      meaning: {
        title: 'Що означає поділитися своїми даними',
        body: [
          'Лікарні щодня роблять знімки: рентген, КТ, МРТ. Знімки показують, який вигляд має хвороба.',
          'Науковці дають компʼютерам вчитися на багатьох знімках. Компʼютери шукають ознаки раку.',
          'У цій мережі знімки лишаються в лікарні. Програми приходять до даних. Назовні йдуть лише числа та моделі.',
          'Ви не отримуєте грошей і нічого не платите. Це може допомогти людям, які захворіють пізніше. Вам самим це може й не допомогти.',
        ],
      },
      anonymisation: {
        title: 'Що дає вилучення імені, а чого не дає',
        body: [
          'Лікарня спершу прибирає ваше імʼя, адресу та номери. Дати вона зсуває. Замість імені стоїть код.',
          'Лише лікарня може знайти, чий це код. Це потрібно, щоб ви могли сказати ні й пізніше.',
          'Отже, ваші дані не є анонімними. Для закону це досі дані про особу, і GDPR їх захищає.',
          'Жоден спосіб не є бездоганним. Рідкісна хвороба чи знімок голови може вказати на людину. Лікарня перевіряє знімки, не називає малих чисел і обмежує, що може сказати кожне використання.',
        ],
      },
      choices: {
        title: 'Ваш вибір',
        body: [
          'Сказати так. Де лікарня просить вашої згоди, дані беруть, лише якщо ви згодні. Ви обираєте, для чого.',
          'Сказати ні. Причина не потрібна. З 26 березня 2029 року це право дає вам закон ЄС (Регламент (ЄС) 2025/327, стаття 71). У лікарнях цієї мережі ви можете сказати ні вже зараз.',
          'Передумати. Ви можете забрати своє так чи ні будь-коли. Це діє від тієї миті. Модель, зроблена раніше, лишається.',
          'Закон вашої країни може дати одному проєкту дані людей, які сказали ні. Тоді лікарня мусить сказати про це всім.',
          'Ваше лікування не зміниться, хоч би що ви обрали.',
        ],
      },
      governance: {
        title: 'Хто вирішує',
        body: [
          'Спершу ви: якщо ви скажете ні, далі ніхто не питає.',
          'Потім про кожен проєкт вирішує лікарня, яка має дані. Комітет дивиться, для чого він.',
          'Проєкту потрібен дозвіл. У ньому сказано, хто може брати дані, для чого та як довго. Про це можна прочитати у відкритому реєстрі.',
          'Організація альтруїзму даних збирає дані на благо всіх і не має прибутку. Вона є у відкритому реєстрі та звітує щороку (Регламент (ЄС) 2022/868).',
          'Щось здається не так? Спитайте в лікарні того, хто дбає про захист даних. Ви також можете подати скаргу до органу захисту даних своєї країни.',
        ],
      },
    },
    decide: 'Зробіть свій вибір тут',
    ask: 'Є питання? Спитайте нас',
    together: 'Разом з',
    register: 'Номер у відкритому реєстрі',
    figures: {
      title: 'Мережа в числах',
      studies: 'Обстеження',
      persons: 'Люди',
      sites: 'Лікарні та інститути',
      countries: 'Країни',
      projects: 'Схвалені проєкти',
      synthetic: 'З обстежень створено компʼютером, не від справжніх людей',
      rounded: 'Числа людей і обстежень округлено. Малих не називаємо.',
      none: 'Мережа ще не оприлюднила чисел.',
    },
    email: {
      subject: 'Ваші знімки та наука: вирішуєте ви',
      lead: 'Хочемо розповісти вам, як ваші знімки можуть допомогти науці та що ви можете обрати.',
    },
    sms: 'Ваші знімки можуть допомогти науці про рак. Вони лишаються в лікарні. Так чи ні, вирішуєте ви:',
  },
  pt: {
    headline: 'As suas imagens podem ajudar outros',
    tagline: 'É você que decide. Sim ou não: os seus cuidados ficam iguais.',
    points: [
      'A investigação aprende com as imagens a achar o cancro mais cedo e a tratá-lo melhor.',
      'As suas imagens ficam no seu hospital. Antes tira-se o seu nome.',
      'Pode dizer sim, dizer não ou mudar de ideias. Não precisa de razão.',
    ],
    pages: {
      meaning: {
        title: 'O que é partilhar os seus dados',
        body: [
          'Os hospitais fazem todos os dias imagens: raios X, TAC e ressonância. Elas mostram como é uma doença.',
          'A investigação deixa os computadores aprender com muitas imagens. Eles procuram sinais de cancro.',
          'Nesta rede as imagens ficam no hospital. Os programas vêm até aos dados. Só saem números e modelos.',
          'Não recebe dinheiro e não paga nada. Pode ajudar quem ficar doente mais tarde. A si pode não ajudar.',
        ],
      },
      anonymisation: {
        title: 'O que faz tirar o seu nome, e o que não faz',
        body: [
          'O hospital tira primeiro o seu nome, a sua morada e os seus números. Muda os dias. No lugar do nome fica um código.',
          'Só o hospital pode saber de quem é o código. Precisa disso para que possa dizer não mais tarde.',
          'Por isso os seus dados não são anónimos. Para a lei ainda são dados pessoais, e o RGPD protege-os.',
          'Nenhum modo é perfeito. Uma doença rara ou uma imagem da cabeça pode apontar para uma pessoa. O hospital verifica as imagens, não diz números pequenos e limita o que cada uso pode dizer.',
        ],
      },
      choices: {
        title: 'As suas escolhas',
        body: [
          'Dizer sim. Onde o hospital lhe pede consentimento, os dados só são usados se concordar. Escolhe para quê.',
          'Dizer não. Não precisa de razão. A partir de 26 de março de 2029 uma lei da UE dá-lhe este direito (Regulamento (UE) 2025/327, artigo 71.º). Nos hospitais desta rede pode dizer não já hoje.',
          'Mudar de ideias. Pode retirar um sim ou um não quando quiser. Vale daí em diante. Um modelo feito antes fica.',
          'Uma lei do seu país pode deixar um projeto usar dados de quem disse não. Nesse caso o hospital tem de o dizer a todos.',
          'Os seus cuidados ficam iguais, seja qual for a escolha.',
        ],
      },
      governance: {
        title: 'Quem decide',
        body: [
          'Primeiro, você: se disser não, ninguém pergunta mais.',
          'Depois o hospital que tem os dados decide sobre cada projeto. Uma comissão vê para que serve.',
          'Um projeto precisa de uma autorização. Ela diz quem pode usar os dados, para quê e por quanto tempo. Pode ler isso no registo público.',
          'Uma organização de altruísmo de dados junta dados para o bem de todos e não tem lucro. Está num registo público e presta contas todos os anos (Regulamento (UE) 2022/868).',
          'Algo parece errado? Fale com quem trata da proteção de dados no hospital. Pode também fazer queixa à autoridade de proteção de dados do seu país.',
        ],
      },
    },
    decide: 'Faça aqui a sua escolha',
    ask: 'Tem dúvidas? Fale connosco',
    together: 'Em conjunto com',
    register: 'Número no registo público',
    figures: {
      title: 'A rede em números',
      studies: 'Exames',
      persons: 'Pessoas',
      sites: 'Hospitais e institutos',
      countries: 'Países',
      projects: 'Projetos aprovados',
      synthetic: 'Dos exames, feitos por computador e de nenhuma pessoa real',
      rounded: 'Os números de pessoas e exames são arredondados. Os pequenos não se dizem.',
      none: 'A rede ainda não publicou números.',
    },
    email: {
      subject: 'As suas imagens e a investigação: é você que decide',
      lead: 'Queremos contar-lhe como as suas imagens podem ajudar a investigação e o que pode escolher.',
    },
    sms: 'As suas imagens podem ajudar a investigação do cancro. Ficam no hospital. Sim ou não, é você que decide:',
  },
  lt: {
    headline: 'Jūsų vaizdai gali padėti kitiems',
    tagline: 'Sprendžiate jūs. Taip ar ne: jūsų gydymas nesikeičia.',
    points: [
      'Mokslas iš vaizdų mokosi vėžį rasti anksčiau ir gydyti geriau.',
      'Jūsų vaizdai lieka jūsų ligoninėje. Pirma iš jų išimamas jūsų vardas.',
      'Galite sakyti taip, sakyti ne arba persigalvoti. Priežasties nereikia.',
    ],
    pages: {
      meaning: {
        title: 'Ką reiškia dalytis savo duomenimis',
        body: [
          'Ligoninės kasdien daro vaizdus: rentgeną, KT ir MRT. Vaizdai rodo, kaip atrodo liga.',
          'Mokslas leidžia kompiuteriams mokytis iš daug vaizdų. Kompiuteriai ieško vėžio ženklų.',
          'Šiame tinkle vaizdai lieka ligoninėje. Programos ateina prie duomenų. Išeina tik skaičiai ir modeliai.',
          'Pinigų negaunate ir nieko nemokate. Tai gali padėti žmonėms, kurie susirgs vėliau. Jums tai gali ir nepadėti.',
        ],
      },
      anonymisation: {
        title: 'Ką duoda vardo išėmimas ir ko neduoda',
        body: [
          'Ligoninė pirma išima jūsų vardą, adresą ir numerius. Dienas ji perkelia. Vietoj vardo stovi kodas.',
          'Tik ligoninė gali rasti, kieno tas kodas. To reikia, kad ir vėliau galėtumėte sakyti ne.',
          'Todėl jūsų duomenys nėra anoniminiai. Pagal teisę tai vis dar asmens duomenys, ir juos saugo BDAR.',
          'Joks būdas nėra tobulas. Reta liga ar galvos vaizdas gali nurodyti žmogų. Ligoninė tikrina vaizdus, nesako mažų skaičių ir riboja, ką gali pasakyti kiekvienas naudojimas.',
        ],
      },
      choices: {
        title: 'Jūsų pasirinkimai',
        body: [
          'Sakyti taip. Kur ligoninė prašo jūsų sutikimo, duomenys naudojami tik tada, kai sutinkate. Jūs renkatės, kam.',
          'Sakyti ne. Priežasties nereikia. Nuo 2029 m. kovo 26 d. šią teisę jums duoda ES teisė (Reglamentas (ES) 2025/327, 71 straipsnis). Šio tinklo ligoninėse galite sakyti ne jau dabar.',
          'Persigalvoti. Savo taip ar ne galite bet kada atsiimti. Tai galioja nuo tada. Anksčiau sukurtas modelis lieka.',
          'Jūsų šalies teisė vienam projektui gali leisti naudoti duomenis žmonių, kurie sakė ne. Tada ligoninė turi tai pasakyti visiems.',
          'Jūsų gydymas nesikeičia, kad ir ką rinktumėtės.',
        ],
      },
      governance: {
        title: 'Kas sprendžia',
        body: [
          'Pirma jūs: jei sakote ne, niekas toliau neklausia.',
          'Tada dėl kiekvieno projekto sprendžia ligoninė, kuri turi duomenis. Komitetas žiūri, kam jis skirtas.',
          'Projektui reikia leidimo. Jame rašoma, kas, kam ir kiek laiko gali naudoti duomenis. Tai galite skaityti viešame registre.',
          'Duomenų altruizmo organizacija renka duomenis visų labui ir neturi pelno. Ji yra viešame registre ir kasmet atsiskaito (Reglamentas (ES) 2022/868).',
          'Kas nors atrodo blogai? Klauskite ligoninės duomenų apsaugos pareigūno. Taip pat galite skųstis savo šalies duomenų apsaugos institucijai.',
        ],
      },
    },
    decide: 'Rinkitės čia',
    ask: 'Turite klausimų? Klauskite mūsų',
    together: 'Kartu su',
    register: 'Numeris viešame registre',
    figures: {
      title: 'Tinklas skaičiais',
      studies: 'Tyrimai',
      persons: 'Žmonės',
      sites: 'Ligoninės ir institutai',
      countries: 'Šalys',
      projects: 'Patvirtinti projektai',
      synthetic: 'Iš tyrimų sukurta kompiuteriu, ne tikrų žmonių',
      rounded: 'Žmonių ir tyrimų skaičiai suapvalinti. Mažų nesakome.',
      none: 'Tinklas skaičių dar nepaskelbė.',
    },
    email: {
      subject: 'Jūsų vaizdai ir mokslas: sprendžiate jūs',
      lead: 'Norime papasakoti, kaip jūsų vaizdai gali padėti mokslui ir ką galite rinktis.',
    },
    sms: 'Jūsų vaizdai gali padėti vėžio tyrimams. Jie lieka ligoninėje. Taip ar ne, sprendžiate jūs:',
  },
  pl: {
    headline: 'Twoje obrazy mogą pomóc innym',
    tagline: 'Ty decydujesz. Tak czy nie: Twoje leczenie się nie zmieni.',
    points: [
      'Nauka uczy się z obrazów, jak wcześniej znaleźć raka i lepiej go leczyć.',
      'Twoje obrazy zostają w Twoim szpitalu. Najpierw znika z nich Twoje imię.',
      'Możesz powiedzieć tak, powiedzieć nie albo zmienić zdanie. Nie trzeba podać powodu.',
    ],
    pages: {
      meaning: {
        title: 'Co to znaczy dzielić się swoimi danymi',
        body: [
          'Szpitale co dzień robią obrazy: rentgen, tomografię i rezonans. Obrazy pokazują, jak wygląda choroba.',
          'Nauka pozwala komputerom uczyć się z wielu obrazów. Komputery szukają w nich oznak raka.',
          'W tej sieci obrazy zostają w szpitalu. Programy przychodzą do danych. Na zewnątrz idą tylko liczby i modele.',
          'Nie dostajesz pieniędzy i nic nie płacisz. Może to pomóc ludziom, którzy zachorują później. Tobie może nie pomóc.',
        ],
      },
      anonymisation: {
        title: 'Co daje usunięcie imienia, a czego nie daje',
        body: [
          'Szpital najpierw usuwa Twoje imię i nazwisko, adres i numery. Przesuwa daty. Zamiast imienia stoi kod.',
          'Tylko szpital może sprawdzić, czyj to kod. To potrzebne, by także później dało się powiedzieć nie.',
          'Twoje dane nie są więc anonimowe. Dla prawa to wciąż dane osobowe i chroni je RODO.',
          'Żaden sposób nie jest doskonały. Rzadka choroba albo obraz głowy może wskazać osobę. Szpital sprawdza obrazy, nie podaje małych liczb i ogranicza to, co może zdradzić każde użycie.',
        ],
      },
      choices: {
        title: 'Twój wybór',
        body: [
          'Powiedz tak. Gdy szpital prosi Cię o zgodę, użyje danych tylko wtedy, gdy się zgodzisz. Ty wybierasz, do czego.',
          'Powiedz nie. Nie trzeba podać powodu. Od 26 marca 2029 r. prawo UE daje Ci takie prawo (rozporządzenie (UE) 2025/327, artykuł 71). W szpitalach tej sieci możesz powiedzieć nie już dziś.',
          'Zmień zdanie. Swoje tak lub nie możesz cofnąć w każdej chwili. Działa to od tej pory. Model zrobiony wcześniej zostaje.',
          'Prawo Twojego kraju może dać jednemu projektowi dane osób, które powiedziały nie. Szpital musi wtedy powiedzieć o tym wszystkim.',
          'Twoje leczenie się nie zmieni, cokolwiek wybierzesz.',
        ],
      },
      governance: {
        title: 'Kto decyduje',
        body: [
          'Najpierw Ty: gdy powiesz nie, nikt dalej nie pyta.',
          'Potem o każdym projekcie decyduje szpital, który ma dane. Komisja patrzy, do czego on służy.',
          'Projekt musi mieć zezwolenie. Mówi ono, kto może użyć danych, do czego i jak długo. Możesz o tym przeczytać w jawnym rejestrze.',
          'Organizacja altruizmu danych zbiera dane dla dobra wszystkich i nie ma zysku. Jest w jawnym rejestrze i co rok składa sprawozdanie (rozporządzenie (UE) 2022/868).',
          'Coś jest nie tak? Zapytaj inspektora ochrony danych w szpitalu. Możesz też złożyć skargę do urzędu ochrony danych w swoim kraju.',
        ],
      },
    },
    decide: 'Tu możesz wybrać',
    ask: 'Masz pytania? Zapytaj nas',
    together: 'Razem z',
    register: 'Numer w jawnym rejestrze',
    figures: {
      title: 'Sieć w liczbach',
      studies: 'Badania',
      persons: 'Osoby',
      sites: 'Szpitale i instytuty',
      countries: 'Kraje',
      projects: 'Zatwierdzone projekty',
      synthetic: 'Z tych badań zrobione przez komputer, nie od prawdziwych osób',
      rounded: 'Liczby osób i badań są zaokrąglone. Małych nie podajemy.',
      none: 'Sieć nie podała jeszcze liczb.',
    },
    email: {
      subject: 'Twoje obrazy i nauka: Ty decydujesz',
      lead: 'Chcemy Ci powiedzieć, jak Twoje obrazy mogą pomóc nauce i co możesz wybrać.',
    },
    sms: 'Twoje obrazy mogą pomóc w badaniach nad rakiem. Zostają w szpitalu. Tak czy nie, Ty decydujesz:',
  },
  it: {
    headline: 'Le Sue immagini possono aiutare altri',
    tagline: 'Decide Lei. Sì o no: le Sue cure restano uguali.',
    points: [
      'La ricerca impara dalle immagini a trovare prima il cancro e a curarlo meglio.',
      'Le Sue immagini restano nel Suo ospedale. Prima si toglie il Suo nome.',
      'Può dire sì, dire no o cambiare idea. Non serve un motivo.',
    ],
    pages: {
      meaning: {
        title: 'Che cosa vuol dire condividere i Suoi dati',
        body: [
          'Gli ospedali fanno ogni giorno immagini: raggi X, TAC e risonanza. Mostrano com’è una malattia.',
          'La ricerca fa imparare i computer da molte immagini. I computer cercano segni di cancro.',
          'In questa rete le immagini restano in ospedale. I programmi vengono dai dati. Escono solo numeri e modelli.',
          'Non riceve denaro e non paga nulla. Può aiutare chi si ammala più tardi. A Lei potrebbe non servire.',
        ],
      },
      anonymisation: {
        title: 'Che cosa fa togliere il nome, e che cosa non fa',
        body: [
          'L’ospedale toglie prima il Suo nome, l’indirizzo e i Suoi numeri. Sposta le date. Al posto del nome c’è un codice.',
          'Solo l’ospedale può sapere di chi è il codice. Gli serve perché Lei possa dire no anche più tardi.',
          'Quindi i Suoi dati non sono anonimi. Per la legge sono ancora dati personali, e il GDPR li protegge.',
          'Nessun modo è perfetto. Una malattia rara o un’immagine della testa può indicare una persona. L’ospedale controlla le immagini, non dice i numeri piccoli e limita ciò che ogni uso può dire.',
        ],
      },
      choices: {
        title: 'Le Sue scelte',
        body: [
          'Dire sì. Dove l’ospedale chiede il Suo consenso, i dati si usano solo se Lei è d’accordo. Sceglie Lei per che cosa.',
          'Dire no. Non serve un motivo. Dal 26 marzo 2029 una legge dell’UE Le dà questo diritto (Regolamento (UE) 2025/327, articolo 71). Negli ospedali di questa rete può dire no già oggi.',
          'Cambiare idea. Può ritirare un sì o un no quando vuole. Vale da quel momento. Un modello fatto prima resta.',
          'Una legge del Suo Paese può lasciare che un progetto usi i dati di chi ha detto no. In quel caso l’ospedale deve dirlo a tutti.',
          'Le Sue cure restano uguali, qualunque cosa scelga.',
        ],
      },
      governance: {
        title: 'Chi decide',
        body: [
          'Prima Lei: se dice no, nessuno chiede altro.',
          'Poi l’ospedale che ha i dati decide su ogni progetto. Un comitato guarda a che cosa serve.',
          'Un progetto ha bisogno di un permesso. Dice chi può usare i dati, per che cosa e per quanto tempo. Lo può leggere nel registro pubblico.',
          'Un’organizzazione per l’altruismo dei dati raccoglie dati per il bene di tutti e non ha profitto. È in un registro pubblico e fa un rapporto ogni anno (Regolamento (UE) 2022/868).',
          'Qualcosa non va? Chieda al responsabile della protezione dei dati dell’ospedale. Può anche fare reclamo al garante dei dati del Suo Paese.',
        ],
      },
    },
    decide: 'Scelga qui',
    ask: 'Ha domande? Ci chieda',
    together: 'Insieme a',
    register: 'Numero nel registro pubblico',
    figures: {
      title: 'La rete in cifre',
      studies: 'Esami',
      persons: 'Persone',
      sites: 'Ospedali e istituti',
      countries: 'Paesi',
      projects: 'Progetti approvati',
      synthetic: 'Degli esami, fatti al computer e di nessuna persona vera',
      rounded: 'I numeri di persone ed esami sono arrotondati. Quelli piccoli non si dicono.',
      none: 'La rete non ha ancora pubblicato cifre.',
    },
    email: {
      subject: 'Le Sue immagini e la ricerca: decide Lei',
      lead: 'Vorremmo dirLe come le Sue immagini possono aiutare la ricerca e che cosa può scegliere.',
    },
    sms: 'Le Sue immagini possono aiutare la ricerca sul cancro. Restano in ospedale. Sì o no, decide Lei:',
  },
  es: {
    headline: 'Sus imágenes pueden ayudar a otros',
    tagline: 'Usted decide. Sí o no: su atención sigue igual.',
    points: [
      'La ciencia aprende de las imágenes a hallar antes el cáncer y a tratarlo mejor.',
      'Sus imágenes se quedan en su hospital. Antes se quita su nombre.',
      'Puede decir sí, decir no o cambiar de idea. No hace falta un motivo.',
    ],
    pages: {
      meaning: {
        title: 'Qué es compartir sus datos',
        body: [
          'Los hospitales hacen imágenes cada día: rayos X, TAC y resonancia. Muestran cómo es una enfermedad.',
          'La ciencia deja que los ordenadores aprendan de muchas imágenes. Ellos buscan señales de cáncer.',
          'En esta red las imágenes se quedan en el hospital. Los programas vienen a los datos. Solo salen números y modelos.',
          'No recibe dinero y no paga nada. Puede ayudar a quien enferme más tarde. A usted quizá no le ayude.',
        ],
      },
      anonymisation: {
        title: 'Qué hace quitar su nombre, y qué no',
        body: [
          'El hospital quita primero su nombre, su dirección y sus números. Mueve las fechas. En lugar del nombre hay un código.',
          'Solo el hospital puede saber de quién es el código. Lo necesita para que usted pueda decir no más tarde.',
          'Por eso sus datos no son anónimos. Para la ley aún son datos personales, y el RGPD los protege.',
          'Ningún modo es perfecto. Una enfermedad rara o una imagen de la cabeza puede señalar a una persona. El hospital revisa las imágenes, no dice números pequeños y limita lo que cada uso puede decir.',
        ],
      },
      choices: {
        title: 'Lo que puede elegir',
        body: [
          'Decir sí. Donde el hospital le pide su consentimiento, los datos se usan solo si usted acepta. Usted elige para qué.',
          'Decir no. No hace falta un motivo. Desde el 26 de marzo de 2029 una ley de la UE le da este derecho (Reglamento (UE) 2025/327, artículo 71). En los hospitales de esta red puede decir no ya hoy.',
          'Cambiar de idea. Puede retirar un sí o un no cuando quiera. Vale desde entonces. Un modelo hecho antes se queda.',
          'Una ley de su país puede dejar que un proyecto use datos de quienes dijeron no. Entonces el hospital debe decirlo a todos.',
          'Su atención sigue igual, elija lo que elija.',
        ],
      },
      governance: {
        title: 'Quién decide',
        body: [
          'Primero usted: si dice no, nadie pregunta más.',
          'Luego el hospital que tiene los datos decide sobre cada proyecto. Un comité mira para qué es.',
          'Un proyecto necesita un permiso. Dice quién puede usar los datos, para qué y por cuánto tiempo. Lo puede leer en el registro público.',
          'Una organización de altruismo de datos reúne datos para el bien de todos y sin lucro. Está en un registro público y da cuentas cada año (Reglamento (UE) 2022/868).',
          '¿Algo parece mal? Pregunte al delegado de protección de datos del hospital. También puede reclamar ante la autoridad de protección de datos de su país.',
        ],
      },
    },
    decide: 'Elija aquí',
    ask: '¿Tiene dudas? Pregúntenos',
    together: 'Junto con',
    register: 'Número en el registro público',
    figures: {
      title: 'La red en cifras',
      studies: 'Exámenes',
      persons: 'Personas',
      sites: 'Hospitales e institutos',
      countries: 'Países',
      projects: 'Proyectos aprobados',
      synthetic: 'De los exámenes, hechos por ordenador y de ninguna persona real',
      rounded: 'Los números de personas y exámenes están redondeados. Los pequeños no se dicen.',
      none: 'La red aún no ha publicado cifras.',
    },
    email: {
      subject: 'Sus imágenes y la ciencia: usted decide',
      lead: 'Queremos contarle cómo sus imágenes pueden ayudar a la ciencia y qué puede elegir.',
    },
    sms: 'Sus imágenes pueden ayudar a investigar el cáncer. Se quedan en el hospital. Sí o no, usted decide:',
  },
  et: {
    headline: 'Teie pildid võivad aidata teisi',
    tagline: 'Teie otsustate. Jah või ei: teie ravi jääb samaks.',
    points: [
      'Teadus õpib piltidelt vähki varem leidma ja paremini ravima.',
      'Teie pildid jäävad teie haiglasse. Enne võetakse ära teie nimi.',
      'Võite öelda jah, öelda ei või meelt muuta. Põhjust pole vaja.',
    ],
    pages: {
      meaning: {
        title: 'Mida tähendab oma andmete jagamine',
        body: [
          'Haiglad teevad iga päev pilte: röntgen, KT ja MRT. Pildid näitavad, milline haigus on.',
          'Teadus laseb arvutitel paljudest piltidest õppida. Arvutid otsivad vähi märke.',
          'Selles võrgus jäävad pildid haiglasse. Programmid tulevad andmete juurde. Välja lähevad vaid arvud ja mudelid.',
          'Te ei saa raha ega maksa midagi. See võib aidata inimesi, kes hiljem haigeks jäävad. Teid ennast ei pruugi see aidata.',
        ],
      },
      anonymisation: {
        title: 'Mida nime äravõtmine annab ja mida mitte',
        body: [
          'Haigla võtab kõigepealt ära teie nime, aadressi ja numbrid. Päevad ta nihutab. Nime asemel on kood.',
          'Ainult haigla saab teada, kelle kood see on. Seda on vaja, et saaksite ka hiljem ei öelda.',
          'Seega pole teie andmed anonüümsed. Seaduse jaoks on need ikka isiku andmed ja IKÜM kaitseb neid.',
          'Ükski viis pole täiuslik. Haruldane haigus või pilt peast võib viidata inimesele. Haigla vaatab pildid üle, ei ütle väikseid arve ja piirab seda, mida iga kasutus võib öelda.',
        ],
      },
      choices: {
        title: 'Teie valikud',
        body: [
          'Öelda jah. Kus haigla küsib teie nõusolekut, kasutatakse andmeid vaid siis, kui olete nõus. Teie valite, milleks.',
          'Öelda ei. Põhjust pole vaja. Alates 26. märtsist 2029 annab teile selle õiguse ELi seadus (määrus (EL) 2025/327, artikkel 71). Selle võrgu haiglates saate ei öelda juba praegu.',
          'Meelt muuta. Oma jah või ei saate igal ajal tagasi võtta. See kehtib sellest hetkest. Varem tehtud mudel jääb.',
          'Teie riigi seadus võib lubada ühel projektil kasutada ka nende andmeid, kes ütlesid ei. Siis peab haigla seda kõigile ütlema.',
          'Teie ravi jääb samaks, mida te ka ei vali.',
        ],
      },
      governance: {
        title: 'Kes otsustab',
        body: [
          'Kõigepealt teie: kui ütlete ei, ei küsi keegi edasi.',
          'Siis otsustab iga projekti üle haigla, kellel andmed on. Komitee vaatab, milleks see on.',
          'Projekt vajab luba. Seal on kirjas, kes, milleks ja kui kaua tohib andmeid kasutada. Seda saate lugeda avalikust registrist.',
          'Andmealtruismi organisatsioon kogub andmeid kõigi heaks ega teeni kasumit. Ta on avalikus registris ja annab igal aastal aru (määrus (EL) 2022/868).',
          'Kas miski tundub vale? Küsige haigla andmekaitse spetsialistilt. Võite kaevata ka oma riigi andmekaitse asutusele.',
        ],
      },
    },
    decide: 'Tehke oma valik siin',
    ask: 'Küsimusi? Küsige meilt',
    together: 'Koos:',
    register: 'Number avalikus registris',
    figures: {
      title: 'Võrk arvudes',
      studies: 'Uuringud',
      persons: 'Inimesed',
      sites: 'Haiglad ja instituudid',
      countries: 'Riigid',
      projects: 'Heaks kiidetud projektid',
      synthetic: 'Uuringutest arvuti tehtud, mitte päris inimestelt',
      rounded: 'Inimeste ja uuringute arvud on ümardatud. Väikseid ei öelda.',
      none: 'Võrk pole veel arve avaldanud.',
    },
    email: {
      subject: 'Teie pildid ja teadus: teie otsustate',
      lead: 'Tahame teile rääkida, kuidas teie pildid võivad teadust aidata ja mida saate valida.',
    },
    sms: 'Teie pildid võivad aidata vähki uurida. Need jäävad haiglasse. Jah või ei, teie otsustate:',
  },
};
