import { UnicaError } from '#base';

/** Counts of scores in equal bins over [0, 1], by true class: all that has to leave a site to know a model's AUC. */
export interface ScoreHistogram {
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

/** Histogram of scores in [0, 1]; the last bin includes 1. */
export function scoreHistogram(labels: ArrayLike<number>, scores: ArrayLike<number>, bins: number): ScoreHistogram {
  const negative = new Array<number>(bins).fill(0);
  const positive = new Array<number>(bins).fill(0);
  for (let index = 0; index < scores.length; index += 1) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((scores[index] as number) * bins)));
    const counts = labels[index] === 1 ? positive : negative;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { negative, positive };
}

/** Sum of histograms; their order does not matter. @throws UnicaError `engine.histograms-differ` on unequal bins. */
export function mergeHistograms(histograms: readonly ScoreHistogram[]): ScoreHistogram {
  const bins = histograms[0]?.negative.length ?? 0;
  if (histograms.some(({ negative, positive }) => negative.length !== bins || positive.length !== bins))
    throw new UnicaError('engine.histograms-differ');
  const total = (side: keyof ScoreHistogram): readonly number[] =>
    Array.from({ length: bins }, (_, bin) => histograms.reduce((sum, one) => sum + (one[side][bin] as number), 0));
  return { negative: total('negative'), positive: total('positive') };
}

/** AUC of binned scores, cases in one bin counting as ties; within half a bin's pairs of the exact one. Null when a class is missing. */
export function aucOfHistogram({ negative, positive }: ScoreHistogram): number | null {
  let negativesBelow = 0;
  let wins = 0;
  for (let bin = 0; bin < negative.length; bin += 1) {
    const here = negative[bin] as number;
    wins += (positive[bin] as number) * (negativesBelow + here / 2);
    negativesBelow += here;
  }
  const positives = positive.reduce((sum, count) => sum + count, 0);
  return positives === 0 || negativesBelow === 0 ? null : wins / (positives * negativesBelow);
}

/**
 * Standard error of the AUC of binned scores by DeLong's variance (DeLong et al. 1988), cases in one bin counting as ties and films as
 * independent of one another. Null when either class has fewer than two cases.
 */
export function aucStdError({ negative, positive }: ScoreHistogram): number | null {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const [negatives, positives] = [sum(negative), sum(positive)];
  if (negatives < 2 || positives < 2) return null;
  const above = new Array<number>(negative.length).fill(0);
  const below = new Array<number>(negative.length).fill(0);
  let [negativesBelow, positivesBelow] = [0, 0];
  for (let bin = 0; bin < negative.length; bin += 1) {
    const [bad, good] = [negative[bin] ?? 0, positive[bin] ?? 0];
    above[bin] = (negativesBelow + bad / 2) / negatives;
    below[bin] = 1 - (positivesBelow + good / 2) / positives;
    negativesBelow += bad;
    positivesBelow += good;
  }
  return Math.sqrt(binnedVariance(above, positive) / positives + binnedVariance(below, negative) / negatives);
}

/** Sample variance of values that occur so often. */
function binnedVariance(values: readonly number[], counts: readonly number[]): number {
  const count = counts.reduce((total, one) => total + one, 0);
  const mean = counts.reduce((total, one, bin) => total + one * (values[bin] ?? 0), 0) / count;
  return counts.reduce((total, one, bin) => total + one * ((values[bin] ?? 0) - mean) ** 2, 0) / (count - 1);
}
