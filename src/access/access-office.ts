import type { Journal } from '#audit';
import { type Clock, type Json, UnicaError } from '#base';
import type { SiteKeys } from '#identity';
import type { Database } from '#store';
import {
  type AccessForm,
  type AccessRequest,
  accessFormSchema,
  coversOperation,
  type DatasetAddress,
  type Fee,
  feeCents,
  type HolderView,
  type MOVES,
  type Operation,
  type PermitView,
  permitClaimsSchema,
  type VoteInput,
} from '#wire';
import type { AccessTables } from './access-tables.ts';
import { cedarText } from './cedar-text.ts';
import { seatsAfter } from './committee-seats.ts';
import { type IssuedPermit, issuePermit } from './issue-permit.ts';
import { type ConditionedDataset, matchPurpose } from './match-purpose.ts';
import { compilePolicy, type PolicyClause } from './policy.ts';
import { RequestBook, type Step } from './request-book.ts';
import type { RequestEvent } from './request-events.ts';
import {
  type CountedVote,
  foldRequest,
  type HolderState,
  holdersOf,
  isCharged,
  type RequestState,
  versionAt,
} from './request-state.ts';
import {
  APPEAL_MS,
  FEE_ANSWER_MS,
  isRequesters,
  mayRead,
  sitsFor,
  standingOf,
  stoodAside,
  termsThatAre,
  viewOf,
} from './request-view.ts';
import { seatOf } from './seat-of.ts';
import { tally } from './tally.ts';
import { actAt, requester, type Visitor } from './visitor.ts';

/** What a requester writes; what is left out of it has its default. */
export type AccessApplication = Pick<AccessForm, 'title' | 'purpose' | 'operations' | 'datasets' | 'days'> &
  Partial<AccessForm>;

/** One person's drafts and undecided requests. */
const MOST_OPEN = 100;
/** Of one request, of everybody together. */
const MOST_COMMENTS = 300;

