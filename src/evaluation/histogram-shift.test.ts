import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { binnedCalibration, type ScoreBin } from './binned-calibration.ts';
import { mergedBins, stabilityInterval } from './histogram-shift.ts';
import { logisticFit } from './logistic-fit.ts';
import { logitOf } from './survival-calibration.ts';

/** People by place on a scale of forty bins, around a middle. */
function histogram(people: number, middle: number, random: SeededRandom): number[] {
  const counts = new Array<number>(40).fill(0);
  for (let person = 0; person < people; person += 1) {
    const bin = Math.max(0, Math.min(39, Math.round(middle + 5 * random.normal())));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

describe('how far histograms are apart', () => {
  it('bins are put together, and nobody gets lost', () => {
    const merged = mergedBins([1, 0, 50, 40, 2, 7], [3, 1, 0, 9, 9, 4]);
    assert.deepEqual(merged, { reference: [51, 40, 9], now: [4, 9, 13] });
    assert.deepEqual(mergedBins([100, 1, 0], [1, 2, 3]), { reference: [101], now: [6] });
  });

  it('the interval of two samples of one source holds none in most of twenty comparisons, and that of a shifted one in none', () => {
    let [none, missed] = [0, 0];
    for (let run = 0; run < 20; run += 1) {
      const random = new SeededRandom(`shift/${run}`);
      const first = histogram(300, 20, random);
      const same = mergedBins(first, histogram(200, 20, random));
      const other = mergedBins(first, histogram(200, 24, random));
      if (stabilityInterval(same.reference, same.now, { seed: `${run}` }).low === 0) none += 1;
      const moved = stabilityInterval(other.reference, other.now, { seed: `${run}` });
      if (moved.low === 0) missed += 1;
      assert.ok(moved.low <= moved.value + 1e-12);
    }
    assert.ok(none >= 17, `${none} of 20`);
    assert.equal(missed, 0);
  });

  it('an interval over two bins is as wide whether people are drawn one by one or a bin at a time', () => {
    const width = (reference: readonly number[], now: readonly number[]) => {
      const { low, high } = stabilityInterval(reference, now, { seed: 'two bins' });
      return high - low;
    };
    const [oneByOne, byBin] = [width([50, 50], [85, 15]), width([51, 51], [86, 16])];
    assert.ok(byBin / oneByOne > 0.87 && byBin / oneByOne < 1.15, `${byBin} and ${oneByOne}`);
  });

  it('large histograms are drawn by the normal law, to about the same interval', () => {
    const random = new SeededRandom('large');
    const [first, now] = [histogram(1990, 20, random), histogram(1990, 21, random)];
    const one = stabilityInterval(first, now, { seed: 'a' });
    const twice = stabilityInterval(
      first.map((count) => 2 * count),
      now.map((count) => 2 * count),
      { seed: 'a' },
    );
    assert.ok(Math.abs(one.value - twice.value) < 0.01);
    const ratio = (one.high - one.low) / (twice.high - twice.low);
    assert.ok(ratio > 1.1 && ratio < 1.8, `${ratio}, √2 expected`);
  });
});

/** People whose chance is logit⁻¹(intercept + slope · logit(score)), in bins of half a logit. */
function scored(people: number, { intercept, slope }: { readonly intercept: number; readonly slope: number }) {
  const random = new SeededRandom(`calibration/${intercept}/${slope}`);
  const logits: number[] = [];
  const outcomes: number[] = [];
  const bins = new Map<number, ScoreBin>();
  for (let person = 0; person < people; person += 1) {
    const logit = -1 + 1.2 * random.normal();
    const found = random.uniform() < 1 / (1 + Math.exp(-(intercept + slope * logit))) ? 1 : 0;
    logits.push(logit);
    outcomes.push(found);
    const key = Math.floor(2 * logit);
    const bin = bins.get(key) ?? { people: 0, expected: 0, found: 0 };
    bins.set(key, {
      people: bin.people + 1,
      expected: bin.expected + 1 / (1 + Math.exp(-logit)),
      found: bin.found + found,
    });
  }
  return { bins: [...bins.values()], logits, outcomes };
}

describe('calibration out of bins', () => {
  for (const [name, truth] of [
    ['fitting', { intercept: 0, slope: 1 }],
    ['too high', { intercept: -0.8, slope: 1 }],
    ['too sure', { intercept: 0.2, slope: 0.6 }],
  ] as const)
    it(`bins of a model that is ${name} give nearly what people one by one give`, () => {
      const { bins, logits, outcomes } = scored(4000, truth);
      const { ratio, slope, interceptOfSlope } = binnedCalibration(bins);
      const exact = logisticFit([logits], outcomes);
      assert.ok(exact !== null && slope !== null && interceptOfSlope !== null && ratio !== null);
      assert.ok(Math.abs(slope.value - (exact[1] ?? 0)) < 0.03, `${slope.value} and ${exact[1]}`);
      assert.ok(Math.abs(interceptOfSlope - (exact[0] ?? 0)) < 0.03);
      assert.ok(Math.abs(slope.value - truth.slope) < 0.1 && slope.low < slope.value && slope.high > slope.value);
      const expected = logits.reduce((sum, logit) => sum + 1 / (1 + Math.exp(-logit)), 0);
      const found = outcomes.reduce((sum, one) => sum + one, 0);
      assert.ok(Math.abs(ratio.value - expected / found) < 1e-9);
    });

  it('the intercept alone makes as many expected as were found', () => {
    const { bins } = scored(1000, { intercept: -0.8, slope: 1 });
    const { intercept } = binnedCalibration(bins);
    assert.ok(intercept !== null && intercept.low < -0.8 && intercept.high > -0.8);
    const moved = bins.map((bin) => ({
      ...bin,
      expected: bin.people / (1 + Math.exp(-(logitOf(bin.expected / bin.people) + intercept.value))),
    }));
    assert.ok(Math.abs((binnedCalibration(moved).ratio?.value ?? 0) - 1) < 1e-6);
  });

  it('where nobody or everybody has it, nothing is fitted', () => {
    const nobody = binnedCalibration([{ people: 20, expected: 4, found: 0 }]);
    assert.deepEqual(nobody, { ratio: null, intercept: null, slope: null, interceptOfSlope: null });
    assert.throws(() => binnedCalibration([{ people: 5, expected: 6, found: 1 }]), {
      code: 'evaluation.numbers-unfit',
    });
  });
});
