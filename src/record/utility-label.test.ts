import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datasetRecordSchema, utilityLabelSchema } from '#wire';
import { utilityLabel } from './utility-label.ts';

const bare = datasetRecordSchema.parse({
  siteId: 'larissa',
  name: 'chest-films',
  title: 'Chest films',
  description: 'Films.',
  country: 'GR',
  version: 1,
  contentSha256: 'a'.repeat(64),
  publishedAtMs: 0,
  persons: { below: 10 },
  studies: { below: 10 },
  images: { below: 10 },
  modalities: ['DX'],
  bodyParts: [],
  manufacturers: [],
  sexes: {},
  findings: {},
  ageYears: null,
  conditions: [],
  quality: {
    score: 80,
    checked: 100,
    findings: 6,
    dimensions: [
      { dimension: 'completeness', score: 70 },
      { dimension: 'accuracy', score: 90.5 },
    ],
  },
  synthetic: true,
});

const full = datasetRecordSchema.parse({
  ...bare,
  description:
    'Frontal chest films with and without an opacity, from routine care of one hospital, one film per study.',
  persons: { count: 400 },
  ageYears: { from: 20, to: 90 },
  acquiredYears: { from: 2015, to: 2024 },
  conditions: ['DUO:0000042'],
  quality: { ...bare.quality, findings: 5 },
  variables: [{ name: 'sex', title: 'Sex', datatype: 'string', code: null }],
  card: {
    contactEmail: 'data@example.org',
    condition: 'CLIN1000065',
    collectionMethod: 'patient-based',
    populationCoverage: 'Adults of one district.',
    legalBasis: ['A6-1-e'],
    retentionUntil: '2036-12-31',
    hdabName: 'Body',
  },
});

const scores = (record: typeof bare) =>
  Object.fromEntries(utilityLabel(record).dimensions.map(({ dimension, score }) => [dimension, score]));

test('a record that says little has little to show, and each gap names the field that fills it', () => {
  assert.deepEqual(scores(bare), {
    documentation: 0,
    'technical-quality': 80.3,
    'quality-management': 50,
    coverage: 0,
    access: 0,
    modifications: 50,
  });
  const label = utilityLabelSchema.parse(utilityLabel(bare));
  const gaps = label.dimensions.flatMap(({ items }) => items.filter(({ isMet }) => !isMet));
  assert.equal(gaps.length, 15);
  assert.equal(gaps.find(({ item }) => item === 'retention')?.field, 'retentionUntil');
  assert.equal(gaps.find(({ item }) => item === 'size')?.field, null);
});

test('a record that says everything is held back by its measured quality alone', () => {
  const { 'technical-quality': technical, ...others } = scores(full);
  assert.equal(technical, 80.3);
  assert.deepEqual([...new Set(Object.values(others))], [100]);
  assert.equal(utilityLabel(full).score, 96.7);
});
