import assert from 'node:assert/strict';
import { test } from 'node:test';
import dataFactory from '@rdfjs/data-model';
import type { Quad } from '@rdfjs/types';
import { datasetRecord, describeDataset } from '#catalogue';
import { recordAddresses, toTurtle } from '#record';
import { type ProfileName, readRdf, validateRecord } from '#shacl';
import { MAMMOGRAPHY } from './catalogue-fixture.ts';

const NAMESPACES: Readonly<Record<string, string>> = {
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
  rdf: 'http://www.w3.org/1999/02/22-rdf-syntax-ns#',
  rdfs: 'http://www.w3.org/2000/01/rdf-schema#',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
};
const EU = 'http://publications.europa.eu/resource/authority/';

const AT = recordAddresses('https://hub.example', MAMMOGRAPHY.siteId, MAMMOGRAPHY.name);
const RECORD = datasetRecord(describeDataset(MAMMOGRAPHY), (count) => ({ count }));

type Mutation = (quads: readonly Quad[]) => readonly Quad[];

/** What is done, the profile that must object, the subject's kind and the property it must name. */
const MUTATIONS: readonly (readonly [string, Mutation, ProfileName, string, string])[] = [
  // Lacking.
  ...[
    'dct:identifier',
    'dcat:distribution',
    'dcat:theme',
    'dcat:contactPoint',
    'dcat:keyword',
    'dct:type',
    'dct:provenance',
    'dct:accessRights',
    'dcatap:applicableLegislation',
    'healthdcatap:hdab',
    'healthdcatap:healthCategory',
    'healthdcatap:hasStructuredData',
    'dct:title',
    'dct:description',
  ].map((path) => ['lacks', removed(path), 'healthdcat-r8', 'dcat:Dataset', path] as const),
  ...[
    'dct:publisher',
    'dcat:version',
    'eucaim:interoperabilityLevel',
    'eucaim:hasBirthSex',
    'eucaim:hasCondition',
    'eucaim:collectionMethod',
    'eucaim:hasImageModality',
    'eucaim:hasEquipmentManufacturer',
    'eucaim:hasImageBodyPart',
    'healthdcatap:numberOfRecords',
    'healthdcatap:numberOfUniqueIndividuals',
  ].map((path) => ['lacks', removed(path), 'eucaim-v2', 'dcat:Dataset', path] as const),
  ['lacks', removed('dcat:accessURL'), 'dcat-ap-3', 'dcat:Distribution', 'dcat:accessURL'],
  ['lacks', removed('dct:rights'), 'eucaim-v2', 'dcat:Distribution', 'dct:rights'],
  [
    'lacks',
    removed('dcatap:applicableLegislation', 'dcat:Distribution'),
    'healthdcat-r8',
    'dcat:Distribution',
    'dcatap:applicableLegislation',
  ],
  ['lacks', removed('foaf:name'), 'dcat-ap-3', 'foaf:Agent', 'foaf:name'],
  ['lacks', removed('cv:contactPoint'), 'healthdcat-r8', 'dcat:Dataset', 'healthdcatap:hdab'],
  ['lacks', removed('cv:contactPoint'), 'eucaim-v2', 'dcat:Dataset', 'dct:publisher'],
  ['lacks', removed('cv:email'), 'healthdcat-r8', 'cv:ContactPoint', 'cv:email'],
  ['lacks', removed('vcard:hasEmail'), 'healthdcat-r8', 'vcard:Kind', 'vcard:hasEmail'],
  ['lacks', removed('csvw:table'), 'healthdcat-r8', 'csvw:TableGroup', 'csvw:table'],
  ['lacks', removed('csvw:column'), 'healthdcat-r8', 'csvw:Table', 'csvw:column'],
  ['lacks', removed('csvw:name'), 'healthdcat-r8', 'csvw:Column', 'csvw:name'],
  ['lacks', removed('csvw:title'), 'healthdcat-r8', 'csvw:Column', 'csvw:title'],
  ['lacks', removed('csvw:datatype'), 'healthdcat-r8', 'csvw:Column', 'csvw:datatype'],
  ['lacks though structured', removed('healthdcatap:hasVariables'), 'healthdcat-r8', 'dcat:Dataset', ''],
  // Twice.
  [
    'has two of',
    added('dct:publisher', dataFactory.blankNode('another')),
    'dcat-ap-3',
    'dcat:Dataset',
    'dct:publisher',
  ],
  [
    'has two of',
    added('eucaim:hasCondition', eucaim('CLIN1000065')),
    'eucaim-v2',
    'dcat:Dataset',
    'eucaim:hasCondition',
  ],
  ['has two of', added('dcat:version', dataFactory.literal('2.0.0')), 'eucaim-v2', 'dcat:Dataset', 'dcat:version'],
  [
    'has two of',
    added('healthdcatap:minTypicalAge', count(1)),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:minTypicalAge',
  ],
  [
    'has two of',
    added('healthdcatap:hdab', dataFactory.namedNode(`${AT.dataset}#holder`)),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:hdab',
  ],
  [
    'has two of',
    added('dct:accessRights', eu('access-right/PUBLIC')),
    'healthdcat-r8',
    'dcat:Dataset',
    'dct:accessRights',
  ],
  // Of the wrong kind.
  ['has text in', replaced('dcat:theme', dataFactory.literal('Health')), 'healthdcat-r8', 'dcat:Dataset', 'dcat:theme'],
  [
    'has text in',
    replaced('healthdcatap:healthCategory', dataFactory.literal('EHR')),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:healthCategory',
  ],
  [
    'has an address in',
    replaced('dct:title', dataFactory.namedNode('urn:title')),
    'dcat-ap-3',
    'dcat:Dataset',
    'dct:title',
  ],
  [
    'has an address in',
    replaced('dcat:keyword', dataFactory.namedNode('urn:word')),
    'healthdcat-r8',
    'dcat:Dataset',
    'dcat:keyword',
  ],
  [
    'has words in',
    replaced('healthdcatap:numberOfRecords', dataFactory.literal('many')),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:numberOfRecords',
  ],
  [
    'has a negative',
    replaced('healthdcatap:maxTypicalAge', count(-3)),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:maxTypicalAge',
  ],
  [
    'has text in',
    replaced('healthdcatap:hasStructuredData', dataFactory.literal('true')),
    'healthdcat-r8',
    'dcat:Dataset',
    'healthdcatap:hasStructuredData',
  ],
  [
    'has an unknown term in',
    replaced('dct:accessRights', eu('access-right/SECRET')),
    'dcat-ap-3',
    'dcat:Dataset',
    'dct:accessRights',
  ],
  [
    'has an untyped value in',
    replaced('dct:language', dataFactory.namedNode('urn:english')),
    'dcat-ap-3',
    'dcat:Dataset',
    'dct:language',
  ],
  [
    'has an untyped value in',
    replaced('dct:temporal', dataFactory.blankNode('t')),
    'dcat-ap-3',
    'dcat:Dataset',
    'dct:temporal',
  ],
  [
    'has text in',
    replaced('vcard:hasEmail', dataFactory.literal('a@b.example')),
    'healthdcat-r8',
    'vcard:Kind',
    'vcard:hasEmail',
  ],
  [
    'has an unknown code in',
    replaced('eucaim:hasBirthSex', eucaim('COM1000180')),
    'eucaim-v2',
    'dcat:Dataset',
    'eucaim:hasBirthSex',
  ],
  [
    'has an unknown code in',
    replaced('eucaim:collectionMethod', eucaim('SPEC1000099')),
    'eucaim-v2',
    'dcat:Dataset',
    'eucaim:collectionMethod',
  ],
  [
    'has a body part in',
    replaced('eucaim:hasImageModality', eucaim('BP1000136')),
    'eucaim-v2',
    'dcat:Dataset',
    'eucaim:hasImageModality',
  ],
  [
    'has a word in',
    replaced('dcat:version', dataFactory.literal('newest')),
    'eucaim-v2',
    'dcat:Dataset',
    'dcat:version',
  ],
  [
    'has another address in',
    replaced('dct:identifier', dataFactory.literal('https://x.example/')),
    'eucaim-v2',
    'dcat:Dataset',
    'dct:identifier',
  ],
  [
    'has no English in',
    replaced('dct:title', dataFactory.literal('Titel', 'de')),
    'eucaim-v2',
    'dcat:Dataset',
    'dct:title',
  ],
  ['has another theme in', replaced('dcat:theme', eu('data-theme/AGRI')), 'eucaim-v2', 'dcat:Dataset', 'dcat:theme'],
  [
    'has no access condition in',
    replaced('dct:rights', dataFactory.namedNode('urn:rights')),
    'eucaim-v2',
    'dcat:Distribution',
    'dct:rights',
  ],
  [
    'has a word in',
    replaced('dcat:temporalResolution', dataFactory.literal('daily')),
    'eucaim-v2',
    'dcat:Dataset',
    'dcat:temporalResolution',
  ],
];

