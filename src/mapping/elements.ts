import type { AnswerList } from './answers.ts';

/** What a column of a clinical table can mean, and where it goes in the EUCAIM common data model. */
export interface Element {
  readonly id: string;
  /** Table and column of the common data model that take the value. */
  readonly table: string;
  readonly column: string;
  readonly kind: 'identifier' | 'coded' | 'number' | 'date' | 'yes-no' | 'text';
  /** Other columns of the row, which say what was measured or asked: concepts of the hyper-ontology, or words of the model. */
  readonly fixed: Readonly<Record<string, string>>;
  /** The list of answers that a coded value comes from. */
  readonly answers?: AnswerList;
  /** Column that takes the unit, and the unit in which the element is kept. */
  readonly unit?: { readonly column: string; readonly unit: string };
  /** Numbers outside cannot be. */
  readonly range?: readonly [least: number, greatest: number];
  /** What people call it, in the languages of the network. */
  readonly names: readonly string[];
}

type Rest = Partial<Pick<Element, 'fixed' | 'answers' | 'unit' | 'range'>>;

function element(id: string, place: string, kind: Element['kind'], rest: Rest, names: string): Element {
  const [table = '', column = ''] = place.split('.');
  return { id, table, column, kind, fixed: {}, ...rest, names: names.split(/\s*;\s*/).filter((name) => name !== '') };
}

const marker = (code: string): Element['fixed'] => ({ tumor_marker_test_code: code });
const tnm = (code: string): Element['fixed'] => ({
  cancer_stage_code: code,
  cancer_stage_scoring_system: 'CLIN1033314',
});

