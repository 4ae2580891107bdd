import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, utf8 } from '#base';
import { releaseFacets, SEARCH_COUNTS } from '#privacy';
import { binOf, binsOf } from './bins.ts';
import { facetStatistics } from './facet-statistics.ts';
import { summedFacets } from './summed-facets.ts';

/** Nothing withheld, and no total that noise could contradict. */
const AS_THEY_ARE = { total: Number.MAX_SAFE_INTEGER, apart: () => false, withheld: () => false };

describe('statistics of binned ages beside those of the ages themselves', () => {
  for (const seed of ['one', 'two', 'three'])
    it(seed, () => {
      const random = new SeededRandom(seed);
      const ages = Array.from({ length: 400 }, () => Math.min(89, Math.max(5, Math.round(60 + 12 * random.normal()))));
      const counts = new Map<number, number>();
      for (const age of ages) counts.set(binOf('ageYears', age), (counts.get(binOf('ageYears', age)) ?? 0) + 1);
      const cells = binsOf('ageYears').map((bin, at) => ({ ...bin, persons: counts.get(at) ?? 0, withheld: 0 }));
      const told = facetStatistics(cells, []);
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
  const told = facetStatistics(
    [
      { from: null, to: 4, persons: 10, withheld: 0 },
      { from: 5, to: 9, persons: 0, withheld: 2 },
      { from: 90, to: null, persons: 30, withheld: 1 },
    ],
    [],
  );
  assert.deepEqual(told, {
    persons: 40,
    mean: (10 * 4 + 30 * 90) / 40,
    meanWithin: 0,
    standardDeviation: Math.sqrt((10 * 64.5 ** 2 + 30 * 21.5 ** 2) / 40),
    quartiles: [
      { share: 0.25, from: null, to: 4, likelyFrom: null, likelyTo: 4 },
      { share: 0.5, from: 90, to: null, likelyFrom: 90, likelyTo: null },
      { share: 0.75, from: 90, to: null, likelyFrom: 90, likelyTo: null },
    ],
    isOpen: true,
    withheld: 3,
  });
});

it('words have no mean, nor has nobody', () => {
  assert.equal(facetStatistics([{ value: 'F', persons: 20, withheld: 0 }], []), undefined);
  assert.equal(facetStatistics([{ from: 0, to: 4, persons: 0, withheld: 3 }], []), undefined);
});

it('the range of a quartile holds the true one in 95 of 100 answers, under noise, rounding and cells kept back', () => {
  const bins = binsOf('ageYears');
  const random = new SeededRandom('quartiles');
  let [asked, held, inBin] = [0, 0, 0];
  for (let question = 0; question < 200; question += 1) {
    const people: number[] = [];
    const ofNodes = Array.from({ length: 4 }, (_, node) => {
      const ages = Array.from({ length: 300 }, () => Math.min(89, Math.max(20, Math.round(60 + 14 * random.normal()))));
      people.push(...ages);
      const counts = bins.map((_bin, at) => ages.filter((age) => binOf('ageYears', age) === at).length);
      const [first, last] = [counts.findIndex((count) => count >= 10), counts.findLastIndex((count) => count >= 10)];
      const shown = bins.map((_bin, at) => at).slice(first, last + 1);
      const cells = Object.fromEntries(shown.map((at) => [String(at), counts[at] ?? 0]));
      const seed = { secret: utf8(`node ${node}`), dataVersion: 'v', question: `q${question}` };
      const released = releaseFacets({ ageYears: cells }, SEARCH_COUNTS, seed, AS_THEY_ARE).value['ageYears'];
      return [
        {
          field: 'ageYears' as const,
          cells: shown.map((at) => ({ ...(bins[at] ?? assert.fail()), persons: released?.[at] ?? assert.fail() })),
        },
      ];
    });
    const sorted = people.toSorted((one, other) => one - other);
    for (const told of summedFacets(ofNodes)?.[0]?.statistics?.quartiles ?? assert.fail()) {
      const exact = sorted[Math.ceil(told.share * sorted.length) - 1] ?? Number.NaN;
      const within = (from: number | null, to: number | null) => exact >= (from ?? 0) && exact <= (to ?? 200);
      asked += 1;
      if (within(told.likelyFrom, told.likelyTo)) held += 1;
      if (within(told.from, told.to)) inBin += 1;
    }
  }
  assert.equal(asked, 600);
  assert.ok(held / asked >= 0.95, `${held} of ${asked}`);
  assert.ok(inBin / asked < 0.95, `the bin alone: ${inBin} of ${asked}`);
});
