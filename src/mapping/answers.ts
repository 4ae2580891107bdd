import { ConceptSearch, type ConceptWish, conceptNamed } from './concept-search.ts';
import { likenessOfWords } from './likeness-of-words.ts';
import { plainWords } from './plain-words.ts';

/** Lists of answers to the questions that clinical tables ask. */
export type AnswerList =
  | 'sex'
  | 'yes-no'
  | 'deceased'
  | 'presence'
  | 'her2'
  | 'population'
  | 'side'
  | 'grade'
  | 'gleason'
  | 'isup'
  | 'stage'
  | 'clinical-t'
  | 'clinical-n'
  | 'clinical-m'
  | 'pathological-t'
  | 'pathological-n'
  | 'pathological-m'
  | 'birads'
  | 'pirads'
  | 'density'
  | 'smoking'
  | 'menopause'
  | 'ecog'
  | 'treatment'
  | 'response'
  | 'surgery'
  | 'benign-malignant'
  | 'modality'
  | 'organ'
  | 'location'
  | 'medication'
  | 'adverse-event'
  | 'episode'
  | 'diagnosis'
  | 'histology';

/** An answer: its code, or `true` and `false` for columns that hold these, and how people write it. */
interface Answer {
  readonly code: string;
  readonly names: readonly string[];
}

const YES =
  'yes; y; true; 1; oui; ja; j; ναι; ν; da; так; т; sim; s; taip; tak; t; sì; si; sí; jah; jā; positive; pos; positiv; +; vorhanden; present';
const NO =
  'no; n; false; 0; non; nee; nein; όχι; ο; ne; ні; н; não; nao; nie; non; ei; negative; neg; negativ; -; keine; absent; none';
const POSITIVE =
  'positive; pos; positiv; positif; positief; +; ++; +++; 1; yes; ja; θετικό; θετικοί; θετικός; θετικη; pozitiven; pozitivno; позитивний; позитивна; позитивно; позит; positivo; positiva; teigiamas; teigiama; teig; dodatni; dodatnia; dodatnie; pozytywny; positiivne; detected; mutated; mutiert; nachgewiesen; present; vorhanden; ναι; da; так; sim; taip; tak; si; sí; jah; y; true';
const NEGATIVE =
  'negative; neg; negativ; négatif; negatief; -; 0; no; nein; αρνητικό; αρνητικοί; αρνητικός; αρνητική; negativen; negativno; негативний; негативна; негативно; негат; відємний; negativo; negativa; neigiamas; neigiama; neig; ujemny; ujemna; ujemne; negatywny; negatiivne; not detected; wild type; wildtyp; absent; όχι; ne; ні; não; nie; ei; n; false';
const UNKNOWN =
  'unknown; unk; not known; undetermined; unbekannt; unklar; nicht bekannt; άγνωστο; άγνωστη; neznano; ni znano; невідомо; невідомий; desconhecido; ignorado; nežinoma; nežinomas; nieznany; nieznane; brak informacji; sconosciuto; non noto; ignoto; desconocido; teadmata; 9; 99; 999; u; x';

function list(rows: Readonly<Record<string, string>>): readonly Answer[] {
  return Object.entries(rows).map(([code, names]) => ({ code, names: names.split(/\s*;\s*/) }));
}

/** By names of concepts, so that the table of the ontology is the only one with their codes. */
function named(rows: Readonly<Record<string, string>>): readonly Answer[] {
  return Object.entries(rows).map(([name, names]) => {
    const concept = conceptNamed(name);
    if (concept === undefined) throw new RangeError(`the hyper-ontology has no concept called ${name}`);
    return { code: concept.code, names: [name, ...names.split(/\s*;\s*/)].filter((one) => one !== '') };
  });
}

const numbered = (count: number, first: number, of: (number: number) => readonly [name: string, names: string]) =>
  named(Object.fromEntries(Array.from({ length: count }, (_, at) => of(first + at))));

function tnm(letter: 'T' | 'N' | 'M', kind: 'clinical' | 'pathological'): readonly Answer[] {
  const suffixes = {
    T: ['X', '0', 'is', '1', '1a', '1b', '1c', '2', '2a', '2b', '2c', '3', '3a', '3b', '4', '4a', '4b', '4c', '4d'],
    N: ['X', '0', '1', '2', '3'],
    M: ['X', '0', '1', '1a', '1b', '1c'],
  }[letter];
  const mark = kind === 'clinical' ? 'c' : 'p';
  return suffixes.flatMap((suffix) => {
    const value = `${letter}${suffix}`;
    // The edition without a number is meant where it has the category, the eighth elsewhere.
    const concept =
      conceptNamed(`AJCC/UICC ${kind} ${value} Category`) ??
      conceptNamed(`AJCC/UICC 8th ${kind} ${value} Category`) ??
      conceptNamed(`AJCC/UICC ${value} Category`) ??
      conceptNamed(`AJCC/UICC 8th ${value} Category`);
    return concept === undefined
      ? []
      : [{ code: concept.code, names: [value, `${mark}${value}`, `y${mark}${value}`, suffix] }];
  });
}

