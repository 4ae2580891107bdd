import type { DossierItem } from './items.ts';

/** A law, and the page that it was held against on {@link LAWS_HELD_ON}; null: none was found, so it says what is generally known. */
export interface NationalLaw {
  readonly title: string;
  readonly source: string | null;
  /** What it is a legal basis for, where it is one. */
  readonly basisFor?: readonly BasisKind[];
}

/** Why data may be used: by law unless people opt out, or because they consent. */
export type BasisKind = 'law' | 'consent';

/** Day on which laws that name a source were held against it. */
export const LAWS_HELD_ON = '2026-11-29';

/** What a country adds. Names and laws are data that a site's lawyer confirms. */
export interface CountryRules {
  /** ISO 3166-1. */
  readonly country: string;
  /** Whether the General Data Protection Regulation applies there. */
  readonly inTheUnion: boolean;
  readonly authority: { readonly name: string; readonly url: string };
  /** Who gives the favourable opinion. */
  readonly ethicsBody: string;
  /** National law on secondary use of health data for research. */
  readonly laws: readonly NationalLaw[];
  /**
   * A law of the country that makes data available for a public interest although people opted out (EHDS, Article 71(4)); absent
   * where none was found on {@link LAWS_HELD_ON}. It has no effect by itself: a person enters the law for one project, and the owner and the protection officer of the node agree.
   */
  readonly optOutException?: NationalLaw;
  /** Items that are needed here whatever the general rule says. */
  readonly alsoNeeded: readonly DossierItem[];
  /** What to look at, in one sentence. */
  readonly note: string;
}

/** Where the General Data Protection Regulation applies: the Union, and Iceland, Liechtenstein and Norway (ISO 3166-1). */
const UNION: ReadonlySet<string> = new Set(
  'AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO'.split(' '),
);
const ALL_NEEDED_OUTSIDE: readonly DossierItem[] = [
  'ethics-approval',
  'national-law',
  'transfer-instrument',
  'transfer-assessment',
];

