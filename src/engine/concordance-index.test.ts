import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concordanceIndex } from './concordance-index.ts';

// [what, risks, times, events, expected]: worked out by hand from the pairs.
const ROWS: readonly (readonly [string, readonly number[], readonly number[], readonly number[], number | null])[] = [
  ['higher risk, earlier event', [3, 2, 1], [1, 2, 3], [1, 1, 1], 1],
  ['the other way round', [1, 2, 3], [1, 2, 3], [1, 1, 1], 0],
  ['equal risks count half', [1, 1], [1, 2], [1, 1], 0.5],
  ['one censored first says nothing', [1, 2], [1, 2], [0, 1], null],
  ['one censored later has lived longer', [2, 1], [1, 2], [1, 0], 1],
  ['one censored at the moment of an event has lived longer', [1, 2], [5, 5], [1, 0], 0],
  ['two events at one moment are no pair', [1, 2], [5, 5], [1, 1], null],
  // Pairs: 1<2 right, 1<3 right, 1<4 wrong, 3<4 right; 2 is censored.
  ['a mixture', [3, 1, 2, 4], [1, 2, 3, 4], [1, 0, 1, 1], 2 / 4],
];

for (const [what, risks, times, events, expected] of ROWS)
  test(`concordance: ${what}`, () => assert.equal(concordanceIndex(risks, times, events), expected));
