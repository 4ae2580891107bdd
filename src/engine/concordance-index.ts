/**
 * Concordance index (Harrell et al. 1982): of the pairs whose order is known, the share in which the higher risk has the
 * earlier event; equal risks count half. Known is a pair whose earlier time is an event; one censored at the moment of
 * another's event is taken to have lived longer, two events at one moment are no pair (as lifelines does). null without pairs.
 */
export function concordanceIndex(
  risks: ArrayLike<number>,
  times: ArrayLike<number>,
  events: ArrayLike<number>,
): number | null {
  let pairs = 0;
  let right = 0;
  for (let one = 0; one < times.length; one += 1) {
    if (events[one] !== 1) continue;
    const [time = 0, risk = 0] = [times[one], risks[one]];
    for (let other = 0; other < times.length; other += 1) {
      const [otherTime = 0, otherRisk = 0] = [times[other], risks[other]];
      if (otherTime < time || (otherTime === time && (other === one || events[other] === 1))) continue;
      pairs += 1;
      right += risk > otherRisk ? 1 : risk === otherRisk ? 0.5 : 0;
    }
  }
  return pairs === 0 ? null : right / pairs;
}
