import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import { withinBudget } from './query-budget.ts';
import { Releasable } from './releasable.ts';
import { geometricNoise, PUBLIC_COUNTS, releaseCount } from './release-count.ts';
import { releaseHistogram, releaseMetrics, releaseUpdate } from './release-learning.ts';
import { releaseTable } from './release-table.ts';

const seed = (question: string) => ({
  secret: new Uint8Array(32).fill(3),
  dataVersion: 'v1',
  question,
  cell: 'persons',
});
const refused = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('counts below the threshold are told as below it, and nothing else is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5000 }), fc.string(), (count, question) => {
      const { value } = releaseCount(count, PUBLIC_COUNTS, seed(question));
      if (count < 10) return assert.deepEqual(value, { below: 10 });
      assert.ok('count' in value && value.count >= 10 && value.count % 10 === 0);
    }),
  );
});

test('the same question has the same answer; another secret or data version draws anew', () => {
  const draws = (change: object) =>
    Array.from(
      { length: 50 },
      (_, index) => releaseCount(1000, { ...PUBLIC_COUNTS, roundTo: 1 }, { ...seed(`q${index}`), ...change }).value,
    );
  assert.deepEqual(draws({}), draws({}));
  assert.notDeepEqual(draws({}), draws({ secret: new Uint8Array(32).fill(4) }));
  assert.notDeepEqual(draws({}), draws({ dataVersion: 'v2' }));
});

test('noise follows the two-sided geometric distribution (chi-square, 40,000 draws)', () => {
  const epsilon = 0.2;
  const alpha = Math.exp(-epsilon);
  const tally = new Map<number, number>();
  const total = 40_000;
  for (let index = 0; index < total; index += 1) {
    const { value } = releaseCount(1_000_000, { threshold: 10, epsilon, roundTo: 1 }, seed(`draw ${index}`));
    const noise = ('count' in value ? value.count : 0) - 1_000_000;
    tally.set(noise, (tally.get(noise) ?? 0) + 1);
  }
  let chiSquare = 0;
  for (let noise = -20; noise <= 20; noise += 1) {
    const expected = total * ((1 - alpha) / (1 + alpha)) * alpha ** Math.abs(noise);
    chiSquare += ((tally.get(noise) ?? 0) - expected) ** 2 / expected;
  }
  // 41 cells: the 99.9th percentile of chi-square with 40 degrees of freedom.
  assert.ok(chiSquare < 73.4, `chi-square ${chiSquare}`);
  assert.equal(geometricNoise(Number.POSITIVE_INFINITY, [0.5, 0.5]), 0);
});

test('a single withheld cell takes the smallest other with it', () => {
  const { value } = releaseTable({ a: 3, b: 40, c: 900 }, PUBLIC_COUNTS, seed('t'));
  assert.ok('below' in value.a && 'below' in value.b && 'count' in value.c);
  const open = releaseTable({ a: 30, b: 40 }, PUBLIC_COUNTS, seed('t')).value;
  assert.ok('count' in open.a && 'count' in open.b);
});

test('twenty different questions a day, repeats free, tomorrow anew', () => {
  const asked = (question: string, atMs: number) => ({ requester: 'r', question, dataVersion: 'v', atMs });
  const day = Array.from({ length: 20 }, (_, index) => asked(`q${index}`, index));
  assert.equal(withinBudget(day, asked('q3', 100)), true);
  assert.equal(withinBudget(day, asked('new', 100)), false);
  assert.equal(withinBudget(day, { ...asked('new', 100), requester: 'other' }), true);
  assert.equal(withinBudget(day, asked('new', 86_400_100)), true);
});

test('updates leave only finite, whole, and made from enough people', () => {
  const update = new Float32Array(4);
  assert.deepEqual(releaseUpdate(update, { expectedLength: 4, people: 10 }).value, update);
  assert.throws(() => releaseUpdate(update, { expectedLength: 4, people: 9 }), refused('privacy.too-few-people'));
  assert.throws(() => releaseUpdate(update, { expectedLength: 5, people: 10 }), refused('privacy.update-refused'));
  const broken = Float32Array.of(0, Number.NaN, 0, 0);
  assert.throws(() => releaseUpdate(broken, { expectedLength: 4, people: 10 }), refused('privacy.update-refused'));
  assert.throws(() => releaseMetrics({ loss: 1 }, 9), refused('privacy.too-few-people'));
  assert.throws(() => releaseMetrics({ loss: Number.NaN }, 99), refused('privacy.update-refused'));
});

test('a histogram of a class of nine is withheld', () => {
  assert.equal(releaseHistogram({ negative: [5, 5], positive: [4, 5] }), null);
  assert.ok(releaseHistogram({ negative: [5, 5], positive: [5, 5] }));
});

test('nobody else can seal', () => {
  // @ts-expect-error the constructor is private
  assert.throws(() => new Releasable(Symbol('x'), 1), refused('privacy.not-releasable'));
  assert.throws(
    () => Releasable.seal(Symbol('only this room makes a Releasable'), 1),
    refused('privacy.not-releasable'),
  );
});
