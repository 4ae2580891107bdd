import { heldChanges } from './held-changes.ts';
import type { ServerStrategy } from './strategy.ts';
import { perParameter } from './trimmed-mean.ts';

/**
 * Coordinate-wise median (Yin et al. 2018, definition 1): of every parameter's changes the middle one, or the mean of the
 * middle two. Sites count equally.
 */
export const coordinateMedian: ServerStrategy = heldChanges(1, (changes, length) =>
  perParameter(changes, length, (sorted) => {
    const middle = sorted.length >> 1;
    const upper = sorted[middle] ?? 0;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  }),
);
