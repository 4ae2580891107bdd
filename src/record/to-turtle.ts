import { isoInstant } from '#base';
import { conceptLabel } from '#vocab';
import type { DatasetCard, DatasetRecord } from '#wire';
import { countryIri } from './country-codes.ts';
import { dataUseIri } from './data-use.ts';
import { odrlPolicy } from './odrl-policy.ts';
import type { RecordAddresses } from './record-addresses.ts';
import { analyticsCsv, sampleCsv } from './record-tables.ts';
import { block, iri, literal, nested, type Property, prefixLines, typed } from './turtle-text.ts';
import { variablesOf } from './variables.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  adms: 'http://www.w3.org/ns/adms#',
  csvw: 'http://www.w3.org/ns/csvw#',
  cv: 'http://data.europa.eu/m8g/',
  dcat: 'http://www.w3.org/ns/dcat#',
  dcatap: 'http://data.europa.eu/r5r/',
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  dqv: 'http://www.w3.org/ns/dqv#',
  eucaim: 'https://cancerimage.eu/ontology/EUCAIM#',
  foaf: 'http://xmlns.com/foaf/0.1/',
  geodcatap: 'http://data.europa.eu/930/',
  healthdcatap: 'http://healthdataportal.eu/ns/health#',
  oa: 'http://www.w3.org/ns/oa#',
  odrl: 'http://www.w3.org/ns/odrl/2/',
  prov: 'http://www.w3.org/ns/prov#',
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

const EU = 'http://publications.europa.eu/resource/authority/';
const HEALTHDATA_EU = 'https://hdeu-dcat.data.health.europa.eu/resource/authority/';
const ACCESS = 'https://eucaim.github.io/eucaim_dcat_ap/releases/controlled-vocabularies/access-conditions/#';
const MEDIA_TYPES = 'https://www.iana.org/assignments/media-types/';
const EHDS = 'http://data.europa.eu/eli/reg/2025/327/oj';
const GDPR = 'http://data.europa.eu/eli/reg/2016/679/oj';
const HYPER_ONTOLOGY = 'https://cancerimage.eu/ontology/EUCAIM';

const COLLECTION_METHODS: Readonly<Record<NonNullable<DatasetCard['collectionMethod']>, string>> = {
  'only-image': 'SPEC1000003',
  'patient-based': 'SPEC1000004',
  'case-control': 'SPEC1000005',
  longitudinal: 'SPEC1000006',
  'disease-specific': 'SPEC1000007',
};

/** DICOM code 113100, Basic Application Confidentiality Profile (PS3.16). */
const DE_IDENTIFIED = 'http://dicom.nema.org/resources/ontology/DCM/113100';

const ORIGINAL_DATASET = 'SPEC1000020';
const TIER_1 = 'SPEC1000009';
const TIER_2 = 'SPEC1000011';

/**
 * For whom a record is written: EUCAIM DCAT-AP 2 wants the conditions of use among the rights of a distribution, DCAT-AP 3
 * and with it HealthDCAT-AP allow one value of rights. The second form conforms to both and is the default; the
 * conditions are an ODRL policy in either.
 */
export type RecordForm = 'healthdcat-r8' | 'eucaim-v2';

/**
 * A dataset record as Turtle, in the words of HealthDCAT-AP Release 8 and EUCAIM DCAT-AP 2. Everything is taken from the
 * record; what it does not know is left out, never filled with a placeholder, and told by the validator.
 */