/** Requests, their decisions, and the permits that follow. Every step is refused with `access.not-now` where it comes too early or too late. */
export interface AccessOffice {
  /** Keeps a request that nobody but its writer reads. */
  draft(form: AccessApplication, by: string): Promise<AccessRequest>;
  /** Changes a draft, or what was asked for while it is the requester's turn somewhere. */
  revise(requestId: string, form: AccessForm, by: string): Promise<AccessRequest>;
  send(requestId: string, by: string): Promise<AccessRequest>;
  /** Drafts and sends in one. */
  submit(form: AccessApplication, by: string): Promise<AccessRequest>;
  comment(
    requestId: string,
    words: { readonly text: string; readonly internalTo: string | null },
    visitor: Visitor,
  ): Promise<AccessRequest>;
  /** A holder tells where its work on the request stands. @throws UnicaError `access.other-committee`. */
  move(
    requestId: string,
    siteId: string,
    to: { readonly state: (typeof MOVES)[number]; readonly note: string },
    visitor: Visitor,
  ): Promise<AccessRequest>;
  /** A holder asks back: the requester's turn. @throws UnicaError `access.other-committee`. */
  ask(requestId: string, siteId: string, text: string, visitor: Visitor): Promise<AccessRequest>;
  answer(requestId: string, siteId: string, text: string, by: string): Promise<AccessRequest>;
  /** A member stands aside for a conflict of interest; a vote of theirs no longer counts. */
  recuse(requestId: string, siteId: string, because: string, visitor: Visitor): Promise<AccessRequest>;
  /**
   * A member votes; the vote that makes a quorum and a majority decides, and a grant issues a permit for each dataset.
   * @throws UnicaError `access.own-request`, `access.other-committee`, `access.stood-aside`, `access.sat-before`, `access.version-passed`,
   * `access.conditions-breached`.
   */
  vote(requestId: string, siteId: string, vote: VoteInput, visitor: Visitor): Promise<AccessRequest>;
  /**
   * One vote for every holder that the member may decide for and that is undecided.
   * @throws UnicaError `access.already-decided`, and as {@link vote}.
   */
  decide(
    requestId: string,
    decision: {
      readonly decision: 'granted' | 'refused';
      readonly because: string;
      readonly version?: number | undefined;
    },
    member: Visitor,
  ): Promise<AccessRequest>;
  /** What a holder asks for a grant, told before the vote; votes cast before it no longer count. @throws UnicaError `access.other-committee`. */
  stateFee(requestId: string, siteId: string, fee: Fee | null, visitor: Visitor): Promise<AccessRequest>;
  /**
   * The requester agrees to the fee of a grant, and its permits are issued; or does not, and nothing is granted.
   * @throws UnicaError `access.version-passed` where another amount was read.
   */
  answerFee(
    requestId: string,
    siteId: string,
    answer: { readonly accepts: boolean; readonly cents: number; readonly currency: Fee['currency'] },
    by: string,
  ): Promise<AccessRequest>;
  /** Grants whose fee nobody answered in time are not accepted; looked at once an hour at most. */
  lapseFees(): Promise<void>;
  /**
   * Quorums of open requests follow who is on the committees: a committee that lost members decides with those who are left, and
   * that of the network where nobody is. Each change is in the journal.
   */
  followSeats(): Promise<void>;
  /** Once, within thirty days of a refusal: other members decide anew. */
  appeal(requestId: string, siteId: string, because: string, by: string): Promise<AccessRequest>;
  /** Asks for something else, or longer: holders decide anew, and what they granted before holds until then. */
  amend(
    requestId: string,
    amendment: { readonly form: AccessForm; readonly because: string },
    by: string,
  ): Promise<AccessRequest>;
  /** The requester no longer asks; permits that were issued end. */
  withdraw(requestId: string, because: string, by: string): Promise<AccessRequest>;
  /** What somebody may read of one request. @throws UnicaError `http.not-found`. */
  request(requestId: string, visitor: Visitor): Promise<AccessRequest>;
  /** All that somebody may read, newest first, without matching and record. */
  requests(visitor: Visitor): Promise<readonly AccessRequest[]>;
  /** As everybody may know them, by the public register. */
  published(): Promise<readonly RequestState[]>;
  /** Permits of the requests that somebody may read, newest first; all without a visitor. */
  permits(visitor?: Visitor): Promise<readonly PermitView[]>;
  /** Current permits that a request got for an operation. @throws UnicaError `http.not-found` where it is not theirs to use. */
  currentPermits(
    requestId: string,
    operation: Operation,
    by: Pick<Visitor, 'id' | 'isProgram'>,
  ): Promise<readonly PermitView[]>;
  /**
   * The policy that a permit's site holds it against, beside the rules of the node that only the node knows, for people and as
   * text of the language Cedar. @throws UnicaError `http.not-found`.
   */
  policy(
    permitId: string,
    visitor: Visitor,
  ): Promise<{ readonly clauses: readonly PolicyClause[]; readonly cedar: string }>;
  /** The signed token of a permit that holds. @throws UnicaError `http.not-found`, `access.permit-refused` where it is over. */
  token(permitId: string): Promise<string>;
  /** @throws UnicaError `http.not-found`, `access.other-committee`. */
  revoke(permitId: string, visitor: Visitor, because: string): Promise<void>;
  /** Revoked permits whose sites have not been told. */
  revocationsToSend(): Promise<readonly { readonly permitId: string; readonly siteId: string }[]>;
  revocationSent(permitId: string): Promise<void>;
  /** How many votes a holder's committee decides with; 1 where nothing is set. */
  quorums(): Promise<ReadonlyMap<string, number>>;
  setQuorum(siteId: string, quorum: number, by: string): Promise<void>;
}

/** Reading every request costs something, and a last day is a day. */
const FEES_LOOKED_AT_MS = 3_600_000;

/** What the office needs of the house. */
export interface AccessOfficeParts {
  readonly keys: SiteKeys;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  /** The hub's address, stated as issuer. */
  readonly issuer: string;
  /** The conditions of a dataset as its holder published them; undefined where it has published none. */
  readonly conditionsOf?: (dataset: DatasetAddress) => Promise<ConditionedDataset | undefined>;
  /** Whose seats of each holder's own committee somebody acts in, by holder; none where it has no committee of its own. */
  readonly members?: () => Promise<ReadonlyMap<string, readonly string[]>>;
}

