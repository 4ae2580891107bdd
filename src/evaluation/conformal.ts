import { UnicaError } from '#base';

/**
 * Counts of non-conformity 1 − p(true class) in equal bins over [0, 1]: all that has to leave a site. Scores at the edge of two bins
 * count in the higher, so that a threshold is never too low.
 */
export function conformityHistogram(trueShares: ArrayLike<number>, bins = 200): readonly number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let index = 0; index < trueShares.length; index += 1) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((1 - (trueShares[index] ?? 0)) * bins)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/**
 * Threshold of split-conformal prediction (Vovk et al. 2005; least ambiguous sets of Sadinle et al. 2019): sets of all classes with
 * 1 − p at most the threshold hold the truth with at least `coverage`. It is the upper edge of a bin, so it errs towards larger sets;
 * 1, every class, where too few were counted to promise more.
 * @param histograms of one site, or of several that share a threshold
 */
export function conformalThreshold(histograms: readonly (readonly number[])[], coverage: number): number {
  const bins = histograms[0]?.length ?? 0;
  if (bins === 0 || histograms.some(({ length }) => length !== bins))
    throw new UnicaError('evaluation.numbers-unfit', { problem: 'histograms have unlike bins' });
  const counts = Array.from({ length: bins }, (_, bin) => histograms.reduce((sum, one) => sum + (one[bin] ?? 0), 0));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const rank = Math.ceil((total + 1) * coverage);
  if (rank > total) return 1;
  let seen = 0;
  const bin = counts.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return (bin + 1) / bins;
}

/** The classes of a case whose 1 − p is at most the threshold. @param shares of one case, class by class */
export function conformalSet(shares: ArrayLike<number>, threshold: number): readonly number[] {
  return Array.from(shares, (_, label) => label).filter((label) => 1 - (shares[label] ?? 0) <= threshold);
}
