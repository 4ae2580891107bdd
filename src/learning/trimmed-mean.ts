import { heldChanges } from './held-changes.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * Coordinate-wise trimmed mean (Yin et al. 2018, "Byzantine-robust distributed learning", definition 2): of every
 * parameter's changes ⌊trimShare·sites⌋ of the lowest and of the highest are left out. Sites count equally, whatever their
 * films: a bad site could claim any number.
 */
export function trimmedMean({ trimShare }: { readonly trimShare: number }): ServerStrategy {
  return heldChanges(1, (changes, length) => {
    const left = Math.floor(trimShare * changes.length);
    return perParameter(changes, length, (sorted) => {
      let sum = 0;
      for (let site = left; site < sorted.length - left; site += 1) sum += sorted[site] ?? 0;
      return sum / (sorted.length - 2 * left);
    });
  });
}

/** What `combine` makes of every parameter's changes, lowest first; it must not keep the row. */
export function perParameter(
  changes: readonly Float32Array[],
  length: number,
  combine: (sorted: Float32Array) => number,
): Float64Array {
  const row = new Float32Array(changes.length);
  const combined = new Float64Array(length);
  for (let index = 0; index < length; index += 1) {
    for (let site = 0; site < row.length; site += 1) row[site] = changes[site]?.[index] ?? 0;
    combined[index] = combine(row.sort());
  }
  return combined;
}
