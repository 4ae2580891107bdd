import { normalCdf, Z95 } from './normal.ts';

/** Difference of two AUCs on the same cases. */
export interface AucDifference {
  /** First less second. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of no difference. */
  readonly pValue: number;
}

/**
 * Two scores of the same cases compared (DeLong et al. 1988; placements counted on sorted scores, ties half). Null when a class has
 * fewer than two cases.
 */
export function compareAucs(
  labels: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): AucDifference | null {
  const places = Array.from({ length: labels.length }, (_, index) => index);
  const positives = places.filter((index) => labels[index] === 1);
  const negatives = places.filter((index) => labels[index] !== 1);
  if (positives.length < 2 || negatives.length < 2) return null;
  const one = placements(first, positives, negatives);
  const two = placements(second, positives, negatives);
  const differences = (side: 'above' | 'below') => one[side].map((value, index) => value - (two[side][index] ?? 0));
  const [above, below] = [differences('above'), differences('below')];
  const difference = mean(above);
  const stdError = Math.sqrt(variance(above) / above.length + variance(below) / below.length);
  return {
    difference,
    low: difference - Z95 * stdError,
    high: difference + Z95 * stdError,
    pValue: stdError === 0 ? (difference === 0 ? 1 : 0) : 2 * normalCdf(-Math.abs(difference) / stdError),
  };
}

/** For each positive the share of negatives below it, for each negative that of positives above it. */
function placements(scores: ArrayLike<number>, positives: readonly number[], negatives: readonly number[]) {
  const sorted = (side: readonly number[]) => Float64Array.from(side, (index) => scores[index] ?? 0).sort();
  const [high, low] = [sorted(positives), sorted(negatives)];
  const shareBelow = (ascending: Float64Array, score: number) =>
    (countBelow(ascending, score, false) + countBelow(ascending, score, true)) / (2 * ascending.length);
  return {
    above: Float64Array.from(positives, (index) => shareBelow(low, scores[index] ?? 0)),
    below: Float64Array.from(negatives, (index) => 1 - shareBelow(high, scores[index] ?? 0)),
  };
}

function countBelow(ascending: Float64Array, score: number, orEqual: boolean): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = ascending[middle] ?? 0;
    if (value < score || (orEqual && value === score)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample variance. */
function variance(values: Float64Array): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
