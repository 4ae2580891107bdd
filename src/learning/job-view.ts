import { UnicaError } from '#base';
import type { JobEvent, JobSpec, JobView } from '#wire';
import { chosenSites } from './chosen-sites.ts';
import { serverStrategy } from './strategies.ts';

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type RoundView = JobView['rounds'][number];

/** A job as its events tell it: what the portal shows, and what the hub needs to go on. */
export interface JobState {
  readonly view: JobView;
  /** Number of events; the next is appended after it. */
  readonly version: number;
  readonly submittedBy: string;
  /** Permit of each site. */
  readonly permits: Readonly<Record<string, string>>;
  /** Weights the open or last round started from, and those the last closed round ended with. */
  readonly startWeightsSha256: string | null;
  readonly weightsSha256: string | null;
  /** What the strategy remembers after the last closed round. */
  readonly stateSha256: string | null;
  /** The last closed round that counted a site, by site. */
  readonly counted: ReadonlyMap<string, number>;
  readonly deadlineMs: number;
  /** Updates of the open round, by site. */
  readonly updates: ReadonlyMap<string, ReceivedUpdate>;
  /** What each site is training, by site; under FedBuff it may have begun in an earlier round. */
  readonly working: ReadonlyMap<string, SiteWork>;
}

/** An update that was received, and the round whose model it was made from. */
interface ReceivedUpdate {
  readonly sha256: string;
  readonly baseRound: number;
}

/** A round as a site was given it. */
interface SiteWork {
  readonly round: number;
  readonly weightsSha256: string;
  readonly deadlineMs: number;
}

/** Whether sites go on while the model moves. */
export function isBuffered({ kind }: JobSpec['strategy']): boolean {
  return kind === 'fedbuff';
}

/** Folds the events of a job. @throws UnicaError `http.not-found` when there are none. */
export function foldJob(events: readonly JobEvent[]): JobState {
  const [first, ...rest] = events;
  if (first?.kind !== 'submitted') throw new UnicaError('http.not-found', { what: 'job of that number' });
  const view: Mutable<JobView> = {
    jobId: first.jobId,
    spec: first.spec,
    specSha256: first.specSha256,
    state: 'awaiting-approval',
    because: null,
    submittedAtMs: first.atMs,
    updatedAtMs: first.atMs,
    sites: first.spec.sites.map((siteId) => ({ siteId, decision: 'waiting', decidedBy: null, because: null })),
    rounds: [],
    modelId: null,
  };
  const state: Mutable<JobState> = {
    view,
    version: events.length,
    submittedBy: first.submittedBy,
    permits: first.permits,
    startWeightsSha256: null,
    weightsSha256: null,
    stateSha256: null,
    counted: new Map(),
    deadlineMs: 0,
    updates: new Map(),
    working: new Map(),
  };
  for (const event of rest) apply(event, view, state);
  return state;
}

/** A job after more events; the state it was is left as it is. */
export function foldMore(state: JobState, events: readonly JobEvent[]): JobState {
  if (events.length === 0) return state;
  const view: Mutable<JobView> = { ...state.view };
  const next: Mutable<JobState> = { ...state, view, version: state.version + events.length };
  for (const event of events) apply(event, view, next);
  return next;
}

function apply(event: JobEvent, view: Mutable<JobView>, state: Mutable<JobState>): void {
  view.updatedAtMs = event.atMs;
  switch (event.kind) {
    case 'submitted':
      return;
    case 'site-decided':
      view.sites = view.sites.map((site) =>
        site.siteId === event.siteId
          ? { siteId: site.siteId, decision: event.decision, decidedBy: event.by, because: event.because }
          : site,
      );
      return;
    case 'round-opened':
      view.state = 'running';
      state.startWeightsSha256 = event.weightsSha256;
      state.deadlineMs = event.deadlineMs;
      state.updates = new Map();
      state.working = new Map(event.sites.map((siteId) => [siteId, workOf(event, state, siteId)] as const));
      view.rounds = [
        ...view.rounds,
        {
          round: event.round,
          state: 'open',
          openedAtMs: event.atMs,
          closedAtMs: null,
          loss: null,
          auc: null,
          sites: event.sites.map((siteId) => ({ siteId, state: 'working', metrics: null, because: null })),
        },
      ];
      return;
    case 'update-received':
      state.updates = new Map([
        ...state.updates,
        [event.siteId, { sha256: event.updateSha256, baseRound: event.baseRound ?? event.round }],
      ]);
      state.working = without(state.working, event.siteId);
      setSite(view, event.round, event.siteId, { state: 'received', metrics: event.metrics, because: null });
      return;
    case 'site-failed':
      state.working = without(state.working, event.siteId);
      setSite(view, event.round, event.siteId, { state: 'failed', metrics: null, because: event.because });
      return;
    case 'round-closed':
      state.weightsSha256 = event.weightsSha256;
      state.stateSha256 = event.stateSha256 ?? null;
      state.counted = new Map([...state.counted, ...event.sites.map((siteId) => [siteId, event.round] as const)]);
      view.rounds = view.rounds.map((round) =>
        round.round === event.round
          ? { ...round, state: 'closed', closedAtMs: event.atMs, loss: event.loss, auc: event.auc }
          : round,
      );
      return;
    case 'finished':
      view.state = 'finished';
      view.modelId = event.modelId;
      return;
    case 'cancelled':
    case 'failed':
      view.state = event.kind;
      view.because = event.because;
      return;
  }
}

