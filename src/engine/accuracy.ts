/** Share of cases on the right side of the threshold (a score at or above it means 1). NaN without cases. */
export function accuracy(labels: ArrayLike<number>, scores: ArrayLike<number>, thresholdScore = 0.5): number {
  let right = 0;
  for (let index = 0; index < scores.length; index += 1) {
    if ((scores[index] as number) >= thresholdScore === (labels[index] === 1)) right += 1;
  }
  return right / scores.length;
}
