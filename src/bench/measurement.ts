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