/** Every element that is known. Names: en; de; el; sl; uk; pt; lt; pl; it; es; et; some of fr and nl. */
export const ELEMENTS: readonly Element[] = [
  element(
    'patient-id',
    'patient.patient_id',
    'identifier',
    {},
    'patient id; patientid; patient identifier; patient; pat id; pid; subject id; case id; mrn; participant; Patientennummer; Patienten-ID; Pat-Nr; PatNr; Fallnummer; κωδικός ασθενούς; κωδικός ασθενή; αριθμός μητρώου; ΑΜ ασθενούς; Κωδ. ασθενή; šifra bolnika; ID bolnika; pacient; номер пацієнта; ID пацієнта; код пацієнта; ідентифікатор пацієнта; id do doente; número do doente; processo clínico; código do doente; paciento id; paciento kodas; paciento nr; id pacjenta; numer pacjenta; nr pacjenta; id paziente; codice paziente; id paciente; historia clínica; número de historia; código paciente; patsiendi id; patsiendi kood; numéro de dossier; n dossier; numéro patient; identifiant patient; patiëntnummer; dossiernummer',
  ),
  element(
    'study-uid',
    'image_study.study_uid',
    'identifier',
    {},
    'study uid; studyinstanceuid; study instance uid; StudyUID; UID der Studie; UID εξέτασης; UID дослідження; UID do estudo; UID studii',
  ),
  element(
    'sex',
    'patient.patient_birth_sex',
    'coded',
    { answers: 'sex' },
    'sex; gender; sex at birth; birth sex; Geschlecht; φύλο; spol; стать; sexo; género; lytis; płeć; sesso; genere; sugu; sexe; geslacht',
  ),
  element(
    'population',
    'patient.patient_diagnostic_category',
    'coded',
    { answers: 'population' },
    'population; group; cohort; case control; study group; diagnostic category; status group; screening result; Gruppe; Kohorte; Screeningergebnis; ομάδα; πληθυσμός; αποτέλεσμα ελέγχου; skupina; rezultat presejanja; група; когорта; результат скринінгу; grupo; coorte; resultado do rastreio; grupė; patikros rezultatas; grupa; wynik przesiewowy; gruppo; esito screening; resultado cribado; rühm; sõeluuringu tulemus',
  ),
  element(
    'deceased',
    'patient.patient_deceased',
    'yes-no',
    { answers: 'deceased' },
    'deceased; dead; outcome; vital status; death; alive; survival status; verstorben; Vitalstatus; Tod; gestorben; θάνατος; απεβίωσε; ζωτική κατάσταση; έκβαση; izid; desfecho; baigtis; esito; tulem; umrl; vitalni status; smrt; помер; смерть; життєвий статус; статус життя; falecido; óbito; estado vital; mirė; mirtis; zgon; status życiowy; deceduto; stato in vita; fallecido; exitus; surnud; surm; décès; décédé; statut vital; overleden; vitale status',
  ),
  element(
    'last-contact',
    'patient.patient_date_of_last_contact',
    'date',
    {},
    'date of last contact; last follow up; last contact; follow up date; fu date; last seen; letzter Kontakt; Datum letzter Kontakt; letzte Nachsorge; τελευταία επαφή; ημερομηνία τελευταίας επαφής; τελευταίος επανέλεγχος; zadnji stik; datum zadnjega stika; останній контакт; дата останнього контакту; дата останнього огляду; último contacto; data do último contacto; paskutinis kontaktas; ostatni kontakt; data ostatniego kontaktu; ultimo contatto; data ultimo follow up; última visita; viimane kontakt; last visit; last examination; letzter Besuch; letzte Untersuchung; τελευταία επίσκεψη; zadnji pregled; zadnji obisk; останній візит; останній огляд; última consulta; última visita; paskutinis vizitas; paskutinė apžiūra; ostatnia wizyta; ostatnie badanie; ultima visita; ultimo controllo; viimane visiit; date de dernière nouvelle; dernières nouvelles; date dernier contact; dernier suivi; laatste contact; datum laatste contact; laatste controle; τελευταία επικοινωνία',
  ),
  element(
    'cause-of-death',
    'patient.patient_cause_of_death',
    'text',
    {},
    'cause of death; Todesursache; αιτία θανάτου; vzrok smrti; причина смерті; causa de morte; causa de óbito; mirties priežastis; przyczyna zgonu; causa di morte; causa de muerte; surma põhjus; cause du décès; cause de décès; doodsoorzaak',
  ),
  element(
    'age-at-diagnosis',
    'cancer_condition.cancer_condition_age_at_diagnosis',
    'number',
    { unit: { column: 'cancer_condition_age_unit', unit: 'COM1000151' }, range: [0, 120] },
    'age at diagnosis; age; age years; age dx; patient age; Alter bei Diagnose; Alter bei ED; Alter; Diagnosealter; ηλικία; ηλικία διάγνωσης; ηλικία κατά τη διάγνωση; starost; starost ob diagnozi; вік; вік на момент діагнозу; вік при встановленні діагнозу; idade; idade ao diagnóstico; amžius; amžius diagnozės metu; wiek; wiek rozpoznania; wiek w chwili rozpoznania; età; età alla diagnosi; edad; edad al diagnóstico; vanus; vanus diagnoosimisel; âge au diagnostic; âge; leeftijd bij diagnose; leeftijd',
  ),
  element(
    'diagnosis-date',
    'cancer_condition.cancer_condition_asserted_date',
    'date',
    {},
    'date of diagnosis; diagnosis date; date dx; dx date; Diagnosedatum; Datum der Diagnose; Erstdiagnose; Datum Erstdiagnose; ED; Datum ED; ED-Datum; ημερομηνία διάγνωσης; ημ. διάγνωσης; ημ/νία διάγνωσης; datum diagnoze; дата діагнозу; дата встановлення діагнозу; data do diagnóstico; data de diagnóstico; diagnozės data; data rozpoznania; data diagnozy; data diagnosi; data di diagnosi; fecha de diagnóstico; fecha diagnóstico; diagnoosi kuupäev; date du diagnostic; date de diagnostic; datum diagnose; diagnosedatum',
  ),
  element(
    'diagnosis',
    'cancer_condition.cancer_condition_code',
    'coded',
    { answers: 'diagnosis' },
    'diagnosis; primary diagnosis; cancer type; disease; icd10; icd 10; icd code; Diagnose; Hauptdiagnose; Tumorart; Erkrankung; διάγνωση; νόσος; τύπος καρκίνου; diagnoza; bolezen; vrsta raka; діагноз; захворювання; тип раку; основний діагноз; diagnóstico; diagnóstico principal; diag principal; tipo de cancro; diagnozė; liga; vėžio tipas; rozpoznanie; choroba; typ nowotworu; diagnosi; diagnosi principale; tipo di tumore; tipo de cáncer; diagnoos; haigus; tlk kood; diagnostic; diagnostic principal; hoofddiagnose',
  ),
  element(
    'histology',
    'cancer_condition.cancer_condition_histology_morphology',
    'coded',
    { answers: 'histology' },
    'histology; histological type; histologic type; histopathology; morphology; pathology; tumor type; Histologie; histologischer Typ; Tumortyp; Histopathologie; Morphologie; ιστολογία; ιστολογικός τύπος; μορφολογία; παθολογοανατομική; histologija; histološki tip; гістологія; гістологічний тип; морфологія; histologia; tipo histológico; morfologia; histologinis tipas; histologija tipas; histologia; typ histologiczny; istologia; tipo istologico; istotipo; histología; histoloogia; histoloogiline tüüp; histologie; type histologique; histologisch type',
  ),
  element(
    'grade',
    'histologic_grade.histologic_grade_value_as_concept',
    'coded',
    { answers: 'grade', fixed: { histologic_grade_code: 'CLIN1037301' } },
    'grade; grading; histologic grade; nottingham grade; tumor grade; differentiation; G; Differenzierungsgrad; Tumorgrad; βαθμός; βαθμός διαφοροποίησης; gradus; diferenciacija; ступінь; ступінь диференціації; ступінь злоякісності; grau; grau histológico; diferenciacijos laipsnis; laipsnis; stopień złośliwości; stopień; grado; grado istologico; grado histológico; gradus; diferentseerumisaste; grade histologique; grade sbr; gradering; graad',
  ),
  element(
    'gleason-score',
    'histologic_grade.histologic_grade_value_as_concept',
    'coded',
    {
      answers: 'gleason',
      fixed: { histologic_grade_code: 'CLIN1037294', histologic_grade_scoring_system: 'CLIN1037294' },
    },
    'gleason; gleason score; gleason sum; total gleason; Gleason-Score; άθροισμα gleason; βαθμολογία gleason; сума глісона; шкала глісона; індекс глісона; pontuação de gleason; gleason balas; wynik gleasona; punteggio di gleason; puntuación gleason; gleasoni skoor',
  ),
  element(
    'isup-grade',
    'histologic_grade.histologic_grade_value_as_concept',
    'coded',
    { answers: 'isup', fixed: { histologic_grade_code: 'CLIN1037300' } },
    'isup; isup grade; grade group; gleason grade group; isup group; ISUP-Grad; ομάδα isup; isup skupina; група isup; grupo isup; isup grupė; grupa isup; gruppo isup; isup rühm',
  ),
  ...(['T', 'N', 'M'] as const).flatMap((letter) => [
    element(
      `clinical-${letter.toLowerCase()}`,
      'cancer_stage.cancer_stage_as_concept',
      'coded',
      {
        answers: `clinical-${letter.toLowerCase()}` as AnswerList,
        fixed: tnm({ T: 'CLIN1031297', N: 'CLIN1031528', M: 'CLIN1031282' }[letter]),
      },
      `c${letter}; clinical ${letter}; ct${letter === 'T' ? '' : 'nm'} ${letter}; ${letter} stage; ${letter} category; tnm ${letter}; ${letter}; c${letter}-Stadium; klinisch ${letter}; κλινικό ${letter}; klinični ${letter}; клінічна ${letter}; категорія ${letter}; ${letter} clínico; klinikinis ${letter}; kliniczne ${letter}; ${letter} clinico`,
    ),
    element(
      `pathological-${letter.toLowerCase()}`,
      'cancer_stage.cancer_stage_as_concept',
      'coded',
      {
        answers: `pathological-${letter.toLowerCase()}` as AnswerList,
        fixed: tnm({ T: 'CLIN1033007', N: 'CLIN1033068', M: 'CLIN1033404' }[letter]),
      },
      `p${letter}; pathological ${letter}; pathologic ${letter}; yp${letter}; pathologisch ${letter}; παθολογικό ${letter}; patološki ${letter}; патологічна ${letter}; ${letter} patológico; patologinis ${letter}; patologiczne ${letter}; ${letter} patologico`,
    ),
  ]),
  element(
    'stage',
    'cancer_stage.cancer_stage_as_concept',
    'coded',
    { answers: 'stage', fixed: { cancer_stage_code: 'CLIN1031313', cancer_stage_scoring_system: 'CLIN1033314' } },
    'stage; tumor stage; overall stage; ajcc stage; uicc stage; stage group; Stadium; UICC-Stadium; Tumorstadium; στάδιο; στάδιο νόσου; stadij; стадія; стадія захворювання; estádio; estadio; stadija; stadium zaawansowania; stopień zaawansowania; stadio; staadium; stade; tumorstadium',
  ),
  element(
    'psa',
    'tumor_marker_test.tumor_marker_test_as_number',
    'number',
    {
      fixed: marker('CLIN1033410'),
      unit: { column: 'tumor_marker_test_as_unit', unit: 'COM1000156' },
      range: [0, 20_000],
    },
    'psa; total psa; psa total; serum psa; psa level; initial psa; PSA-Wert; ολικό psa; пса; загальний пса; psa celkom; psa wartość; psa totale; psa inicial',
  ),
  element(
    'er-status',
    'tumor_marker_test.tumor_marker_test_as_concept',
    'coded',
    { answers: 'presence', fixed: marker('CLIN1045815') },
    'er; er status; estrogen receptor; oestrogen receptor; Östrogenrezeptor; ER-Status; οιστρογονικοί υποδοχείς; οιστρογονικός υποδοχέας; estrogenski receptorji; ER receptor; рецептори естрогену; естрогенові рецептори; recetores de estrogénio; recetor estrogénio; estrogenų receptoriai; receptory estrogenowe; receptor estrogenowy; recettori estrogeni; recettore estrogeno; receptores de estrógeno; receptor estrógeno; östrogeeni retseptor; re; récepteurs des œstrogènes; oestrogeenreceptor',
  ),
  element(
    'pr-status',
    'tumor_marker_test.tumor_marker_test_as_concept',
    'coded',
    { answers: 'presence', fixed: marker('CLIN1046085') },
    'pr; pgr; pr status; progesterone receptor; Progesteronrezeptor; PR-Status; προγεστερονικοί υποδοχείς; προγεστερονικός υποδοχέας; progesteronski receptorji; рецептори прогестерону; прогестеронові рецептори; recetores de progesterona; recetor progesterona; progesterono receptoriai; receptory progesteronowe; receptor progesteronowy; recettori progesterone; recettori del progesterone; receptores de progesterona; receptor progesterona; progesterooni retseptor; rp; récepteurs de la progestérone; progesteronreceptor',
  ),
  element(
    'her2-status',
    'tumor_marker_test.tumor_marker_test_as_concept',
    'coded',
    { answers: 'her2', fixed: marker('CLIN1045851') },
    'her2; her 2; her2 neu; her2 status; erbb2; c erbb2; her2 ihc; HER2-Status; стан her2; her2 būklė; status her2',
  ),
  element(
    'ki67',
    'tumor_marker_test.tumor_marker_test_as_number',
    'number',
    {
      fixed: marker('CLIN1045913'),
      unit: { column: 'tumor_marker_test_as_unit', unit: 'COM1000161' },
      range: [0, 100],
    },
    'ki67; ki 67; mib1; proliferation index; Proliferationsindex; δείκτης πολλαπλασιασμού; proliferacijski indeks; індекс проліферації; índice de proliferação; proliferacijos indeksas; indeks proliferacyjny; indice di proliferazione; índice de proliferación',
  ),
  element(
    'birads',
    'risk_assessment.risk_assessment_value_as_concept',
    'coded',
    { answers: 'birads', fixed: { risk_assessment_code: 'IMG1005459' } },
    'birads; bi rads; bi-rads category; birads score; mammographic assessment; BI-RADS-Kategorie; κατηγορία birads; bi rads ocena; категорія birads; бі-радс; categoria birads; birads kategorija; kategoria birads; categoría birads; birads kategooria',
  ),
  element(
    'pirads',
    'risk_assessment.risk_assessment_value_as_concept',
    'coded',
    { answers: 'pirads', fixed: { risk_assessment_code: 'IMG1005457' } },
    'pirads; pi rads; pi-rads score; pirads category; PI-RADS-Kategorie; κατηγορία pirads; категорія pirads; пі-радс; categoria pirads; pirads kategorija; kategoria pirads; categoría pirads',
  ),
  element(
    'density',
    'tumor_observation.tumor_observation_value_as_concept',
    'coded',
    { answers: 'density', fixed: { tumor_observation_code: 'IMG1016347' } },
    'density; breast density; acr density; breast composition; acr; Brustdichte; Dichte; ACR-Dichte; Parenchymdichte; πυκνότητα; πυκνότητα μαστού; gostota dojk; gostota; щільність; щільність молочної залози; щільність грудей; densidade mamária; densidade; krūties tankumas; tankumas; gęstość piersi; gęstość; densità mammaria; densità; densidad mamaria; densidad; rinna tihedus; tihedus; krūtų tankis; tankis; densité mammaire; borstdichtheid',
  ),
  element(
    'tumour-size',
    'tumor.tumor_size_maximum_dimension',
    'number',
    { unit: { column: 'tumor_size_dimension_unit', unit: 'COM1000152' }, range: [0, 500] },
    'tumor size; tumour size; size; lesion size; max diameter; diameter; largest diameter; Tumorgröße; Größe; Durchmesser; größter Durchmesser; Herdgröße; μέγεθος όγκου; μέγεθος; διάμετρος; velikost tumorja; velikost; premer; розмір пухлини; розмір; діаметр; максимальний розмір; tamanho do tumor; tamanho; tam nódulo; tam tumor; tamanho do nódulo; diâmetro; naviko dydis; dydis; skersmuo; wielkość guza; rozmiar; średnica; wymiar guza; dimensione tumore; dimensioni; diametro; tamaño del tumor; tamaño; diámetro; kasvaja suurus; suurus; läbimõõt; taille tumorale; taille de la tumeur; taille; tumorgrootte; tumordiameter',
  ),
  element(
    'laterality',
    'tumor.tumor_body_site_laterality',
    'coded',
    { answers: 'side' },
    'laterality; side; breast side; tumor side; left right; Seite; Lateralität; Seitenlokalisation; πλευρά; πλευρική εντόπιση; stran; lateralnost; сторона; бік; сторона ураження; lateralidade; lado; pusė; strona; lateralizacja; lato; lateralità; lateralidad; pool; külg; latéralité; côté; zijde; lateraliteit',
  ),
  element(
    'tumour-location',
    'tumor.tumor_body_site_location',
    'coded',
    { answers: 'location' },
    'location; quadrant; tumor location; localisation; lobe; zone; site within organ; Lokalisation; Quadrant; Lage; Lappen; εντόπιση; τεταρτημόριο; θέση όγκου; λοβός; lokacija; kvadrant; локалізація; квадрант; частка; localização; quadrante; lobo; vieta; kvadrantas; lokalizacja; kwadrant; płat; localizzazione; localización; cuadrante; lóbulo; asukoht; kvadrant',
  ),
  element(
    'topography',
    'cancer_condition.cancer_condition_topography',
    'coded',
    { answers: 'organ' },
    'organ; topography; body part; primary site; anatomical site; Organ; Topographie; Körperregion; Primärlokalisation; όργανο; ανατομική περιοχή; organ telesa; topografija; орган; ділянка тіла; топографія; órgão; topografia; região anatómica; organas; narząd; organo; sede; órgano; elund; kehaosa',
  ),
  element(
    'family-history',
    'family_member_history.family_member_condition_present',
    'yes-no',
    { answers: 'yes-no', fixed: { family_member_condition_code: 'CLIN1048388' } },
    'family history; fh; family history of cancer; familial history; positive family history; Familienanamnese; familiäre Belastung; οικογενειακό ιστορικό; družinska anamneza; družinska obremenjenost; сімейний анамнез; сімейна історія; обтяжений сімейний анамнез; história familiar; antecedentes familiares; šeimos anamnezė; šeiminė anamnezė; wywiad rodzinny; obciążenie rodzinne; familiarità; anamnesi familiare; storia familiare; historia familiar; perekonnaanamnees; pereanamnees; antécédents familiaux; familieanamnese; familiegeschiedenis',
  ),
  element(
    'smoking',
    'medical_history.medical_history_value_as_concept',
    'coded',
    { answers: 'smoking', fixed: { medical_history_code: 'CLIN1004528' } },
    'smoking; smoking status; smoker; tobacco; smoking history; Raucherstatus; Rauchen; Raucher; Nikotin; κάπνισμα; καπνιστής; kajenje; kadilec; паління; куріння; статус куріння; tabagismo; fumador; rūkymas; palenie; status palenia; palacz; fumo; fumatore; abitudine al fumo; tabaquismo; fumador; suitsetamine; smoking habit; Rauchverhalten; καπνιστική συνήθεια; kadilski status; hábitos tabágicos; hábito tabáquico; rūkymo įprotis; nałóg palenia; suitsetamise staatus; tabagisme; statut tabagique; roken; rookstatus',
  ),
  element(
    'pack-years',
    'medical_history.medical_history_value_as_number',
    'number',
    { fixed: { medical_history_code: 'CLIN1056702' }, range: [0, 300] },
    'pack years; packyears; py; Packungsjahre; Raucherpackungsjahre; πακέτα έτη; πακετοέτη; leta škatlic; škatlične leta; пачко-роки; maços-ano; unidades maço ano; pakmečiai; paczkolata; pacchetti anno; paquetes año; pakiaastad; paquets années; pakjaren',
  ),
  element(
    'menopause',
    'medical_history.medical_history_value_as_concept',
    'coded',
    { answers: 'menopause', fixed: { medical_history_code: 'CLIN1039467' } },
    'menopause; menopausal status; menopausal; Menopause; Menopausenstatus; εμμηνόπαυση; κατάσταση εμμηνόπαυσης; menopavza; menopavzni status; менопауза; менопаузальний статус; estado menopáusico; menopauza; status menopauzalny; stato menopausale; estado menopáusico; menopaus; statut ménopausique; ménopause; menopauzestatus',
  ),
  element(
    'hormone-replacement',
    'medical_history.medical_history_value_as_concept',
    'coded',
    { answers: 'yes-no', fixed: { medical_history_code: 'CLIN1035175' } },
    'hormone replacement therapy; hrt; hormone therapy use; Hormonersatztherapie; HET; θεραπεία ορμονικής υποκατάστασης; ορμονική υποκατάσταση; hormonsko nadomestno zdravljenje; замісна гормональна терапія; згт; terapia hormonal de substituição; ths; pakaitinė hormonų terapija; hormonalna terapia zastępcza; htz; terapia ormonale sostitutiva; tos; terapia hormonal sustitutiva; thm; hormoonasendusravi',
  ),
  element(
    'brca1',
    'medical_history.medical_history_value_as_concept',
    'coded',
    { answers: 'presence', fixed: { medical_history_code: 'CLIN1035226' } },
    'brca1; brca 1; brca1 mutation; BRCA1-Mutation; μετάλλαξη brca1; mutacija brca1; мутація brca1; mutação brca1; brca1 mutacija; mutacja brca1; mutazione brca1; mutación brca1; brca1 mutatsioon',
  ),
  element(
    'brca2',
    'medical_history.medical_history_value_as_concept',
    'coded',
    { answers: 'presence', fixed: { medical_history_code: 'CLIN1035245' } },
    'brca2; brca 2; brca2 mutation; BRCA2-Mutation; μετάλλαξη brca2; mutacija brca2; мутація brca2; mutação brca2; brca2 mutacija; mutacja brca2; mutazione brca2; mutación brca2; brca2 mutatsioon',
  ),
  element(
    'ecog',
    'health_status_assessment.assesment_value_as_concept',
    'coded',
    { answers: 'ecog', fixed: { assessment_code: 'CLIN1043685' } },
    'ecog; performance status; ecog ps; ps; who performance; ECOG-Status; Allgemeinzustand; κατάσταση ικανότητας; λειτουργική κατάσταση; stanje zmogljivosti; загальний стан; функціональний статус; estado funcional; funkcinė būklė; stan sprawności; stato di validità; estado funcional',
  ),
  element(
    'treatment-type',
    'treatment.treatment_type',
    'coded',
    { answers: 'treatment' },
    'treatment; treatment type; therapy; first treatment; Behandlung; Therapie; Therapieart; Ersttherapie; θεραπεία; είδος θεραπείας; zdravljenje; vrsta zdravljenja; лікування; терапія; вид лікування; tratamento; terapia; tipo de tratamento; gydymas; leczenie; rodzaj leczenia; trattamento; terapia; tratamiento; ravi; ravi tüüp',
  ),
  element(
    'treatment-response',
    'treatment.treatment_response',
    'coded',
    { answers: 'response' },
    'response; treatment response; recist; best response; Ansprechen; Therapieansprechen; Remission; ανταπόκριση; ανταπόκριση στη θεραπεία; odgovor na zdravljenje; відповідь на лікування; відповідь; resposta; resposta ao tratamento; atsakas į gydymą; odpowiedź na leczenie; risposta; risposta al trattamento; respuesta; respuesta al tratamiento; ravivastus',
  ),
  element(
    'surgery',
    'surgical_procedure.surgical_procedure_code',
    'coded',
    { answers: 'surgery' },
    'surgery; surgery type; operation; surgical procedure; Operation; OP-Art; Operationsart; χειρουργείο; επέμβαση; είδος επέμβασης; operacija; vrsta operacije; операція; тип операції; хірургічне втручання; cirurgia; tipo de cirurgia; operacija tipas; operacja; rodzaj operacji; zabieg; chirurgia; intervento; tipo di intervento; cirugía; tipo de cirugía; operatsioon; chirurgie; type de chirurgie; intervention; operatie; type operatie',
  ),
  element(
    'surgery-date',
    'surgical_procedure.surgical_procedure_date',
    'date',
    {},
    'date of surgery; surgery date; operation date; OP-Datum; Operationsdatum; ημερομηνία χειρουργείου; ημ. επέμβασης; datum operacije; дата операції; data da cirurgia; operacijos data; data operacji; data zabiegu; data intervento; fecha de cirugía; operatsiooni kuupäev; date de chirurgie; date de la chirurgie; date opératoire; operatiedatum; datum operatie',
  ),
  element(
    'radiotherapy-start',
    'radiotherapy.radiotherapy_start_date',
    'date',
    {},
    'radiotherapy start; rt start date; rt start; start of radiotherapy; Beginn Strahlentherapie; Bestrahlungsbeginn; έναρξη ακτινοθεραπείας; začetek obsevanja; початок променевої терапії; início da radioterapia; rt início; início rt; spindulinio gydymo pradžia; początek radioterapii; inizio radioterapia; inicio de radioterapia; kiiritusravi algus; début radiothérapie; date début radiothérapie; start radiotherapie; rt beginn; beginn rt; έναρξη ακθ; začetek rt; rt začetek; початок пт; початок променевої; rt pradžia; początek rt; rt początek; inizio rt; rt inizio; inicio rt; rt inicio; rt algus; début rt',
  ),
  element(
    'radiotherapy-dose',
    'radiotherapy.radiotherapy_total_dose',
    'number',
    { unit: { column: 'radiotherapy_dose_unit', unit: 'Gy' }, range: [0, 200] },
    'radiotherapy dose; total dose; rt dose; Gesamtdosis; Strahlendosis; συνολική δόση; skupna doza; сумарна доза; загальна доза; dose total; bendra dozė; dawka całkowita; dose totale; dosis total; kogudoos; dose totale; totale dosis; сумарна осередкова доза; сод',
  ),
  element(
    'biopsy-date',
    'procedure.procedure_date',
    'date',
    { fixed: { procedure_code: 'CLIN1001712' } },
    'biopsy date; date of biopsy; date of pathology; Biopsiedatum; Datum der Biopsie; ημερομηνία βιοψίας; datum biopsije; дата біопсії; data da biópsia; biopsijos data; data biopsji; data biopsia; fecha de biopsia; biopsia kuupäev; date de la biopsie; biopsiedatum',
  ),
  element(
    'biopsy-result',
    'procedure.procedure_evaluation_finding',
    'coded',
    { answers: 'benign-malignant', fixed: { procedure_code: 'CLIN1001712' } },
    'biopsy result; biopsy; pathology result; benign malignant; malignancy; Biopsieergebnis; Biopsie; Dignität; βιοψία; αποτέλεσμα βιοψίας; izvid biopsije; biopsija; біопсія; результат біопсії; злоякісність; biópsia; resultado da biópsia; biopsija; biopsijos rezultatas; biopsja; wynik biopsji; biopsia; esito biopsia; malignità; resultado de biopsia; malignidad; biopsia tulemus',
  ),
  element(
    'imaging-date',
    'procedure.procedure_date',
    'date',
    {},
    'imaging date; acquisition date; study date; exam date; scan date; mammogram date; date of examination; Untersuchungsdatum; Aufnahmedatum; Datum der Mammographie; ημερομηνία εξέτασης; ημ. εξέτασης; datum preiskave; datum slikanja; дата дослідження; дата обстеження; data do exame; tyrimo data; data badania; data esame; fecha de la exploración; fecha del estudio; uuringu kuupäev',
  ),
  element(
    'modality',
    'procedure.procedure_code',
    'coded',
    { answers: 'modality' },
    'modality; imaging modality; exam type; Modalität; Untersuchungsart; μέθοδος απεικόνισης; είδος εξέτασης; modaliteta; vrsta preiskave; модальність; вид дослідження; modalidade; tipo de exame; modalumas; tyrimo tipas; modalność; rodzaj badania; modalità; tipo di esame; modalidad; tipo de exploración; modaalsus; uuringu liik',
  ),
  element(
    'nodule',
    'tumor_observation.tumor_observation_value_as_concept',
    'coded',
    { answers: 'presence', fixed: { tumor_observation_code: 'CLIN1051728' } },
    'nodule; lung nodule; pulmonary nodule; nodule present; Rundherd; Lungenrundherd; όζος; πνευμονικός όζος; pljučni nodul; nodul; вузлик; вузол у легені; вогнище; nódulo; nódulo pulmonar; plaučių mazgelis; mazgelis; guzek; guzek płuca; nodulo; nodulo polmonare; kopsusõlm',
  ),
  element(
    'medication',
    'medication_administration.medication_code',
    'coded',
    { answers: 'medication' },
    'medication; drug; medication name; drug name; substance; systemic agent; Medikament; Wirkstoff; Substanz; φάρμακο; δραστική ουσία; zdravilo; učinkovina; препарат; лікарський засіб; medicamento; fármaco; vaistas; veiklioji medžiaga; lek; substancja; farmaco; principio attivo; medicamento; ravim; médicament; medicatie',
  ),
  element(
    'medication-start',
    'medication_administration.medication_start_date',
    'date',
    {},
    'medication start; drug start date; start of medication; chemotherapy start; systemic therapy start; Beginn Medikation; Beginn Chemotherapie; έναρξη φαρμάκου; έναρξη χημειοθεραπείας; začetek kemoterapije; початок хіміотерапії; início da quimioterapia; chemoterapijos pradžia; początek chemioterapii; inizio chemioterapia; inicio quimioterapia; keemiaravi algus',
  ),
  element(
    'medication-end',
    'medication_administration.medication_end_date',
    'date',
    {},
    'medication end; drug end date; end of medication; chemotherapy end; Ende Medikation; Ende Chemotherapie; λήξη φαρμάκου; λήξη χημειοθεραπείας; konec kemoterapije; кінець хіміотерапії; fim da quimioterapia; chemoterapijos pabaiga; koniec chemioterapii; fine chemioterapia; fin quimioterapia; keemiaravi lõpp',
  ),
  element(
    'haemoglobin',
    'lab_test_result.lab_test_value_as_number',
    'number',
    {
      fixed: { lab_test_code: 'CLIN1033419' },
      unit: { column: 'lab_test_value_unit', unit: 'COM1001963' },
      range: [1, 30],
    },
    'haemoglobin; hemoglobin; hb; hgb; Hämoglobin; αιμοσφαιρίνη; гемоглобін; hemoglobina; hemoglobinas; emoglobina; hemoglobiin; hémoglobine; hemoglobine',
  ),
  element(
    'creatinine',
    'lab_test_result.lab_test_value_as_number',
    'number',
    {
      fixed: { lab_test_code: 'CLIN1033482' },
      unit: { column: 'lab_test_value_unit', unit: 'COM1001981' },
      range: [0.05, 50],
    },
    'creatinine; serum creatinine; crea; Kreatinin; κρεατινίνη; креатинін; creatinina; kreatininas; kreatynina; kreatiniin; créatinine; creatinine',
  ),
  element(
    'adverse-event',
    'adverse_event.adverse_event_resulting_effect',
    'coded',
    { answers: 'adverse-event' },
    'adverse event; side effect; toxicity; complication; Nebenwirkung; unerwünschtes Ereignis; Komplikation; ανεπιθύμητη ενέργεια; παρενέργεια; επιπλοκή; neželeni učinek; побічна дія; ускладнення; evento adverso; efeito adverso; nepageidaujamas reiškinys; działanie niepożądane; powikłanie; evento avverso; efecto adverso; kõrvaltoime',
  ),
  element(
    'episode',
    'episode.episode_type_code',
    'coded',
    { answers: 'episode' },
    'episode; episode type; phase of disease; disease phase; Episode; Krankheitsphase; επεισόδιο; φάση νόσου; epizoda; faza bolezni; епізод; фаза захворювання; episódio; epizodas; epizod; episodio; episood',
  ),
  element(
    'imaging-timepoint',
    'image_study.ImagingTimepoint',
    'number',
    { range: [0, 1000] },
    'imaging timepoint; imaging time point; timepoint; time point; scan number; Aufnahmezeitpunkt; Bildgebungszeitpunkt; χρονικό σημείο απεικόνισης; časovna točka slikanja; момент візуалізації; ponto temporal; punkt czasowy; momento imaging; momento de imagen; uuringu ajapunkt',
  ),
];

