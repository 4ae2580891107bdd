import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { binOf, binsOf } from './bins.ts';
import { facetStatistics } from './facet-statistics.ts';

describe('statistics of binned ages beside those of the ages themselves', () => {
  for (const seed of ['one', 'two', 'three'])
    it(seed, () => {
      const random = new SeededRandom(seed);
      const ages = Array.from({ length: 400 }, () => Math.min(89, Math.max(5, Math.round(60 + 12 * random.normal()))));
      const counts = new Map<number, number>();
      for (const age of ages) counts.set(binOf('ageYears', age), (counts.get(binOf('ageYears', age)) ?? 0) + 1);
      const cells = binsOf('ageYears').map((bin, at) => ({ ...bin, persons: counts.get(at) ?? 0, withheld: 0 }));
      const told = facetStatistics(cells);
      assert.ok(told !== undefined);
      const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
      assert.ok(Math.abs(told.mean - mean) <= told.meanWithin, `${told.mean} beside ${mean}`);
      assert.equal(told.meanWithin, 2.5);
      const variance = ages.reduce((sum, age) => sum + (age - mean) ** 2, 0) / ages.length;
      assert.ok(Math.abs(told.standardDeviation - Math.sqrt(variance)) <= 2.5);
      const sorted = ages.toSorted((one, other) => one - other);
      for (const { share, from, to } of told.quartiles) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
        assert.ok(from !== null && to !== null && exact >= from && exact <= to, `${share}: ${exact}`);
      }
      assert.deepEqual([told.persons, told.isOpen, told.withheld], [400, false, 0]);
    });
});

it('people of open bins count at the closed end, and that is said; kept back cells are counted', () => {
  const told = facetStatistics([
    { from: null, to: 4, persons: 10, withheld: 0 },
    { from: 5, to: 9, persons: 0, withheld: 2 },
    { from: 90, to: null, persons: 30, withheld: 1 },
  ]);
  assert.deepEqual(told, {
    persons: 40,
    mean: (10 * 4 + 30 * 90) / 40,
    meanWithin: 0,
    standardDeviation: Math.sqrt((10 * 64.5 ** 2 + 30 * 21.5 ** 2) / 40),
    quartiles: [
      { share: 0.25, from: null, to: 4 },
      { share: 0.5, from: 90, to: null },
      { share: 0.75, from: 90, to: null },
    ],
    isOpen: true,
    withheld: 3,
  });
});

it('words have no mean, nor has nobody', () => {
  assert.equal(facetStatistics([{ value: 'F', persons: 20, withheld: 0 }]), undefined);
  assert.equal(facetStatistics([{ from: 0, to: 4, persons: 0, withheld: 3 }]), undefined);
});
