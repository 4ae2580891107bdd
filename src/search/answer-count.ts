import type { Cohort } from '#consent';
import { type CountRule, type Guarded, PUBLIC_COUNTS, type Releasable, releaseTable } from '#privacy';
import type { CohortQuery } from '#wire';
import { canonicalQuery } from './canonical-query.ts';
import { matches, type Searchable } from './matches.ts';
import { queryText } from './question.ts';

/** Counts before disclosure control; they never leave a node. */
interface TrueCounts {
  readonly persons: number;
  readonly studies: number;
}

/** Counts people and studies of a cohort for which a question holds. */
function countTruly(cohort: Cohort<Searchable>, query: CohortQuery): TrueCounts {
  const canonical = canonicalQuery(query);
  const persons = new Set<string>();
  const studies = new Set<string>();
  for (const member of cohort.members) {
    if (!matches(canonical, member)) continue;
    persons.add(member.person);
    studies.add(member.studyInstanceUid);
  }
  return { persons: persons.size, studies: studies.size };
}

/** What a node lets out of a count. */
export interface CountAnswer {
  readonly persons: Guarded;
  readonly studies: Guarded;
}

/**
 * Answers a federated count: people first, and when their number is withheld that of their studies is withheld too, since
 * many studies of few people would tell of them.
 */
export function answerCount(
  cohort: Cohort<Searchable>,
  query: CohortQuery,
  options: { readonly secret: Uint8Array; readonly rule?: CountRule },
): Releasable<CountAnswer> {
  const rule = options.rule ?? PUBLIC_COUNTS;
  const { persons, studies } = countTruly(cohort, query);
  const seed = {
    secret: options.secret,
    dataVersion: `${cohort.dataVersion}/${cohort.optOutVersion}`,
    question: queryText(query),
  };
  return releaseTable({ persons, studies: persons < rule.threshold ? 0 : studies }, rule, seed);
}