export function toTurtle(record: DatasetRecord, at: RecordAddresses, form: RecordForm = 'healthdcat-r8'): string {
  const blocks = [
    block(iri(at.dataset), datasetProperties(record, at)),
    ...agents(record, at).map(([subject, properties]) => block(iri(subject), properties)),
    ...contact(record, at),
    block(iri(at.distribution), imagesProperties(record, at, form)),
    block(
      iri(at.analytics),
      tableProperties(record, at.analytics, ['Statistics', 'The released counts of', analyticsCsv(record)]),
    ),
    block(
      iri(at.sample),
      tableProperties(record, at.sample, ['Variables', 'The variables, without data, of', sampleCsv(record)]),
    ),
    block(iri(HYPER_ONTOLOGY), [
      ['a', ['dct:Standard']],
      ['dct:title', [literal('EUCAIM hyper-ontology', 'en')]],
    ]),
    ...[at.page, at.access].map((page) => block(iri(page), [['a', ['foaf:Document']]])),
  ];
  return `${prefixLines(PREFIXES)}\n${blocks.join('\n')}`;
}

function datasetProperties(record: DatasetRecord, at: RecordAddresses): readonly Property[] {
  const { card = {}, acquiredYears, smallestSpacingMm } = record;
  const codes = codesOf(record);
  const eucaim = (list: readonly string[]) => list.map((code) => `eucaim:${code}`);
  const day = dayOf(record);
  const holder = card.publisherName !== undefined && card.contactEmail !== undefined ? [iri(holderOf(at))] : [];
  const variables = variablesOf(record);
  return [
    ['a', ['dcat:Dataset']],
    ['dct:identifier', [literal(at.dataset)]],
    ['dct:title', [literal(record.title, 'en')]],
    ['dct:description', record.description.trim() === '' ? [] : [literal(record.description, 'en')]],
    ['dcat:version', [literal(`${record.version}.0.0`)]],
    // A FAIR Data Point wants the time of day as well.
    ['dct:issued', [typed(isoInstant(record.publishedAtMs), 'dateTime')]],
    ['dct:modified', [typed(isoInstant(record.publishedAtMs), 'dateTime')]],
    ['dct:language', [iri(`${EU}language/ENG`)]],
    ['dct:accrualPeriodicity', [iri(`${EU}frequency/IRREG`)]],
    ['dct:spatial', [optional(countryIri(record.country))]],
    ['dct:temporal', [period(acquiredYears && [`${acquiredYears.from}-01-01`, endOf(acquiredYears.to, day)])]],
    ['dcat:temporalResolution', acquiredYears ? [typed('P1D', 'duration')] : []],
    ['dcat:spatialResolutionInMeters', smallestSpacingMm ? [typed(metres(smallestSpacingMm), 'decimal')] : []],
    ['dcat:theme', [iri(`${EU}data-theme/HEAL`)]],
    ['dcat:keyword', keywordsOf(record, codes.modalities).map((keyword) => literal(keyword, 'en'))],
    ['dct:type', [`eucaim:${ORIGINAL_DATASET}`]],
    ['dct:conformsTo', [iri(`${HEALTHDATA_EU}standard/DICOM`)]],
    ['dct:accessRights', [iri(`${EU}access-right/NON_PUBLIC`)]],
    ['dcatap:applicableLegislation', legislation(record)],
    ['dct:publisher', holder],
    ['dct:creator', holder],
    ['geodcatap:custodian', holder],
    ['dcat:contactPoint', card.contactEmail === undefined ? [] : [iri(`${at.dataset}#contact`)]],
    ['healthdcatap:hdab', hasHdab(card) ? [iri(`${at.dataset}#hdab`)] : []],
    ['healthdcatap:healthCategory', [iri(`${HEALTHDATA_EU}healthcategories/EHRS`)]],
    ['healthdcatap:healthTheme', [iri(`${HEALTHDATA_EU}health-theme/CANCER_DISEASE`)]],
    ['healthdcatap:numberOfUniqueIndividuals', disclosed(record.persons)],
    ['healthdcatap:numberOfRecords', disclosed(record.studies)],
    ['healthdcatap:minTypicalAge', age(record.ageYears?.from)],
    ['healthdcatap:maxTypicalAge', age(record.ageYears?.to)],
    [
      'healthdcatap:populationCoverage',
      card.populationCoverage === undefined ? [] : [literal(card.populationCoverage, 'en')],
    ],
    ['healthdcatap:hasStructuredData', [typed(variables.length > 0, 'boolean')]],
    ['healthdcatap:hasVariables', variables.length > 0 ? [tableGroup(record)] : []],
    ['healthdcatap:hasCodingSystem', [iri(HYPER_ONTOLOGY), iri(`${HEALTHDATA_EU}coding-system/DICOM-CT`)]],
    [
      'healthdcatap:hasCodeValues',
      Object.values(codes)
        .flat()
        .map((code) => literal(`${code} ${conceptLabel(code)}`)),
    ],
    ['healthdcatap:retentionPeriod', [period(card.retentionUntil && [day, card.retentionUntil])]],
    ['healthdcatap:analytics', [iri(at.analytics)]],
    ['adms:sample', [iri(at.sample)]],
    ['dcat:distribution', [iri(at.distribution)]],
    ['dct:isPartOf', [iri(at.catalogue)]],
    ['dcat:landingPage', [iri(at.page)]],
    ['foaf:page', [iri(at.page)]],
    ['dct:provenance', [nested([a('dct:ProvenanceStatement'), ['rdfs:label', [literal(provenance(record), 'en')]]])]],
    ['prov:wasGeneratedBy', record.synthetic ? [] : [nested([a('prov:Activity'), ['dct:type', [iri(DE_IDENTIFIED)]]])]],
    [
      'dpv:hasLegalBasis',
      (card.legalBasis ?? []).map((article) => iri(`https://w3id.org/dpv/legal/eu/gdpr#${article}`)),
    ],
    ['dpv:hasPurpose', [nested([a('dpv:Purpose'), ['dct:description', [literal(PURPOSE, 'en')]]])]],
    [
      'dpv:hasPersonalData',
      record.synthetic
        ? []
        : ['Gender', 'Age', 'MedicalHealth'].map((what) => iri(`https://w3id.org/dpv/dpv-pd#${what}`)),
    ],
    ['dqv:hasQualityAnnotation', qualityAnnotations(record, at)],
    ['eucaim:interoperabilityLevel', [`eucaim:${tierOf(record)}`]],
    ['eucaim:hasBirthSex', eucaim(codes.sexes)],
    ['eucaim:hasCondition', card.condition === undefined ? [] : [`eucaim:${card.condition}`]],
    [
      'eucaim:collectionMethod',
      card.collectionMethod === undefined ? [] : [`eucaim:${COLLECTION_METHODS[card.collectionMethod]}`],
    ],
    ['eucaim:hasImageModality', eucaim(codes.modalities)],
    ['eucaim:hasEquipmentManufacturer', eucaim(codes.manufacturers)],
    ['eucaim:hasImageBodyPart', eucaim(codes.bodyParts)],
  ];
}

