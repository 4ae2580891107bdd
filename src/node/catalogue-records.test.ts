import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Quad } from '@rdfjs/types';
import { Store } from 'n3';
import SecondEngine from 'rdf-validate-shacl';
import { type DatasetDescription, datasetRecord, describeDataset } from '#catalogue';
import { recordAddresses, toTurtle } from '#record';
import {
  backgroundOf,
  type ProfileName,
  profileOf,
  readRdf,
  shapesOf,
  standingOf,
  toJsonLd,
  validateRecord,
} from '#shacl';
import type { DatasetCard, DatasetRecord } from '#wire';
import { CARD, MAMMOGRAPHY } from './catalogue-fixture.ts';

/** Variations that a node may meet: each must give a valid record. */
const VARIATIONS: readonly (readonly [string, Partial<DatasetDescription>])[] = [
  ['mammography', {}],
  ['chest films, synthetic', { ...chest(), synthetic: true }],
  ['prostate MR', { ...prostate() }],
  ['without clinical findings', { summary: { ...MAMMOGRAPHY.summary, findings: {} } }],
  ['without ages and years', { summary: { ...MAMMOGRAPHY.summary, ageYears: null, studyYears: null } }],
  ['without pixel spacing', { smallestSpacingMm: null }],
  ['a newborn among the people', { summary: { ...MAMMOGRAPHY.summary, ageYears: { from: 0, to: 101 } } }],
  ['without conditions of use', { conditions: [] }],
  ['every condition of use', { conditions: ['DUO_0000004', 'DUO_0000006', 'DUO_0000007', 'DUO_0000018'] }],
  ['a condition of use that nobody knows', { conditions: ['house rules'] }],
  ['a country outside the table', { country: 'JP' }],
  ['findings with quotes and lines', { summary: { ...MAMMOGRAPHY.summary, findings: { 'a "b"\n\\c': 40 } } }],
  ['a title in Greek', { title: 'Μαστογραφίες', description: 'Προσυμπτωματικός έλεγχος' }],
  ['spacing of a tenth of a micrometre', { smallestSpacingMm: 0.0001 }],
  ['an unknown maker beside a known one', manufacturers(['ACME', 'FUJIFILM Corporation'])],
  ['sex unknown for all', { summary: { ...MAMMOGRAPHY.summary, sexes: { unknown: 9800 } } }],
];

const NAMES: readonly ProfileName[] = ['healthdcat-r8', 'dcat-ap-3', 'eucaim-v2'];
for (const [name, variation] of VARIATIONS) {
  test(`0 violations in the record of ${name}, by both engines`, async () => {
    const record = recordFrom(variation);
    for (const profile of NAMES) {
      const form = profile === 'eucaim-v2' ? profile : 'healthdcat-r8';
      const quads = await parsed(toTurtle(record, addressesOf(record), form));
      const report = await validateRecord(quads, profile);
      assert.deepEqual(report.violations, [], profile);
      assert.equal(await violationsElsewhere(quads, profile), 0, profile);
    }
    // The form that is served conforms to EUCAIM as well.
    const served = await parsed(toTurtle(record, addressesOf(record)));
    assert.deepEqual((await validateRecord(served, 'eucaim-v2')).violations, []);
    assert.equal((await standing(record)).state, 'r8-valid');
  });
}

const STATES: readonly (readonly [string, Partial<DatasetDescription>, string, readonly string[]])[] = [
  ['with everything', {}, 'r8-valid', []],
  ['without a body', { card: without('hdabName', 'hdabPage') }, 'eucaim-valid', ['hdab']],
  ['with the name of a body only', { card: without('hdabPage') }, 'eucaim-valid', ['hdab']],
  ['with a placeholder for a body', { card: { ...CARD, hdabName: 'To be designated' } }, 'draft', ['hdab / name']],
  ['without a condition', { card: without('condition') }, 'draft', ['hasCondition']],
  ['without a way of choosing people', { card: without('collectionMethod') }, 'draft', ['collectionMethod']],
  ['without an address to write to', { card: without('contactEmail') }, 'draft', ['contactPoint', 'publisher']],
  ['without a publisher', { card: without('publisherName') }, 'draft', ['publisher']],
  ['without a description', { description: ' ' }, 'draft', ['description']],
  ['of makers that have no code', manufacturers(['ACME']), 'draft', ['hasEquipmentManufacturer']],
];
for (const [name, variation, state, missing] of STATES) {
  test(`a record ${name} is ${state}, and what is missing is told`, async () => {
    const found = await standing(recordFrom(variation));
    assert.equal(found.state, state);
    const [eucaim = [], release8 = []] = found.missing.map(({ findings }) => findings);
    const told = new Set((state === 'draft' ? eucaim : release8).map(({ path }) => localNames(path)));
    assert.deepEqual([...told].sort(), [...missing].sort());
  });
}