const valid = await readRdf(new TextEncoder().encode(toTurtle(RECORD, AT)), 'turtle');

test('the record is valid before anything is done to it', async () => {
  for (const profile of ['healthdcat-r8', 'eucaim-v2', 'dcat-ap-3'] as const) {
    assert.deepEqual((await validateRecord(valid, profile)).violations, []);
  }
  assert.ok(MUTATIONS.length >= 40);
});

for (const [what, mutate, profile, kind, path] of MUTATIONS) {
  test(`a record that ${what} ${path} (${kind}) is told so by ${profile}`, async () => {
    const broken = mutate(valid);
    assert.notDeepEqual(broken, valid, 'nothing was done');
    const { conforms, violations } = await validateRecord(broken, profile);
    assert.equal(conforms, false);
    const subjects = subjectsOf(valid, kind);
    const there = violations.filter(({ focus }) => subjects.has(focus));
    const named = path === '' ? '' : full(path);
    const found = there.find((one) => (named === '' ? one.path === '' : one.path.split(' | ').includes(named)));
    assert.ok(found, JSON.stringify(violations.map((one) => [one.focus, one.path])));
    assert.ok(found.fix.includes(path === '' ? 'healthdcatap:hasVariables' : path), found.fix);
  });
}

function full(name: string): string {
  const [prefix = '', local = ''] = name.split(':');
  return `${NAMESPACES[prefix]}${local}`;
}