/** Headings that name people or let them be found; such columns are left out, whatever they hold. */
export const IDENTIFYING_NAMES: readonly string[] =
  'name; patient name; first name; last name; surname; family name; full name; address; street; city; town; phone; telephone; mobile; email; e-mail; date of birth; birth date; birthdate; dob; national id; insurance number; social security number; Vorname; Nachname; Familienname; Patientenname; Name; Adresse; Anschrift; Straße; Wohnort; Ort; PLZ; Telefon; Geburtsdatum; Geburtstag; geb; Geb-Datum; Geb-Dat; GebDat; Versicherungsnummer; Versichertennummer; όνομα; επώνυμο; ονοματεπώνυμο; πατρώνυμο; διεύθυνση; τηλέφωνο; ημερομηνία γέννησης; ημ. γέννησης; αμκα; αφμ; ime; priimek; naslov; telefon; datum rojstva; emšo; kzz; імʼя; ім’я; імя; прізвище; піб; по батькові; адреса; телефон; дата народження; інн; рнокпп; паспорт; nome; apelido; morada; telefone; telemóvel; data de nascimento; número de utente; nif; niss; vardas; pavardė; adresas; telefonas; gimimo data; asmens kodas; imię; nazwisko; adres; data urodzenia; pesel; cognome; indirizzo; telefono; data di nascita; codice fiscale; nombre; apellidos; apellido; dirección; teléfono; fecha de nacimiento; dni; nie; eesnimi; perekonnanimi; aadress; sünniaeg; sünnikuupäev; isikukood; nom; nom du patient; nom de famille; nom de naissance; prénom; date de naissance; ddn; rue; ville; code postal; téléphone; numéro de sécurité sociale; naam; achternaam; voornaam; straat; woonplaats; postcode; telefoon; geboortedatum; bsn; burgerservicenummer'.split(
    '; ',
  );
