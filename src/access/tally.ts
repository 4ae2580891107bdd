import type { REFUSAL_REASONS } from '#wire';
import type { CountedVote, HolderState } from './request-state.ts';

/** What a ballot comes to. */
export type Outcome =
  | { readonly decision: 'granted'; readonly conditions: readonly string[]; readonly waivers: CountedVote['waivers'] }
  | { readonly decision: 'refused'; readonly reason: (typeof REFUSAL_REASONS)[number] };

/**
 * Counts a ballot: with fewer votes than the quorum, abstentions among them, or with as many for as against, it is open. A
 * grant carries the conditions of everybody who granted, and waives what all of them waive: one member does not waive for the
 * others. A refusal has the reason that most gave, of equals the earlier one.
 */
export function tally({ votes, quorum }: Pick<HolderState, 'votes' | 'quorum'>): Outcome | undefined {
  if (votes.length < quorum) return undefined;
  const grants = votes.filter(({ vote }) => vote === 'grant');
  const refusals = votes.filter(({ vote }) => vote === 'refuse');
  if (grants.length > refusals.length) {
    const [first] = grants;
    return {
      decision: 'granted',
      conditions: [...new Set(grants.flatMap(({ conditions }) => conditions))],
      waivers: (first?.waivers ?? []).filter(({ term }) =>
        grants.every(({ waivers }) => waivers.some((waiver) => waiver.term === term)),
      ),
    };
  }
  if (refusals.length > grants.length) {
    const counts = new Map<(typeof REFUSAL_REASONS)[number], number>();
    for (const { reason } of refusals) counts.set(reason ?? 'other', (counts.get(reason ?? 'other') ?? 0) + 1);
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return { decision: 'refused', reason: most?.[0] ?? 'other' };
  }
  return undefined;
}