const PURPOSE =
  'Scientific research related to health, development and evaluation of algorithms included: Article 53(1)(e) of Regulation (EU) 2025/327. Use needs a permit.';

const NO_CODES: NonNullable<DatasetRecord['codes']> = { sexes: [], modalities: [], manufacturers: [], bodyParts: [] };

/** Worked out at the node; records of earlier versions have none. */
function codesOf(record: DatasetRecord): NonNullable<DatasetRecord['codes']> {
  return record.codes ?? NO_CODES;
}

/** Whether the variables that search asks for are all coded in the hyper-ontology, as Tier 2 of Cancer Image Europe wants. */
export function isCoded(record: DatasetRecord): boolean {
  return Object.values(codesOf(record)).every((codes) => codes.length > 0);
}

/** Tier 2 where the variables that search asks for are all coded, else Tier 1. */
function tierOf(record: DatasetRecord): string {
  return isCoded(record) ? TIER_2 : TIER_1;
}

function keywordsOf(record: DatasetRecord, modalities: readonly string[]): readonly string[] {
  return [
    ...new Set([
      'cancer imaging',
      ...modalities.map(conceptLabel),
      ...Object.keys(record.findings),
      ...record.bodyParts,
      ...(record.synthetic ? ['synthetic'] : []),
    ]),
  ].filter((keyword) => keyword.trim() !== '');
}

