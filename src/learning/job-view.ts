import { sumThreshold } from '#aggregation';
import { UnicaError } from '#base';
import {
  type ComparedModel,
  type ComparedScores,
  type Comparison,
  type JobEvent,
  type JobSpec,
  type JobView,
  type KeyAdvert,
  MASKED_SITES,
  type ModelScores,
  type SumStepName,
} from '#wire';
import { chosenSites } from './chosen-sites.ts';
import { contributionOf, figuresOf, withoutCurves } from './contributions.ts';
import { isMasked } from './is-masked.ts';
import type { FoldedRound } from './model-without.ts';
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
  /** Weights the first round started from. */
  readonly firstWeightsSha256: string | null;
  /** Scores of the finished model, by site that told them. */
  readonly evaluated: ReadonlyMap<string, ModelScores>;
  /** Models that sites trained alone and sent, by site; digests. */
  readonly localModels: ReadonlyMap<string, string>;
  /** The closed rounds, where each site is to be left out in turn. */
  readonly folded: readonly FoldedRound[];
  /** Models that all sites try, and what those found who have. */
  readonly compared: readonly ComparedModel[];
  readonly comparedScores: ReadonlyMap<string, ComparedScores>;
  /** What the strategy remembers after the last closed round. */
  readonly stateSha256: string | null;
  /** The last closed round that counted a site, by site. */
  readonly counted: ReadonlyMap<string, number>;
  readonly deadlineMs: number;
  /** Updates of the open round, by site. */
  readonly updates: ReadonlyMap<string, ReceivedUpdate>;
  /** What each site is training, by site; under FedBuff it may have begun in an earlier round. */
  readonly working: ReadonlyMap<string, SiteWork>;
  /** Keys for the open round, by site, where updates are masked. */
  readonly adverts: ReadonlyMap<string, KeyAdvert>;
  /** How far the masked updates of the open round are added up; undefined before, and where they are open. */
  readonly sum: SumState | undefined;
}

