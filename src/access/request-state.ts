import { type AccessForm, type Fee, feeCents, type HolderView } from '#wire';
import type { RequestEvent } from './request-events.ts';
import { isSameSeat, type Seated, seatOf } from './seat-of.ts';

type Of<Kind extends RequestEvent['kind']> = Extract<RequestEvent, { kind: Kind }>;

/** A vote that counts. */
export type CountedVote = Pick<
  Of<'voted'>,
  'by' | 'seat' | 'atMs' | 'vote' | 'text' | 'reason' | 'conditions' | 'waivers'
>;

/** A request at one holder. */
export interface HolderState {
  readonly siteId: string;
  readonly state: HolderView['state'];
  readonly turn: HolderView['turn'];
  readonly turnSinceMs: number;
  readonly holderSpentMs: number;
  readonly ballot: number;
  readonly isAppeal: boolean;
  readonly committee: 'own' | 'network';
  readonly quorum: number;
  /** The quorum that is set for the committee, however few members it has now. */
  readonly rule: number;
  /** How often the fee was stated: a vote is for one of these. */
  readonly feeStatements: number;
  /** What is asked for a grant. */
  readonly fee: Fee | null;
  readonly feeAnswer: { readonly accepted: boolean; readonly atMs: number } | null;
  /** Of the present ballot; the last of a seat counts. */
  readonly votes: readonly CountedVote[];
  /** Who decided what is appealed against: they do not sit on the appeal. */
  readonly satBefore: readonly string[];
  readonly recused: readonly (Seated & { readonly because: string })[];
  readonly decision: (Of<'decided'> & { readonly version: number; readonly isAppealable: boolean }) | null;
  readonly question: string | null;
  /** Of the last grant; a refused amendment or renewal leaves them. */
  readonly permitIds: readonly string[];
}

/** A request as its events tell it. */
export interface RequestState {
  readonly requestId: string;
  readonly form: AccessForm;
  /** Of the form. */
  readonly version: number;
  readonly requestedBy: string;
  readonly draftedAtMs: number;
  readonly submittedAtMs: number | null;
  readonly isWithdrawn: boolean;
  readonly holders: readonly HolderState[];
  readonly events: readonly RequestEvent[];
  /** Fees that each holder has stated up to now, also one that was left out meanwhile. */
  readonly feesStated: Readonly<Record<string, number>>;
}

/** Folds the events of a request; undefined before there is any. */
export function foldRequest(events: readonly RequestEvent[]): RequestState | undefined {
  const [first, ...rest] = events;
  if (first?.kind !== 'drafted') return undefined;
  const begun: RequestState = {
    requestId: first.requestId,
    form: first.form,
    version: 1,
    requestedBy: first.by,
    draftedAtMs: first.atMs,
    submittedAtMs: null,
    isWithdrawn: false,
    holders: [],
    events,
    feesStated: {},
  };
  return rest.reduce(next, begun);
}

/** Whether a statement of a fee asks for anything: one that is reduced to nothing does not. */
export function isCharged(fee: Fee | null | undefined): fee is Fee {
  return fee != null && feeCents(fee) > 0;
}

/** Of what a holder decides on: it goes up when the request or the fee changes. */
export function versionAt(state: Pick<RequestState, 'version'>, holder: Pick<HolderState, 'feeStatements'>): number {
  return state.version + holder.feeStatements;
}

/** Holders of a form, in the order it names them. */
export function holdersOf(form: AccessForm): readonly string[] {
  return [...new Set(form.datasets.map(({ siteId }) => siteId))];
}

function next(state: RequestState, event: RequestEvent): RequestState {
  switch (event.kind) {
    case 'drafted':
    case 'commented':
    case 'revoked':
      return state;
    case 'revised':
      return {
        ...state,
        form: event.form,
        version: state.version + 1,
        // Nobody has voted on what is asked now.
        holders: state.holders.map((holder) =>
          holder.turn === 'nobody' ? holder : { ...backFromFee(holder, event.atMs), votes: [] },
        ),
      };
    case 'submitted':
      return {
        ...state,
        submittedAtMs: event.atMs,
        holders: holdersOf(state.form).map((siteId) => opened(siteId, event.seats, event.atMs)),
      };
    case 'amended':
      return amended(state, event);
    case 'withdrawn':
      return {
        ...state,
        isWithdrawn: true,
        holders: state.holders.map((holder) =>
          holder.turn === 'nobody' ? holder : { ...turned(holder, 'nobody', event.atMs), state: 'withdrawn' },
        ),
      };
    default:
      return {
        ...state,
        ...(event.kind === 'fee-stated'
          ? { feesStated: { ...state.feesStated, [event.siteId]: (state.feesStated[event.siteId] ?? 0) + 1 } }
          : {}),
        holders: state.holders.map((holder) =>
          holder.siteId === event.siteId ? atHolder(holder, event, state.version) : holder,
        ),
      };
  }
}

