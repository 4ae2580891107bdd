import { SeededRandom } from '#base';

/** What dividing films among hospitals needs to know of one. */
export interface SplitFilm {
  /** Films of one person stay together. */
  readonly person: string;
  readonly positive: boolean;
}

/** Indices of films: one list for each node, and those kept apart for the comparison at the end. */
export interface ArchiveSplit {
  readonly nodes: readonly (readonly number[])[];
  readonly heldOut: readonly number[];
}

/** How much of each class the nodes get, in turn: the first lacks films with the finding, the others films without. */
const SKEW: readonly { readonly positive: number; readonly negative: number }[] = [
  { positive: 0.2, negative: 1 },
  { positive: 1, negative: 0.1 },
  { positive: 0.6, negative: 0.06 },
];

/** Share of the films with and without the finding that each node gets; each column sums to 1. */
export function nodeShares(nodes: number): readonly { readonly positive: number; readonly negative: number }[] {
  const weights = Array.from({ length: nodes }, (_, node) => SKEW[node % SKEW.length] ?? { positive: 1, negative: 1 });
  const positives = weights.reduce((sum, weight) => sum + weight.positive, 0);
  const negatives = weights.reduce((sum, weight) => sum + weight.negative, 0);
  return weights.map(({ positive, negative }) => ({ positive: positive / positives, negative: negative / negatives }));
}

/**
 * Divides films among nodes by person and by {@link nodeShares}, after keeping `heldOutShare` of the people of each class
 * apart. The same seed gives the same division, whatever the order of the films of different people.
 */
export function splitArchives(
  films: readonly SplitFilm[],
  options: { readonly nodes: number; readonly heldOutShare: number; readonly seed: number },
): ArchiveSplit {
  const filmsOf = new Map<string, number[]>();
  for (const [index, film] of films.entries()) {
    const own = filmsOf.get(film.person) ?? [];
    own.push(index);
    filmsOf.set(film.person, own);
  }
  const isPositive = (indices: readonly number[]): boolean => indices.some((index) => films[index]?.positive === true);
  const random = new SeededRandom(`${options.seed}/archives`);
  const nodes: number[][] = Array.from({ length: options.nodes }, () => []);
  const heldOut: number[] = [];
  for (const positive of [true, false]) {
    const people = [...filmsOf.keys()].filter((person) => isPositive(filmsOf.get(person) ?? []) === positive).sort();
    const order = Array.from(random.fork(String(positive)).permutation(people.length), (index) => people[index] ?? '');
    const apart = Math.round(options.heldOutShare * order.length);
    heldOut.push(...order.slice(0, apart).flatMap((person) => filmsOf.get(person) ?? []));
    const shares = nodeShares(options.nodes).map((share) => (positive ? share.positive : share.negative));
    const given = shares.map(() => 0);
    for (const person of order.slice(apart)) {
      const node = mostOwed(shares, given);
      const own = filmsOf.get(person) ?? [];
      nodes[node]?.push(...own);
      given[node] = (given[node] ?? 0) + own.length;
    }
  }
  return { nodes, heldOut };
}

/** The node that has least of what it should have. */
function mostOwed(shares: readonly number[], given: readonly number[]): number {
  const served = shares.map((share, node) => ((given[node] ?? 0) + 0.5) / share);
  return served.indexOf(Math.min(...served));
}