/** Publisher and custodian are the site; the body is named only where both its name and its page are known. */
function agents(record: DatasetRecord, at: RecordAddresses): readonly (readonly [string, readonly Property[]])[] {
  const { card = {} } = record;
  const { publisherName, contactEmail, hdabName, hdabPage } = card;
  return [
    ...(publisherName !== undefined && contactEmail !== undefined
      ? ([[holderOf(at), agent(publisherName, ['cv:email', literal(contactEmail)])]] as const)
      : []),
    ...(hdabName !== undefined && hdabPage !== undefined
      ? ([[`${at.dataset}#hdab`, agent(hdabName, ['cv:contactPage', iri(hdabPage)])]] as const)
      : []),
    ...(hdabPage === undefined || hdabName === undefined ? [] : ([[hdabPage, [a('foaf:Document')]]] as const)),
  ];
}

function holderOf(at: RecordAddresses): string {
  return `${at.dataset}#holder`;
}

function hasHdab(card: DatasetCard): boolean {
  return card.hdabName !== undefined && card.hdabPage !== undefined;
}

function agent(name: string, [property, value]: readonly [string, string]): readonly Property[] {
  return [
    a('foaf:Agent'),
    ['foaf:name', [literal(name, 'en')]],
    ['cv:contactPoint', [nested([a('cv:ContactPoint'), [property, [value]]])]],
  ];
}

function contact({ card = {}, siteId }: DatasetRecord, at: RecordAddresses): readonly string[] {
  const { contactEmail, publisherName } = card;
  if (contactEmail === undefined) return [];
  return [
    block(iri(`${at.dataset}#contact`), [
      a('vcard:Kind'),
      ['vcard:fn', [literal(publisherName ?? siteId)]],
      ['vcard:hasEmail', [iri(`mailto:${contactEmail}`)]],
    ]),
  ];
}

function tableGroup(record: DatasetRecord): string {
  const columns = variablesOf(record).map(({ name, title, description, datatype, code }) =>
    nested([
      a('csvw:Column'),
      ['csvw:name', [literal(name)]],
      ['csvw:title', [literal(title, 'en')]],
      ['dct:description', [literal(description, 'en')]],
      ['csvw:datatype', [literal(datatype)]],
      ['csvw:propertyUrl', [code === null ? undefined : `eucaim:${code}`]],
    ]),
  );
  const table = nested([a('csvw:Table'), ['dct:title', [literal('Studies', 'en')]], ['csvw:column', columns]]);
  return nested([a('csvw:TableGroup'), ['dct:title', [literal('Variables', 'en')]], ['csvw:table', [table]]]);
}

function qualityAnnotations(record: DatasetRecord, at: RecordAddresses): readonly string[] {
  const { score, checked, findings, dimensions = [] } = record.quality;
  const texts = [
    `overall: ${score} of 100; ${checked} images checked, ${findings} findings`,
    ...dimensions.map((one) => `${one.dimension}: ${one.score} of 100`),
  ];
  return texts.map((text) =>
    nested([
      a('dqv:QualityCertificate'),
      ['oa:hasTarget', [iri(at.dataset)]],
      ['oa:motivatedBy', ['dqv:qualityAssessment']],
      ['oa:hasBody', [nested([a('oa:TextualBody'), ['rdf:value', [literal(text, 'en')]]])]],
    ]),
  );
}

