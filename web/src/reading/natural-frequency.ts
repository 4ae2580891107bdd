/** A share as people can picture it: so many of so many. */
export interface NaturalFrequency {
  readonly of: 100 | 1000;
  readonly count: number;
  /** Ends of the interval in the same measure, rounded outwards; null where there is none. */
  readonly range: { readonly low: number; readonly high: number } | null;
}

/**
 * A share of one of 100 people, or of 1000 where less than one of a hundred would be left (Gigerenzer and Hoffrage, *Psychological
 * Review* 102, 1995, 684-704: people reason better with natural frequencies than with shares).
 */
export function naturalFrequency(
  value: number,
  interval: { readonly low: number; readonly high: number } | null,
): NaturalFrequency {
  const of = value >= 0.01 ? 100 : 1000;
  // 0.07 × 100 is a little more than 7, and is 7 all the same.
  const among = (share: number) => Number((share * of).toFixed(9));
  return {
    of,
    count: Math.round(value * of),
    range: interval === null ? null : { low: Math.floor(among(interval.low)), high: Math.ceil(among(interval.high)) },
  };
}
