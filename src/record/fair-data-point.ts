import { isoInstant } from '#base';
import type { DatasetRecord } from '#wire';
import { recordAddresses } from './record-addresses.ts';
import { block, iri, literal, nested, type Property, prefixLines, typed } from './turtle-text.ts';

/** A hub as others see its catalogue. */
export interface DataPoint {
  /** Without a slash at its end. */
  readonly hubUrl: string;
  readonly name: string;
  readonly softwareVersion: string;
}

const PREFIXES: Readonly<Record<string, string>> = {
  cv: 'http://data.europa.eu/m8g/',
  dcat: 'http://www.w3.org/ns/dcat#',
  dcatap: 'http://data.europa.eu/r5r/',
  dct: 'http://purl.org/dc/terms/',
  fdpo: 'https://w3id.org/fdp/fdp-o#',
  foaf: 'http://xmlns.com/foaf/0.1/',
  ldp: 'http://www.w3.org/ns/ldp#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};

const EU = 'http://publications.europa.eu/resource/authority/';
const EHDS = 'http://data.europa.eu/eli/reg/2025/327/oj';

/** The one catalogue of a hub. */
export const CATALOGUE_NAME = 'datasets';

/** The FAIR Data Point itself, with the way to its catalogue. */
export function dataPointTurtle(point: DataPoint): string {
  const self = `${point.hubUrl}/fdp`;
  const catalogue = `${self}/catalog/${CATALOGUE_NAME}`;
  return document([
    block(iri(self), [
      ['a', ['fdpo:FAIRDataPoint', 'fdpo:MetadataService', 'dcat:DataService']],
      ...common(point, self, 'The catalogue of a network of hospitals, for people and machines.'),
      ['dcat:endpointURL', [iri(self)]],
      ['fdpo:metadataCatalog', [iri(catalogue)]],
      ['fdpo:conformsToFdpSpec', [iri('https://specs.fairdatapoint.org/fdp-specs-v1.2.html')]],
    ]),
    container(`${self}/catalog/`, [self, 'fdpo:metadataCatalog'], [catalogue]),
    publisher(point, self),
  ]);
}

/** The catalogue: which datasets there are, newest version of each. The datasets themselves are at their addresses. */
export function catalogueTurtle(point: DataPoint, records: readonly DatasetRecord[]): string {
  const self = `${point.hubUrl}/fdp/catalog/${CATALOGUE_NAME}`;
  const datasets = records.map(({ siteId, name }) => recordAddresses(point.hubUrl, siteId, name).dataset);
  const newest = records.reduce((latest, { publishedAtMs }) => Math.max(latest, publishedAtMs), 0);
  return document([
    block(iri(self), [
      ['a', ['dcat:Catalog']],
      ...common(point, self, 'Datasets of imaging that the sites of the network have published.'),
      ['dct:modified', newest === 0 ? [] : [typed(isoInstant(newest), 'dateTime')]],
      ['dcat:dataset', datasets.map(iri)],
    ]),
    container(`${point.hubUrl}/fdp/dataset/`, [self, 'dcat:dataset'], datasets),
    publisher(point, self),
  ]);
}

function common(point: DataPoint, self: string, description: string): readonly Property[] {
  return [
    ['dct:identifier', [literal(self)]],
    ['dct:title', [literal(point.name, 'en')]],
    ['dct:description', [literal(description, 'en')]],
    ['dct:publisher', [iri(`${self}#publisher`)]],
    ['dcat:version', [literal(point.softwareVersion)]],
    ['dct:language', [iri(`${EU}language/ENG`)]],
    ['dct:license', [iri(`${EU}licence/CC_BY_4_0`)]],
    ['dcatap:applicableLegislation', [iri(EHDS)]],
  ];
}

function publisher(point: DataPoint, self: string): string {
  return block(iri(`${self}#publisher`), [
    ['a', ['foaf:Agent']],
    ['foaf:name', [literal(point.name, 'en')]],
    [
      'cv:contactPoint',
      [
        nested([
          ['a', ['cv:ContactPoint']],
          ['cv:contactPage', [iri(`${point.hubUrl}/`)]],
        ]),
      ],
    ],
  ]);
}

/** How software finds the way down (Linked Data Platform 1.0, direct containers). */
function container(
  address: string,
  [resource, relation]: readonly [string, string],
  members: readonly string[],
): string {
  return block(iri(address), [
    ['a', ['ldp:DirectContainer']],
    ['ldp:membershipResource', [iri(resource)]],
    ['ldp:hasMemberRelation', [relation]],
    ['ldp:contains', members.map(iri)],
  ]);
}

function document(blocks: readonly string[]): string {
  return `${prefixLines(PREFIXES)}\n${blocks.join('\n')}`;
}
