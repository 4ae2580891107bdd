import { midranks } from './auc.ts';

/** An AUC with its confidence interval, clipped to [0, 1]. */
export interface AucInterval {
  readonly auc: number;
  readonly low: number;
  readonly high: number;
  readonly stdError: number;
}

/** Two-sided 95 % of the standard normal. */
const Z95 = 1.959963984540054;

/**
 * 95 % interval of the AUC by DeLong's variance (DeLong et al. 1988; midrank form of Sun & Xu 2014).
 * Null when either class has fewer than two cases.
 */
export function aucInterval(labels: ArrayLike<number>, scores: ArrayLike<number>): AucInterval | null {
  const positive = pick(labels, scores, 1);
  const negative = pick(labels, scores, 0);
  const m = positive.length;
  const n = negative.length;
  if (m < 2 || n < 2) return null;
  const together = midranks(Float64Array.of(...positive, ...negative));
  const withinPositive = midranks(positive);
  const withinNegative = midranks(negative);
  const aboveNegatives = withinPositive.map((rank, index) => ((together[index] as number) - rank) / n);
  const belowPositives = withinNegative.map((rank, index) => 1 - ((together[m + index] as number) - rank) / m);
  const area = mean(aboveNegatives);
  const stdError = Math.sqrt(variance(aboveNegatives) / m + variance(belowPositives) / n);
  return {
    auc: area,
    low: Math.max(0, area - Z95 * stdError),
    high: Math.min(1, area + Z95 * stdError),
    stdError,
  };
}

function pick(labels: ArrayLike<number>, scores: ArrayLike<number>, wanted: 0 | 1): Float64Array {
  return Float64Array.from(scores).filter((_, index) => (labels[index] === 1 ? 1 : 0) === wanted);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample variance. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
