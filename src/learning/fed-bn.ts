import type { ParameterEntry } from '#engine';

/**
 * FedBN (Li, Jiang, Zhang, Kamp, Dou 2021, "FedBN: federated learning on non-IID features via local batch normalization"):
 * the normalisation layers of a site stay there; all else is averaged.
 */

/** The received model with the site's own normalisation. @param own numbers of the entries, one after the other */
export function withOwn(
  weights: Float32Array,
  entries: readonly ParameterEntry[],
  own: Float64Array | undefined,
): Float32Array {
  if (own === undefined) return weights;
  const mixed = weights.slice();
  let at = 0;
  for (const { offset, size } of entries) {
    mixed.set(own.subarray(at, at + size), offset);
    at += size;
  }
  return mixed;
}

/** Numbers of the entries, one after the other: what the site keeps. */
export function ownOf(parameters: Float32Array, entries: readonly ParameterEntry[]): Float64Array {
  const own = new Float64Array(entries.reduce((total, { size }) => total + size, 0));
  let at = 0;
  for (const { offset, size } of entries) {
    own.set(parameters.subarray(offset, offset + size), at);
    at += size;
  }
  return own;
}

/** The change without that of the entries: it does not leave. */
export function withoutEntries(change: Float32Array, entries: readonly ParameterEntry[]): Float32Array {
  const left = change.slice();
  for (const { offset, size } of entries) left.fill(0, offset, offset + size);
  return left;
}
