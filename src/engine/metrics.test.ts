import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accuracy } from './accuracy.ts';
import { auc } from './auc.ts';
import { aucInterval } from './auc-interval.ts';
import { expectedCalibrationError } from './calibration.ts';
import { aucOfHistogram, mergeHistograms, scoreHistogram } from './score-histogram.ts';

/** Every pair of a positive and a negative looked at once. */
function everyPair(labels: readonly number[], scores: readonly number[]): number | null {
  let wins = 0;
  let pairs = 0;
  labels.forEach((positive, p) => {
    labels.forEach((negative, n) => {
      if (positive !== 1 || negative !== 0) return;
      const difference = (scores[p] as number) - (scores[n] as number);
      pairs += 1;
      wins += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
    });
  });
  return pairs === 0 ? null : wins / pairs;
}

/** DeLong's structural components by their definition, pair by pair. */
function everyPairStdError(labels: readonly number[], scores: readonly number[]): number {
  const side = (wanted: number): readonly number[] => scores.filter((_, index) => labels[index] === wanted);
  const [positives, negatives] = [side(1), side(0)];
  const psi = (x: number, y: number): number => (x > y ? 1 : x === y ? 0.5 : 0);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + (value - mean(values)) ** 2, 0) / (values.length - 1);
  const v10 = positives.map((x) => mean(negatives.map((y) => psi(x, y))));
  const v01 = negatives.map((y) => mean(positives.map((x) => psi(x, y))));
  return Math.sqrt(variance(v10) / v10.length + variance(v01) / v01.length);
}

const cases = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 20 })), { maxLength: 60 })
  .map((rows) => ({
    labels: rows.map(([label]) => label),
    scores: rows.map(([, score]) => score / 20),
  }));

describe('area under the curve', () => {
  it('equals counting every pair, ties and all', () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        const area = auc(labels, scores);
        const expected = everyPair(labels, scores);
        if (expected === null) return area === null;
        return area !== null && Math.abs(area - expected) < 1e-12;
      }),
    );
  });

  it("its interval has DeLong's width and holds the area", () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        const interval = aucInterval(labels, scores);
        const positives = labels.filter((label) => label === 1).length;
        if (positives < 2 || labels.length - positives < 2) return interval === null;
        assert.ok(interval);
        assert.ok(Math.abs(interval.auc - (everyPair(labels, scores) ?? 9)) < 1e-12);
        assert.ok(Math.abs(interval.stdError - everyPairStdError(labels, scores)) < 1e-12);
        return interval.low <= interval.auc && interval.auc <= interval.high && interval.low >= 0 && interval.high <= 1;
      }),
    );
  });
});

describe('histograms of scores', () => {
  it('merged over sites equal the histogram of all cases', () => {
    fc.assert(
      fc.property(fc.array(cases, { minLength: 1, maxLength: 4 }), (sites) => {
        const merged = mergeHistograms(sites.map(({ labels, scores }) => scoreHistogram(labels, scores, 7)));
        const all = scoreHistogram(
          sites.flatMap(({ labels }) => labels),
          sites.flatMap(({ scores }) => scores),
          7,
        );
        assert.deepEqual(merged, all);
      }),
    );
  });

  it('give the area of the scores rounded to their bins', () => {
    fc.assert(
      fc.property(cases, ({ labels, scores }) => {
        const binned = scores.map((score) => Math.min(49, Math.floor(score * 50)));
        const area = aucOfHistogram(scoreHistogram(labels, scores, 50));
        const expected = everyPair(labels, binned);
        return expected === null ? area === null : area !== null && Math.abs(area - expected) < 1e-12;
      }),
    );
  });

  it('count every case once, 1 in the last bin', () => {
    assert.deepEqual(scoreHistogram([0, 1, 1, 0], [0, 1, 0.5, 0.49], 2), { negative: [2, 0], positive: [0, 2] });
  });

  it('of different bins cannot be merged', () => {
    const [two, three] = [2, 3].map((bins) => scoreHistogram([], [], bins));
    assert.ok(two && three);
    assert.throws(() => mergeHistograms([two, three]), { code: 'engine.histograms-differ' });
  });
});

describe('accuracy and calibration', () => {
  it('counts the cases on the right side', () => {
    assert.equal(accuracy([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.5]), 0.5);
    assert.equal(accuracy([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.5], 0.3), 0.75);
  });

  it('is 0 for a calibrated model, the gap for a biased one', () => {
    // Ten cases scored 0.25 with 2.5 positives per ten cannot be; four cases with one positive can.
    assert.equal(expectedCalibrationError([1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]), 0);
    assert.equal(expectedCalibrationError([1, 1, 0, 0], [0.25, 0.25, 0.25, 0.25]), 0.25);
    // Two bins with opposite gaps do not cancel: (|1 − 0.9| + |0 − 0.1|) / 2.
    assert.ok(Math.abs(expectedCalibrationError([1, 0], [0.9, 0.1]) - 0.1) < 1e-12);
  });
});
