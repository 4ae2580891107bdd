import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256Hex } from '#base';
import { datasetRecordSchema, type GuardedCount } from '#wire';
import { type DatasetDescription, datasetRecord, describeDataset } from './describe-dataset.ts';

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

test('years of acquisition cover what dates were shifted by, up to the day of publication', () => {
  assert.deepEqual(record.acquiredYears, { from: 2015, to: 2026 });
  const few = datasetRecord(describeDataset(DESCRIPTION), () => ({ below: 10 }));
  assert.equal(few.acquiredYears, null);
});

test('values have their codes beside them', () => {
  assert.deepEqual(record.codes, {
    sexes: ['COM1001370', 'COM1001366', 'COM1002760'],
    modalities: ['IMG1000024', 'IMG1000028'],
    manufacturers: ['IMG1000051', 'IMG1000044'],
    bodyParts: ['BP1000067'],
  });
});