const LISTS: Readonly<Record<AnswerList, () => readonly Answer[]>> = {
  sex: () =>
    list({
      COM1001366:
        'male; m; man; homme; masculin; männlich; mann; άρρεν; άνδρας; άρρενας; α; moški; mož; чоловік; чоловіча; чоловічий; ч; masculino; homem; vyras; vyr; v; mężczyzna; męska; maschio; maschile; uomo; hombre; varón; mees; 1',
      COM1001370:
        'female; f; woman; femme; féminin; vrouw; weiblich; w; frau; θήλυ; γυναίκα; θ; γ; ženska; ženski; ž; жінка; жіноча; жіночий; ж; feminino; mulher; moteris; mot; kobieta; k; żeńska; femmina; femminile; donna; mujer; femenino; naine; n; 2',
      COM1001288: 'other; divers; d; άλλο; drugo; інше; outro; kita; inna; altro; otro; muu; o',
      COM1002760: UNKNOWN,
    }),
  'yes-no': () => list({ COM1001363: YES, COM1001078: NO, COM1002760: UNKNOWN }),
  deceased: () =>
    list({
      true: 'dead; deceased; died; décédé; décédée; overleden; oui; exitus; verstorben; tot; gestorben; απεβίωσε; θανών; νεκρός; umrl; umrla; mrtev; помер; померла; мертвий; falecido; falecida; morto; óbito; mirė; miręs; zmarł; zmarła; zgon; deceduto; deceduta; morto; fallecido; fallecida; muerto; surnud; yes; ja; ναι; da; так; sim; taip; tak; si; sí; jah; 1; true; y',
      false:
        'alive; living; vivant; vivante; levend; non; lebend; lebt; am Leben; ζει; ζων; εν ζωή; živ; živa; живий; жива; живе; vivo; viva; gyvas; gyva; żyje; żywy; vivo; elus; no; nein; όχι; ne; ні; não; nie; non; ei; 0; false; n',
    }),
  presence: () => list({ COM1001310: POSITIVE, COM1001332: NEGATIVE, COM1002760: UNKNOWN }),
  her2: () =>
    list({
      COM1001310: `${POSITIVE.replace(' +; ++; +++; 1;', ' +++;')}; 3+; 3; score 3+; amplified; amplifiziert`,
      COM1001332: `${NEGATIVE}; 0; 1+; 1; score 0; score 1+; not amplified; low`,
      COM1000044:
        'equivocal; indeterminate; borderline; 2+; 2; ++; score 2+; fraglich; αμφίβολο; сумнівний; невизначений; equívoco; wątpliwy; dubbio; neaiškus; dvomljiv; kahtlane',
      COM1002760: UNKNOWN.replaceAll('; 9;', ';'),
    }),
  population: () =>
    list({
      COM1002626:
        'negative screening; screening negative; negative; normal; healthy; no finding; unauffällig; negativ; gesund; ohne Befund; o. B.; αρνητικός έλεγχος; αρνητικό; φυσιολογικό; υγιής; negativno; brez posebnosti; zdrav; негативний; негативний скринінг; норма; здоровий; rastreio negativo; negativo; saudável; neigiama; sveikas; sveika; norma; negatywny; wynik prawidłowy; zdrowy; negativo; sano; cribado negativo; negatiivne; terve',
      COM1002628:
        'suspicious; suspicious findings; recalled; recall; suspekt; auffällig; verdächtig; kontrollbedürftig; ύποπτο; ύποπτα ευρήματα; sumljivo; sumljiv; підозра; підозрілий; підозріло; suspeito; įtariamas; įtarimas; įtartinas; podejrzany; podejrzenie; sospetto; sospechoso; kahtlane',
      COM1002625:
        'control; control group; kontrolle; Kontrollgruppe; μάρτυρας; ομάδα ελέγχου; kontrola; kontrolna skupina; контроль; контрольна група; controlo; kontrolė; kontrolinė grupė; kontrolna; controllo; kontroll; kontrollrühm',
      COM1001087:
        'cancer; case; patient with cancer; malignant; carcinoma; Krebs; Karzinom; maligne; Fall; καρκίνος; κακοήθης; ασθενής; rak; bolnik z rakom; рак; злоякісна; пацієнт з раком; cancro; maligno; caso; vėžys; rak; nowotwór; przypadek; cancro; tumore; cáncer; vähk; haige',
    }),
  side: () =>
    list({
      IMG1016670:
        'left; l; lt; gauche; links; li; αριστερά; αριστερός; αριστερή; α; leva; levo; l.; ліва; лівий; зліва; ліво; esquerda; esquerdo; e; kairė; kairėje; k; lewa; lewy; lewo; sinistra; sinistro; sx; s; izquierda; izquierdo; izq; vasak; v',
      IMG1016682:
        'right; r; rt; droite; droit; rechts; re; δεξιά; δεξιός; δεξιή; δ; desna; desno; d.; права; правий; справа; право; direita; direito; d; dešinė; dešinėje; prawa; prawy; prawo; p; destra; destro; dx; derecha; derecho; der; parem',
      IMG1016659:
        'bilateral; both; beidseits; beidseitig; bds; αμφοτερόπλευρα; άμφω; obojestransko; obe; двобічна; двосторонній; обидві; bilateral; ambos; abipus; abipusis; obustronnie; obie; bilaterale; ambos lados; mõlemad; mõlemapoolne; b',
    }),
  grade: () =>
    named({
      'Grade 1 tumor':
        '1; G1; grade 1; I; grade I; well differentiated; gut differenziert; low grade; υψηλή διαφοροποίηση; високодиференційована; bem diferenciado; wysokozróżnicowany; ben differenziato; bien diferenciado',
      'Grade 2 tumor':
        '2; G2; grade 2; II; grade II; moderately differentiated; mäßig differenziert; intermediate grade; μέτρια διαφοροποίηση; помірнодиференційована; moderadamente diferenciado; średniozróżnicowany; moderatamente differenziato; moderadamente diferenciado',
      'Grade 3 tumor':
        '3; G3; grade 3; III; grade III; poorly differentiated; schlecht differenziert; high grade; χαμηλή διαφοροποίηση; низькодиференційована; mal diferenciado; niskozróżnicowany; scarsamente differenziato; pobremente diferenciado',
      'Grade 4 tumor': '4; G4; grade 4; IV; undifferentiated; undifferenziert',
    }),
  gleason: () =>
    numbered(9, 2, (score) => {
      const sums = Array.from({ length: 5 }, (_, at) => at + 1).flatMap((one) =>
        score - one >= 1 && score - one <= 5
          ? [`${one}+${score - one}`, `${score} (${one}+${score - one})`, `${one}+${score - one}=${score}`]
          : [],
      );
      return [
        `Gleason grade score ${score} out of 10`,
        [String(score), `gleason ${score}`, `gs ${score}`, ...sums].join('; '),
      ];
    }),
  isup: () =>
    numbered(5, 1, (group) => [
      `Gleason grade group ${group}`,
      `${group}; isup ${group}; grade group ${group}; gg${group}; group ${group}; ${['I', 'II', 'III', 'IV', 'V'][group - 1]}`,
    ]),
  stage: () =>
    numbered(5, 0, (stage) => {
      const roman = ['0', 'I', 'II', 'III', 'IV'][stage] ?? '';
      const parts = stage === 0 ? [''] : ['', 'A', 'B', 'C', 'A1', 'A2', 'A3'];
      return [
        `Stage ${stage}`,
        parts
          .flatMap((part) => [
            `${roman}${part}`,
            `${stage}${part}`,
            `stage ${roman}${part}`,
            `stadium ${roman}${part}`,
            `στάδιο ${roman}${part}`,
            `стадія ${roman}${part}`,
          ])
          .join('; '),
      ];
    }),
  'clinical-t': () => tnm('T', 'clinical'),
  'clinical-n': () => tnm('N', 'clinical'),
  'clinical-m': () => tnm('M', 'clinical'),
  'pathological-t': () => tnm('T', 'pathological'),
  'pathological-n': () => tnm('N', 'pathological'),
  'pathological-m': () => tnm('M', 'pathological'),
  birads: () =>
    named({
      ...Object.fromEntries(
        [0, 1, 2, 3, 4, 5, 6].map((category) => [
          `BI-RADS ${category}`,
          `${category}; birads ${category}; b${category}; r${category}; kategorie ${category}; category ${category}; ${['0', 'I', 'II', 'III', 'IV', 'V', 'VI'][category]}`,
        ]),
      ),
      'BI-RADS 4A': '4a; birads 4a; iva',
      'BI-RADS 4B': '4b; birads 4b; ivb',
      'BI-RADS 4C': '4c; birads 4c; ivc',
    }),
  pirads: () =>
    numbered(5, 1, (category) => [
      `PI-RADS ${category}`,
      `${category}; pirads ${category}; category ${category}; ${['I', 'II', 'III', 'IV', 'V'][category - 1]}`,
    ]),
  density: () =>
    named({
      'Almost entirely fat':
        'a; 1; I; acr a; acr 1; acr I; density a; type a; fatty; fett; überwiegend fett; λιπώδης; maščobna; жирова; adiposa; gordurosa; riebalinė; tłuszczowa; adiposo; grasa; rasvane',
      'Scattered fibroglandular tissue':
        'b; 2; II; acr b; acr 2; acr II; density b; type b; scattered; fibroglandulär; vereinzelt; διάσπαρτος; razpršena; розсіяна; fibroglandular dispersa; išsibarstęs; rozproszona; sparse; dispersa; hajus',
      'Heterogeneously dense':
        'c; 3; III; acr c; acr 3; acr III; density c; type c; heterogeneous; heterogen dicht; ετερογενώς πυκνός; heterogeno gosta; неоднорідно щільна; heterogeneamente densa; heterogeniškai tanki; niejednorodnie gęsta; eterogeneamente densa; heterogéneamente densa; heterogeenselt tihe',
      'Extremely dense':
        'd; 4; IV; acr d; acr 4; acr IV; density d; type d; extreme; extrem dicht; εξαιρετικά πυκνός; izrazito gosta; дуже щільна; надзвичайно щільна; extremamente densa; labai tanki; bardzo gęsta; estremamente densa; extremadamente densa; väga tihe',
    }),
  smoking: () =>
    named({
      'Non-smoker':
        'never; never smoker; non smoker; no; nie; Nichtraucher; niemals; nein; ποτέ; μη καπνιστής; όχι; nekadilec; nikoli; ne; ніколи; не палить; не курить; ні; nunca; não fumador; não; niekada; nerūko; nerūkantis; niepalący; nigdy; mai; non fumatore; mai fumatore; no fumador; nunca fumador; nunca fumou; niekada nerūkė; nigdy nie palił; nikoli kadil; ніколи не курив; ніколи не палив; pole kunagi suitsetanud; mittesuitsetaja; ei; 0',
      'Ex-smoker':
        'former; ex; ex smoker; former smoker; past; Exraucher; ehemalig; ehemaliger Raucher; früher; πρώην; πρώην καπνιστής; bivši kadilec; nekdanji; колишній; колишній курець; кинув; ex fumador; antigo; metęs; buvęs rūkalius; były palacz; rzucił; ex fumatore; exfumador; endine suitsetaja; 1',
      Smoker:
        'current; current smoker; smoker; yes; active; Raucher; ja; aktuell; aktiv; καπνιστής; ναι; ενεργός; kadilec; da; palec; курить; палить; курець; так; fumador; sim; atual; rūko; rūkantis; taip; palący; pali; palacz; tak; fumatore; attuale; actual; suitsetaja; jah; 2',
    }),
  menopause: () =>
    named({
      'Premenopausal state':
        'pre; premenopausal; prämenopausal; praemenopausal; προεμμηνοπαυσιακή; προ; predmenopavzna; predmenopavzalno; пременопауза; пременопаузальна; pré-menopausa; pré; premenopauzė; premenopauza; przed menopauzą; premenopausa; premenopáusica; menopausieelne; no; nein; όχι; ne; ні; não; nie; ei',
      'Postmenopausal state':
        'post; postmenopausal; μετεμμηνοπαυσιακή; μετά; pomenopavzna; postmenopavzalno; постменопауза; постменопаузальна; pós-menopausa; pós; postmenopauzė; postmenopauza; po menopauzie; postmenopausa; postmenopáusica; menopausijärgne; yes; ja; ναι; da; так; sim; taip; tak; si; sí; jah',
      'Perimenopausal state':
        'peri; perimenopausal; περιεμμηνοπαυσιακή; perimenopavzna; перименопауза; perimenopausa; perimenopauzė; perimenopauza; perimenopáusica',
    }),
  ecog: () =>
    numbered(6, 0, (grade) => [
      `ECOG performance status - grade ${grade}`,
      `${grade}; ecog ${grade}; ps ${grade}; grade ${grade}`,
    ]),
  treatment: () =>
    named({
      'Surgical procedure':
        'surgery; operation; op; chirurgisch; χειρουργείο; χειρουργική; operacija; kirurgija; операція; хірургічне; cirurgia; operacija; operacja; chirurgia; chirurgiczne; cirugía; operatsioon; kirurgia',
      Radiotherapy:
        'radiation; rt; Strahlentherapie; Bestrahlung; Radiatio; ακτινοθεραπεία; obsevanje; radioterapija; променева терапія; радіотерапія; опромінення; radioterapia; spindulinis gydymas; radioterapia; napromienianie; kiiritusravi',
      Chemotherapy:
        'chemo; ct; cht; Chemotherapie; χημειοθεραπεία; kemoterapija; хіміотерапія; quimioterapia; chemoterapija; chemioterapia; chemia; keemiaravi; qt',
      'Neoadjuvant chemotherapy':
        'neoadjuvant; nact; neoadjuvante Chemotherapie; προεγχειρητική χημειοθεραπεία; neoadjuvantna kemoterapija; неоадювантна хіміотерапія; quimioterapia neoadjuvante; neoadjuvantinė chemoterapija; chemioterapia neoadiuwantowa; chemioterapia neoadiuvante; quimioterapia neoadyuvante',
      'Hormone therapy':
        'endocrine; hormonal; ht; Hormontherapie; antihormonell; endokrine Therapie; ορμονοθεραπεία; hormonska terapija; гормональна терапія; гормонотерапія; hormonoterapia; hormonų terapija; hormonoterapia; ormonoterapia; hormoonravi',
      'Androgen deprivation therapy':
        'adt; androgen deprivation; Androgenentzug; Androgendeprivation; андрогенна депривація; ablação androgénica; deprywacja androgenowa; deprivazione androgenica',
      'Immunotherapy for cancer':
        'immunotherapy; io; Immuntherapie; ανοσοθεραπεία; imunoterapija; імунотерапія; imunoterapia; imunoterapija; immunoterapia; inmunoterapia; immuunravi',
      'Targeted Therapy':
        'targeted; zielgerichtet; zielgerichtete Therapie; στοχευμένη θεραπεία; tarčna terapija; таргетна терапія; terapia dirigida; terapia-alvo; taikinių terapija; terapia celowana; terapia mirata; terapia a bersaglio; sihtmärkravi',
      'Active Surveillance':
        'surveillance; as; aktive Überwachung; ενεργή παρακολούθηση; aktivno spremljanje; активне спостереження; vigilância ativa; aktyvus stebėjimas; aktywny nadzór; sorveglianza attiva; vigilancia activa; aktiivne jälgimine',
      'No anti-cancer treatment - watchful waiting':
        'none; no treatment; watchful waiting; keine; keine Therapie; Abwarten; καμία; χωρίς θεραπεία; brez zdravljenja; без лікування; немає; sem tratamento; be gydymo; bez leczenia; nessuno; nessun trattamento; sin tratamiento; ravita',
    }),
  response: () =>
    named({
      'Complete response':
        'cr; complete; complete remission; pcr; Komplettremission; vollständig; komplette Remission; πλήρης; πλήρης ανταπόκριση; popoln odgovor; повна; повна відповідь; resposta completa; visiškas atsakas; odpowiedź całkowita; całkowita remisja; risposta completa; respuesta completa; täielik vastus',
      'Partial response':
        'pr; partial; partial remission; Teilremission; partiell; partielle Remission; μερική; μερική ανταπόκριση; delni odgovor; часткова; часткова відповідь; resposta parcial; dalinis atsakas; odpowiedź częściowa; risposta parziale; respuesta parcial; osaline vastus',
      'Stable disease':
        'sd; stable; stabil; stabile Erkrankung; σταθερή; σταθερή νόσος; stabilna bolezen; стабілізація; стабільна; doença estável; stabili liga; stabilizacja; choroba stabilna; malattia stabile; enfermedad estable; stabiilne',
      'Progressive disease':
        'pd; progression; progressive; progredient; Progress; πρόοδος; πρόοδος νόσου; progres; napredovanje; прогресування; прогресія; progressão; progresavimas; progresja; progressione; progresión; progresseerumine',
    }),
  surgery: () =>
    named({
      'Breast Conservation Treatment':
        'bct; bcs; breast conserving surgery; lumpectomy; quadrantectomy; brusterhaltend; BET; Lumpektomie; ογκεκτομή; συντηρητική επέμβαση; ohranitvena operacija; органозберігаюча; органозберігальна операція; лампектомія; cirurgia conservadora; tumorectomia; krūtį tausojanti operacija; operacja oszczędzająca; kwadrantektomia; quadrantectomia; cirugía conservadora; rinda säästev',
      'Radical mastectomy':
        'mastectomy; Mastektomie; Ablatio; μαστεκτομή; mastektomija; мастектомія; mastectomia; mastektomia; mastectomía; mastektoomia',
      Lobectomy: 'Lobektomie; λοβεκτομή; lobektomija; лобектомія; lobectomia; lobektomia; lobectomía; lobektoomia',
      'Total pneumonectomy':
        'pneumonectomy; Pneumonektomie; πνευμονεκτομή; pulmektomija; пневмонектомія; pneumectomia; pneumonektomija; pneumonektomia; pneumonectomia; neumonectomía; pneumonektoomia',
      'Radical prostatectomy':
        'prostatectomy; rp; ralp; radikale Prostatektomie; Prostatektomie; ριζική προστατεκτομή; προστατεκτομή; radikalna prostatektomija; радикальна простатектомія; простатектомія; prostatectomia radical; radikali prostatektomija; prostatektomia radykalna; prostatectomia radicale; prostatectomía radical; radikaalne prostatektoomia',
    }),
  'benign-malignant': () =>
    named({
      Benign:
        'b; benigne; gutartig; καλοήθης; καλόηθες; benigno; benigna; benigen; доброякісний; доброякісна; доброякісне; gerybinis; łagodny; łagodna; beniigne; healoomuline; 0; negative; negativ',
      'Malignant neoplastic disease':
        'malignant; m; malign; maligne; bösartig; κακοήθης; κακόηθες; maligen; злоякісний; злоякісна; злоякісне; maligno; maligna; piktybinis; złośliwy; złośliwa; pahaloomuline; 1; positive; positiv; cancer; carcinoma; karzinom',
    }),
  modality: () =>
    named({
      Mammography:
        'mg; mammogram; ffdm; Mammographie; Mammografie; μαστογραφία; mamografija; мамографія; mamografia; mammografia; mamografía; mammograafia',
      'Computed radiography': 'cr',
      'Digital Radiography':
        'dx; dr; x-ray; xray; chest x-ray; cxr; Röntgen; Thoraxröntgen; ακτινογραφία; rentgen; рентген; рентгенографія; raio-x; radiografia; rentgenograma; rtg; radiografía; röntgen',
      'Computed tomography':
        'ct; cat; Computertomographie; αξονική; ct preiskava; кт; tc; tac; kompiuterinė tomografija; tomografia komputerowa; tk; kt',
      'Magnetic resonance imaging':
        'mr; mri; mrt; Magnetresonanztomographie; Kernspin; μαγνητική; magnetna resonanca; мрт; rm; ressonância magnética; magnetinis rezonansas; rezonans magnetyczny; risonanza magnetica; resonancia magnética; magnetresonants',
      Ultrasound:
        'us; sono; Sonographie; Ultraschall; υπέρηχος; ultrazvok; узд; ультразвук; ecografia; ultragarsas; usg; ecografía; ultraheli',
      'Positron emission tomography': 'pt; pet; pet/ct; pet ct; пет',
    }),
  organ: () =>
    named({
      'Breast structure':
        'breast; c50; Brust; Mamma; Brustdrüse; μαστός; στήθος; dojka; prsi; молочна залоза; груди; mama; krūtis; pierś; sutek; seno; mammella; rind',
      'Lung structure':
        'lung; c34; Lunge; πνεύμονας; pljuča; легені; легеня; pulmão; plaučiai; plautis; płuco; płuca; polmone; pulmón; kops',
      Prostate:
        'c61; Prostata; προστάτης; prostata; простата; передміхурова залоза; próstata; prostatos liauka; gruczoł krokowy; stercz; eesnääre',
      Chest:
        'thorax; Brustkorb; θώρακας; prsni koš; грудна клітка; tórax; krūtinės ląsta; klatka piersiowa; torace; rindkere',
    }),
  location: () =>
    named({
      'Upper-outer quadrant of breast':
        'uoq; upper outer; upper outer quadrant; oben außen; oberer äußerer Quadrant; oa; άνω έξω; άνω έξω τεταρτημόριο; zgornji zunanji; верхньо-зовнішній; верхній зовнішній; quadrante superior externo; qse; viršutinis išorinis; górny zewnętrzny; kwadrant górny zewnętrzny; gzw; supero-esterno; superior externo; cse; ülemine välimine',
      'Upper-inner quadrant of breast':
        'uiq; upper inner; upper inner quadrant; oben innen; oberer innerer Quadrant; oi; άνω έσω; άνω έσω τεταρτημόριο; zgornji notranji; верхньо-внутрішній; верхній внутрішній; quadrante superior interno; qsi; viršutinis vidinis; górny wewnętrzny; supero-interno; superior interno; csi; ülemine sisemine',
      'Lower-outer quadrant of breast':
        'loq; lower outer; lower outer quadrant; unten außen; unterer äußerer Quadrant; ua; κάτω έξω; κάτω έξω τεταρτημόριο; spodnji zunanji; нижньо-зовнішній; нижній зовнішній; quadrante inferior externo; qie; apatinis išorinis; dolny zewnętrzny; infero-esterno; inferior externo; cie; alumine välimine',
      'Lower-inner quadrant of breast':
        'liq; lower inner; lower inner quadrant; unten innen; unterer innerer Quadrant; ui; κάτω έσω; κάτω έσω τεταρτημόριο; spodnji notranji; нижньо-внутрішній; нижній внутрішній; quadrante inferior interno; qii; apatinis vidinis; dolny wewnętrzny; infero-interno; inferior interno; cii; alumine sisemine',
      'Structure of upper lobe of right lung':
        'rul; right upper lobe; rechter Oberlappen; δεξιός άνω λοβός; верхня частка правої легені; lobo superior direito; płat górny prawy; lobo superiore destro; lóbulo superior derecho',
      'Structure of middle lobe of right lung':
        'rml; right middle lobe; Mittellappen; μέσος λοβός; середня частка; lobo médio; płat środkowy; lobo medio; lóbulo medio',
      'Structure of lower lobe of right lung':
        'rll; right lower lobe; rechter Unterlappen; δεξιός κάτω λοβός; нижня частка правої легені; lobo inferior direito; płat dolny prawy; lobo inferiore destro; lóbulo inferior derecho',
      'Structure of upper lobe of left lung':
        'lul; left upper lobe; linker Oberlappen; αριστερός άνω λοβός; верхня частка лівої легені; lobo superior esquerdo; płat górny lewy; lobo superiore sinistro; lóbulo superior izquierdo',
      'Structure of lower lobe of left lung':
        'lll; left lower lobe; linker Unterlappen; αριστερός κάτω λοβός; нижня частка лівої легені; lobo inferior esquerdo; płat dolny lewy; lobo inferiore sinistro; lóbulo inferior izquierdo',
    }),
  // Drugs have nearly one name everywhere: what is not here is looked for in the ontology, slips and endings apart.
  medication: () =>
    named({
      Tamoxifen:
        'tamoxifeno; tamoxifène; ταμοξιφαίνη; tamoksifen; тамоксифен; tamoksifenas; tamoxifene; tamoksifeen; tam',
      Letrozole: 'letrozol; λετροζόλη; летрозол; letrozolas; letrozolo; letrosool; let',
      Anastrozole: 'anastrozol; αναστροζόλη; анастрозол; anastrozolas; anastrozolo; anastrosool; ana',
      Trastuzumab: 'herceptin; τραστουζουμάμπη; трастузумаб; trastuzumabas; trastuzumaab',
      Docetaxel: 'docetaxelum; ντοσεταξέλη; доцетаксел; docetakselis; docetaksel; dotsetakseel; taxotere',
      Paclitaxel: 'πακλιταξέλη; паклітаксел; paklitakselis; paklitaksel; paclitaxelum; taxol',
      Carboplatin: 'carboplatino; carboplatina; καρβοπλατίνη; карбоплатин; karboplatina; karboplatyna; karboplatiin',
      Pembrolizumab: 'keytruda; πεμπρολιζουμάμπη; пембролізумаб; pembrolizumabas; pembrolizumaab',
      Doxorubicin: 'doxorubicina; δοξορουβικίνη; доксорубіцин; doksorubicinas; doksorubicin; adriamycin',
      Cyclophosphamide: 'cyclophosphamid; κυκλοφωσφαμίδη; циклофосфамід; ciclofosfamida; ciklofosfamid; cyklofosfamid',
    }),
  'adverse-event': () =>
    named({
      Fatigue: 'müdigkeit; κόπωση; utrujenost; втома; fadiga; nuovargis; zmęczenie; fatica; fatiga; väsimus',
      Pneumonitis:
        'pneumonie durch Strahlung; πνευμονίτιδα; pnevmonitis; пневмоніт; pneumonite; pneumonitas; zapalenie płuc; neumonitis; pneumoniit',
    }),
  episode: () =>
    list({
      GEN1000008:
        'diagnosis; diagnostic; baseline; staging; Diagnose; διάγνωση; diagnoza; діагноз; діагностика; diagnóstico; diagnozė; diagnoza; diagnosi; diagnoos',
      GEN1000007:
        'treatment; therapy; during treatment; Behandlung; Therapie; θεραπεία; zdravljenje; лікування; tratamento; gydymas; leczenie; trattamento; tratamiento; ravi',
      GEN1000010:
        'progression; Progression; Progress; πρόοδος; napredovanje; прогресування; progressão; progresavimas; progresja; progressione; progresión; progresseerumine',
      GEN1000005:
        'relapse; recurrence; Rezidiv; υποτροπή; recidiv; рецидив; recidiva; recidyvas; nawrót; recidiva; recaída; retsidiiv',
      GEN1000006:
        'remission; follow up; Remission; Nachsorge; ύφεση; remisija; ремісія; remissão; remisija; remisja; remissione; remisión; remissioon',
      GEN1000009:
        'active surveillance; surveillance; aktive Überwachung; ενεργή παρακολούθηση; aktivno spremljanje; активне спостереження; vigilância ativa; aktyvus stebėjimas; aktywny nadzór; sorveglianza attiva; vigilancia activa; aktiivne jälgimine',
    }),
  diagnosis: () =>
    named({
      'Malignant neoplasm of breast':
        'breast cancer; breast ca; mamma ca; c50; Brustkrebs; Mammakarzinom; καρκίνος μαστού; ca μαστού; rak dojke; рак молочної залози; c-r молочної залози; с-r молочної залози; cr молочної залози; ca молочної залози; са молочної залози; рак грудей; cancro da mama; carcinoma da mama; krūties vėžys; rak piersi; nowotwór piersi; tumore della mammella; carcinoma mammario; cancro al seno; cáncer de mama; rinnavähk; breast; cancer du sein; borstkanker; bösartige Neubildung der Brustdrüse; κακόηθες νεόπλασμα μαστού; maligna neoplazma dojke; злоякісне новоутворення молочної залози; neoplasia maligna da mama; piktybinis krūties navikas; nowotwór złośliwy sutka; nowotwór złośliwy piersi; tumore maligno della mammella; tumor maligno de la mama; rinnanäärme pahaloomuline kasvaja',
      'Malignant tumor of lung':
        'lung cancer; lung ca; c34; Lungenkrebs; Bronchialkarzinom; Lungenkarzinom; καρκίνος πνεύμονα; ca πνεύμονα; pljučni rak; рак легені; c-r легені; с-r легені; cr легені; ca легені; са легені; рак легень; рак легенів; cancro do pulmão; plaučių vėžys; rak płuca; rak płuc; tumore del polmone; cancro del polmone; cáncer de pulmón; kopsuvähk; lung; cancer du poumon; longkanker; malignant neoplasm of bronchus and lung; bösartige Neubildung der Bronchien und der Lunge; κακόηθες νεόπλασμα βρόγχων και πνεύμονα; maligna neoplazma bronhija in pljuč; злоякісне новоутворення бронхів і легень; злоякісне новоутворення легені; neoplasia maligna do pulmão; neoplasia maligna dos brônquios e dos pulmões; piktybinis bronchų ir plaučių navikas; piktybinis plaučių navikas; nowotwór złośliwy oskrzela i płuca; nowotwór złośliwy płuca; tumore maligno dei bronchi e dei polmoni; tumore maligno del polmone; tumor maligno de los bronquios y del pulmón; tumor maligno del pulmón; bronhi ja kopsu pahaloomuline kasvaja',
      'Malignant neoplasm of prostate':
        'prostate cancer; pca; c61; Prostatakrebs; Prostatakarzinom; καρκίνος προστάτη; ca προστάτη; rak prostate; рак простати; рак передміхурової залози; c-r передміхурової залози; с-r передміхурової залози; cr передміхурової залози; ca передміхурової залози; са передміхурової залози; cancro da próstata; prostatos vėžys; rak prostaty; rak stercza; rak gruczołu krokowego; tumore della prostata; cancro della prostata; cáncer de próstata; eesnäärmevähk; prostate; cancer de la prostate; prostaatkanker; bösartige Neubildung der Prostata; κακόηθες νεόπλασμα προστάτη; maligna neoplazma prostate; злоякісне новоутворення передміхурової залози; neoplasia maligna da próstata; piktybinis prostatos navikas; nowotwór złośliwy gruczołu krokowego; tumore maligno della prostata; tumor maligno de la próstata; eesnäärme pahaloomuline kasvaja',
      'Malignant neoplasm of colon':
        'colon cancer; c18; Kolonkarzinom; Dickdarmkrebs; καρκίνος παχέος εντέρου; rak debelega črevesa; рак ободової кишки; cancro do cólon; storosios žarnos vėžys; rak jelita grubego; tumore del colon; cáncer de colon; jämesoolevähk',
      'Malignant neoplasm of rectum':
        'rectal cancer; c20; Rektumkarzinom; καρκίνος ορθού; rak danke; рак прямої кишки; cancro do reto; tiesiosios žarnos vėžys; rak odbytnicy; tumore del retto; cáncer de recto; pärasoolevähk',
      'Malignant neoplasm of liver':
        'liver cancer; c22; Leberkrebs; καρκίνος ήπατος; rak jeter; рак печінки; cancro do fígado; kepenų vėžys; rak wątroby; tumore del fegato; cáncer de hígado; maksavähk',
      'DCIS (Ductal carcinoma in situ) of breast':
        'dcis; d05.1; d05; duktales Carcinoma in situ; πορογενές in situ; протокова карцинома in situ; carcinoma ductal in situ; carcinoma duttale in situ; rak przewodowy in situ; duktalni karcinom in situ; duktaline in situ',
    }),
  histology: () =>
    named({
      'Infiltrating duct carcinoma of breast':
        'idc; invasive ductal; invasive ductal carcinoma; ductal; nst; 8500/3; 8500; invasiv duktal; invasives duktales Karzinom; duktal; διηθητικό πορογενές; πορογενές; invazivni duktalni karcinom; duktalni; інвазивна протокова карцинома; протокова; протоковий; carcinoma ductal invasivo; invazinė latakinė karcinoma; rak przewodowy; rak przewodowy inwazyjny; carcinoma duttale infiltrante; duttale; carcinoma ductal infiltrante; invasiivne duktaalne',
      'Infiltrating lobular carcinoma of breast':
        'ilc; invasive lobular; invasive lobular carcinoma; lobular; 8520/3; 8520; invasiv lobulär; invasives lobuläres Karzinom; lobulär; διηθητικό λοβιακό; λοβιακό; invazivni lobularni karcinom; lobularni; інвазивна часточкова карцинома; часточкова; часточковий; дольковий; carcinoma lobular invasivo; invazinė skiltinė karcinoma; rak zrazikowy; carcinoma lobulare infiltrante; lobulare; carcinoma lobulillar; invasiivne lobulaarne',
      'DCIS (Ductal carcinoma in situ) of breast':
        'dcis; in situ; 8500/2; duktales Carcinoma in situ; πορογενές in situ; протокова карцинома in situ; carcinoma ductal in situ; carcinoma duttale in situ; rak przewodowy in situ; duktalni karcinom in situ',
      'Mucinous adenocarcinoma':
        'mucinous; 8480/3; 8480; muzinös; βλεννώδες; mucinozni; муцинозна; mucinoso; mucininė; śluzowy; limaskarsinoom',
      'Adenocarcinoma, NOS':
        'adenocarcinoma; adeno; 8140/3; 8140; Adenokarzinom; αδενοκαρκίνωμα; adenokarcinom; аденокарцинома; adenocarcinoma; adenokarcinoma; gruczolakorak; adenocarcinoma; adenokartsinoom',
      'Squamous cell carcinoma, NOS':
        'squamous; squamous cell carcinoma; scc; 8070/3; 8070; Plattenepithelkarzinom; πλακώδες; ακανθοκυτταρικό; ploščatocelični karcinom; плоскоклітинний; плоскоклітинна карцинома; carcinoma epidermoide; carcinoma espinocelular; plokščialąstelinė karcinoma; rak płaskonabłonkowy; carcinoma squamoso; carcinoma escamoso; lamerakuline',
      'Small cell carcinoma, NOS':
        'small cell; sclc; 8041/3; 8041; kleinzellig; kleinzelliges Karzinom; μικροκυτταρικό; drobnocelični; дрібноклітинний; carcinoma de pequenas células; smulkialąstelinė; drobnokomórkowy; microcitoma; a piccole cellule; microcítico; väikerakuline',
      'Non-small cell carcinoma of lung, NOS':
        'nsclc; non small cell; nicht kleinzellig; nichtkleinzellig; μη μικροκυτταρικό; nedrobnocelični; недрібноклітинний; não pequenas células; nesmulkialąstelinė; niedrobnokomórkowy; non a piccole cellule; no microcítico; mitteväikerakuline',
    }),
};

