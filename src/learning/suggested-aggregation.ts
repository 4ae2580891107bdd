import { type Aggregation, type JobSpec, maskingHindrance } from '#wire';

const FEWEST = 256;
const MOST = 2 ** 20;

/**
 * How the updates of a new job are added up where it does not say: masked wherever its strategy and the number of its sites
 * allow. Otherwise undefined: open.
 * @param images what the sites have published, undefined where they withheld it. The bound of a site's weight leaves room for
 * twice the largest.
 */
export function suggestedAggregation(
  spec: Pick<JobSpec, 'strategy' | 'sites' | 'sitesPerRound' | 'compression' | 'engine'>,
  images: readonly (number | undefined)[],
): Aggregation | undefined {
  if (maskingHindrance(spec) !== undefined) return undefined;
  const largest = Math.max(FEWEST, ...images.map((count) => 2 * (count ?? 0)));
  return { updates: 'masked', mostFilms: Math.min(MOST, 2 ** Math.ceil(Math.log2(largest))) };
}
