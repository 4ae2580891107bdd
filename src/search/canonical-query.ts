import { canonicalJson, type Json } from '#base';
import type { CohortQuery } from '#wire';

const AGE_BIN_YEARS = 5;

/**
 * The form in which equal questions are equal: ranges rounded outwards to published bins, values and children sorted
 * and told once, nested AND in AND (OR in OR) flattened, single children unwrapped.
 */
export function canonicalQuery(query: CohortQuery): CohortQuery {
  if ('all' in query) return combined('all', query.all);
  if ('any' in query) return combined('any', query.any);
  if ('not' in query) {
    const inner = canonicalQuery(query.not);
    return 'not' in inner ? inner.not : { not: inner };
  }
  if ('in' in query) return { is: query.is, in: [...new Set(query.in)].sort() };
  const bin = query.is === 'ageYears' ? AGE_BIN_YEARS : 1;
  return {
    is: query.is,
    ...(query.from === undefined ? {} : { from: Math.floor(query.from / bin) * bin }),
    ...(query.to === undefined ? {} : { to: Math.floor(query.to / bin) * bin + bin - 1 }),
  };
}

/** The text of a canonical query: what noise and budgets go by. */
export function queryText(query: CohortQuery): string {
  return canonicalJson(canonicalQuery(query) as Json);
}

function combined(kind: 'all' | 'any', children: readonly CohortQuery[]): CohortQuery {
  const flat = children.map(canonicalQuery).flatMap((child) => childrenOf(kind, child) ?? [child]);
  const sorted = [...new Map(flat.map((child) => [canonicalJson(child as Json), child])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, child]) => child);
  const [only] = sorted;
  if (sorted.length === 1 && only !== undefined) return only;
  return kind === 'all' ? { all: sorted } : { any: sorted };
}

function childrenOf(kind: 'all' | 'any', query: CohortQuery): readonly CohortQuery[] | undefined {
  if (kind === 'all' && 'all' in query) return query.all;
  return kind === 'any' && 'any' in query ? query.any : undefined;
}