/** Opens the office over a migrated database. */
export function openAccessOffice<Tables extends AccessTables>(
  database: Database<Tables>,
  options: AccessOfficeParts,
): AccessOffice {
  const office = database as unknown as Database<AccessTables>;
  const db = office.kysely;
  const book = new RequestBook(office);
  const { clock, journal, newId, conditionsOf = async () => undefined, members = async () => new Map() } = options;
  /** Who was on the committees when quorums were last held against it. */
  let seatsFollowed = '';
  let feesLookedAtMs = Number.NEGATIVE_INFINITY;

  const matchingOf = async ({ form }: RequestState): Promise<ReadonlyMap<string, HolderView['matching']>> => {
    const purpose = { use: form.use, ethics: form.ethics !== null };
    const matched = await Promise.all(
      form.datasets.map(async (dataset) => ({
        siteId: dataset.siteId,
        dataset: dataset.name,
        conditions: [...matchPurpose(purpose, (await conditionsOf(dataset)) ?? { conditions: [] })],
      })),
    );
    return new Map(
      holdersOf(form).map((siteId) => [
        siteId,
        matched.filter((one) => one.siteId === siteId).map(({ dataset, conditions }) => ({ dataset, conditions })),
      ]),
    );
  };

  const shown = async (state: RequestState, visitor: Visitor) =>
    viewOf(state, visitor, { nowMs: clock(), matching: await matchingOf(state), members: await members() });

  const seatsOfForm = async (form: AccessForm) => {
    const [quorums, seated] = await Promise.all([quorumsNow(), members()]);
    return Object.fromEntries(
      holdersOf(form).map((siteId) => {
        const seats = seated.get(siteId)?.length ?? 0;
        const rule = quorums.get(siteId) ?? 1;
        // A committee that has fewer members than its quorum could never decide.
        return seats === 0
          ? ([siteId, { committee: 'network' as const, quorum: 1 }] as const)
          : ([siteId, { committee: 'own' as const, quorum: Math.min(rule, seats), rule }] as const);
      }),
    );
  };

  const quorumsNow = async () => {
    const rows = await db.selectFrom('access_quorums').selectAll().execute();
    return new Map(rows.map((row) => [row.site_id, row.quorum]));
  };

  const note = async (actor: string, action: string, subject: string, facts: Record<string, Json> = {}) => {
    await journal.append({ actor, action, subject, facts });
  };

  const own = (state: RequestState, by: string) => {
    if (state.requestedBy !== by) throw new UnicaError('http.not-found', { what: 'access request of that number' });
  };

  /** A holder of a request that has been sent. @throws UnicaError `http.not-found`. */
  const holderOf = (state: RequestState, siteId: string): HolderState => {
    const holder = state.holders.find((one) => one.siteId === siteId);
    if (holder === undefined) throw new UnicaError('http.not-found', { what: 'holder of that name in the request' });
    return holder;
  };

  const seated = (state: RequestState, siteId: string, visitor: Visitor): HolderState => {
    if (!mayRead(state, visitor)) throw new UnicaError('http.not-found', { what: 'access request of that number' });
    const holder = holderOf(state, siteId);
    if (isRequesters(state, holder, visitor)) throw new UnicaError('access.own-request');
    if (!sitsFor(visitor, holder)) throw new UnicaError('access.other-committee', { siteId });
    if (stoodAside(holder, visitor)) throw new UnicaError('access.stood-aside');
    return holder;
  };

  const permitsOf = async (
    state: RequestState,
    siteId: string,
    judged: readonly { readonly dataset: string; readonly terms: readonly string[] }[],
    nowMs: number,
  ): Promise<readonly IssuedPermit[]> =>
    await Promise.all(
      judged.map(
        async ({ dataset, terms }) =>
          await issuePermit(
            state,
            { siteId, dataset, judged: terms },
            { keys: options.keys, issuer: options.issuer, permitId: newId('permit'), nowMs },
          ),
      ),
    );

  /** What votes come to; nothing while they decide nothing. A grant with a fee waits for the requester. */
  const concluded = async (state: RequestState, holder: HolderState, by: string): Promise<Step> => {
    const { siteId, votes, fee } = holder;
    const outcome = tally(holder);
    if (outcome === undefined) return { events: [] };
    const atMs = clock();
    const reasons = votes
      .filter(({ vote }) => vote === (outcome.decision === 'granted' ? 'grant' : 'refuse'))
      .map(({ text }) => text);
    const granted = outcome.decision === 'granted';
    const judged = granted
      ? ((await matchingOf(state)).get(siteId) ?? []).map((matched) => ({
          dataset: matched.dataset,
          terms: [...judgedOf(matched, outcome.waivers)],
        }))
      : [];
    const waits = granted && isCharged(fee);
    const permits = granted && !waits ? await permitsOf(state, siteId, judged, atMs) : [];
    return {
      events: [
        {
          kind: 'decided',
          atMs,
          by,
          siteId,
          decision: outcome.decision,
          text: [...new Set(reasons)].join('\n\n').slice(0, 8000),
          reason: granted ? null : outcome.reason,
          conditions: granted ? [...outcome.conditions] : [],
          waivers: granted ? [...outcome.waivers] : [],
          permitIds: permits.map(({ claims }) => claims.jti),
          fee: granted ? fee : null,
          ...(waits ? { judged } : {}),
        },
      ],
      permits,
      // What was granted before is replaced by what is granted now, and stays where an amendment is refused.
      revoked: granted && !waits ? holder.permitIds : [],
    };
  };

  /** The seats of a holder as they are to be now, and what the votes come to with them. */
  const reseated = async (state: RequestState, siteId: string, by: string): Promise<Step> => {
    const holder = holderOf(state, siteId);
    if (holder.turn === 'nobody') return { events: [] };
    const seats = seatsAfter(state, holder, (await members()).get(siteId) ?? []);
    if (seats === undefined) return { events: [] };
    const moved: RequestEvent = { kind: 'reseated', atMs: clock(), by, siteId, ...seats };
    const after = followed(state, [moved]);
    const step = holder.turn === 'holder' ? await concluded(after, holderOf(after, siteId), by) : { events: [] };
    return { ...step, events: [moved, ...step.events] };
  };

  /** A vote and, where it decides, the decision and its permits. */
  const ballot = async (before: RequestState, siteId: string, input: VoteInput, visitor: Visitor): Promise<Step> => {
    const holder = seated(before, siteId, visitor);
    if (holder.turn !== 'holder') throw notNow(holder);
    const act = actAt(visitor, siteId);
    if (holder.isAppeal && [visitor.id, seatOf(act)].some((one) => holder.satBefore.includes(one))) {
      throw new UnicaError('access.sat-before');
    }
    if (input.version !== versionAt(before, holder)) throw new UnicaError('access.version-passed');
    const breached = termsThatAre('breached', (await matchingOf(before)).get(siteId) ?? []);
    const waivers = input.vote === 'grant' ? input.waivers.filter(({ term }) => breached.includes(term)) : [];
    const open = breached.filter((term) => !waivers.some((waiver) => waiver.term === term));
    if (input.vote === 'grant' && open.length > 0) {
      throw new UnicaError('access.conditions-breached', { siteId, terms: open.join(', ') });
    }
    const voted: RequestEvent = {
      kind: 'voted',
      atMs: clock(),
      ...act,
      siteId,
      version: input.version,
      vote: input.vote,
      text: input.because,
      reason: input.vote === 'refuse' ? input.reason : null,
      conditions: input.vote === 'grant' ? input.conditions : [],
      waivers,
    };
    // Whoever left meanwhile is not waited for.
    const seats = seatsAfter(before, holder, (await members()).get(siteId) ?? []);
    const events: readonly RequestEvent[] = [
      ...(seats === undefined ? [] : [{ kind: 'reseated' as const, atMs: clock(), by: visitor.id, siteId, ...seats }]),
      voted,
    ];
    const state = followed(before, events);
    const step = await concluded(state, holderOf(state, siteId), visitor.id);
    return { ...step, events: [...events, ...step.events] };
  };

  const noteBallots = async (requestId: string, member: string, events: readonly RequestEvent[]) => {
    for (const event of events) {
      if (event.kind === 'voted') {
        const { siteId, seat } = event;
        await note(member, 'access.voted', requestId, { siteId, ...(seat === undefined ? {} : { standsInFor: seat }) });
      }
      if (event.kind === 'reseated') {
        const { siteId, committee, quorum } = event;
        await note(member, 'access.reseated', requestId, { siteId, committee, quorum });
      }
      if (event.kind !== 'decided') continue;
      const { siteId, decision, permitIds, reason } = event;
      await note(member, `access.${decision}`, requestId, {
        siteId,
        permits: permitIds.length,
        ...(reason === null ? {} : { reason }),
        ...(isCharged(event.fee) ? feeFacts(event.fee) : {}),
      });
    }
  };

  const submitted = async (form: AccessForm, by: string, isDraft: boolean): Promise<AccessRequest> => {
    const unfinished = (await book.all()).filter(
      (state) => state.requestedBy === by && ['draft', 'submitted'].includes(standingOf(state)),
    );
    if (unfinished.length >= MOST_OPEN) {
      throw new UnicaError('access.too-many', { what: 'drafts and undecided requests', most: MOST_OPEN });
    }
    const requestId = newId('request');
    const atMs = clock();
    const drafted: RequestEvent = { kind: 'drafted', atMs, by, requestId, form };
    const events: readonly RequestEvent[] = isDraft
      ? [drafted]
      : [drafted, { kind: 'submitted', atMs, by, seats: await seatsOfForm(form) }];
    await book.begin(requestId, events, atMs);
    if (!isDraft) await noteAsked(requestId, form, by);
    return await shown(await book.read(requestId), requester(by));
  };

  const noteAsked = async (requestId: string, form: AccessForm, by: string) =>
    await note(by, 'access.requested', requestId, {
      kind: form.kind,
      datasets: form.datasets.length,
      operations: form.operations,
    });

  const permitRow = async (permitId: string) => {
    const row = await db.selectFrom('permits').selectAll().where('permit_id', '=', permitId).executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'permit of that number' });
    return row;
  };

  return {
    draft: async (form, by) => await submitted(accessFormSchema.parse(form), by, true),
    submit: async (form, by) => await submitted(accessFormSchema.parse(form), by, false),
    async revise(requestId, form, by) {
      const state = await book.take(requestId, (now) => {
        own(now, by);
        const isOpen = now.submittedAtMs === null || now.holders.some(({ turn }) => turn === 'requester');
        if (now.isWithdrawn || !isOpen) throw new UnicaError('access.not-now', { state: standingOf(now) });
        // Holders that have the request before them would find another one; a new basket is an amendment or a new request.
        if (now.submittedAtMs !== null && basketOf(form) !== basketOf(now.form)) {
          throw new UnicaError('access.basket-fixed');
        }
        return { events: [{ kind: 'revised', atMs: clock(), by, form: accessFormSchema.parse(form) }] };
      });
      return await shown(state, requester(by));
    },
    async send(requestId, by) {
      const state = await book.take(requestId, async (now) => {
        own(now, by);
        if (now.submittedAtMs !== null || now.isWithdrawn)
          throw new UnicaError('access.not-now', { state: standingOf(now) });
        return { events: [{ kind: 'submitted', atMs: clock(), by, seats: await seatsOfForm(now.form) }] };
      });
      await noteAsked(requestId, state.form, by);
      return await shown(state, requester(by));
    },
    async comment(requestId, { text, internalTo }, visitor) {
      const state = await book.take(requestId, (now) => {
        if (!mayRead(now, visitor)) throw new UnicaError('http.not-found', { what: 'access request of that number' });
        if (internalTo !== null) seated(now, internalTo, visitor);
        if (now.holders.some((holder) => stoodAside(holder, visitor))) throw new UnicaError('access.stood-aside');
        if (now.events.filter(({ kind }) => kind === 'commented').length >= MOST_COMMENTS) {
          throw new UnicaError('access.too-many', { what: 'comments on one request', most: MOST_COMMENTS });
        }
        return { events: [{ kind: 'commented', atMs: clock(), by: visitor.id, text, internalTo }] };
      });
      return await shown(state, visitor);
    },
    async move(requestId, siteId, to, visitor) {
      const state = await book.take(requestId, (now) => {
        const holder = seated(now, siteId, visitor);
        if (holder.turn === 'nobody') throw notNow(holder);
        return {
          events: [{ kind: 'moved', atMs: clock(), by: visitor.id, siteId, state: to.state, text: to.note }],
        };
      });
      await note(visitor.id, 'access.moved', requestId, { siteId, state: to.state });
      return await shown(state, visitor);
    },
    async ask(requestId, siteId, text, visitor) {
      const state = await book.take(requestId, (now) => {
        const holder = seated(now, siteId, visitor);
        if (holder.turn !== 'holder') throw notNow(holder);
        return { events: [{ kind: 'asked', atMs: clock(), by: visitor.id, siteId, text }] };
      });
      await note(visitor.id, 'access.asked-back', requestId, { siteId });
      return await shown(state, visitor);
    },
    async answer(requestId, siteId, text, by) {
      const state = await book.take(requestId, (now) => {
        own(now, by);
        const holder = holderOf(now, siteId);
        if (holder.turn !== 'requester') throw notNow(holder);
        return { events: [{ kind: 'answered', atMs: clock(), by, siteId, text }] };
      });
      await note(by, 'access.answered', requestId, { siteId });
      return await shown(state, requester(by));
    },
    async recuse(requestId, siteId, because, visitor) {
      let events: readonly RequestEvent[] = [];
      const state = await book.take(requestId, async (now) => {
        const holder = seated(now, siteId, visitor);
        if (holder.turn === 'nobody') throw notNow(holder);
        const act = actAt(visitor, siteId);
        const aside: RequestEvent = { kind: 'recused', atMs: clock(), ...act, siteId, text: because };
        const step = await reseated(followed(now, [aside]), siteId, visitor.id);
        events = [aside, ...step.events];
        return { ...step, events };
      });
      await note(visitor.id, 'access.stood-aside', requestId, { siteId });
      await noteBallots(requestId, visitor.id, events);
      return await shown(state, visitor);
    },
    async vote(requestId, siteId, vote, visitor) {
      let events: readonly RequestEvent[] = [];
      const state = await book.take(requestId, async (now) => {
        const step = await ballot(now, siteId, vote, visitor);
        events = step.events;
        return step;
      });
      await noteBallots(requestId, visitor.id, events);
      return await shown(state, visitor);
    },
    async decide(requestId, { decision, because, version }, member) {
      let events: readonly RequestEvent[] = [];
      const state = await book.take(requestId, async (now) => {
        if (!mayRead(now, member)) throw new UnicaError('http.not-found', { what: 'access request of that number' });
        if (now.requestedBy === member.id) throw new UnicaError('access.own-request');
        const mine = now.holders.filter((holder) => sitsFor(member, holder));
        const [first] = now.holders;
        if (mine.length === 0) throw new UnicaError('access.other-committee', { siteId: first?.siteId ?? '' });
        const open = mine.filter(({ turn }) => turn === 'holder');
        if (open.length === 0) throw new UnicaError('access.already-decided', { requestId });
        if (version !== undefined && version !== now.version) throw new UnicaError('access.version-passed');
        const voteAt = (holder: HolderState): VoteInput => {
          const read = { version: versionAt(now, holder), because };
          return decision === 'granted'
            ? { vote: 'grant', ...read, conditions: [], waivers: [] }
            : { vote: 'refuse', ...read, reason: 'other' };
        };
        const steps = await Promise.all(
          open.map(async (holder) => await ballot(now, holder.siteId, voteAt(holder), member)),
        );
        events = steps.flatMap((step) => step.events);
        return {
          events,
          permits: steps.flatMap((step) => step.permits ?? []),
          revoked: steps.flatMap((step) => step.revoked ?? []),
        };
      });
      await noteBallots(requestId, member.id, events);
      return await shown(state, member);
    },
    async stateFee(requestId, siteId, fee, visitor) {
      const state = await book.take(requestId, (now) => {
        const holder = seated(now, siteId, visitor);
        if (holder.turn === 'nobody') throw notNow(holder);
        if (holder.state === 'fee-asked') throw notNow(holder);
        return { events: [{ kind: 'fee-stated', atMs: clock(), by: visitor.id, siteId, fee }] };
      });
      await note(visitor.id, 'access.fee-stated', requestId, { siteId, ...feeFacts(fee) });
      return await shown(state, visitor);
    },
    async answerFee(requestId, siteId, { accepts, cents, currency }, by) {
      const state = await book.take(requestId, async (now) => {
        own(now, by);
        const holder = holderOf(now, siteId);
        const { decision } = holder;
        if (holder.state !== 'fee-asked' || decision === null || !isCharged(decision.fee)) throw notNow(holder);
        if (feeCents(decision.fee) !== cents || decision.fee.currency !== currency) {
          throw new UnicaError('access.version-passed');
        }
        const atMs = clock();
        if (!accepts) return { events: [{ kind: 'fee-declined', atMs, by, siteId }] };
        if (atMs > decision.atMs + FEE_ANSWER_MS) throw new UnicaError('access.fee-answer-over', { siteId });
        const permits = await permitsOf(now, siteId, decision.judged ?? [], atMs);
        return {
          events: [{ kind: 'fee-accepted', atMs, by, siteId, permitIds: permits.map(({ claims }) => claims.jti) }],
          permits,
          revoked: holder.permitIds,
        };
      });
      await note(by, accepts ? 'access.fee-accepted' : 'access.fee-declined', requestId, { siteId, cents, currency });
      return await shown(state, requester(by));
    },
    async lapseFees() {
      const nowMs = clock();
      if (nowMs - feesLookedAtMs < FEES_LOOKED_AT_MS) return;
      feesLookedAtMs = nowMs;
      const isOver = ({ state, decision }: HolderState) =>
        state === 'fee-asked' && decision !== null && nowMs > decision.atMs + FEE_ANSWER_MS;
      for (const { requestId, holders } of await book.all()) {
        for (const { siteId } of holders.filter(isOver)) {
          let lapses = false;
          await book.take(requestId, (now) => {
            lapses = isOver(holderOf(now, siteId));
            return { events: lapses ? [{ kind: 'fee-declined', atMs: nowMs, by: 'hub', siteId }] : [] };
          });
          // Of several hubs one ends it; the requester may have answered meanwhile.
          if (lapses) await note('hub', 'access.fee-lapsed', requestId, { siteId });
        }
      }
    },
    async followSeats() {
      const seated = await members();
      const now = JSON.stringify([...seated].sort());
      if (now === seatsFollowed) return;
      for (const { requestId, holders } of await book.all()) {
        for (const { siteId, turn, committee } of holders) {
          if (turn === 'nobody' || committee === 'network') continue;
          let events: readonly RequestEvent[] = [];
          await book.take(requestId, async (state) => {
            const step = await reseated(state, siteId, 'hub');
            events = step.events;
            return step;
          });
          await noteBallots(requestId, 'hub', events);
        }
      }
      seatsFollowed = now;
    },
    async appeal(requestId, siteId, because, by) {
      let events: readonly RequestEvent[] = [];
      const state = await book.take(requestId, async (now) => {
        own(now, by);
        const holder = holderOf(now, siteId);
        const { decision } = holder;
        if (decision?.isAppealable !== true || holder.turn !== 'nobody') throw notNow(holder);
        if (clock() > decision.atMs + APPEAL_MS) throw new UnicaError('access.appeal-over', { siteId });
        const appealed: RequestEvent = { kind: 'appealed', atMs: clock(), by, siteId, text: because };
        // Whoever sat before does not sit again: a quorum of them could never be reached.
        const step = await reseated(followed(now, [appealed]), siteId, by);
        events = [appealed, ...step.events];
        return { ...step, events };
      });
      await note(by, 'access.appealed', requestId, { siteId });
      await noteBallots(requestId, by, events);
      return await shown(state, requester(by));
    },
    async amend(requestId, amendment, by) {
      const form = accessFormSchema.parse(amendment.form);
      const state = await book.take(requestId, async (now) => {
        own(now, by);
        const isDecided = now.holders.length > 0 && now.holders.every(({ turn }) => turn === 'nobody');
        if (now.isWithdrawn || !isDecided) throw new UnicaError('access.not-now', { state: standingOf(now) });
        const renews = JSON.stringify({ ...form, days: 0 }) === JSON.stringify({ ...now.form, days: 0 });
        // Whoever refused has refused; whoever granted decides on what is new, and so does a holder asked for the first time.
        const reopens = now.holders.filter(({ permitIds }) => permitIds.length > 0).map(({ siteId }) => siteId);
        return {
          events: [
            {
              kind: 'amended',
              atMs: clock(),
              by,
              form,
              text: amendment.because,
              renews,
              seats: await seatsOfForm(form),
              reopens: reopens.filter((siteId) => holdersOf(form).includes(siteId)),
            },
          ],
          // Holders that are no longer asked for are no longer used.
          revoked: now.holders
            .filter(({ siteId }) => !holdersOf(form).includes(siteId))
            .flatMap(({ permitIds }) => permitIds),
        };
      });
      await note(by, 'access.amended', requestId, { version: state.version });
      return await shown(state, requester(by));
    },
    async withdraw(requestId, because, by) {
      const state = await book.take(requestId, (now) => {
        own(now, by);
        if (now.isWithdrawn) throw new UnicaError('access.not-now', { state: 'withdrawn' });
        return {
          events: [{ kind: 'withdrawn', atMs: clock(), by, text: because }],
          revoked: now.holders.flatMap(({ permitIds }) => permitIds),
        };
      });
      await note(by, 'access.withdrawn', requestId);
      return await shown(state, requester(by));
    },
    async request(requestId, visitor) {
      const state = await book.read(requestId);
      if (!mayRead(state, visitor)) throw new UnicaError('http.not-found', { what: 'access request of that number' });
      return await shown(state, visitor);
    },
    async requests(visitor) {
      const nowMs = clock();
      const seated = await members();
      return (await book.all())
        .filter((state) => mayRead(state, visitor))
        .map((state) => viewOf(state, visitor, { nowMs, members: seated }));
    },
    published: async () => (await book.all()).filter(({ submittedAtMs }) => submittedAtMs !== null),
    async permits(visitor) {
      const rows = await db.selectFrom('permits').selectAll().orderBy('issued_at_ms', 'desc').execute();
      const readable =
        visitor === undefined
          ? undefined
          : new Set((await book.all()).filter((state) => mayRead(state, visitor)).map(({ requestId }) => requestId));
      return rows.filter((row) => readable?.has(row.request_id) ?? true).map(permitView);
    },
    async currentPermits(requestId, operation, by) {
      const state = await book.read(requestId);
      if (!by.isProgram) own(state, by.id);
      const rows = await db
        .selectFrom('permits')
        .selectAll()
        .where('request_id', '=', requestId)
        .where('revoked_at_ms', 'is', null)
        .where('expires_at_ms', '>', clock())
        .orderBy('issued_at_ms', 'desc')
        .execute();
      return rows.map(permitView).filter(({ operations }) => coversOperation(operations, operation));
    },
    async policy(permitId, visitor) {
      const row = await permitRow(permitId);
      if (!mayRead(await book.read(row.request_id), visitor)) {
        throw new UnicaError('http.not-found', { what: 'permit of that number' });
      }
      const claims = permitClaimsSchema.parse(JSON.parse(row.claims));
      const dataset = (await conditionsOf({ siteId: row.site_id, name: row.dataset })) ?? { conditions: [] };
      const clauses = compilePolicy({ claims, dataset, localRules: [] });
      return { clauses, cedar: cedarText(clauses) };
    },
    async token(permitId) {
      const row = await permitRow(permitId);
      if (row.revoked_at_ms !== null) throw new UnicaError('access.permit-refused', { clause: 'it is revoked' });
      if (row.expires_at_ms <= clock()) throw new UnicaError('access.permit-refused', { clause: 'it is expired' });
      return row.token;
    },
    async revoke(permitId, visitor, because) {
      const row = await permitRow(permitId);
      await book.take(row.request_id, (now) => {
        const isOwn = now.requestedBy === visitor.id;
        const holder = holderOf(now, row.site_id);
        if (!isOwn && !mayRead(now, visitor)) throw new UnicaError('http.not-found', { what: 'permit of that number' });
        // Whoever can give a permit can take it back, and so can the committee of the network, which answers for all of it.
        if (!isOwn && !sitsFor(visitor, holder) && !visitor.isOfNetworkCommittee) {
          throw new UnicaError('access.other-committee', { siteId: row.site_id });
        }
        const isRevoked = now.events.some((event) => event.kind === 'revoked' && event.permitId === permitId);
        return isRevoked
          ? { events: [] }
          : {
              events: [
                { kind: 'revoked', atMs: clock(), by: visitor.id, siteId: row.site_id, permitId, text: because },
              ],
              revoked: [permitId],
            };
      });
      await note(visitor.id, 'permit.revoked', permitId, { siteId: row.site_id });
    },
    async revocationsToSend() {
      const rows = await db
        .selectFrom('permits')
        .select(['permit_id', 'site_id'])
        .where('revoked_at_ms', 'is not', null)
        .where('revocation_sent_at_ms', 'is', null)
        .execute();
      return rows.map((row) => ({ permitId: row.permit_id, siteId: row.site_id }));
    },
    async revocationSent(permitId) {
      await db
        .updateTable('permits')
        .set({ revocation_sent_at_ms: clock() })
        .where('permit_id', '=', permitId)
        .execute();
    },
    quorums: quorumsNow,
    async setQuorum(siteId, quorum, by) {
      await db
        .insertInto('access_quorums')
        .values({ site_id: siteId, quorum })
        .onConflict((conflict) => conflict.column('site_id').doUpdateSet({ quorum }))
        .execute();
      await note(by, 'committee.quorum-set', siteId, { quorum });
    },
  };
}

