/** Counts of scores in equal bins over [0, 1], by true class. */
interface ScoreHistogram {
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

/**
 * Area under the ROC curve of binned scores (Mann–Whitney; scores in the same bin count half), in [0, 1].
 * Null where a class is absent.
 */
export function aucOfHistogram({ negative, positive }: ScoreHistogram): number | null {
  let below = 0;
  let won = 0;
  let positives = 0;
  for (const [bin, hits] of positive.entries()) {
    const misses = negative[bin] ?? 0;
    won += hits * (below + misses / 2);
    below += misses;
    positives += hits;
  }
  return below === 0 || positives === 0 ? null : won / (below * positives);
}
