import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { type DatasetRecord, datasetRecordSchema, type GuardedCount } from '#wire';
import { dataUseIri } from './data-use.ts';
import { type DatasetDescription, datasetRecord, describeDataset } from './describe-dataset.ts';
import { MANDATORY, missingForEucaim, toTurtle } from './to-turtle.ts';

const DESCRIPTION: DatasetDescription = {
  siteId: 'lisbon',
  name: 'chest-films',
  title: 'Chest films "2024" \\ Lisboa',
  description: 'Two lines:\nand a tab\t.',
  country: 'PT',
  version: 2,
  summary: {
    persons: 120,
    studies: 140,
    images: 141,
    modalities: ['CR', 'DX'],
    bodyParts: ['CHEST'],
    manufacturers: ['Agfa', 'SIEMENS', 'Siemens'],
    sexes: { F: 70, M: 48, unknown: 2 },
    findings: { Opacity: 55, Nodule: 3 },
    ageYears: { from: 23, to: 88 },
  },
  quality: { score: 97.5, checked: 141, findings: 12 },
  conditions: ['DUO_0000042', 'ETHICS_APPROVAL_REQUIRED'],
  synthetic: false,
  publishedAtMs: Date.UTC(2026, 4, 3),
  contentSha256: sha256Hex('content'),
};

const guard = (count: number): GuardedCount => (count < 10 ? { below: 10 } : { count });
const record = datasetRecord(describeDataset(DESCRIPTION), guard);

test('the record passes the schema of the wire and every count passed the guard', () => {
  assert.deepEqual(datasetRecordSchema.parse(record), record);
  const asked: string[] = [];
  datasetRecord(describeDataset(DESCRIPTION), (count, key) => {
    asked.push(`${key}=${count}`);
    return { count };
  });
  assert.deepEqual(asked.sort(), [
    'finding:Nodule=3',
    'finding:Opacity=55',
    'images=141',
    'persons=120',
    'sex:F=70',
    'sex:M=48',
    'sex:unknown=2',
    'studies=140',
  ]);
  assert.deepEqual(record.findings, { Opacity: { count: 55 }, Nodule: { below: 10 } });
  assert.deepEqual(record.sexes['unknown'], { below: 10 });
});

test('ages are rounded outwards to five, and withheld with the number of people', () => {
  assert.deepEqual(record.ageYears, { from: 20, to: 90 });
  const few = datasetRecord(describeDataset(DESCRIPTION), () => ({ below: 10 }));
  assert.equal(few.ageYears, null);
});

test('long and many values still make a valid record', () => {
  const many = Array.from({ length: 60 }, (_, index) => `maker ${index}`);
  const draft = describeDataset({
    ...DESCRIPTION,
    summary: {
      ...DESCRIPTION.summary,
      manufacturers: many,
      modalities: many.map((name) => name.slice(0, 16)),
      findings: { ['x'.repeat(90)]: 20 },
    },
  });
  datasetRecordSchema.parse(datasetRecord(draft, guard));
});

const IRI = 'https://hub.example/catalogue/lisbon/chest-films';

test('the Turtle says what is known, in codes, escaped', () => {
  const turtle = toTurtle(record, IRI);
  for (const part of [
    `<${IRI}>\n  a dcat:Dataset ;`,
    `dct:identifier "${IRI}"`,
    'dct:title "Chest films \\"2024\\" \\\\ Lisboa"@en',
    'dct:description "Two lines:\\nand a tab\\t."@en',
    'dcat:version "2.0.0"',
    'healthdcatap:numberOfRecords "140"^^xsd:nonNegativeInteger',
    'eucaim:hasImageModality eucaim:IMG1000024, eucaim:IMG1000028 ;',
    'eucaim:hasEquipmentManufacturer eucaim:IMG1000051, eucaim:IMG1000044 ;',
    'eucaim:hasBirthSex eucaim:COM1001370, eucaim:COM1001366, eucaim:COM1002760 ;',
    'data-use-conditions/#GENERAL_RESEARCH_USE>',
    'data-use-conditions/#ETHICS_APPROVAL_REQUIRED>',
    'dct:issued "2026-05-03"^^xsd:date',
  ]) {
    assert.ok(turtle.includes(part), part);
  }
  assert.equal(turtle.match(/ \.\n$/)?.length, 1);
  assert.ok(!turtle.includes('undefined') && !turtle.includes('[object'));
});

test('no line end, quote or bracket of a text escapes its literal', () => {
  const hostile = '"@en ; <INJECTED> <INJECTED> "INJECTED\\\n\u0001';
  const turtle = toTurtle(
    { ...record, title: hostile, findings: { [hostile]: { count: 20 } } },
    'http://x/a> <INJECTED> "INJECTED',
  );
  // Outside literals and IRIs nothing of the text may remain.
  const outside = turtle.replace(/"(?:[^"\\\n\r]|\\.)*"/g, '""').replace(/<[^<>"{}|^`\\\s]*>/g, '<>');
  assert.ok(turtle.includes('INJECTED') && !outside.includes('INJECTED'), outside);
  assert.ok(!turtle.includes('\u0001'));
});

test('counts that were withheld are missing, not zero', () => {
  const few: DatasetRecord = { ...record, persons: { below: 10 }, studies: { below: 10 } };
  assert.ok(!toTurtle(few, IRI).includes('numberOf'));
  const missing = missingForEucaim(few);
  assert.ok(missing.includes('Dataset healthdcatap:numberOfUniqueIndividuals'));
  assert.ok(!missingForEucaim(record).includes('Dataset healthdcatap:numberOfUniqueIndividuals'));
  for (const always of ['Dataset dct:publisher', 'Dataset eucaim:hasCondition', 'Distribution dcat:accessURL']) {
    assert.ok(missing.includes(always), always);
  }
  assert.ok(missingForEucaim({ ...record, description: '' }).includes('Dataset dct:description'));
});

test('data-use conditions by DUO code or EUCAIM term', () => {
  assert.match(dataUseIri('DUO:0000042') ?? '', /#GENERAL_RESEARCH_USE$/);
  assert.match(dataUseIri('no_restriction') ?? '', /#NO_RESTRICTION$/);
  assert.equal(dataUseIri('DUO_9999999'), undefined);
});

const profile = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'eucaim', 'dcat-ap-v2.csv');
test('the list of mandatory properties is that of EUCAIM DCAT-AP 2', {
  skip: !existsSync(profile) && `no ${profile}`,
}, () => {
  const mandatory = readFileSync(profile, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
    .filter((cells) => cells[0] === 'Dataset' && !cells[1]?.includes('/') && cells.some((cell) => / M$/.test(cell)))
    .map((cells) => cells[1]);
  assert.deepEqual([...MANDATORY].sort(), mandatory.sort());
});
