import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { type DatasetRecord, datasetCardSchema, datasetRecordSchema } from '#wire';
import { dataUseIri } from './data-use.ts';
import { recordAddresses } from './record-addresses.ts';
import { analyticsCsv, sampleCsv } from './record-tables.ts';
import { toTurtle } from './to-turtle.ts';
import { TYPED_FIELDS, typedFieldOf } from './typed-fields.ts';

const RECORD: DatasetRecord = datasetRecordSchema.parse({
  siteId: 'lisbon',
  name: 'chest-films',
  title: 'Chest films "2024" \\ Lisboa',
  description: 'Two lines:\nand a tab\t.',
  country: 'PT',
  version: 2,
  contentSha256: sha256Hex('content'),
  publishedAtMs: Date.UTC(2026, 4, 3),
  persons: { count: 120 },
  studies: { count: 140 },
  images: { count: 141 },
  modalities: ['CR', 'DX'],
  bodyParts: ['CHEST'],
  manufacturers: ['Agfa', 'SIEMENS', 'Siemens'],
  sexes: { F: { count: 70 }, M: { count: 48 }, unknown: { below: 10 } },
  findings: { Opacity: { count: 55 }, Nodule: { below: 10 } },
  ageYears: { from: 20, to: 90 },
  conditions: ['DUO_0000042', 'ETHICS_APPROVAL_REQUIRED'],
  quality: { score: 97.5, checked: 141, findings: 12 },
  synthetic: false,
  acquiredYears: { from: 2015, to: 2026 },
  codes: {
    sexes: ['COM1001370', 'COM1001366', 'COM1002760'],
    modalities: ['IMG1000024', 'IMG1000028'],
    manufacturers: ['IMG1000051', 'IMG1000044'],
    bodyParts: ['BP1000067'],
  },
});

const AT = recordAddresses('https://hub.example/', 'lisbon', 'chest-films');
const IRI = 'https://hub.example/fdp/dataset/lisbon/chest-films';

test('the Turtle says what is known, in codes, escaped', () => {
  const turtle = toTurtle(RECORD, AT, 'eucaim-v2');
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
    'dct:issued "2026-05-03T00:00:00.000Z"^^xsd:dateTime',
  ]) {
    assert.ok(turtle.includes(part), part);
  }
  assert.equal(turtle.match(/ \.\n$/)?.length, 1);
  assert.ok(!turtle.includes('undefined') && !turtle.includes('[object'));
});

test('no line end, quote or bracket of a text escapes its literal', () => {
  const hostile = '"@en ; <INJECTED> <INJECTED> "INJECTED\\\n\u0001';
  const turtle = toTurtle(
    { ...RECORD, title: hostile, findings: { [hostile]: { count: 20 } } },
    recordAddresses('http://x/a> <INJECTED> "INJECTED', 'a', 'b'),
  );
  // Outside literals and IRIs nothing of the text may remain.
  const outside = turtle.replace(/"(?:[^"\\\n\r]|\\.)*"/g, '""').replace(/<[^<>"{}|^`\\\s]*>/g, '<>');
  assert.ok(turtle.includes('INJECTED') && !outside.includes('INJECTED'), outside);
  assert.ok(!turtle.includes('\u0001'));
});

test('counts that were withheld are missing, not zero', () => {
  const few: DatasetRecord = { ...RECORD, persons: { below: 10 }, studies: { below: 10 } };
  assert.ok(!toTurtle(few, AT).includes('numberOf'));
  assert.match(analyticsCsv(few), /persons,,fewer than 10\r\n/);
});

test('a period ends on the day of publication at the latest', () => {
  assert.ok(toTurtle(RECORD, AT).includes('dcat:endDate "2026-05-03"^^xsd:date'));
});

test('a cell that begins like a formula does not run', () => {
  const hostile: DatasetRecord = { ...RECORD, findings: { '=cmd|"/c calc"': { count: 20 } } };
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