function atHolder(
  holder: HolderState,
  event: Exclude<
    RequestEvent,
    { kind: 'drafted' | 'revised' | 'submitted' | 'commented' | 'amended' | 'withdrawn' | 'revoked' }
  >,
  version: number,
): HolderState {
  switch (event.kind) {
    case 'moved':
      return {
        ...turned(holder, event.state === 'conditions-indicated' ? 'requester' : 'holder', event.atMs),
        state: event.state,
        question: null,
        votes: openVotes(holder),
      };
    case 'asked':
      return { ...turned(holder, 'requester', event.atMs), state: 'question-asked', question: event.text };
    case 'answered':
      return {
        ...turned(holder, 'holder', event.atMs),
        state: holder.state === 'conditions-indicated' ? 'conditions-met' : 'checking-availability',
        question: null,
        votes: openVotes(holder),
      };
    case 'recused':
      return {
        ...holder,
        recused: [
          ...holder.recused.filter(({ by }) => by !== event.by),
          { by: event.by, seat: event.seat, because: event.text },
        ],
        votes: holder.votes.filter((vote) => !isSameSeat(vote, event)),
      };
    case 'reseated':
      return { ...holder, committee: event.committee, quorum: event.quorum };
    case 'fee-stated':
      // Nobody has voted on what is asked now.
      return { ...holder, fee: event.fee, feeStatements: holder.feeStatements + 1, votes: [] };
    case 'fee-accepted':
      return {
        ...turned(holder, 'nobody', event.atMs),
        state: 'granted',
        permitIds: event.permitIds,
        feeAnswer: { accepted: true, atMs: event.atMs },
        decision: holder.decision === null ? null : { ...holder.decision, permitIds: event.permitIds },
      };
    case 'fee-declined':
      return {
        ...turned(holder, 'nobody', event.atMs),
        // What was granted before an amendment stays.
        state: holder.permitIds.length > 0 ? 'granted' : 'withdrawn',
        feeAnswer: { accepted: false, atMs: event.atMs },
      };
    case 'voted':
      return { ...holder, votes: [...holder.votes.filter((vote) => !isSameSeat(vote, event)), event] };
    case 'decided': {
      const asksFee = event.decision === 'granted' && isCharged(event.fee);
      return {
        ...turned(holder, asksFee ? 'requester' : 'nobody', event.atMs),
        state: asksFee
          ? 'fee-asked'
          : event.decision === 'granted'
            ? 'granted'
            : event.reason === 'data-not-available'
              ? 'not-available'
              : 'refused',
        question: null,
        permitIds: event.decision === 'granted' && !asksFee ? event.permitIds : holder.permitIds,
        feeAnswer: null,
        decision: { ...event, version, isAppealable: event.decision === 'refused' && !holder.isAppeal },
      };
    }
    case 'appealed':
      return {
        ...turned(holder, 'holder', event.atMs),
        state: 'submitted',
        ballot: holder.ballot + 1,
        isAppeal: true,
        // Of requests from before there were votes only who decided is known.
        satBefore: [
          ...holder.votes.flatMap((vote) => [vote.by, seatOf(vote)]),
          ...(holder.decision === null ? [] : [holder.decision.by]),
        ],
        votes: [],
      };
  }
}

/** A grant whose fee is not accepted yet is open again where something else is asked: nobody granted that. */
function backFromFee(holder: HolderState, atMs: number): HolderState {
  return holder.state === 'fee-asked' ? { ...turned(holder, 'holder', atMs), state: 'submitted' } : holder;
}

/** Votes that made a grant do not make another one. */
function openVotes({ state, votes }: HolderState): HolderState['votes'] {
  return state === 'fee-asked' ? [] : votes;
}

function amended(state: RequestState, event: Of<'amended'>): RequestState {
  const kept = new Map(state.holders.map((holder) => [holder.siteId, holder]));
  return {
    ...state,
    form: event.form,
    version: state.version + 1,
    holders: holdersOf(event.form).map((siteId) => {
      const before = kept.get(siteId);
      // A holder that was left out and comes back goes on counting: a vote for an earlier version must not count for a later one.
      if (before === undefined) {
        return { ...opened(siteId, event.seats, event.atMs), feeStatements: state.feesStated[siteId] ?? 0 };
      }
      if (!event.reopens.includes(siteId)) return before;
      const anew = opened(siteId, event.seats, event.atMs);
      return {
        ...anew,
        ballot: before.ballot + 1,
        decision: before.decision,
        permitIds: before.permitIds,
        holderSpentMs: before.holderSpentMs,
        recused: before.recused,
        feeStatements: before.feeStatements,
        feeAnswer: before.feeAnswer,
      };
    }),
  };
}

function opened(siteId: string, seats: Of<'submitted'>['seats'], atMs: number): HolderState {
  const { committee, quorum, rule = quorum } = seats[siteId] ?? { committee: 'network' as const, quorum: 1 };
  return {
    siteId,
    state: 'submitted',
    turn: 'holder',
    turnSinceMs: atMs,
    holderSpentMs: 0,
    ballot: 1,
    isAppeal: false,
    committee,
    quorum,
    rule,
    feeStatements: 0,
    fee: null,
    feeAnswer: null,
    votes: [],
    satBefore: [],
    recused: [],
    decision: null,
    question: null,
    permitIds: [],
  };
}

/** The clock of the holder runs while it is the holder's turn, and stands while the requester is waited for. */
function turned(holder: HolderState, turn: HolderState['turn'], atMs: number): HolderState {
  if (holder.turn === turn) return holder;
  const spent = holder.turn === 'holder' ? Math.max(0, atMs - holder.turnSinceMs) : 0;
  return { ...holder, turn, turnSinceMs: atMs, holderSpentMs: holder.holderSpentMs + spent };
}
