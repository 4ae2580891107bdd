import { SeededRandom } from '#base';

/**
 * The sites of a round, drawn without replacement from the seed of the job: the same job asks the same sites again. All of
 * them, in their order, where `count` is absent or not below their number.
 */
export function chosenSites(
  sites: readonly string[],
  {
    seed,
    round,
    count,
  }: { readonly seed: number | string; readonly round: number; readonly count?: number | undefined },
): readonly string[] {
  if (count === undefined || count >= sites.length) return sites;
  const order = new SeededRandom(`${seed}/sites/${round}`).permutation(sites.length);
  const drawn = new Set(order.subarray(0, count));
  return sites.filter((_, index) => drawn.has(index));
}