function eucaim(code: string) {
  return dataFactory.namedNode(`${NAMESPACES['eucaim']}${code}`);
}

function eu(term: string) {
  return dataFactory.namedNode(`${EU}${term}`);
}

function count(value: number) {
  return dataFactory.literal(`${value}`, dataFactory.namedNode(full('xsd:nonNegativeInteger')));
}

function subjectsOf(quads: readonly Quad[], kind: string): ReadonlySet<string> {
  const typed = quads.filter(
    ({ predicate, object }) => predicate.value === full('rdf:type') && object.value === full(kind),
  );
  return new Set(typed.map(({ subject }) => (subject.termType === 'BlankNode' ? `_:${subject.value}` : subject.value)));
}

function idOf({ subject }: Quad): string {
  return subject.termType === 'BlankNode' ? `_:${subject.value}` : subject.value;
}

/** Without the property, at one kind of subject or at all. */
function removed(path: string, kind?: string): Mutation {
  return (quads) => {
    const at = subjectsOf(quads, kind ?? (DATASET_TOO.has(path) ? 'dcat:Dataset' : 'rdfs:Resource'));
    return quads.filter((one) => one.predicate.value !== full(path) || (at.size > 0 && !at.has(idOf(one))));
  };
}

/** Properties that others have as well, and that are meant at the dataset. */
const DATASET_TOO: ReadonlySet<string> = new Set([
  'dct:title',
  'dct:description',
  'dct:type',
  'dcatap:applicableLegislation',
]);

/** One more value at the dataset. */
function added(path: string, object: Quad['object']): Mutation {
  return (quads) => [
    ...quads,
    dataFactory.quad(dataFactory.namedNode(AT.dataset), dataFactory.namedNode(full(path)), object),
  ];
}

/** Another value instead of all. */
function replaced(path: string, object: Quad['object']): Mutation {
  return (quads) =>
    quads.map((one) =>
      one.predicate.value === full(path) && (!DATASET_TOO.has(path) || one.subject.value === AT.dataset)
        ? dataFactory.quad(one.subject, one.predicate, object)
        : one,
    );
}
