import { UnicaError } from '#base';
import { checkChange } from './fixed-point.ts';
import type { ServerStrategy, SiteUpdate } from './strategy.ts';

/**
 * A strategy that compares the sites' changes with one another. They are held until the round closes, 4 bytes × parameters ×
 * sites, in the order of the sites' names, so that the result does not depend on their arrival.
 * @param fewest sites without which there is nothing to compare
 * @param combine → the change of the model; every row is one site's change
 */
export function heldChanges(
  fewest: number,
  combine: (changes: readonly Float32Array[], length: number) => Float64Array,
): ServerStrategy {
  return {
    needs: 'each',
    fewestSites: fewest,
    openRound({ length }) {
      const held = new Map<string, SiteUpdate>();
      return {
        add(update) {
          if (update.change.length !== length)
            throw new UnicaError('learning.update-refused', { problem: 'its size is not that of the model' });
          checkChange(update.change);
          held.set(update.siteId, update);
        },
        close(parameters) {
          if (held.size < fewest) {
            throw new UnicaError('learning.strategy-refused', {
              problem: `it compares at least ${fewest} sites, and ${held.size} answered`,
            });
          }
          const ordered = [...held.values()].sort((a, b) => (a.siteId < b.siteId ? -1 : 1));
          const change = combine(
            ordered.map((update) => update.change),
            length,
          );
          return { parameters: parameters.map((value, index) => value + (change[index] ?? 0)), state: {} };
        },
      };
    },
  };
}