/** Adding up the masked updates of a round. */
export interface SumState {
  readonly round: number;
  readonly step: SumStepName;
  /** Whom the step is asked of. */
  readonly sites: readonly string[];
  readonly deadlineMs: number;
  /** Digests of the answers, by step and site. */
  readonly answers: Readonly<Record<SumStepName, ReadonlyMap<string, string>>>;
  /** Who will not answer this step. */
  readonly refused: readonly string[];
  readonly group: readonly KeyAdvert[];
  /** Who shared secrets; empty before that is known. */
  readonly dealers: readonly string[];
  /** Whose updates are in the sum; empty before that is known. */
  readonly survivors: readonly string[];
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
    firstWeightsSha256: null,
    evaluated: new Map(),
    localModels: new Map(),
    folded: [],
    compared: [],
    comparedScores: new Map(),
    stateSha256: null,
    counted: new Map(),
    deadlineMs: 0,
    updates: new Map(),
    working: new Map(),
    adverts: new Map(),
    sum: undefined,
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
          ? {
              siteId: site.siteId,
              decision: event.decision,
              decidedBy: event.by,
              because: event.because,
              ...(event.engine === undefined ? {} : { engine: event.engine }),
              ...(event.sendsWhole === undefined ? {} : { sendsWhole: event.sendsWhole }),
            }
          : site,
      );
      return;
    case 'round-opened':
      view.state = 'running';
      state.startWeightsSha256 = event.weightsSha256;
      state.firstWeightsSha256 ??= event.weightsSha256;
      state.deadlineMs = event.deadlineMs;
      state.updates = new Map();
      state.adverts = new Map();
      state.sum = undefined;
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
      setSite(view, event.round, event.siteId, {
        state: 'received',
        metrics: event.metrics,
        because: null,
        ...(event.changeLength === undefined ? {} : { changeLength: event.changeLength }),
      });
      return;
    case 'site-trained':
      state.adverts = new Map([...state.adverts, [event.siteId, event.advert]]);
      state.working = without(state.working, event.siteId);
      setSite(view, event.round, event.siteId, { state: 'received', metrics: event.metrics, because: null });
      return;
    case 'sum-step':
      beginStep(event, view, state);
      return;
    case 'sum-answer':
      if (state.sum?.step === event.step) {
        const { answers, step } = state.sum;
        const more = new Map([...answers[step], [event.siteId, event.contentSha256]]);
        state.sum = { ...state.sum, answers: { ...answers, [step]: more } };
        showSum(view, state.sum);
      }
      return;
    case 'sum-refused':
      if (state.sum?.step === event.step) {
        state.sum = { ...state.sum, refused: [...state.sum.refused, event.siteId] };
        if (dropsOut(event.step)) dropOut(view, event.round, event.siteId, event.because);
      }
      return;
    case 'site-failed':
      state.working = without(state.working, event.siteId);
      setSite(view, event.round, event.siteId, { state: 'failed', metrics: null, because: event.because });
      return;
    case 'round-closed':
      if (view.spec.evaluation?.withoutEach === true) state.folded = [...state.folded, foldedRound(event, view, state)];
      state.weightsSha256 = event.weightsSha256;
      state.stateSha256 = event.stateSha256 ?? null;
      state.counted = new Map([...state.counted, ...event.sites.map((siteId) => [siteId, event.round] as const)]);
      view.rounds = view.rounds.map((round) =>
        round.round === event.round
          ? {
              ...round,
              state: 'closed',
              closedAtMs: event.atMs,
              loss: event.loss,
              auc: event.auc,
              sites: round.sites.map((site) => {
                const agreement = event.agreement?.[site.siteId];
                return agreement === undefined ? site : { ...site, agreement };
              }),
            }
          : round,
      );
      return;
    case 'evaluation-opened':
      view.state = 'running';
      state.weightsSha256 = event.weightsSha256;
      view.evaluation = {
        deadlineMs: event.deadlineMs,
        merged: null,
        sites: event.sites.map((siteId) => ({ siteId, state: 'working', because: null, ...NO_FIGURES })),
      };
      return;
    case 'site-evaluated': {
      if (event.common !== null) state.evaluated = new Map([...state.evaluated, [event.siteId, event.common]]);
      if (event.localWeightsSha256 !== undefined)
        state.localModels = new Map([...state.localModels, [event.siteId, event.localWeightsSha256]]);
      const figures = {
        common: figuresOf([event.common]),
        personal: figuresOf([event.personal]),
        localOnly: figuresOf([event.localOnly]),
      };
      setEvaluated(view, event.siteId, { state: 'received', because: null, ...figures });
      if (view.evaluation !== undefined)
        view.evaluation = { ...view.evaluation, merged: figuresOf([...state.evaluated.values()]) };
      return;
    }
    case 'evaluation-refused':
      setEvaluated(view, event.siteId, { state: 'failed', because: event.because, ...NO_FIGURES });
      return;
    case 'comparison-opened': {
      state.compared = event.models;
      const sites = event.sites.map((siteId) => ({ siteId, state: 'working' as const, because: null }));
      showComparison(view, state, { deadlineMs: event.deadlineMs, sites });
      return;
    }
    case 'site-compared':
      state.comparedScores = new Map([...state.comparedScores, [event.siteId, event.scores]]);
      setCompared(view, state, { siteId: event.siteId, state: 'received', because: null });
      return;
    case 'comparison-refused':
      setCompared(view, state, { siteId: event.siteId, state: 'failed', because: event.because });
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

const NO_FIGURES = { common: null, personal: null, localOnly: null } as const;

function setEvaluated(
  view: Mutable<JobView>,
  siteId: string,
  set: Omit<NonNullable<JobView['evaluation']>['sites'][number], 'siteId'>,
): void {
  const { evaluation } = view;
  if (evaluation === undefined) return;
  const sites = evaluation.sites.map((site) => (site.siteId === siteId ? { siteId, ...set } : site));
  view.evaluation = { ...evaluation, sites };
}

function setCompared(view: Mutable<JobView>, state: JobState, set: Comparison['sites'][number]): void {
  const comparison = view.evaluation?.comparison;
  if (comparison === undefined) return;
  const sites = comparison.sites.map((site) => (site.siteId === set.siteId ? set : site));
  showComparison(view, state, { deadlineMs: comparison.deadlineMs, sites });
}

