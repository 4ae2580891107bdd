import { aucOfHistogram, type ScoreHistogram } from './score-histogram.ts';

/** What binned scores tell of a model, and how exactly. */
export interface HistogramFigures {
  readonly films: number;
  /** In [0, 1]; null when a class is missing. */
  readonly auc: number | null;
  /** The exact AUC is at most so far away. */
  readonly aucWithin: number;
  /** Expected calibration error with every score at the middle of its bin, and how far that is from the exact one at most. */
  readonly calibrationError: number;
  readonly calibrationWithin: number;
  /** By falling threshold, from (0, 0) to (1, 1). */
  readonly roc: readonly { readonly falsePositiveRate: number; readonly truePositiveRate: number }[];
  /** Groups of neighbouring bins that hold films. */
  readonly calibration: readonly { readonly films: number; readonly predicted: number; readonly observed: number }[];
}

const GROUPS = 10;

/**
 * AUC, ROC and calibration of binned scores. Pairs of both classes within a bin count as ties, half right: if all of them were
 * right, or all wrong, the AUC would be Σ nᵦpᵦ / 2NP away; nothing else is lost by binning.
 */
export function histogramFigures(histogram: ScoreHistogram): HistogramFigures {
  const { negative, positive } = histogram;
  const bins = negative.length;
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [negatives, positives] = [sum(negative), sum(positive)];
  const films = negatives + positives;
  const tied = negative.reduce((pairs, count, bin) => pairs + count * (positive[bin] ?? 0), 0);
  const bothClasses = negatives > 0 && positives > 0;
  const roc = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let [above, aboveTrue] = [0, 0];
  for (let bin = bins - 1; bin >= 0 && bothClasses; bin -= 1) {
    above += negative[bin] ?? 0;
    aboveTrue += positive[bin] ?? 0;
    roc.push({ falsePositiveRate: above / negatives, truePositiveRate: aboveTrue / positives });
  }
  const groups = Array.from({ length: GROUPS }, (_, group) => {
    const [from, to] = [Math.round((group * bins) / GROUPS), Math.round(((group + 1) * bins) / GROUPS)];
    const counts = negative.slice(from, to).map((count, at) => count + (positive[from + at] ?? 0));
    const inGroup = sum(counts);
    const scores = counts.reduce((total, count, at) => total + (count * (from + at + 0.5)) / bins, 0);
    return { films: inGroup, predicted: scores / inGroup, observed: sum(positive.slice(from, to)) / inGroup };
  }).filter((group) => group.films > 0);
  return {
    films,
    auc: aucOfHistogram(histogram),
    aucWithin: bothClasses ? tied / (2 * negatives * positives) : 0,
    calibrationError: groups.reduce(
      (total, group) => total + (group.films / films) * Math.abs(group.observed - group.predicted),
      0,
    ),
    calibrationWithin: 0.5 / bins,
    roc: bothClasses ? roc : [],
    calibration: groups,
  };
}
