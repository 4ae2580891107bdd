import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '#base';
import { type JobSpec, whyOpen } from '#wire';
import { CountedSum, SlopeSum } from './counted-sum.ts';
import { countedNumbers, numberGrid } from './number-grid.ts';
import { suggestedAggregation } from './suggested-aggregation.ts';

const FEDAVG = { strategy: { kind: 'fedavg' } } as const;
const sitesOf = (count: number) => Array.from({ length: count }, (_, index) => `site-${index}`);
const gridOf = (sites: number, mostFilms: number) => {
  const grid = numberGrid({ sites: sitesOf(sites), aggregation: { updates: 'masked', mostFilms } });
  assert.ok(grid !== undefined);
  return grid;
};

test('all sites together stay within 31 bits, and one bit finer they would not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 2 ** 20 }), (sites, mostFilms) => {
      const { changes, perStep } = gridOf(sites, mostFilms);
      for (const [scale, weight] of [
        [changes, mostFilms],
        [perStep, 1],
      ] as const) {
        assert.ok(sites * weight * 8 * scale <= 2 ** 30);
        assert.ok(sites * weight * 8 * scale > 2 ** 27, 'at most three bits are lost to rounding up');
        assert.ok(Number.isInteger(Math.log2(scale)));
      }
    }),
  );
});

test('numbers as another implementation counts them (conformance)', () => {
  const path = new URL('../../conformance/secure-sum.json', import.meta.url);
  const { grid: rows } = JSON.parse(readFileSync(path, 'utf8')) as { readonly grid: readonly GridRow[] };
  for (const { sites, mostFilms, changes, films, change, number } of rows) {
    const grid = gridOf(sites, mostFilms);
    assert.equal(grid.changes, changes);
    const update = { change: Float32Array.of(change), films, steps: 1 };
    assert.deepEqual([...countedNumbers(FEDAVG, update, grid)], [number]);
  }
  assert.equal(rows.length, 4);
});

interface GridRow {
  readonly sites: number;
  readonly mostFilms: number;
  readonly changes: number;
  readonly films: number;
  readonly change: number;
  readonly number: number;
}

test('the mean is the exact one to 2e-7, where sites have an eighth of the bound or more', () => {
  const random = new SeededRandom('accuracy');
  const [sites, length, mostFilms] = [8, 4000, 4096];
  const grid = gridOf(sites, mostFilms);
  const sum = new CountedSum(length, grid);
  const updates = sitesOf(sites).map((_, index) => ({
    films: 512 + 500 * index,
    steps: 10,
    change: Float32Array.from({ length }, () => random.normal() * 0.05),
  }));
  for (const update of updates) sum.add(update);
  const films = updates.reduce((total, update) => total + update.films, 0);
  const exact = Array.from({ length }, (_, at) =>
    updates.reduce((total, { change, films: own }) => total + own * (change[at] ?? 0), 0),
  );
  const worst = Math.max(...sum.mean().map((value, at) => Math.abs(value - (exact[at] ?? 0) / films)));
  assert.ok(worst < 2e-7 && worst > 0, String(worst));
});

test('one by one or as their sum: the same bits; films beyond the bound do not count', () => {
  const length = 500;
  const random = new SeededRandom('lanes');
  const job = { strategy: { kind: 'scaffold', serverLearningRate: 1 } } as const;
  const grid = gridOf(5, 100);
  const [one, summed] = [new CountedSum(length, grid), new CountedSum(length, grid)];
  const [slopes, summedSlopes] = [new SlopeSum(length, grid), new SlopeSum(length, grid)];
  const numbers = new Int32Array(2 * length);
  for (const films of [3, 50, 100, 101, 5000]) {
    const change = Float32Array.from({ length }, () => random.between(-7.9, 7.9));
    const update = { change, films, steps: 7, learningRate: 0.1 };
    one.add(update);
    slopes.add(update);
    for (const [at, number] of countedNumbers(job, update, grid).entries()) numbers[at] = (numbers[at] ?? 0) + number;
  }
  const sum = { numbers, weight: 3 + 50 + 100 + 100 + 100, sites: 5, learningRate: 0.1 };
  summed.addSummed(sum);
  summedSlopes.addSummed(sum);
  assert.deepEqual(summed.mean(), one.mean());
  assert.deepEqual(summedSlopes.mean(), slopes.mean());
});

test('jobs without a word about it are counted as before; new ones are masked where they can be', () => {
  assert.equal(numberGrid({ sites: sitesOf(3) }), undefined);
  const rows: readonly (readonly [Pick<JobSpec, 'strategy' | 'sites' | 'sitesPerRound'>, string | undefined])[] = [
    [{ ...FEDAVG, sites: sitesOf(3) }, undefined],
    [{ ...FEDAVG, sites: sitesOf(2) }, 'few-sites'],
    [{ ...FEDAVG, sites: sitesOf(80), sitesPerRound: 20 }, undefined],
    [{ ...FEDAVG, sites: sitesOf(80) }, 'many-sites'],
    [{ ...FEDAVG, sites: sitesOf(8), sitesPerRound: 2 }, 'few-sites'],
    [{ strategy: { kind: 'median' }, sites: sitesOf(8) }, 'strategy-compares'],
    [
      { strategy: { kind: 'fedbuff', bufferSize: 2, serverLearningRate: 1, exponent: 0 }, sites: sitesOf(8) },
      'strategy-asynchronous',
    ],
  ];
  for (const [job, why] of rows) {
    const aggregation = suggestedAggregation(job, []);
    assert.equal(aggregation?.updates, why === undefined ? 'masked' : undefined);
    assert.equal(whyOpen({ ...job, aggregation }), why);
    assert.equal(whyOpen(job), why ?? 'before-masking');
    assert.equal(whyOpen({ ...job, aggregation: { updates: 'open', mostFilms: 1 } }), why ?? 'chosen');
  }
  const three = { ...FEDAVG, sites: sitesOf(3) };
  assert.equal(suggestedAggregation(three, [140, undefined, 700])?.mostFilms, 2048);
  assert.equal(suggestedAggregation(three, [undefined])?.mostFilms, 256);
  assert.equal(suggestedAggregation(three, [9_000_000])?.mostFilms, 2 ** 20);
});
