import { UnicaError } from '#base';

/** Edges between bins such that each holds as many of the reference values: PSI and KS then see every part of it alike. */
export function referenceEdges(values: ArrayLike<number>, bins = 10): readonly number[] {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length < bins) throw unfit('there are fewer values than bins');
  const edges = Array.from({ length: bins - 1 }, (_, index) => {
    return sorted[Math.floor(((index + 1) * sorted.length) / bins)] ?? 0;
  });
  return [...new Set(edges)];
}

/** Counts between edges: all that has to leave a site. */
export function countsBetween(values: ArrayLike<number>, edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length + 1).fill(0);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) throw unfit('a value is not a number');
    let bin = 0;
    while (bin < edges.length && value >= (edges[bin] ?? 0)) bin += 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/**
 * Population stability index: Σ (q − p) ln(q/p) over bins, half a case in place of none. By the rule of the credit trade below 0.1
 * is stable, from 0.25 on has moved.
 */
export function stabilityIndex(reference: readonly number[], now: readonly number[]): number {
  const [p, q] = [sharesOf(reference, now), sharesOf(now, reference)];
  return p.reduce((sum, share, bin) => sum + ((q[bin] ?? 0) - share) * Math.log((q[bin] ?? 0) / share), 0);
}

/** Largest difference of the two distributions at the edges (Kolmogorov–Smirnov on bins: a lower bound of the exact one). */
export function ksDistance(reference: readonly number[], now: readonly number[]): number {
  if (reference.length !== now.length) throw unfit('histograms have unlike bins');
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const [all, allNow] = [total(reference), total(now)];
  if (all === 0 || allNow === 0) throw unfit('a histogram is empty');
  let [below, belowNow, most] = [0, 0, 0];
  for (let bin = 0; bin < reference.length; bin += 1) {
    below += (reference[bin] ?? 0) / all;
    belowNow += (now[bin] ?? 0) / allNow;
    most = Math.max(most, Math.abs(below - belowNow));
  }
  return most;
}

/** A distance that chance reaches in one of 20 comparisons of samples from one source (asymptotic, 5 %). */
export function ksCritical(referenceCount: number, count: number): number {
  return 1.3581 * Math.sqrt((referenceCount + count) / (referenceCount * count));
}

/** State of a watch over a rate of alarms. */
export interface RateWatch {
  /** Largest evidence so far that the rate is above, and below, what it should be. */
  readonly above: number;
  readonly below: number;
  /** Whether a bound was crossed. */
  readonly alarm: 'rose' | 'fell' | null;
}

/**
 * CUSUM over batches of yes/no answers (Page 1954; log-likelihood ratio of Bernoulli rates, Steiner et al. 2000), both ways.
 * @param settings.ratio rate that should be found, over the usual one, such as 1.5
 * @param settings.bound evidence at which it cries: larger is later and falser less often
 */
export function watchRate(
  batches: readonly { readonly cases: number; readonly alarms: number }[],
  { usual, ratio, bound }: { readonly usual: number; readonly ratio: number; readonly bound: number },
): RateWatch {
  if (!(usual > 0 && usual * ratio < 1 && ratio > 1))
    throw unfit('the usual rate, or that to be found, is not between 0 and 1');
  const evidence = (rate: number, { cases, alarms }: { readonly cases: number; readonly alarms: number }) =>
    alarms * Math.log(rate / usual) + (cases - alarms) * Math.log((1 - rate) / (1 - usual));
  let [above, below] = [0, 0];
  let alarm: RateWatch['alarm'] = null;
  for (const batch of batches) {
    above = Math.max(0, above + evidence(usual * ratio, batch));
    below = Math.max(0, below + evidence(usual / ratio, batch));
    alarm ??= above > bound ? 'rose' : below > bound ? 'fell' : null;
  }
  return { above, below, alarm };
}

/** Shares with half a case in bins where either side has none. */
function sharesOf(counts: readonly number[], others: readonly number[]): readonly number[] {
  if (counts.length !== others.length) throw unfit('histograms have unlike bins');
  const filled = counts.map((count) => (count === 0 ? 0.5 : count));
  const total = filled.reduce((sum, count) => sum + count, 0);
  if (counts.every((count) => count === 0)) throw unfit('a histogram is empty');
  return filled.map((count) => count / total);
}

function unfit(problem: string): UnicaError {
  return new UnicaError('evaluation.numbers-unfit', { problem });
}