test('a record whose counts are withheld is a draft', async () => {
  const record = datasetRecord(describeDataset(MAMMOGRAPHY), () => ({ below: 10 }));
  const { state, missing } = await standing(record);
  assert.equal(state, 'draft');
  const paths = missing[0]?.findings.map(({ path }) => localNames(path));
  assert.deepEqual(paths?.sort(), ['numberOfRecords', 'numberOfUniqueIndividuals']);
});

test('JSON-LD says what the Turtle says', async () => {
  const record = recordFrom({});
  const turtle = toTurtle(record, addressesOf(record));
  const document = await toJsonLd(turtle);
  const back = await readRdf(new TextEncoder().encode(JSON.stringify(document)), 'json-ld');
  const forward = await parsed(turtle);
  assert.equal(back.length, forward.length);
  for (const profile of NAMES) assert.deepEqual((await validateRecord(back, profile)).violations, [], profile);
});

function chest(): Partial<DatasetDescription> {
  const summary = { ...MAMMOGRAPHY.summary, modalities: ['CR', 'DX'], bodyParts: ['CHEST'], sexes: { F: 70, M: 50 } };
  return { summary: { ...summary, manufacturers: ['Agfa'] }, card: { ...CARD, condition: 'CLIN1000065' } };
}

function prostate(): Partial<DatasetDescription> {
  const summary = { ...MAMMOGRAPHY.summary, modalities: ['MR'], bodyParts: ['PROSTATE'], sexes: { M: 300 } };
  return { summary: { ...summary, manufacturers: ['Philips'] }, card: { ...CARD, condition: 'CLIN1000075' } };
}

function manufacturers(names: readonly string[]): Partial<DatasetDescription> {
  return { summary: { ...MAMMOGRAPHY.summary, manufacturers: names } };
}

function without(...fields: readonly (keyof DatasetCard)[]): DatasetCard {
  return Object.fromEntries(Object.entries(CARD).filter(([name]) => !fields.some((field) => field === name)));
}

function recordFrom(variation: Partial<DatasetDescription>): DatasetRecord {
  return datasetRecord(describeDataset({ ...MAMMOGRAPHY, ...variation }), (count) =>
    count < 10 ? { below: 10 } : { count },
  );
}

function addressesOf({ siteId, name }: DatasetRecord) {
  return recordAddresses('https://hub.example', siteId, name);
}

async function standing(record: DatasetRecord) {
  const at = addressesOf(record);
  return await standingOf({
    'eucaim-v2': toTurtle(record, at, 'eucaim-v2'),
    'healthdcat-r8': toTurtle(record, at, 'healthdcat-r8'),
  });
}

async function parsed(turtle: string): Promise<readonly Quad[]> {
  return await readRdf(new TextEncoder().encode(turtle), 'turtle');
}

/** By rdf-validate-shacl, in the layers whose findings are violations. */
async function violationsElsewhere(quads: readonly Quad[], name: ProfileName): Promise<number> {
  const data = new Store([...quads, ...backgroundOf(quads)]);
  let count = 0;
  for (const { file, counts } of profileOf(name).layers) {
    if (counts !== 'violation') continue;
    const { results } = await new SecondEngine(new Store([...shapesOf(name, file)])).validate(data);
    count += results.filter(({ severity }) => severity?.value.endsWith('#Violation')).length;
  }
  return count;
}

function localNames(path: string): string {
  return path
    .split(' / ')
    .map((iri) => iri.split(/[/#]/).at(-1))
    .join(' / ');
}
