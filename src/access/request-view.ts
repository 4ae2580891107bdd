import type { AccessRequest, ConditionMatch, HolderView } from '#wire';
import { votersOf } from './committee-seats.ts';
import type { RequestEvent } from './request-events.ts';
import { type HolderState, holdersOf, type RequestState, versionAt } from './request-state.ts';
import { isSameSeat, seatOf } from './seat-of.ts';
import { actAt, type Visitor } from './visitor.ts';

/** A holder decides within three months of having all it needs (EHDS, Article 68(4)). */
const DECISION_MS = 90 * 86_400_000;
/** A refusal can be appealed for this long. */
export const APPEAL_MS = 30 * 86_400_000;

/** Whether the fee of a grant is accepted is said within this time; afterwards nothing is granted. */
export const FEE_ANSWER_MS = 60 * 86_400_000;

/** How the conditions of a holder's datasets stand to the purpose. */
export type Matching = ReadonlyMap<string, HolderView['matching']>;

/** Where a request stands as a whole. */
export function standingOf(state: RequestState): AccessRequest['state'] {
  if (state.isWithdrawn) return 'withdrawn';
  if (state.submittedAtMs === null) return 'draft';
  if (state.holders.some(({ turn }) => turn !== 'nobody')) return 'submitted';
  return state.holders.some(({ permitIds }) => permitIds.length > 0) ? 'granted' : 'refused';
}

/** Whether somebody may act for a holder: its own committee, that of the network in its place, and both on an appeal. */
export function sitsFor(visitor: Visitor, holder: Pick<HolderState, 'siteId' | 'committee' | 'isAppeal'>): boolean {
  if (visitor.committeeOf.includes(holder.siteId)) return true;
  return visitor.isOfNetworkCommittee && (holder.committee === 'network' || holder.isAppeal);
}

/** Whether somebody, or the member in whose seat they sit, stands aside. */
export function stoodAside({ siteId, recused }: HolderState, visitor: Visitor): boolean {
  return recused.some((one) => isSameSeat(one, actAt(visitor, siteId)));
}

/** Whether somebody asked for it, or sits in the seat of who did: nobody decides on their own request, or chooses who does. */
export function isRequesters(
  { requestedBy }: Pick<RequestState, 'requestedBy'>,
  { siteId }: Pick<HolderState, 'siteId'>,
  visitor: Visitor,
): boolean {
  return requestedBy === visitor.id || requestedBy === seatOf(actAt(visitor, siteId));
}

/** Whether somebody may read a request: who asked, who decides, who looks after the whole. Drafts are their writer's alone. */
export function mayRead(state: RequestState, visitor: Visitor): boolean {
  if (state.requestedBy === visitor.id) return true;
  if (state.submittedAtMs === null) return false;
  return (
    visitor.readsAll ||
    visitor.isProgram ||
    visitor.isOfNetworkCommittee ||
    holdersOf(state.form).some((siteId) => visitor.committeeOf.includes(siteId))
  );
}

/** Whether somebody may read what the committee of a holder says among itself; of one's own request nobody does, nor who stands aside. */
function seesInside(state: RequestState, visitor: Visitor, holder: HolderState): boolean {
  if (stoodAside(holder, visitor)) return false;
  return !isRequesters(state, holder, visitor) && (visitor.readsAll || sitsFor(visitor, holder));
}

/** A request as somebody may see it: votes and inner comments are for the committee of that holder and for who looks after the whole. */
export function viewOf(
  state: RequestState,
  visitor: Visitor,
  {
    nowMs,
    matching,
    members,
  }: {
    readonly nowMs: number;
    readonly matching?: Matching;
    /** Members of each holder's own committee. */
    readonly members: ReadonlyMap<string, readonly string[]>;
  },
): AccessRequest {
  const { form, requestId, requestedBy, holders } = state;
  const decided = holders.flatMap(({ decision }) => decision ?? []).sort((a, b) => a.atMs - b.atMs);
  const last = holders.every(({ turn }) => turn === 'nobody') ? decided.at(-1) : undefined;
  return {
    ...form,
    requestId,
    requestedBy,
    requestedAtMs: state.submittedAtMs ?? state.draftedAtMs,
    state: standingOf(state),
    decidedBy: last?.by ?? null,
    decidedAtMs: last?.atMs ?? null,
    because: last?.text ?? null,
    permitIds: holders.flatMap((holder) => holder.permitIds),
    version: state.version,
    holders: holders.map((holder) =>
      holderView(holder, state, {
        nowMs,
        seesInside: seesInside(state, visitor, holder),
        visitor,
        matching: matching?.get(holder.siteId) ?? [],
        members: members.get(holder.siteId) ?? [],
      }),
    ),
    draftMatching:
      state.submittedAtMs === null
        ? [...(matching ?? [])].flatMap(([siteId, matched]) => matched.map((one) => ({ siteId, ...one })))
        : [],
    entries: matching === undefined ? [] : entriesOf(state, visitor),
    mayDecideFor:
      requestedBy === visitor.id
        ? []
        : holders
            .filter((one) => sitsFor(visitor, one) && !stoodAside(one, visitor) && !isRequesters(state, one, visitor))
            .map(({ siteId }) => siteId),
    isOwn: requestedBy === visitor.id,
  };
}