/** A value of a column and the answer that it is taken for. */
export interface AnswerMatch {
  /** Concept of the hyper-ontology, or `true` and `false`. */
  readonly code: string;
  /** 0 to 1. */
  readonly confidence: number;
  /** How the list writes it. */
  readonly by: string;
}

const tables = new Map<AnswerList, ReadonlyMap<string, { readonly code: string; readonly by: string }>>();

/** The answer of a list that a value is; undefined where none is like it. */
export function answerIn(list: AnswerList, value: string): AnswerMatch | undefined {
  const table = tableOf(list);
  const plain = keyOf(value);
  const exact = table.get(plain);
  if (exact !== undefined) return { ...exact, confidence: 0.98 };
  const concept = OPEN_LISTS[list] === undefined ? undefined : conceptNamed(value);
  if (concept !== undefined) return { code: concept.code, by: concept.name, confidence: 0.95 };
  // Cut short: `чол`, `prä`, `pos.`
  if (plain.length >= 2 && /^\p{L}+$/u.test(plain)) {
    const begun = new Map<string, { readonly code: string; readonly by: string }>();
    for (const [name, answer] of table)
      if (name.startsWith(plain) && !begun.has(answer.code)) begun.set(answer.code, answer);
    const [only, other] = begun.values();
    if (only !== undefined && other === undefined) return { ...only, confidence: 0.8 };
  }
  const joined = together(table).get(plain.replaceAll(' ', ''));
  if (joined !== undefined) return { ...joined, confidence: 0.9 };
  const drawn = drawnTogether(plain, table);
  if (drawn !== undefined) return drawn;
  // Words around it: `HER2 positiv`, `Stadium IIa (UICC)`, `linke Brust`.
  const words = plain.split(' ');
  const inside = new Map<string, { readonly code: string; readonly by: string; readonly length: number }>();
  for (const [name, answer] of table) {
    const length = name.split(' ').length;
    if (name.length < 3 && !/\d/.test(name)) continue;
    const starts = words.some((_, at) => words.slice(at, at + length).join(' ') === name);
    const known = inside.get(answer.code);
    if (starts && (known?.length ?? 0) < name.length) inside.set(answer.code, { ...answer, length: name.length });
  }
  const found = [...inside.values()].sort((a, b) => b.length - a.length);
  const [first, second] = found;
  // Two answers in one value are none, unless one says more than the other: `nicht kleinzellig` is not `kleinzellig`.
  if (first !== undefined && (second === undefined || first.length > second.length + 3)) {
    return { code: first.code, by: first.by, confidence: 0.75 };
  }
  return second === undefined ? (misspelt(plain, table) ?? conceptFor(list, value)) : undefined;
}

