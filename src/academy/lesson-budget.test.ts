import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingCost } from '#privacy';
import { budgetOf } from './lesson-budget.ts';

const TRAINING = { pictures: 1600, passes: 10, noiseMultiplier: 1 };

test('the budget is that of the accountant for the same steps', () => {
  const { epsilon } = trainingCost([{ noiseMultiplier: 1, sampleRate: 0.01, steps: 1000 }], 1e-5);
  assert.equal(budgetOf(TRAINING), epsilon);
});

for (const [says, changes] of [
  ['more noise', { noiseMultiplier: 2 }],
  ['fewer passes', { passes: 5 }],
  ['more pictures', { pictures: 16_000 }],
] as const) {
  test(`${says}: a picture costs less`, () => assert.ok(budgetOf({ ...TRAINING, ...changes }) < budgetOf(TRAINING)));
}