function showComparison(
  view: Mutable<JobView>,
  { compared, comparedScores, evaluated }: JobState,
  { deadlineMs, sites }: Pick<Comparison, 'deadlineMs' | 'sites'>,
): void {
  if (view.evaluation === undefined) return;
  const scoresOf = (at: string, { kind, siteId }: Pick<ComparedModel, 'kind' | 'siteId'>) =>
    comparedScores.get(at)?.find((one) => one.kind === kind && one.siteId === siteId)?.scores ?? null;
  const models = compared.map(({ kind, siteId }) => ({
    kind,
    siteId,
    sites: sites.map((at) => ({
      siteId: at.siteId,
      figures: withoutCurves(figuresOf([scoresOf(at.siteId, { kind, siteId })])),
    })),
  }));
  const contributions = compared
    .filter(({ kind }) => kind === 'without-site')
    .map((model) => {
      const told = sites.flatMap(({ siteId }) => {
        const [common, without] = [evaluated.get(siteId) ?? null, scoresOf(siteId, model)];
        return common === null || without === null ? [] : { siteId, common, without };
      });
      return contributionOf(model.siteId, told);
    });
  const comparison: Comparison = { deadlineMs, sites: [...sites], models, contributions };
  view.evaluation = { ...view.evaluation, comparison };
}

/** What a round was folded from. */
function foldedRound(
  { round, sites }: Extract<JobEvent, { kind: 'round-closed' }>,
  view: JobView,
  { updates }: JobState,
): FoldedRound {
  const taking = view.rounds.find((one) => one.round === round)?.sites ?? [];
  return {
    number: round,
    updates: taking.flatMap(({ siteId, metrics }) => {
      const update = updates.get(siteId);
      if (update === undefined || !sites.includes(siteId)) return [];
      return { siteId, films: metrics?.samples ?? 0, sha256: update.sha256, staleness: 0 };
    }),
  };
}

function beginStep(
  { round, step, sites, deadlineMs }: Extract<JobEvent, { kind: 'sum-step' }>,
  view: Mutable<JobView>,
  state: Mutable<JobState>,
): void {
  const before = state.sum;
  const none = new Map<string, string>();
  const answers = before?.answers ?? {
    'deal-shares': none,
    'send-masked': none,
    'sign-survivors': none,
    'open-sum': none,
  };
  const group = before?.group ?? sites.flatMap((siteId) => state.adverts.get(siteId) ?? []);
  const dealers = step === 'send-masked' ? sites : (before?.dealers ?? []);
  const survivors = step === 'sign-survivors' ? sites : (before?.survivors ?? []);
  if (before !== undefined && dropsOut(before.step)) {
    const late = before.sites.filter((siteId) => !sites.includes(siteId) && !before.refused.includes(siteId));
    for (const siteId of late) dropOut(view, round, siteId, 'its part of the masked sum did not come in time');
  }
  state.sum = { round, step, sites, deadlineMs, answers, refused: [], group, dealers, survivors };
  showSum(view, state.sum);
}

/** Whether who does not answer is not in the sum; later the sum is fixed, and others open it. */
function dropsOut(step: SumStepName): boolean {
  return step === 'deal-shares' || step === 'send-masked';
}

function dropOut(view: Mutable<JobView>, round: number, siteId: string, because: string): void {
  setSite(view, round, siteId, { state: 'failed', metrics: null, because });
}

