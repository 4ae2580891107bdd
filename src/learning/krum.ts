import { heldChanges } from './held-changes.ts';
import type { ServerStrategy } from './strategy.ts';

/**
 * Krum and Multi-Krum (Blanchard et al. 2017, "Machine learning with adversaries", section 4): a site's score is the sum
 * of squared distances to its `sites − badSites − 2` closest others; the mean of the `keep` lowest scores is taken (1 is
 * Krum). Equal scores are settled by the sites' names. Sites count equally.
 */
export function krum({ badSites, keep }: { readonly badSites: number; readonly keep: number }): ServerStrategy {
  // Below, no neighbour would be left to score by.
  const fewest = Math.max(badSites + 3, keep);
  return heldChanges(fewest, (changes, length) => {
    const scores = krumScores(changes, badSites);
    const chosen = [...changes.keys()].sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b).slice(0, keep);
    const mean = new Float64Array(length);
    for (const site of chosen) {
      const change = changes[site] ?? new Float32Array(length);
      for (let index = 0; index < length; index += 1) mean[index] = (mean[index] ?? 0) + (change[index] ?? 0);
    }
    return mean.map((sum) => sum / chosen.length);
  });
}

/** Score of every site; lower is more like the others. */
function krumScores(changes: readonly Float32Array[], badSites: number): readonly number[] {
  const neighbours = changes.length - badSites - 2;
  const distances = changes.map(() => new Float64Array(changes.length));
  for (let one = 0; one < changes.length; one += 1) {
    for (let other = one + 1; other < changes.length; other += 1) {
      const square = squaredDistance(changes[one], changes[other]);
      for (const [from, to] of [
        [one, other],
        [other, one],
      ] as const) {
        const row = distances[from];
        if (row !== undefined) row[to] = square;
      }
    }
  }
  return distances.map((row, own) => {
    const others = row.filter((_, site) => site !== own).sort();
    return others.slice(0, neighbours).reduce((sum, square) => sum + square, 0);
  });
}

function squaredDistance(one: Float32Array = new Float32Array(), other: Float32Array = new Float32Array()): number {
  let square = 0;
  for (let index = 0; index < one.length; index += 1) {
    const apart = (one[index] ?? 0) - (other[index] ?? 0);
    square += apart * apart;
  }
  return square;
}
