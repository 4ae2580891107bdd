import type { HolderState, RequestState } from './request-state.ts';
import { seatOf } from './seat-of.ts';

/** Who decides, and with how many votes. */
export type Seats = Pick<HolderState, 'committee' | 'quorum'>;

/**
 * Seats that have voted or still can: of members who did not ask for it themselves, do not stand aside, and on an appeal did not sit before. A
 * vote stays when its member leaves.
 */
export function votersOf(
  { requestedBy }: Pick<RequestState, 'requestedBy'>,
  { recused, votes, isAppeal, satBefore }: Pick<HolderState, 'recused' | 'votes' | 'isAppeal' | 'satBefore'>,
  members: readonly string[],
): readonly string[] {
  const able = members.filter(
    (member) =>
      member !== requestedBy &&
      !recused.some((one) => seatOf(one) === member) &&
      !(isAppeal && satBefore.includes(member)),
  );
  return [...new Set([...able, ...votes.map(seatOf)])];
}

/**
 * What the seats of a holder have to become, since a committee with fewer members than its quorum could never decide: the
 * quorum that is set, or everybody who is left; with nobody left, the committee of the network. Undefined where they stay.
 */
export function seatsAfter(
  state: Pick<RequestState, 'requestedBy'>,
  holder: Pick<HolderState, 'committee' | 'quorum' | 'rule' | 'recused' | 'votes' | 'isAppeal' | 'satBefore'>,
  members: readonly string[],
): Seats | undefined {
  if (holder.committee === 'network') return undefined;
  const voters = votersOf(state, holder, members).length;
  const seats: Seats =
    voters === 0 ? { committee: 'network', quorum: 1 } : { committee: 'own', quorum: Math.min(holder.rule, voters) };
  return seats.committee === holder.committee && seats.quorum === holder.quorum ? undefined : seats;
}
