import { type CohortQuery, NUMBER_FIELDS, type NumberField } from '#wire';

/** A condition on a number. */
export type Range = Extract<CohortQuery, { readonly from?: unknown }>;

/** First numbers of the bins, ascending. The first bin also holds everything before it, the last everything after. */
type Edges = readonly number[];

const every = (step: number, from: number, to: number): Edges =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

/** 0–4 … 85–89, then 90 and over, where de-identification caps them. */
const AGES = every(5, 0, 90);
/** Single years, the earliest and the latest together. */
const YEARS = every(1, 1969, 2100);

/**
 * Published bins: a bound that nobody is near cannot be moved to ask the same thing under another name. PSA in ng/ml,
 * Ki-67 in percent of cells.
 */
const BINS: Readonly<Record<NumberField, Edges>> = {
  ageYears: AGES,
  studyYear: YEARS,
  ageAtDiagnosis: AGES,
  diagnosisYear: YEARS,
  psa: [0, 4, 10, 20, 50, 100],
  ki67: [0, 5, 10, 15, 20, 30, 50],
};

/** True for a field of numbers. */
export function isNumberField(field: string): field is NumberField {
  return NUMBER_FIELDS.some((name) => name === field);
}

/** A range rounded outwards to published bins; a bound that excludes no bin is left out. */
export function binnedRange({ is, from, to }: Range): Range {
  const edges = BINS[is];
  const low = from === undefined ? 0 : binOf(is, from);
  const high = to === undefined ? edges.length - 1 : binOf(is, to);
  return {
    is,
    ...(low === 0 ? {} : { from: edges[low] ?? 0 }),
    ...(high === edges.length - 1 ? {} : { to: (edges[high + 1] ?? 0) - 1 }),
  };
}

/** Number of the bin that holds a value. */
export function binOf(field: NumberField, value: number): number {
  const edges = BINS[field];
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((edges[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The bins of a field, as they are told: from, to inclusive; null where a bin is open. */
export function binsOf(field: NumberField): readonly { readonly from: number | null; readonly to: number | null }[] {
  const edges = BINS[field];
  return edges.map((edge, index) => ({
    from: index === 0 ? null : edge,
    to: index === edges.length - 1 ? null : (edges[index + 1] ?? 0) - 1,
  }));
}
