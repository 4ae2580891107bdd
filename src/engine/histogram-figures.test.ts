import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { auc } from './auc.ts';
import { aucInterval } from './auc-interval.ts';
import { expectedCalibrationError } from './calibration.ts';
import { histogramFigures } from './histogram-figures.ts';
import { aucStdError, mergeHistograms, scoreHistogram } from './score-histogram.ts';

describe('figures of the sites’ merged histograms beside those of all scores in one place', () => {
  for (const seed of ['one', 'two', 'three'])
    it(seed, () => {
      const random = new SeededRandom(seed);
      const sites = [80, 200, 37].map((count) => {
        const labels = Array.from({ length: count }, () => random.below(2));
        const scores = labels.map((label) => Math.min(1, Math.max(0, 0.4 + 0.2 * label + 0.2 * random.normal())));
        return { labels, scores };
      });
      const figures = histogramFigures(
        mergeHistograms(sites.map(({ labels, scores }) => scoreHistogram(labels, scores, 50))),
      );
      const labels = sites.flatMap((site) => site.labels);
      const scores = sites.flatMap((site) => site.scores);
      const exact = auc(labels, scores) ?? Number.NaN;
      assert.equal(figures.films, 317);
      assert.ok(Math.abs((figures.auc ?? Number.NaN) - exact) <= figures.aucWithin);
      assert.ok(figures.aucWithin > 0 && figures.aucWithin < 0.02);
      const exactError = expectedCalibrationError(labels, scores, 10);
      assert.ok(Math.abs(figures.calibrationError - exactError) <= figures.calibrationWithin + 1e-12);
      const area = figures.roc.reduce((sum, point, at) => {
        const before = figures.roc[at - 1] ?? point;
        const width = point.falsePositiveRate - before.falsePositiveRate;
        return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
      }, 0);
      assert.ok(Math.abs(area - (figures.auc ?? Number.NaN)) <= 1e-12, 'the area under the curve is the AUC');
      assert.equal(
        figures.calibration.reduce((sum, { films }) => sum + films, 0),
        317,
      );
    });
});

it('the bound is reached: in one bin all pairs may be right, or wrong', () => {
  const figures = histogramFigures(scoreHistogram([0, 1, 1], [0.501, 0.502, 0.99], 50));
  assert.deepEqual([figures.auc, figures.aucWithin], [0.75, 0.25]);
});

it('without one class there is no curve', () => {
  const figures = histogramFigures(scoreHistogram([1, 1], [0.2, 0.9], 50));
  assert.deepEqual([figures.auc, figures.aucWithin, figures.roc], [null, 0, []]);
});

it('the standard error of binned scores is DeLong’s of the scores, each moved to its bin', () => {
  const random = new SeededRandom('delong');
  const labels = Array.from({ length: 211 }, () => random.below(2));
  const scores = labels.map((label) => Math.min(1, Math.max(0, 0.4 + 0.2 * label + 0.2 * random.normal())));
  const binned = scores.map((score) => Math.min(49, Math.floor(score * 50)));
  const expected = aucInterval(labels, binned)?.stdError ?? Number.NaN;
  assert.ok(Math.abs((aucStdError(scoreHistogram(labels, scores, 50)) ?? 0) - expected) < 1e-12);
  assert.equal(aucStdError(scoreHistogram([0, 1, 1], [0.1, 0.2, 0.3], 50)), null);
});
