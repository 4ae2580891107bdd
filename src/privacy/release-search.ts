import { type Releasable, released } from './releasable.ts';
import { type CountRule, type Guarded, guard, type NoiseSeed } from './release-count.ts';
import { releaseTable, surelyAbove } from './release-table.ts';

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
  const noisy = guard(studies, ofStudies, { ...seed, cell: 'studies' });
  if (rule.epsilon === Number.POSITIVE_INFINITY || 'below' in noisy)
    return released({ persons: people, studies: noisy });
  // Everybody who is counted has a study, and counts with so many at most: noise must not say otherwise.
  const count = Math.min(Math.max(noisy.count, people.count), rule.studiesOfOne * people.count);
  return released({ persons: people, studies: { count } });
}

/** What facet tables must agree with, and what of them is not told. */
export interface FacetBounds {
  /** People of the question as they were told: no cell is told to have more. */
  readonly total: number;
  /** Tables whose cells share nobody: together they are told to have no more than the total either. */
  readonly apart: (table: string) => boolean;
  /** Cells that would be too near to another answer. */
  readonly withheld: (table: string, cell: string) => boolean;
}

/**
 * Lets out facet tables, at most eight, people by value: noise for each cell, epsilon shared by the tables, complementary
 * suppression in each. What noise alone would make contradict the total is brought back to it (Hay, Rastogi, Miklau and Suciu 2010): from told numbers
 * only, so that it tells nothing more. Tables in other company have other noise: the same draw at two strengths would give itself away.
 */
export function releaseFacets<Tables extends Readonly<Record<string, Readonly<Record<string, number>>>>>(
  tables: Tables,
  rule: CountRule,
  seed: Omit<NoiseSeed, 'cell'>,
  { total, apart, withheld }: FacetBounds,
): Releasable<Readonly<Record<string, Readonly<Record<string, Guarded>>>>> {
  const entries = Object.entries(tables);
  // Together they spend less than is charged (0.07 √8 < 0.2), and what they tell of one person is less than a count tells.
  const shared = { ...rule, epsilon: epsilonOfFacetCell(rule, entries.length) };
  return released(
    Object.fromEntries(
      entries.map(([table, cells]) => {
        const question = `${seed.question}/${table}/${entries.length}`;
        const told = releaseTable(cells, shared, { ...seed, question }, (cell) => withheld(table, cell)).value;
        if (shared.epsilon === Number.POSITIVE_INFINITY) return [table, told];
        return [table, withinTotal(told, shared, { total, isApart: apart(table) })];
      }),
    ),
  );
}

/**
 * A told table without what contradicts the told total. A cell is at most the total. Of a table whose cells share nobody the nearest
 * one that adds up to no more is taken: as much from every cell, none below the smallest number that is told. Where even that does
 * not fit, the smallest cells are withheld, never a single one.
 */
function withinTotal(
  cells: Readonly<Record<string, Guarded>>,
  rule: CountRule,
  { total, isApart }: { readonly total: number; readonly isApart: boolean },
): Readonly<Record<string, Guarded>> {
  const least = Math.ceil(rule.threshold / rule.roundTo) * rule.roundTo;
  const bounded = new Map(
    Object.entries(cells).map(([cell, told]): [string, Guarded] => [
      cell,
      'count' in told ? { count: Math.min(told.count, Math.max(total, least)) } : told,
    ]),
  );
  if (!isApart) return Object.fromEntries(bounded);
  const open = [...bounded]
    .flatMap(([cell, told]) => ('count' in told ? [{ cell, count: told.count }] : []))
    .sort((a, b) => b.count - a.count || (a.cell < b.cell ? -1 : 1));
  const keepBack = () => {
    const cell = open.pop()?.cell ?? '';
    const told = cells[cell];
    // Below what the truth does not reach, which follows from the noisy number and not from the one brought back.
    if (told !== undefined && 'count' in told) bounded.set(cell, { below: surelyAbove(told.count, rule) });
  };
  while (open.length > 0 && open.length * least > total) keepBack();
  if (bounded.size - open.length === 1) keepBack();
  let over = open.reduce((sum, { count }) => sum + count, 0) - total;
  while (over > 0) {
    // A step from each of the largest in turn: they come down together and stay multiples of what is told.
    const [largest] = open.toSorted((a, b) => b.count - a.count);
    if (largest === undefined || largest.count <= least) break;
    largest.count -= rule.roundTo;
    over -= rule.roundTo;
  }
  for (const { cell, count } of open) bounded.set(cell, { count });
  return Object.fromEntries(bounded);
}

/** Epsilon of each cell of a facet table. @param tables facet tables of the answer */
export function epsilonOfFacetCell({ epsilon }: CountRule, tables: number): number {
  return (FACETS_SHARE * epsilon) / Math.sqrt(Math.max(1, tables));
}

/**
 * Variance of what noise and rounding do to a cell of a facet table, in people², as anybody may know who has the answer.
 * @param tables facet tables of the answer
 */
export function varianceOfFacetCell(rule: CountRule, tables: number): number {
  const { roundTo } = rule;
  const decay = Math.exp(-epsilonOfFacetCell(rule, tables));
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
