import { canonicalJson, type Json } from '#base';
import type { CohortQuery, NumberField } from '#wire';
import { binnedRange, isNumberField } from './bins.ts';
import { codedValue, withNarrower } from './coded-value.ts';
import { folded } from './folded.ts';

/**
 * A question as it is answered: numbers rounded outwards to published bins (those of a list, too: one age alone is finer
 * than any bin), values as hyper-ontology codes with every code within them, or as folded texts; values and children sorted and told once, nested AND in AND (OR in OR) flattened, single
 * children unwrapped.
 */
export function canonicalQuery(query: CohortQuery): CohortQuery {
  if ('all' in query) return combined('all', query.all);
  if ('any' in query) return combined('any', query.any);
  if ('not' in query) {
    const inner = canonicalQuery(query.not);
    return 'not' in inner ? inner.not : { not: inner };
  }
  if (!('in' in query)) return binnedRange(query);
  const { is } = query;
  if (isNumberField(is)) return numbersOf(is, query.in);
  return { is, in: [...new Set(query.in.flatMap((value) => withNarrower(is, codedValue(is, value))))].sort() };
}

/** The bins of listed numbers; what is no number matches nobody. */
function numbersOf(is: NumberField, texts: readonly string[]): CohortQuery {
  const numbers = texts.map(folded).flatMap((text) => (/^\d{1,4}$/.test(text) ? [Number(text)] : []));
  return combined(
    'any',
    numbers.map((number) => ({ is, from: number, to: number })),
  );
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