function showSum(view: Mutable<JobView>, { round, step, group, answers }: SumState): void {
  const needed = sumThreshold(group.length);
  const sum = { step, group: group.length, needed, answered: answers[step].size };
  view.rounds = view.rounds.map((one) => (one.round === round ? { ...one, sum } : one));
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
  | {
      readonly kind: 'begin-sum-step';
      readonly round: number;
      readonly step: SumStepName;
      readonly sites: readonly string[];
    }
  | { readonly kind: 'give-sum-step'; readonly sum: SumState; readonly sites: readonly string[] }
  | { readonly kind: 'close-round'; readonly round: number; readonly sites: readonly string[] }
  | { readonly kind: 'open-evaluation'; readonly sites: readonly string[] }
  | { readonly kind: 'give-evaluation'; readonly sites: readonly string[] }
  | { readonly kind: 'open-comparison'; readonly sites: readonly string[] }
  | { readonly kind: 'give-comparison'; readonly sites: readonly string[] }
  | { readonly kind: 'finish' }
  | { readonly kind: 'fail'; readonly because: string };

/** The next step of a job at a moment; depends on its events and the clock alone, so any hub decides the same. */
export function nextStep({ view, deadlineMs, sum }: JobState, nowMs: number): Step {
  if (view.state === 'finished' || view.state === 'cancelled' || view.state === 'failed') return { kind: 'wait' };
  const current = view.rounds.at(-1);
  if (current?.state === 'open' && sum !== undefined) return sumStep(sum, nowMs);
  if (current?.state === 'open') return openRoundStep(view.spec, current, deadlineMs, nowMs);
  const undecided = view.sites.filter((site) => site.decision === 'waiting').map((site) => site.siteId);
  if (undecided.length > 0 && current === undefined) return { kind: 'ask', sites: undecided };
  const approved = view.sites.filter((site) => site.decision === 'approved').map((site) => site.siteId);
  if (approved.length === 0) return { kind: 'fail', because: 'no site approved it' };
  const isTrained = (current?.round ?? 0) >= view.spec.rounds;
  if (isTrained) return lastStep(view, approved, nowMs);
  if (isMasked(view.spec) && approved.length < MASKED_SITES.least) {
    const because = `${approved.length} sites approved it; updates are masked among at least ${MASKED_SITES.least}`;
    return { kind: 'fail', because };
  }
  const round = (current?.round ?? 0) + 1;
  const { seed, sitesPerRound } = view.spec;
  return { kind: 'open-round', round, sites: chosenSites(approved, { seed, round, count: sitesPerRound }) };
}

/** Once nothing is left to train: the evaluation, until all have answered or its deadline has passed, then the comparison, and the end. */
function lastStep({ spec, evaluation }: JobView, approved: readonly string[], nowMs: number): Step {
  if (spec.evaluation === undefined) return { kind: 'finish' };
  if (evaluation === undefined) return { kind: 'open-evaluation', sites: approved };
  const working = workingOf(evaluation, nowMs);
  if (working.length > 0) return { kind: 'give-evaluation', sites: working };
  const { crossSite = false, withoutEach = false } = spec.evaluation;
  if (!crossSite && !withoutEach) return { kind: 'finish' };
  if (evaluation.comparison === undefined) {
    // Where too few people may be told of, nothing would be told of further models either.
    const sites = evaluation.sites.filter(({ common }) => common !== null).map(({ siteId }) => siteId);
    return { kind: 'open-comparison', sites };
  }
  const comparing = workingOf(evaluation.comparison, nowMs);
  return comparing.length > 0 ? { kind: 'give-comparison', sites: comparing } : { kind: 'finish' };
}

/** Sites that are still waited for. */
function workingOf(
  asked: Pick<NonNullable<JobView['evaluation']>, 'deadlineMs'> & {
    readonly sites: readonly { readonly siteId: string; readonly state: 'working' | 'received' | 'failed' }[];
  },
  nowMs: number,
): readonly string[] {
  if (nowMs >= asked.deadlineMs) return [];
  return asked.sites.filter(({ state }) => state === 'working').map(({ siteId }) => siteId);
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
    if (isMasked(spec)) return { kind: 'begin-sum-step', round: round.round, step: 'deal-shares', sites: received };
    return { kind: 'close-round', round: round.round, sites: received };
  }
  return { kind: 'give-round', round: round.round, sites: working };
}

const NEXT_STEP = {
  'deal-shares': 'send-masked',
  'send-masked': 'sign-survivors',
  'sign-survivors': 'open-sum',
  'open-sum': undefined,
} as const;

/** A step goes on when all have answered, or at its deadline when enough have; with fewer there is no sum. */
function sumStep(sum: SumState, nowMs: number): Step {
  const { round, step, refused, survivors, deadlineMs } = sum;
  const answered = sum.sites.filter((siteId) => sum.answers[step].has(siteId));
  const waiting = sum.sites.filter((siteId) => !answered.includes(siteId) && !refused.includes(siteId));
  const needed = sumThreshold(sum.group.length);
  if (answered.length + waiting.length < needed) {
    const because = `the masked updates of round ${round} could not be added up: of ${sum.group.length} sites ${answered.length} answered the step "${step}", and ${needed} must; no update was shown`;
    return { kind: 'fail', because };
  }
  if (waiting.length > 0 && !(answered.length >= needed && nowMs >= deadlineMs)) {
    return { kind: 'give-sum-step', sum, sites: waiting };
  }
  const next = NEXT_STEP[step];
  if (next === undefined) return { kind: 'close-round', round, sites: survivors };
  return { kind: 'begin-sum-step', round, step: next, sites: answered };
}

/** Whether a round can be closed with so many updates. */
function isEnough(spec: JobSpec, received: number, sites: number): boolean {
  const { strategy, quorum } = spec;
  const { fewestSites = isMasked(spec) ? MASKED_SITES.least : 1 } = serverStrategy(strategy);
  const wanted = strategy.kind === 'fedbuff' ? Math.min(strategy.bufferSize, sites) : quorum * sites;
  return received >= Math.max(fewestSites, wanted);
}
