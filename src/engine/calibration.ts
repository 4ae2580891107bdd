/**
 * Expected calibration error of a binary model: mean over equal bins of predicted probability, weighted by their
 * cases, of |observed share of positives − mean prediction| (Naeini et al. 2015). In [0, 1]; NaN without cases.
 */
export function expectedCalibrationError(labels: ArrayLike<number>, scores: ArrayLike<number>, bins = 10): number {
  const gaps = new Float64Array(bins);
  for (let index = 0; index < scores.length; index += 1) {
    const score = scores[index] as number;
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(score * bins)));
    gaps[bin] = (gaps[bin] as number) + (labels[index] === 1 ? 1 : 0) - score;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / scores.length;
}
