/** Ranks from 1 with ties sharing their mean rank, in the order of `scores`. */
export function midranks(scores: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: scores.length }, (_, index) => index);
  const at = (index: number): number => scores[order[index] as number] as number;
  order.sort((a, b) => (scores[a] as number) - (scores[b] as number));
  const ranks = new Float64Array(scores.length);
  for (let first = 0; first < order.length; ) {
    let after = first + 1;
    while (after < order.length && at(after) === at(first)) after += 1;
    for (let index = first; index < after; index += 1) ranks[order[index] as number] = (first + 1 + after) / 2;
    first = after;
  }
  return ranks;
}

/**
 * Area under the ROC curve: the chance that a positive scores above a negative, ties counting half (Mann–Whitney).
 * Labels are 0 or 1. Null when either class is missing.
 */
export function auc(labels: ArrayLike<number>, scores: ArrayLike<number>): number | null {
  const ranks = midranks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let index = 0; index < ranks.length; index += 1) {
    if (labels[index] !== 1) continue;
    positives += 1;
    rankSum += ranks[index] as number;
  }
  const negatives = ranks.length - positives;
  if (positives === 0 || negatives === 0) return null;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