type AnswerTable = ReadonlyMap<string, { readonly code: string; readonly by: string }>;

const togethers = new WeakMap<AnswerTable, AnswerTable>();

/** The answers without spaces: `exfumador` is `ex fumador`. */
function together(table: AnswerTable): AnswerTable {
  const known = togethers.get(table);
  if (known !== undefined) return known;
  const made = new Map<string, { readonly code: string; readonly by: string }>();
  for (const [name, answer] of table)
    if (!made.has(name.replaceAll(' ', ''))) made.set(name.replaceAll(' ', ''), answer);
  togethers.set(table, made);
  return made;
}

/** A word of which only some letters are written, the first and the last among them: `dto` is `direito`, `izdo` is `izquierdo`. */
function drawnTogether(plain: string, table: AnswerTable): AnswerMatch | undefined {
  if (plain.length < 3 || plain.length > 5 || !/^\p{L}+$/u.test(plain)) return undefined;
  const found = new Map<string, { readonly code: string; readonly by: string }>();
  for (const [name, answer] of table) {
    if (name.length <= plain.length || name.length > 3 * plain.length || /[^\p{L}]/u.test(name)) continue;
    if (name[0] === plain[0] && name.at(-1) === plain.at(-1) && isWithin(plain, name)) found.set(answer.code, answer);
  }
  const [only, other] = found.values();
  return only === undefined || other !== undefined ? undefined : { ...only, confidence: 0.7 };
}

