import type { PublishedVersion } from './published-version.ts';
import type { SeenSite } from './seen-site.ts';

/**
 * The tier that a dataset has reached by what was seen of it, not by what somebody says: 1 in the catalogue; 2 and coded, at a site that has answered
 * a federated count; 3 and learned from in a round of a job (https://cancerimage.eu, tiers of data holders).
 */
export function reachedTier(dataset: PublishedVersion, site: SeenSite | undefined): 1 | 2 | 3 {
  if (site === undefined || !dataset.isCoded || site.steps.counted === undefined) return 1;
  return site.learnedFrom.has(dataset.name) ? 3 : 2;
}

/** The highest tier of a site's datasets; 0 where none is in the catalogue. */
export function siteTier(datasets: readonly PublishedVersion[], site: SeenSite): number {
  return Math.max(0, ...datasets.map((dataset) => reachedTier(dataset, site)));
}
