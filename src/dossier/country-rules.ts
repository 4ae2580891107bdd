import type { DossierItem } from './items.ts';

/** What a country adds. Names and laws are data that a site's lawyer confirms; `lookedUp` says how far to trust them until then. */
export interface CountryRules {
  /** ISO 3166-1. */
  readonly country: string;
  /** Whether the General Data Protection Regulation applies there. */
  readonly inTheUnion: boolean;
  readonly authority: { readonly name: string; readonly url: string };
  /** Who gives the favourable opinion. */
  readonly ethicsBody: string;
  /** National law on secondary use of health data for research. */
  readonly laws: readonly string[];
  /** Items that are needed here whatever the general rule says. */
  readonly alsoNeeded: readonly DossierItem[];
  /** From this age a person decides alone; proxies end then. */
  readonly ageOfMajority: number;
  /** What to look at, in one sentence. */
  readonly note: string;
  /** ISO day on which all of it was held against public sources; null: not yet, it is written from what is generally known. */
  readonly lookedUp: string | null;
}

/** The countries of the network. */
export const COUNTRY_RULES: readonly CountryRules[] = [
  {
    country: 'GR',
    inTheUnion: true,
    authority: { name: 'Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα', url: 'https://www.dpa.gr' },
    ethicsBody: 'Research ethics committee or scientific council of the hospital',
    laws: ['Law 4624/2019, Art. 30', 'Law 4521/2018, Art. 21 to 27'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'Hospitals decide on research through their scientific council; keep its minutes with the approval.',
    lookedUp: null,
  },
  {
    country: 'DE',
    inTheUnion: true,
    authority: { name: 'Datenschutzaufsicht des Landes; BfDI', url: 'https://www.bfdi.bund.de' },
    ethicsBody: 'Ethik-Kommission der Ärztekammer oder Universität',
    laws: ['Gesundheitsdatennutzungsgesetz (2024), § 6', 'BDSG, § 27', 'Landeskrankenhausgesetz'],
    alsoNeeded: ['ethics-approval', 'national-law'],
    ageOfMajority: 18,
    note: 'Hospital law differs from Land to Land: say under which one, and whether it lets data be used outside the house.',
    lookedUp: null,
  },
  {
    country: 'SI',
    inTheUnion: true,
    authority: { name: 'Informacijski pooblaščenec', url: 'https://www.ip-rs.si' },
    ethicsBody: 'Komisija Republike Slovenije za medicinsko etiko',
    laws: ['Zakon o varstvu osebnih podatkov (ZVOP-2)', 'Zakon o zbirkah podatkov s področja zdravstvenega varstva'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'One national committee gives the opinion on ethics.',
    lookedUp: null,
  },
  {
    country: 'UA',
    inTheUnion: false,
    authority: { name: 'Уповноважений Верховної Ради України з прав людини', url: 'https://ombudsman.gov.ua' },
    ethicsBody: 'Комісія з питань етики закладу охорони здоровʼя',
    laws: [
      'Закон України «Про захист персональних даних» № 2297-VI, ст. 29',
      'Основи законодавства України про охорону здоровʼя № 2801-XII',
    ],
    alsoNeeded: ['ethics-approval', 'national-law', 'transfer-instrument', 'transfer-assessment'],
    ageOfMajority: 18,
    note: 'Outside the Union and without an adequacy decision: what comes from or goes to nodes of the Union needs a transfer instrument and an assessment, although only aggregates and models leave.',
    lookedUp: null,
  },
  {
    country: 'PT',
    inTheUnion: true,
    authority: { name: 'Comissão Nacional de Proteção de Dados', url: 'https://www.cnpd.pt' },
    ethicsBody: 'Comissão de Ética para a Saúde',
    laws: ['Lei n.º 58/2019, Art. 31', 'Lei n.º 12/2005', 'Lei n.º 21/2014'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'Studies are also authorised by the board of the hospital.',
    lookedUp: null,
  },
  {
    country: 'LT',
    inTheUnion: true,
    authority: { name: 'Valstybinė duomenų apsaugos inspekcija', url: 'https://vdai.lrv.lt' },
    ethicsBody: 'Lietuvos bioetikos komitetas',
    laws: [
      'Asmens duomenų teisinės apsaugos įstatymas Nr. I-1374',
      'Biomedicininių tyrimų etikos įstatymas Nr. VIII-1679',
    ],
    alsoNeeded: ['ethics-approval', 'national-law'],
    ageOfMajority: 18,
    note: 'Reuse of health data has a law of its own; say whether the hospital or the state agency is the one that lets data be used.',
    lookedUp: null,
  },
  {
    country: 'PL',
    inTheUnion: true,
    authority: { name: 'Urząd Ochrony Danych Osobowych', url: 'https://uodo.gov.pl' },
    ethicsBody: 'Komisja bioetyczna',
    laws: ['Ustawa z 10 maja 2018 r. o ochronie danych osobowych', 'Ustawa o prawach pacjenta, art. 26 ust. 4'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'Medical records are open to universities and institutes for science without what identifies a person.',
    lookedUp: null,
  },
  {
    country: 'IT',
    inTheUnion: true,
    authority: { name: 'Garante per la protezione dei dati personali', url: 'https://www.garanteprivacy.it' },
    ethicsBody: 'Comitato etico territoriale',
    laws: [
      'D.Lgs. 196/2003, Art. 110 e 110-bis',
      'Regole deontologiche per trattamenti a fini statistici o di ricerca scientifica',
    ],
    alsoNeeded: ['ethics-approval', 'national-law'],
    ageOfMajority: 18,
    note: 'Without consent, research needs a favourable opinion on ethics and the safeguards that the Garante names.',
    lookedUp: null,
  },
  {
    country: 'ES',
    inTheUnion: true,
    authority: { name: 'Agencia Española de Protección de Datos', url: 'https://www.aepd.es' },
    ethicsBody: 'Comité de Ética de la Investigación',
    laws: ['Ley Orgánica 3/2018, disposición adicional 17.ª', 'Ley 14/2007 de Investigación biomédica'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'Pseudonymised data may be used for research where the team and those who hold the key are apart and the committee agrees.',
    lookedUp: null,
  },
  {
    country: 'EE',
    inTheUnion: true,
    authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee' },
    ethicsBody: 'Eesti bioeetika ja inimuuringute nõukogu',
    laws: ['Isikuandmete kaitse seadus, § 6'],
    alsoNeeded: ['ethics-approval'],
    ageOfMajority: 18,
    note: 'Special categories of data for research are looked at by an ethics committee of the field.',
    lookedUp: null,
  },
];

/** Rules of a country; those of the Union alone where nothing is known of it. */
export function countryRules(country: string): CountryRules {
  return (
    COUNTRY_RULES.find((rules) => rules.country === country) ?? {
      country,
      inTheUnion: true,
      authority: { name: '–', url: '' },
      ethicsBody: '–',
      laws: [],
      // What is not known has to be looked into.
      alsoNeeded: ['ethics-approval', 'national-law'],
      ageOfMajority: 18,
      note: 'Nothing is known of this country yet: have its law looked into.',
      lookedUp: null,
    }
  );
}