/** Whether the letters of one word stand in another in the same order. */
function isWithin(letters: string, word: string): boolean {
  let at = 0;
  for (const letter of word) if (letter === letters[at]) at += 1;
  return at === letters.length;
}

/**
 * Single letters that mean another thing beside one another: `M` is male beside `F`, and female beside `H` (hombre, mujer). `V` is a
 * man under a Lithuanian heading and `M` a woman (vyras, moteris); in Dutch it is the other way about (man, vrouw), so that
 * under any other heading a person says which.
 * @param column its heading, and its values in plain words
 */
export function answerBeside(
  list: AnswerList,
  value: string,
  column: { readonly heading: string; readonly values: ReadonlySet<string> },
): AnswerMatch | undefined {
  const letter = keyOf(value);
  if (list !== 'sex' || (letter !== 'm' && letter !== 'v')) return answerIn(list, value);
  const { values } = column;
  const isLithuanian = plainWords(column.heading).some((word) => word.startsWith('lyt'));
  if (letter === 'v') return isLithuanian ? answerIn(list, value) : undefined;
  const isWomanNamed = ['f', 'w', 'k', 'z', 'n'].some((other) => values.has(other));
  if (isWomanNamed || !(values.has('v') || values.has('h'))) return answerIn(list, value);
  return values.has('v') && !isLithuanian ? undefined : { code: FEMALE, confidence: 0.9, by: 'm' };
}

