// What the portal works out for itself, held against the wire's schemas and a brute-force oracle. Needs no browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tsImport } from 'tsx/esm/api';
import { cohortQuerySchema, jobSpecSchema } from '../../dist/wire/index.js';
import { ANSWERS } from '../dev/fixture-data.js';

const { aucOfHistogram } = await tsImport('../src/charts/auc-of-histogram.ts', import.meta.url);
const { cohortQueryOf, newFilter } = await tsImport('../src/hub/cohort-filter.ts', import.meta.url);
const { firstDraft, specOf } = await tsImport('../src/hub/job-draft.ts', import.meta.url);

/** Share of pairs in which the positive scores higher; a tie counts half. */
function aucByPairs(negative, positive) {
  let won = 0;
  let pairs = 0;
  for (const [n, misses] of negative.entries()) {
    for (const [p, hits] of positive.entries()) {
      won += misses * hits * (p > n ? 1 : p === n ? 0.5 : 0);
      pairs += misses * hits;
    }
  }
  return won / pairs;
}

const HISTOGRAMS = [
  ['apart', [5, 3, 0, 0], [0, 0, 2, 4], 1],
  ['reversed', [0, 0, 2, 4], [5, 3, 0, 0], 0],
  ['all in one bin', [0, 7, 0], [0, 9, 0], 0.5],
  ['overlapping', [4, 3, 2, 1], [1, 2, 3, 4], undefined],
];

for (const [name, negative, positive, known] of HISTOGRAMS) {
  test(`AUC of binned scores: ${name}`, () => {
    const auc = aucOfHistogram({ negative, positive });
    assert.ok(Math.abs(auc - aucByPairs(negative, positive)) < 1e-12);
    if (known !== undefined) assert.equal(auc, known);
  });
}

test('AUC of binned scores: unknown where a class is absent', () => {
  assert.equal(aucOfHistogram({ negative: [0, 0], positive: [1, 2] }), null);
  assert.equal(aucOfHistogram({ negative: [1, 2], positive: [0, 0] }), null);
});

const sex = { ...newFilter('sex', 1), values: ['F'] };
const age = { ...newFilter('ageYears', 2), from: 50 };
const QUESTIONS = [
  ['nothing chosen asks about everyone', 'any', [newFilter('finding', 1), newFilter('ageYears', 2)], { all: [] }],
  [
    'all',
    'all',
    [sex, age],
    {
      all: [
        { is: 'sex', in: ['F'] },
        { is: 'ageYears', from: 50 },
      ],
    },
  ],
  [
    'any',
    'any',
    [sex, age],
    {
      any: [
        { is: 'sex', in: ['F'] },
        { is: 'ageYears', from: 50 },
      ],
    },
  ],
  ['not', 'all', [{ ...sex, negated: true }], { all: [{ not: { is: 'sex', in: ['F'] } }] }],
];

for (const [name, join, filters, expected] of QUESTIONS) {
  test(`cohort question: ${name}`, () => {
    const query = cohortQueryOf(join, filters);
    assert.deepEqual(query, expected);
    assert.deepEqual(cohortQuerySchema.parse(query), expected);
  });
}

test('a first draft of a job satisfies the wire and asks only the sites that hold the dataset', () => {
  const [granted] = ANSWERS.hub['/api/access-requests'][1].requests;
  const request = { ...granted, datasets: [...granted.datasets, { siteId: 'porto', name: 'mammograms' }] };
  const spec = jobSpecSchema.parse(specOf(request, firstDraft(request, 'chest-opacity')));
  assert.deepEqual(spec.sites, ['larissa', 'jena', 'ljubljana']);
});
