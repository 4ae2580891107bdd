import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareWithReader, LEAST_CASES, type ReadCase } from './compare-with-reader.ts';

function casesOf(both: number, modelOnly: number, readerOnly: number, neither: number): readonly ReadCase[] {
  const of = (count: number, score: number, readerFound: boolean) =>
    Array.from({ length: count }, () => ({ score, readerFound }));
  return [
    ...of(both, 0.5, true),
    ...of(modelOnly, 0.9, false),
    ...of(readerOnly, 0.49, true),
    ...of(neither, 0, false),
  ];
}

test('agreement, kappa and rates are those of the textbook table', () => {
  // Cohen's kappa of 20, 5, 10, 15: 0.4 (worked by hand: 0.70 observed, 0.50 by chance).
  const compared = compareWithReader(casesOf(20, 5, 10, 15), 0.5);
  if (compared.kind !== 'compared') throw new Error(compared.kind);
  assert.deepEqual(compared.counts, { both: 20, modelOnly: 5, readerOnly: 10, neither: 15 });
  assert.ok(Math.abs((compared.kappa ?? 0) - 0.4) < 1e-12);
  assert.equal(compared.agreement.value, 0.7);
  assert.equal(compared.sensitivity?.value, 20 / 30);
  assert.equal(compared.specificity?.value, 15 / 20);
  assert.deepEqual([compared.alarmRate.value, compared.readerRate.value], [0.5, 0.6]);
});

test("intervals are Wilson's: 81 of 263 is 0.2553 to 0.3662 (Newcombe 1998, table I)", () => {
  const compared = compareWithReader(casesOf(81, 0, 182, 0), 0.5);
  if (compared.kind !== 'compared') throw new Error(compared.kind);
  const { low = 0, high = 0 } = compared.sensitivity ?? {};
  assert.ok(Math.abs(low - 0.2553) < 5e-5 && Math.abs(high - 0.3662) < 5e-5, `${low} ${high}`);
});

test('few cases are withheld, and what nobody can know is null', () => {
  assert.deepEqual(compareWithReader(casesOf(9, 0, 0, 10), 0.5), { kind: 'withheld', cases: 19, least: LEAST_CASES });
  const none = compareWithReader(casesOf(0, 0, 0, 20), 0.5);
  if (none.kind !== 'compared') throw new Error(none.kind);
  assert.deepEqual([none.sensitivity, none.kappa, none.agreement.high, none.specificity?.value], [null, null, 1, 1]);
});