function imagesProperties(record: DatasetRecord, at: RecordAddresses, form: RecordForm): readonly Property[] {
  const conditions = [...new Set(record.conditions.flatMap((condition) => dataUseIri(condition) ?? []))];
  const odrl = odrlPolicy(record.conditions, record.card?.condition);
  return [
    a('dcat:Distribution'),
    ['dct:title', [literal('Images, processed where they are', 'en')]],
    [
      'dct:description',
      [literal('The images stay at the site; software under a permit goes to them and only its results leave.', 'en')],
    ],
    ['dcat:accessURL', [iri(at.access)]],
    ['dcat:mediaType', [iri(`${MEDIA_TYPES}application/dicom`)]],
    ['dcatap:availability', [iri(`${EU}planned-availability/AVAILABLE`)]],
    ['dcatap:applicableLegislation', legislation(record)],
    [
      'dct:license',
      [nested([a('dct:LicenseDocument'), ['rdfs:label', [literal('Use under a permit for a purpose.', 'en')]]])],
    ],
    ['dct:rights', [`${ACCESS}REMOTE_PROCESSING`, ...(form === 'eucaim-v2' ? conditions : [])].map(iri)],
    ['odrl:hasPolicy', odrl === undefined ? [] : [odrl]],
  ];
}

function tableProperties(
  record: DatasetRecord,
  address: string,
  [title, what, content]: readonly [string, string, string],
): readonly Property[] {
  return [
    a('dcat:Distribution'),
    ['dct:title', [literal(title, 'en')]],
    ['dct:description', [literal(`${what} ${record.title}.`, 'en')]],
    ['dcat:accessURL', [iri(address)]],
    ['dcat:downloadURL', [iri(address)]],
    ['dcat:mediaType', [iri(`${MEDIA_TYPES}text/csv`)]],
    ['dct:format', [iri(`${EU}file-type/CSV`)]],
    ['dcat:byteSize', [typed(new TextEncoder().encode(content).length, 'nonNegativeInteger')]],
    ['dcatap:availability', [iri(`${EU}planned-availability/AVAILABLE`)]],
    ['dcatap:applicableLegislation', legislation(record)],
    ['dct:license', [iri(`${EU}licence/CC_BY_4_0`)]],
    ['dct:rights', [iri(`${ACCESS}DOWNLOAD`)]],
  ];
}

function legislation(record: DatasetRecord): readonly string[] {
  return (record.synthetic ? [EHDS] : [EHDS, GDPR]).map(iri);
}

function provenance(record: DatasetRecord): string {
  return record.synthetic
    ? `Synthetic images of invented people, version ${record.version} of site ${record.siteId}.`
    : `De-identified at site ${record.siteId}, where the images stay; version ${record.version}, content ${record.contentSha256}.`;
}

function disclosed(count: DatasetRecord['persons']): readonly string[] {
  return 'count' in count ? [typed(count.count, 'nonNegativeInteger')] : [];
}

function age(years: number | undefined): readonly string[] {
  return years === undefined ? [] : [typed(Math.max(0, years), 'nonNegativeInteger')];
}

function period(days: readonly [string, string] | '' | null | undefined): string | undefined {
  if (!days) return undefined;
  const [start, end] = days;
  return nested([
    a('dct:PeriodOfTime'),
    ['dcat:startDate', [typed(start, 'date')]],
    ['dcat:endDate', [typed(end, 'date')]],
  ]);
}

/** The last day of a year, or of what has passed of it. */
function endOf(year: number, published: string): string {
  return `${year}-12-31` < published ? `${year}-12-31` : published;
}

function dayOf(record: DatasetRecord): string {
  return isoInstant(record.publishedAtMs).slice(0, 10);
}

/** Without an exponent, which xsd:decimal does not know. */
function metres(millimetres: number): string {
  return (millimetres / 1000).toFixed(9).replace(/0+$/, '').replace(/\.$/, '.0');
}

function optional(address: string | undefined): string | undefined {
  return address === undefined ? undefined : iri(address);
}

function a(type: string): Property {
  return ['a', [type]];
}
