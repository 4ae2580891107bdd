import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missRateBound } from './miss-rate-bound.ts';

/** [found, looked at, bound] by scipy.stats.beta.ppf(0.95, found + 1, looked - found). */
const CASES = [
  [0, 50, 0.058155079117],
  [0, 1, 0.95],
  [1, 50, 0.09139813072],
  [2, 50, 0.120614155422],
  [3, 20, 0.343663804314],
  [19, 20, 0.997438621223],
  [5, 1000, 0.010484076911],
  [0, 300, 0.009936081944],
  [100, 2000, 0.058770314231],
  [0, 0, 1],
  [20, 20, 1],
] as const;

for (const [found, looked, bound] of CASES) {
  test(`${found} of ${looked}: at most ${bound}`, () => {
    assert.ok(Math.abs(missRateBound(found, looked) - bound) < 1e-9, String(missRateBound(found, looked)));
  });
}
