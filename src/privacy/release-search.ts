import { type Releasable, released } from './releasable.ts';
import { type CountRule, type Guarded, guard, type NoiseSeed } from './release-count.ts';
import { releaseTable } from './release-table.ts';

/** How the answers of federated search are let out. */
export interface SearchRule extends CountRule {
  /** A person counts with at most so many studies, so that the noise covers every one of them. */
  readonly studiesOfOne: number;
}

/**
 * Fewer than ten withheld, epsilon 0.12 for a whole answer (0.2 is charged), multiples of ten, four studies of a person.
 * With 0.12, somebody who knows everybody else and weighs sixty answers in the best way there is stays below an advantage
 * of 0.25; a count of 500 is off by twelve in the middle. See docs/reports/search-attacks.md.
 */
export const SEARCH_COUNTS: SearchRule = {
  threshold: 10,
  epsilon: 0.12,
  roundTo: 10,
  studiesOfOne: 4,
};

/** Of the epsilon of an answer, for one facet table. */
const FACETS_SHARE = 0.58;

/** People and studies of an answer. */
export interface SearchCounts<Value> {
  readonly persons: Value;
  readonly studies: Value;
}

/**
 * Lets out the two numbers of an answer. People decide: where they are withheld their studies are, too, since many studies
 * of few people would tell of them. Epsilon is shared by halves; that of the studies is for all studies of a person.
 */
export function releaseSearch(
  { persons, studies }: SearchCounts<number>,
  rule: SearchRule,
  seed: Omit<NoiseSeed, 'cell'>,
): Releasable<SearchCounts<Guarded>> {
  const half = { ...rule, epsilon: rule.epsilon / 2 };
  const people = guard(persons, half, { ...seed, cell: 'persons' });
  if ('below' in people) return released({ persons: people, studies: people });
  const ofStudies = { ...half, epsilon: half.epsilon / rule.studiesOfOne };
  return released({ persons: people, studies: guard(studies, ofStudies, { ...seed, cell: 'studies' }) });
}

/**
 * Lets out facet tables, at most eight, people by value: noise for each cell, epsilon shared by the tables, complementary
 * suppression in each. @param withheld cells that would be too near to another answer
 */
export function releaseFacets<Tables extends Readonly<Record<string, Readonly<Record<string, number>>>>>(
  tables: Tables,
  rule: CountRule,
  seed: Omit<NoiseSeed, 'cell'>,
  withheld: (table: string, cell: string) => boolean = () => false,
): Releasable<Readonly<Record<string, Readonly<Record<string, Guarded>>>>> {
  const entries = Object.entries(tables);
  // Together they spend less than is charged (0.07 √8 < 0.2), and what they tell of one person is less than a count tells.
  const shared = { ...rule, epsilon: (FACETS_SHARE * rule.epsilon) / Math.sqrt(Math.max(1, entries.length)) };
  return released(
    Object.fromEntries(
      entries.map(([table, cells]) => [
        table,
        releaseTable(cells, shared, { ...seed, question: `${seed.question}/${table}` }, (cell) => withheld(table, cell))
          .value,
      ]),
    ),
  );
}

/**
 * Variance of what noise and rounding do to a cell of a facet table, in people², as anybody may know who has the answer.
 * @param tables facet tables of the answer
 */
export function varianceOfFacetCell({ epsilon, roundTo }: CountRule, tables: number): number {
  const decay = Math.exp((-FACETS_SHARE * epsilon) / Math.sqrt(Math.max(1, tables)));
  return (2 * decay) / (1 - decay) ** 2 + roundTo ** 2 / 12;
}

/**
 * Lets out exact counts, under a permit alone: the check on the way out is that they are of enough people and are counts.
 */
export function releaseExactly(
  { persons, studies }: SearchCounts<number>,
  { threshold }: Pick<CountRule, 'threshold'>,
): Releasable<SearchCounts<Guarded>> {
  const rule = { threshold, epsilon: Number.POSITIVE_INFINITY, roundTo: 1, studiesOfOne: 1 };
  const seed = { secret: new Uint8Array(1), dataVersion: '', question: '' };
  return releaseSearch({ persons, studies }, rule, seed);
}
