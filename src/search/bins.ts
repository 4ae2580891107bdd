import type { CohortQuery } from '#wire';

/** A condition on a whole number. */
export type Range = Extract<CohortQuery, { readonly from?: unknown }>;

interface Bins {
  readonly width: number;
  /** The bin that starts here also holds everything before it. */
  readonly first: number;
  /** The bin that starts here also holds everything after it. */
  readonly last: number;
}

/**
 * Published bins. Ages: 0–4 … 85–89, then 90 and over, where de-identification caps them. Years: single ones, the earliest
 * and the latest together, so that a bound nobody is near cannot be moved to ask the same thing under another name.
 */
const BINS: Readonly<Record<Range['is'], Bins>> = {
  ageYears: { width: 5, first: 0, last: 90 },
  studyYear: { width: 1, first: 1969, last: 2100 },
};

/** A range rounded outwards to published bins; a bound that excludes no bin is left out. */
export function binnedRange({ is, from, to }: Range): Range {
  const { first, last } = BINS[is];
  const low = from === undefined ? first : Math.min(last, lowerEdge(is, from));
  const high = to === undefined || to >= last ? undefined : upperEdge(is, Math.max(first, to));
  return { is, ...(low <= first ? {} : { from: low }), ...(high === undefined ? {} : { to: high }) };
}

function lowerEdge(is: Range['is'], value: number): number {
  return Math.floor(value / BINS[is].width) * BINS[is].width;
}

function upperEdge(is: Range['is'], value: number): number {
  return lowerEdge(is, value) + BINS[is].width - 1;
}
