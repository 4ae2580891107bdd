const DCAT = 'http://www.w3.org/ns/dcat#';
const DCT = 'http://purl.org/dc/terms/';
const LDP = 'http://www.w3.org/ns/ldp#';
/** The FAIR Data Point ontology; until version 1.2 of the specification it lived at purl.org. */
const FDP_O = ['https://w3id.org/fdp/fdp-o#', 'http://purl.org/fdp/fdp-o#'] as const;
/** Before the ontology there was: the re3data schema. */
const R3D = 'http://www.re3data.org/schema/3-0#';

/** Names of the vocabularies that data points and records are written in. */
export const IRI = {
  type: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type',
  contains: `${LDP}contains`,
  memberRelation: `${LDP}hasMemberRelation`,
  catalog: `${DCAT}Catalog`,
  dataset: `${DCAT}Dataset`,
  title: `${DCT}title`,
  label: 'http://www.w3.org/2000/01/rdf-schema#label',
  description: `${DCT}description`,
  publisher: `${DCT}publisher`,
  name: 'http://xmlns.com/foaf/0.1/name',
  licence: `${DCT}license`,
  accessRights: `${DCT}accessRights`,
  keyword: `${DCAT}keyword`,
  landingPage: `${DCAT}landingPage`,
  page: 'http://xmlns.com/foaf/0.1/page',
} as const;

/** What a data point is, in the words of the specification and of its forerunner. */
export const POINT_TYPES: ReadonlySet<string> = new Set([
  ...FDP_O.flatMap((ontology) => [`${ontology}FAIRDataPoint`, `${ontology}MetadataService`]),
  `${R3D}Repository`,
]);

/** From a data point or catalogue to catalogues. */
export const TO_CATALOGUES: ReadonlySet<string> = new Set([
  ...FDP_O.map((ontology) => `${ontology}metadataCatalog`),
  `${R3D}dataCatalog`,
  `${DCAT}catalog`,
]);

/** From a catalogue to datasets. */
export const TO_DATASETS: ReadonlySet<string> = new Set([`${DCAT}dataset`]);

/** From a dataset to what can be had of it. */
export const TO_DISTRIBUTIONS: ReadonlySet<string> = new Set([
  `${DCAT}distribution`,
  'http://www.w3.org/ns/adms#sample',
  'http://healthdataportal.eu/ns/health#analytics',
]);

/** Ways up and aside, which lead out of a record into others. */
export const OUT_OF_RECORD: ReadonlySet<string> = new Set([
  ...TO_CATALOGUES,
  ...TO_DATASETS,
  `${DCT}isPartOf`,
  `${DCT}hasPart`,
  `${DCT}isVersionOf`,
  `${DCT}hasVersion`,
  `${DCT}isReferencedBy`,
  `${DCT}source`,
  `${DCT}relation`,
  `${DCAT}inCatalog`,
  `${DCAT}prev`,
  `${DCAT}previousVersion`,
  `${DCAT}hasVersion`,
  IRI.contains,
  `${LDP}membershipResource`,
]);