function holderView(
  holder: HolderState,
  request: RequestState,
  seen: {
    readonly nowMs: number;
    readonly seesInside: boolean;
    readonly visitor: Visitor;
    readonly matching: HolderView['matching'];
    readonly members: readonly string[];
  },
): HolderView {
  const { siteId, state, turn, turnSinceMs, ballot, isAppeal, committee, quorum, question, decision } = holder;
  const running = turn === 'holder' ? Math.max(0, seen.nowMs - turnSinceMs) : 0;
  return {
    siteId,
    datasets: request.form.datasets.filter((dataset) => dataset.siteId === siteId).map(({ name }) => name),
    state,
    turn,
    turnSinceMs,
    holderSpentMs: holder.holderSpentMs + running,
    dueAtMs: turn === 'holder' ? turnSinceMs + Math.max(0, DECISION_MS - holder.holderSpentMs) : null,
    ballot,
    isAppeal,
    committee,
    quorum,
    voters: committee === 'network' ? null : votersOf(request, holder, seen.members).length,
    version: versionAt(request, holder),
    fee: holder.fee,
    votes: seen.seesInside ? holder.votes.map(({ by, atMs, vote, text }) => ({ by, atMs, vote, because: text })) : [],
    recused: holder.recused
      .filter(({ by }) => seen.seesInside || by === seen.visitor.id)
      .map(({ by, because }) => ({ by, because })),
    matching: [...seen.matching],
    decision:
      decision === null
        ? null
        : {
            decision: decision.decision,
            atMs: decision.atMs,
            because: decision.text,
            reason: decision.reason,
            conditions: [...decision.conditions],
            waivers: [...decision.waivers],
            permitIds: [...decision.permitIds],
            fee: decision.fee ?? null,
            feeAnswer: holder.feeAnswer,
            feeAnswerUntilMs: state === 'fee-asked' ? decision.atMs + FEE_ANSWER_MS : null,
            appealUntilMs: decision.isAppealable && !isAppeal ? decision.atMs + APPEAL_MS : null,
            version: decision.version,
          },
    question,
  };
}

function entriesOf(state: RequestState, visitor: Visitor): AccessRequest['entries'] {
  const inside = new Set(
    state.holders.filter((holder) => seesInside(state, visitor, holder)).map(({ siteId }) => siteId),
  );
  return state.events
    .map(entryOf)
    .filter(({ internal, siteId }) => !internal || (siteId !== null && inside.has(siteId)));
}

function entryOf(event: RequestEvent): AccessRequest['entries'][number] {
  const { atMs, by } = event;
  const told = { atMs, by, kind: event.kind, siteId: null, text: null, internal: false };
  switch (event.kind) {
    case 'drafted':
    case 'revised':
    case 'submitted':
      return told;
    case 'commented':
      return { ...told, siteId: event.internalTo, text: event.text, internal: event.internalTo !== null };
    case 'amended':
      return { ...told, kind: event.renews ? 'renewed' : 'amended', text: event.text };
    case 'withdrawn':
      return { ...told, text: event.text };
    case 'recused':
    case 'voted':
      return { ...told, siteId: event.siteId, text: event.text, internal: true };
    case 'reseated':
    case 'fee-stated':
    case 'fee-accepted':
    case 'fee-declined':
      return { ...told, siteId: event.siteId };
    default:
      return { ...told, siteId: event.siteId, text: event.text };
  }
}

/** Conditions with this verdict, each once. */
export function termsThatAre(verdict: ConditionMatch['verdict'], matching: HolderView['matching']): readonly string[] {
  const terms = matching.flatMap(({ conditions }) => conditions).filter((one) => one.verdict === verdict);
  return [...new Set(terms.map(({ term }) => term))];
}