/** A request as it will be after these events. */
function followed(state: RequestState, events: readonly RequestEvent[]): RequestState {
  return foldRequest([...state.events, ...events]) ?? state;
}

function feeFacts(fee: Fee | null): Record<string, Json> {
  return fee === null ? { cents: 0 } : { cents: feeCents(fee), currency: fee.currency };
}

/** Conditions of one dataset judged by people: what only they can judge, and what they do not insist on. */
function judgedOf(matched: HolderView['matching'][number], waivers: CountedVote['waivers']): readonly string[] {
  const breached = termsThatAre('breached', [matched]).filter((one) => waivers.some(({ term }) => term === one));
  return [...termsThatAre('people-judge', [matched]), ...breached];
}

function notNow(holder: HolderState): UnicaError {
  return new UnicaError('access.not-now', { state: holder.state });
}

function basketOf({ datasets }: AccessForm): string {
  return datasets
    .map(({ siteId, name }) => `${siteId}/${name}`)
    .sort()
    .join(' ');
}

function permitView(row: AccessTables['permits']): PermitView {
  const claims = permitClaimsSchema.parse(JSON.parse(row.claims));
  return {
    permitId: row.permit_id,
    requestId: row.request_id,
    siteId: row.site_id,
    dataset: row.dataset,
    operations: claims.operations,
    purpose: claims.purpose,
    issuedAtMs: row.issued_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
    epsilon: claims.epsilon ?? null,
    judged: claims.judged ?? [],
    isBoundToCohort: claims.cohort !== undefined,
  };
}