/** The countries of the network. */
export const COUNTRY_RULES: readonly CountryRules[] = [
  {
    country: 'GR',
    inTheUnion: true,
    authority: { name: 'Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα', url: 'https://www.dpa.gr' },
    ethicsBody: 'Research ethics committee or scientific council of the hospital',
    laws: [
      {
        title: 'Law 4624/2019, Art. 30',
        source: 'http://www.opengov.gr/ministryofjustice/?p=10618',
        basisFor: ['law'],
      },
      {
        title: 'Law 4957/2022, Art. 277 to 282 (committees on research ethics)',
        source: 'http://www.eie.gr/ethics_committee_gr.html',
      },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'The committee on ethics advises, the hospital decides; keep its decision with the opinion.',
  },
  {
    country: 'DE',
    inTheUnion: true,
    authority: { name: 'Datenschutzaufsicht des Landes; BfDI', url: 'https://www.bfdi.bund.de' },
    ethicsBody: 'Ethik-Kommission der Ärztekammer oder Universität',
    laws: [
      { title: 'Gesundheitsdatennutzungsgesetz (2024), § 6', source: 'https://lxgesetze.de/gdng/6', basisFor: ['law'] },
      { title: 'BDSG, § 27', source: null, basisFor: ['law'] },
      { title: 'Landeskrankenhausgesetz', source: null, basisFor: ['law'] },
    ],
    alsoNeeded: ['ethics-approval', 'national-law'],
    note: 'Hospital law differs from Land to Land: say under which one. Section 6(3) of the Gesundheitsdatennutzungsgesetz forbids passing data on, with exceptions: here they stay in the house.',
  },
  {
    country: 'SI',
    inTheUnion: true,
    authority: { name: 'Informacijski pooblaščenec', url: 'https://www.ip-rs.si' },
    ethicsBody: 'Komisija Republike Slovenije za medicinsko etiko',
    laws: [
      {
        title: 'Zakon o digitalizaciji zdravstva (ZDigZ, 2025)',
        source:
          'https://www.uradni-list.si/glasilo-uradni-list-rs/vsebina/2025-01-3387/zakon-o-digitalizaciji-zdravstva-zdigz',
        basisFor: ['law'],
      },
      { title: 'Zakon o varstvu osebnih podatkov (ZVOP-2)', source: null, basisFor: ['law'] },
      { title: 'Zakon o zbirkah podatkov s področja zdravstvenega varstva', source: null },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'The national committee gives the opinion on research of several centres; hospitals have committees of their own beside it.',
  },
  {
    country: 'UA',
    inTheUnion: false,
    authority: { name: 'Уповноважений Верховної Ради України з прав людини', url: 'https://ombudsman.gov.ua' },
    ethicsBody: 'Комісія з питань етики закладу охорони здоровʼя',
    laws: [
      {
        title: 'Закон України «Про захист персональних даних» № 2297-VI, ст. 29',
        source: 'https://docs.dtkt.ua/doc/1146.524.29?page=2',
      },
      {
        title: 'Закон України «Про захист персональних даних» № 2297-VI, ст. 6, 7',
        source: null,
        basisFor: ['law', 'consent'],
      },
      {
        title: 'Основи законодавства України про охорону здоровʼя № 2801-XII',
        source: 'https://urst.com.ua/ru/osnovyi_zakonodatelstva_ukrainyi_o_zdravoohranenii/st-45',
      },
    ],
    alsoNeeded: ALL_NEEDED_OUTSIDE,
    note: 'Outside the Union and without an adequacy decision: what comes from or goes to nodes of the Union needs a transfer instrument and an assessment, although only aggregates and models leave.',
  },
  {
    country: 'PT',
    inTheUnion: true,
    authority: { name: 'Comissão Nacional de Proteção de Dados', url: 'https://www.cnpd.pt' },
    ethicsBody: 'Comissão de Ética para a Saúde',
    laws: [
      {
        title: 'Lei n.º 58/2019, Art. 31',
        source: 'https://debates.parlamento.pt/catalogo/r3/dar/s2a/13/04/131/2019-07-22/90',
        basisFor: ['law'],
      },
      {
        title: 'Lei n.º 12/2005',
        source: 'https://leonresearch.com/pt/quem-somos-leon-research-cro-clinical-research/',
      },
      {
        title: 'Lei n.º 21/2014',
        source:
          'https://dre.pt/web/guest/legislacao-consolidada/-/lc/116042195/202010261657/diploma?p_p_state=maximized&did=56927694&rp=indice',
      },
      { title: 'Decreto-Lei n.º 80/2018, Art. 3', source: 'https://www.chbv.min-saude.pt/etica/' },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'Studies are also authorised by the board of the hospital.',
  },
  {
    country: 'LT',
    inTheUnion: true,
    authority: { name: 'Valstybinė duomenų apsaugos inspekcija', url: 'https://vdai.lrv.lt' },
    ethicsBody: 'Lietuvos bioetikos komitetas',
    laws: [
      {
        title: 'Pakartotinio sveikatos duomenų naudojimo įstatymas Nr. XIV-789',
        source: 'https://www.e-tar.lt/rs/actualedition/0457ba8067e611eca9ac839120d251c4/zjELZwRAeE/',
        basisFor: ['law'],
      },
      {
        title: 'Biomedicininių tyrimų etikos įstatymas Nr. VIII-1679',
        source: 'https://e-seimas.lrs.lt/rs/legalact/TAD/83d798e0c21111ec9f0095b4d96fd400',
      },
      { title: 'Asmens duomenų teisinės apsaugos įstatymas Nr. I-1374', source: null },
    ],
    alsoNeeded: ['ethics-approval', 'national-law'],
    note: 'Reuse under the law on the reuse of health data needs a permission of the State Data Agency: say whether the use falls under it.',
  },
  {
    country: 'PL',
    inTheUnion: true,
    authority: { name: 'Urząd Ochrony Danych Osobowych', url: 'https://uodo.gov.pl' },
    ethicsBody: 'Komisja bioetyczna',
    laws: [
      {
        title: 'Ustawa z 6 listopada 2008 r. o prawach pacjenta, art. 26',
        source:
          'https://www.prawo.pl/zdrowie/czy-mozna-wykorzystac-dane-medyczne-pozbawione-nazwisk-i-danych-umozliwiajacych-identyfikacje-pacjenta-do-celow-naukowych-pomimo-sprzeciwu-pacjenta,262265.html',
        basisFor: ['law'],
      },
      { title: 'Ustawa z 10 maja 2018 r. o ochronie danych osobowych', source: null },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'Medical records are open to universities and institutes for science without what identifies a person; the authority holds that pseudonymised data are not covered.',
  },
  {
    country: 'IT',
    inTheUnion: true,
    authority: { name: 'Garante per la protezione dei dati personali', url: 'https://www.garanteprivacy.it' },
    ethicsBody: 'Comitato etico territoriale',
    laws: [
      {
        title: 'D.Lgs. 196/2003, Art. 110',
        source:
          'https://osservatorio-dataprotection.it/data-protection/la-riforma-dellart-110-del-codice-privacy-un-punto-di-svolta-cruciale-per-gli-studi-clinici-retrospettivi',
        basisFor: ['law'],
      },
      {
        title: 'Legge 132/2025, Art. 8',
        source: 'https://www.confinionline.it/detail.aspx?id=78790&l=it',
        basisFor: ['law'],
      },
      { title: 'Regole deontologiche per trattamenti a fini statistici o di ricerca scientifica', source: null },
    ],
    alsoNeeded: ['ethics-approval', 'national-law'],
    note: 'Without consent, research needs a favourable opinion on ethics; since 2024 no prior consultation of the Garante. Look at Law 132/2025, Art. 8, for research on artificial intelligence.',
  },
  {
    country: 'ES',
    inTheUnion: true,
    authority: { name: 'Agencia Española de Protección de Datos', url: 'https://www.aepd.es' },
    ethicsBody: 'Comité de Ética de la Investigación',
    laws: [
      {
        title: 'Ley Orgánica 3/2018, disposición adicional 17.ª',
        source:
          'https://www.govertis.com/la-nueva-lopd-y-los-datos-de-salud-regulacion-del-tratamiento-de-datos-en-investigacion',
        basisFor: ['law'],
      },
      {
        title: 'Ley 14/2007 de Investigación biomédica',
        source: 'https://www.bioeticaweb.com/espaapa-ley-142007-de-3-de-julio-de-investigaciasn-biomacdica/',
        basisFor: ['consent'],
      },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'Pseudonymised data may be used for research where the team and those who hold the key are apart and the committee agrees.',
  },
  {
    country: 'EE',
    inTheUnion: true,
    authority: { name: 'Andmekaitse Inspektsioon', url: 'https://www.aki.ee' },
    ethicsBody: 'Eesti bioeetika ja inimuuringute nõukogu',
    laws: [
      {
        title: 'Isikuandmete kaitse seadus, § 6',
        source:
          'https://dokumendiregistrid.karlerss.com/dokumendid/508863/otsus-isikuandmete-tootlemiseks-teadusuuringus',
        basisFor: ['law'],
      },
    ],
    alsoNeeded: ['ethics-approval'],
    note: 'Special categories of data for research are looked at by an ethics committee of the field, by the inspectorate where there is none. A change of section 6 was under way at the turn of 2025.',
  },
];

/** Rules of a country; those of the Union alone where nothing is known of it. */
export function countryRules(country: string): CountryRules {
  return (
    COUNTRY_RULES.find((rules) => rules.country === country) ?? {
      country,
      inTheUnion: UNION.has(country),
      authority: { name: '–', url: '' },
      ethicsBody: '–',
      laws: [],
      // What is not known has to be looked into.
      alsoNeeded: UNION.has(country) ? ['ethics-approval', 'national-law'] : ALL_NEEDED_OUTSIDE,
      note: 'Nothing is known of this country yet: have its law looked into.',
    }
  );
}