const FEMALE = 'COM1001370';

/** A word or two with a slip in them: `invasiv duktal` for `invasiv-duktl`. */
function misspelt(
  plain: string,
  table: ReadonlyMap<string, { readonly code: string; readonly by: string }>,
): AnswerMatch | undefined {
  if (plain.length < 5) return undefined;
  let best: AnswerMatch | undefined;
  for (const [name, answer] of table) {
    if (name.length < 5 || name.startsWith(plain) || plain.startsWith(name)) continue;
    const likeness = likenessOfWords(plain, name);
    if (likeness > 0.7 && likeness > (best?.confidence ?? 0)) best = { ...answer, confidence: Math.min(0.7, likeness) };
  }
  return best;
}

/** Lists that are only the beginning of what the ontology has, and where in it the rest is. */
const OPEN_LISTS: Partial<Readonly<Record<AnswerList, ConceptWish>>> = {
  diagnosis: { prefixes: ['CLIN'], domains: ['Condition'] },
  histology: { prefixes: ['CLIN'], domains: ['Condition', 'Observation'] },
  organ: { prefixes: ['BP'] },
  location: { prefixes: ['BP'] },
  medication: { prefixes: ['CLIN'], domains: ['Drug'] },
  'adverse-event': { prefixes: ['CLIN'], domains: ['Condition', 'Observation'] },
  surgery: { prefixes: ['CLIN'], domains: ['Procedure'] },
  treatment: { prefixes: ['CLIN'], domains: ['Procedure'] },
};

