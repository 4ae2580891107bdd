import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { type DatasetRecord, datasetCardSchema, datasetRecordSchema, type GuardedCount } from '#wire';
import { dataUseIri } from './data-use.ts';
import { type DatasetDescription, datasetRecord, describeDataset } from './describe-dataset.ts';
import { recordAddresses } from './record-addresses.ts';
import { analyticsCsv, sampleCsv } from './record-tables.ts';
import { toTurtle } from './to-turtle.ts';
import { TYPED_FIELDS, typedFieldOf } from './typed-fields.ts';

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
    studyYears: { from: 2015, to: 2024 },
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

const AT = recordAddresses('https://hub.example/', 'lisbon', 'chest-films');
const IRI = 'https://hub.example/fdp/dataset/lisbon/chest-films';

test('the Turtle says what is known, in codes, escaped', () => {
  const turtle = toTurtle(record, AT, 'eucaim-v2');
  for (const part of [
    `<${IRI}>\n  a dcat:Dataset ;\n`,
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
    recordAddresses('http://x/a> <INJECTED> "INJECTED', 'a', 'b'),
  );
  // Outside literals and IRIs nothing of the text may remain.
  const outside = turtle.replace(/"(?:[^"\\\n\r]|\\.)*"/g, '""').replace(/<[^<>"{}|^`\\\s]*>/g, '<>');
  assert.ok(turtle.includes('INJECTED') && !outside.includes('INJECTED'), outside);
  assert.ok(!turtle.includes('\u0001'));
});

test('counts that were withheld are missing, not zero', () => {
  const few: DatasetRecord = { ...record, persons: { below: 10 }, studies: { below: 10 } };
  assert.ok(!toTurtle(few, AT).includes('numberOf'));
  assert.match(analyticsCsv(few), /persons,,fewer than 10\r\n/);
});

test('years of acquisition cover what dates were shifted by, up to the day of publication', () => {
  assert.deepEqual(record.acquiredYears, { from: 2015, to: 2026 });
  assert.ok(toTurtle(record, AT).includes('dcat:endDate "2026-05-03"^^xsd:date'));
  const few = datasetRecord(describeDataset(DESCRIPTION), () => ({ below: 10 }));
  assert.equal(few.acquiredYears, null);
});

test('a cell that begins like a formula does not run', () => {
  const hostile: DatasetRecord = { ...record, findings: { '=cmd|"/c calc"': { count: 20 } } };
  assert.match(analyticsCsv(hostile), /^finding,"'=cmd\|""\/c calc""",20\r$/m);
  assert.match(sampleCsv(hostile), /^sex,Sex,Sex at birth,string,COM1001396\r$/m);
});

test('a person types twelve fields at most', () => {
  assert.equal(new Set(TYPED_FIELDS).size, 12);
  const ours = ['title', 'description', 'conditions', ...Object.keys(datasetCardSchema.shape)];
  assert.deepEqual([...TYPED_FIELDS].sort(), ours.sort());
  assert.equal(typedFieldOf('http://healthdataportal.eu/ns/health#hdab / http://xmlns.com/foaf/0.1/name'), 'hdabName');
  assert.equal(typedFieldOf('http://www.w3.org/ns/dcat#theme'), undefined);
});

test('data-use conditions by DUO code or EUCAIM term', () => {
  assert.match(dataUseIri('DUO:0000042') ?? '', /#GENERAL_RESEARCH_USE$/);
  assert.match(dataUseIri('no_restriction') ?? '', /#NO_RESTRICTION$/);
  assert.equal(dataUseIri('DUO_9999999'), undefined);
});
