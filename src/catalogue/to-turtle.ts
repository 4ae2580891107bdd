import { isoInstant } from '#base';
import { bodyPartConcept, manufacturerConcept, modalityConcept, sexConcept } from '#cdm';
import type { DatasetRecord } from '#wire';
import { dataUseIri } from './data-use.ts';
import { iri, literal, typed } from './turtle-text.ts';

const PREFIXES: Readonly<Record<string, string>> = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
  eucaim: 'https://cancerimage.eu/ontology/EUCAIM#',
  healthdcatap: 'http://healthdataportal.eu/ns/health#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

const ACCESS_CONDITION =
  'https://eucaim.github.io/eucaim_dcat_ap/releases/controlled-vocabularies/access-conditions/#REMOTE_PROCESSING';

/** A property with its values as Turtle; without values it is not known. */
type Property = readonly [property: string, values: readonly string[]];

/**
 * A dataset record as Turtle in the manner of EUCAIM DCAT-AP 2 (HealthDCAT-AP). Only what the record knows is said: the
 * rest is listed by {@link missingForEucaim}. `datasetIri` is the record's address in the catalogue.
 */
export function toTurtle(record: DatasetRecord, datasetIri: string): string {
  const prefixes = Object.entries(PREFIXES).map(([name, address]) => `@prefix ${name}: <${address}> .`);
  const lines = datasetProperties(record, datasetIri)
    .filter(([, values]) => values.length > 0)
    .map(([property, values]) => `  ${property} ${values.join(', ')}`);
  return `${prefixes.join('\n')}\n\n${iri(datasetIri)}\n${lines.join(' ;\n')} .\n`;
}

/** Mandatory properties of EUCAIM DCAT-AP 2 that the Turtle of this record lacks, as `Class property`. */
export function missingForEucaim(record: DatasetRecord): readonly string[] {
  const said = new Set(
    datasetProperties(record, 'urn:unica:dataset')
      .filter(([, values]) => values.length > 0)
      .map(([property]) => property),
  );
  return [
    ...MANDATORY.filter((property) => !said.has(property)).map((property) => `Dataset ${property}`),
    ...MANDATORY_UNKNOWN_OF_DISTRIBUTION.map((property) => `Distribution ${property}`),
  ];
}

function datasetProperties(record: DatasetRecord, datasetIri: string): readonly Property[] {
  const disclosed = (count: DatasetRecord['persons']): readonly string[] =>
    'count' in count ? [typed(count.count, 'nonNegativeInteger')] : [];
  const coded = (texts: readonly string[], concept: (text: string) => { readonly code: string | null }) => [
    ...new Set(texts.flatMap((text) => concept(text).code ?? []).map((code) => `eucaim:${code}`)),
  ];
  const keywords = [...Object.keys(record.findings), ...record.bodyParts, ...(record.synthetic ? ['synthetic'] : [])];
  const age = (years: number | undefined): readonly string[] =>
    years === undefined ? [] : [typed(years, 'nonNegativeInteger')];
  return [
    ['a', ['dcat:Dataset']],
    ['dct:identifier', [literal(datasetIri)]],
    ['dct:title', [literal(record.title, 'en')]],
    ['dct:description', record.description === '' ? [] : [literal(record.description, 'en')]],
    ['dcat:version', [literal(`${record.version}.0.0`)]],
    ['dcat:theme', [iri('http://publications.europa.eu/resource/authority/data-theme/HEAL')]],
    ['dct:accessRights', [iri('http://publications.europa.eu/resource/authority/access-right/RESTRICTED')]],
    ['dct:issued', [typed(isoInstant(record.publishedAtMs).slice(0, 10), 'date')]],
    ['healthdcatap:numberOfUniqueIndividuals', disclosed(record.persons)],
    ['healthdcatap:numberOfRecords', disclosed(record.studies)],
    ['healthdcatap:minTypicalAge', age(record.ageYears?.from)],
    ['healthdcatap:maxTypicalAge', age(record.ageYears?.to)],
    ['eucaim:hasBirthSex', coded(Object.keys(record.sexes), sexConcept)],
    ['eucaim:hasImageModality', coded(record.modalities, modalityConcept)],
    ['eucaim:hasEquipmentManufacturer', coded(record.manufacturers, manufacturerConcept)],
    ['eucaim:hasImageBodyPart', coded(record.bodyParts, bodyPartConcept)],
    ['dcat:keyword', keywords.map((keyword) => literal(keyword, 'en'))],
    ['dct:provenance', [`[ a dct:ProvenanceStatement ; rdfs:label ${literal(provenance(record), 'en')} ]`]],
    ['dcat:distribution', [distribution(record)]],
  ];
}

function provenance(record: DatasetRecord): string {
  return record.synthetic
    ? `Synthetic films of invented people, version ${record.version} of site ${record.siteId}.`
    : `De-identified at site ${record.siteId}, where the images stay; version ${record.version}.`;
}

function distribution(record: DatasetRecord): string {
  const rights = [ACCESS_CONDITION, ...record.conditions.flatMap((condition) => dataUseIri(condition) ?? [])];
  const statements = rights.map((right) => iri(right)).join(', ');
  return `[ a dcat:Distribution ; dcat:mediaType ${iri('https://www.iana.org/assignments/media-types/application/dicom')} ; dct:rights ${statements} ]`;
}

/** Occurrence 1..1 M or 1..n M of Dataset in EUCAIM DCAT-AP 2.0, nested properties aside. */
export const MANDATORY: readonly string[] = [
  'dct:identifier',
  'dct:title',
  'dct:description',
  'dcat:version',
  'eucaim:interoperabilityLevel',
  'dcat:distribution',
  'dcat:contactPoint',
  'dcat:theme',
  'healthdcatap:healthCategory',
  'dct:type',
  'dct:accessRights',
  'dcatap:applicableLegislation',
  'dct:publisher',
  'healthdcatap:hasStructuredData',
  'healthdcatap:numberOfUniqueIndividuals',
  'healthdcatap:numberOfRecords',
  'eucaim:hasBirthSex',
  'eucaim:hasCondition',
  'eucaim:collectionMethod',
  'eucaim:hasImageModality',
  'eucaim:hasEquipmentManufacturer',
  'eucaim:hasImageBodyPart',
  'dcat:keyword',
  'dct:provenance',
  'healthdcatap:hdab',
];

/** Of a distribution, a record knows its rights only. */
const MANDATORY_UNKNOWN_OF_DISTRIBUTION: readonly string[] = ['dcat:accessURL', 'dcatap:applicableLegislation'];
