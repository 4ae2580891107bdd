import { conceptName, isConceptCode } from '#vocab';
import type { GuardedCount, Tally, TallyRow } from '#wire';
import type { PublishedVersion } from './published-version.ts';

/** Adds up what nodes let out; what a node withheld adds nothing, and is told as withheld. */
export function tally(datasets: readonly PublishedVersion[]): Tally {
  const withheld = datasets.flatMap(({ studies }) => ('below' in studies ? [studies.below] : []));
  return {
    sites: new Set(datasets.map(({ siteId }) => siteId)).size,
    datasets: datasets.length,
    studies: sum(datasets.map(({ studies }) => studies)),
    persons: sum(datasets.map(({ persons }) => persons)),
    images: sum(datasets.map(({ images }) => images)),
    syntheticStudies: sum(datasets.filter(({ isSynthetic }) => isSynthetic).map(({ studies }) => studies)),
    withheld: withheld.length,
    withheldBelow: withheld.reduce((total, below) => total + below, 0),
  };
}

/**
 * Sums of datasets that have a key in common, the largest first. Every dataset is in one row, so that the rows add up to the whole: of
 * several modalities, whose shares a node does not tell, the row is that of all of them.
 */
export function tallyBy(
  datasets: readonly PublishedVersion[],
  keyOf: (dataset: PublishedVersion) => string | null,
): TallyRow[] {
  const groups = new Map<string | null, PublishedVersion[]>();
  for (const dataset of datasets) {
    const key = keyOf(dataset);
    groups.set(key, [...(groups.get(key) ?? []), dataset]);
  }
  const rows = [...groups].map(([key, of]) => ({
    key,
    name: key !== null && isConceptCode(key) ? conceptName(key) : null,
    ...tally(of),
  }));
  return rows.sort((a, b) => b.studies - a.studies || (a.key ?? '~').localeCompare(b.key ?? '~', 'en'));
}

/** Modalities of a dataset as a key; null where no image says one. */
export function modalityKey({ modalities }: PublishedVersion): string | null {
  return modalities.length === 0 ? null : modalities.join('+');
}

function sum(counts: readonly GuardedCount[]): number {
  return counts.reduce((total, guarded) => total + ('count' in guarded ? guarded.count : 0), 0);
}