/** A site begins with the round that opens, or goes on with what it has begun. */
function workOf(
  { round, weightsSha256, deadlineMs }: Extract<JobEvent, { kind: 'round-opened' }>,
  { view, working }: Pick<JobState, 'view' | 'working'>,
  siteId: string,
): SiteWork {
  const begun = isBuffered(view.spec.strategy) ? working.get(siteId) : undefined;
  return begun ?? { round, weightsSha256, deadlineMs };
}

function without(working: JobState['working'], siteId: string): JobState['working'] {
  return new Map([...working].filter(([site]) => site !== siteId));
}

function setSite(
  view: Mutable<JobView>,
  round: number,
  siteId: string,
  set: Omit<RoundView['sites'][number], 'siteId'>,
): void {
  view.rounds = view.rounds.map((one) =>
    one.round === round
      ? { ...one, sites: one.sites.map((site) => (site.siteId === siteId ? { siteId, ...set } : site)) }
      : one,
  );
}

/** What should happen next to a job. */
export type Step =
  | { readonly kind: 'wait' }
  | { readonly kind: 'ask'; readonly sites: readonly string[] }
  | { readonly kind: 'open-round'; readonly round: number; readonly sites: readonly string[] }
  | { readonly kind: 'give-round'; readonly round: number; readonly sites: readonly string[] }
  | { readonly kind: 'close-round'; readonly round: number; readonly sites: readonly string[] }
  | { readonly kind: 'finish' }
  | { readonly kind: 'fail'; readonly because: string };

/** The next step of a job at a moment; depends on its events and the clock alone, so any hub decides the same. */
export function nextStep({ view, deadlineMs }: JobState, nowMs: number): Step {
  if (view.state === 'finished' || view.state === 'cancelled' || view.state === 'failed') return { kind: 'wait' };
  const current = view.rounds.at(-1);
  if (current?.state === 'open') return openRoundStep(view.spec, current, deadlineMs, nowMs);
  const undecided = view.sites.filter((site) => site.decision === 'waiting').map((site) => site.siteId);
  if (undecided.length > 0 && current === undefined) return { kind: 'ask', sites: undecided };
  const approved = view.sites.filter((site) => site.decision === 'approved').map((site) => site.siteId);
  if (approved.length === 0) return { kind: 'fail', because: 'no site approved it' };
  if (current !== undefined && current.round >= view.spec.rounds) return { kind: 'finish' };
  const round = (current?.round ?? 0) + 1;
  const { seed, sitesPerRound } = view.spec;
  return { kind: 'open-round', round, sites: chosenSites(approved, { seed, round, count: sitesPerRound }) };
}

function openRoundStep(spec: JobSpec, round: RoundView, deadlineMs: number, nowMs: number): Step {
  const working = round.sites.filter((site) => site.state === 'working').map((site) => site.siteId);
  const received = round.sites.filter((site) => site.state === 'received').map((site) => site.siteId);
  const enough = isEnough(spec, received.length, round.sites.length);
  if (working.length === 0 && !enough) {
    return {
      kind: 'fail',
      because: `only ${received.length} of ${round.sites.length} sites finished round ${round.round}`,
    };
  }
  if (working.length === 0 || (enough && (isBuffered(spec.strategy) || nowMs >= deadlineMs))) {
    return { kind: 'close-round', round: round.round, sites: received };
  }
  return { kind: 'give-round', round: round.round, sites: working };
}

/** Whether a round can be closed with so many updates. */
function isEnough({ strategy, quorum }: JobSpec, received: number, sites: number): boolean {
  const { fewestSites = 1 } = serverStrategy(strategy);
  const wanted = strategy.kind === 'fedbuff' ? Math.min(strategy.bufferSize, sites) : quorum * sites;
  return received >= Math.max(fewestSites, wanted);
}