let ontology: ConceptSearch | undefined;

/** A concept of the ontology whose name the value is, or nearly. */
function conceptFor(list: AnswerList, value: string): AnswerMatch | undefined {
  const wish = OPEN_LISTS[list];
  if (wish === undefined || plainWords(value).join('').length < 4) return undefined;
  ontology ??= new ConceptSearch();
  const [first, second] = ontology.search(value, { ...wish, limit: 2 });
  if (first === undefined || first.score < 0.8 || (second !== undefined && second.score > first.score - 0.02))
    return undefined;
  return { code: first.concept.code, by: first.by, confidence: 0.65 * first.score };
}

/** Every answer of a list: its code and its first name. */
export function answersOf(list: AnswerList): readonly { readonly code: string; readonly name: string }[] {
  return LISTS[list]().map(({ code, names }) => ({ code, name: names[0] ?? code }));
}

function tableOf(list: AnswerList): ReadonlyMap<string, { readonly code: string; readonly by: string }> {
  const known = tables.get(list);
  if (known !== undefined) return known;
  const table = new Map<string, { readonly code: string; readonly by: string }>();
  for (const { code, names } of LISTS[list]()) {
    for (const name of names) {
      const key = keyOf(name);
      if (key !== '' && !table.has(key)) table.set(key, { code, by: name });
    }
  }
  tables.set(list, table);
  return table;
}

/** Plain words; signs where there are no words (`+`, `-`, `3+`, `3+4=7`). */
function keyOf(text: string): string {
  if (/[+=-]/.test(text) && !/\p{L}{2}/u.test(text)) return text.trim().replace(/\s+/g, '');
  return plainWords(text).join(' ');
}
