/** One line of a benchmark: a value beside its reference, both measured in the same run. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with; how it is absent where the machine lacks it. */
  readonly reference: string;
  readonly reference_value: number | null;
  /** Ours over the reference, so that more is better or, for costs and memory, as the unit says. */
  readonly ratio: number | null;
}

/** The middle of some numbers. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** The smallest of the values that at least so many in a hundred do not exceed (nearest rank). */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** A figure that is compared with nothing. */
export function plain(name: string, value: number, unit: string): Measurement {
  return { name, value: rounded(value), unit, reference: 'none', reference_value: null, ratio: null };
}

/** To four digits that count. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** A figure beside what the product promises. */
export function besidePromise(name: string, value: number, unit: string, promised: number): Measurement {
  return {
    name,
    value: rounded(value),
    unit,
    reference: 'promised at most',
    reference_value: promised,
    ratio: rounded(value / promised),
  };
}
