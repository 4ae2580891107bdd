import { asUnicaError, type Clock, canonicalJson, type Json, type Log, sha256Hex, UnicaError } from '#base';
import { aucOfHistogram, initialParameters, mergeHistograms, parameterTable } from '#engine';
import type { EventLog } from '#jobs';
import { type BlobReader, type BlobStore, serially } from '#store';
import {
  type JobEvent,
  type JobSpec,
  type JobView,
  jobEventSchema,
  type Receipt,
  type SumReceipt,
  type SumStepName,
  type TaskBody,
} from '#wire';
import { Agreement } from './agreement.ts';
import { checkAggregation } from './check-aggregation.ts';
import { checkCompression } from './check-compression.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { checkReport, comparedProblem, scoresProblem } from './check-report.ts';
import { checkStrategy } from './check-strategy.ts';
import { remembersAtSites, tellsSites } from './client-round.ts';
import { comparedModels, localModelProblem } from './compared-models.ts';
import { checkLength, lengthOf } from './fixed-point.ts';
import { checkStoredChange, foldBlocks, foldSummedBlocks } from './fold-blocks.ts';
import { isMasked } from './is-masked.ts';
import { foldJob, foldMore, isBuffered, type JobState, nextStep, type Step } from './job-view.ts';
import {
  answersStep,
  checkAdvert,
  maskedUpdates,
  sumDeadlineMs,
  summedWhole,
  sumStepFor,
  takenAnswer,
} from './masked-round.ts';
import { type NeededContents, neededContents } from './needed-contents.ts';
import { lanesOf, numberGrid } from './number-grid.ts';
import { siteUpdate } from './site-update.ts';
import { decodeState, encodeState } from './state-file.ts';
import type { StoredUpdate } from './stored-update.ts';
import { serverStrategy } from './strategies.ts';
import { decodeChange, decodeParameters, encodeParameters } from './update-file.ts';

/** What learning needs of the house around it. */
export interface LearningSurroundings {
  /** Gives a site work; the same key again changes nothing. */
  giveWork(siteId: string, key: string, body: TaskBody): Promise<void>;
  /** Takes back work whose key begins so. */
  takeBackWork(keyPrefix: string): Promise<void>;
  /** Lets a site fetch content. */
  grant(siteId: string, sha256: string): Promise<void>;
  permitToken(permitId: string): Promise<string>;
  /** The key a site enrolled with; undefined where there is no such site. */
  identityKey(siteId: string): Promise<string | undefined>;
  /** Digest of a registered model's weights. @throws UnicaError `http.not-found`. */
  weightsOf(modelId: string): Promise<string>;
  /** Registers the result; the same job again gives the same id. */
  registerModel(model: FinishedModel): Promise<string>;
}

/** A finished job's result. */
export interface FinishedModel {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly specSha256: string;
  readonly weightsSha256: string;
  readonly parameters: number;
  readonly sites: readonly string[];
}

/** A step of adding up a round. */
export interface AskedStep {
  readonly round: number;
  readonly step: SumStepName;
}

/** Learning jobs at the hub: event-sourced, so that a hub killed at any moment goes on where it was. */
export interface Learning {
  submit(job: {
    readonly spec: JobSpec;
    readonly permits: Readonly<Record<string, string>>;
    readonly submittedBy: string;
  }): Promise<JobView>;
  /** A site's owner decided; the first decision counts. */
  decide(jobId: string, siteId: string, receipt: Extract<Receipt, { kind: 'decided' }>): Promise<void>;
  /** A site's round arrived; a second or late one changes nothing. */
  receive(jobId: string, siteId: string, round: number, receipt: Extract<Receipt, { kind: 'trained' }>): Promise<void>;
  /** A site has trained and keeps its update, to be sent masked. */
  receiveTrained(
    jobId: string,
    siteId: string,
    round: number,
    receipt: Extract<Receipt, { kind: 'trained-masked' }>,
  ): Promise<void>;
  /** A site's answer to a step of adding up masked updates; a second or late one changes nothing. */
  receiveSumAnswer(jobId: string, siteId: string, asked: AskedStep, receipt: SumReceipt): Promise<void>;
  /** A site will not answer a step. */
  sumRefused(jobId: string, siteId: string, asked: AskedStep, because: string): Promise<void>;
  /** A site told how the finished model does there; a second or late answer changes nothing. */
  receiveEvaluation(jobId: string, siteId: string, receipt: Extract<Receipt, { kind: 'evaluated' }>): Promise<void>;
  /** A site told how the models do there that are compared; a second or late answer changes nothing. */
  receiveComparison(jobId: string, siteId: string, receipt: Extract<Receipt, { kind: 'compared' }>): Promise<void>;
  /** A site will not tell it, of the finished model or of those that are compared. */
  evaluationRefused(jobId: string, siteId: string, because: string): Promise<void>;
  siteFailed(jobId: string, siteId: string, round: number, because: string): Promise<void>;
  cancel(jobId: string, because: string): Promise<JobView>;
  view(jobId: string): Promise<JobView>;
  /** All that its events tell. @throws UnicaError `http.not-found`. */
  state(jobId: string): Promise<JobState>;
  /** Newest first. */
  list(): Promise<readonly JobView[]>;
  /** Those that have not ended, of this hub and of others on its database; one that another took in is known within seconds. */
  listOpen(): Promise<readonly JobView[]>;
  /** Events after a version as they come, until the job has ended. */
  follow(jobId: string, afterVersion: number, signal: AbortSignal): AsyncIterable<{ id: string; data: JobEvent }>;
  /** Content that jobs which have not ended may still read, of whichever hub on this database. */
  needed(): Promise<NeededContents>;
  /** Does what is due on every open job: after a start, and as deadlines pass. */
  advanceAll(): Promise<void>;
}

/** All jobs of the log are looked through this often. */
const LOAD_EVERY_MS = 5000;

/** So long a job waits for content that it needs and that is not there. */
const CONTENT_WAIT_MS = 600_000;

/** Opens learning over its event log. */
export function openLearning(options: {
  readonly eventLog: EventLog;
  readonly blobs: BlobStore & BlobReader;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  readonly log: Log;
  readonly surroundings: LearningSurroundings;
}): Learning {
  const { eventLog, blobs, clock, surroundings } = options;
  const turns = new Map<string, ReturnType<typeof serially>>();
  const open = new Set<string>();
  /** Jobs that have ended. */
  const over = new Set<string>();
  let loadedAtMs = Number.NEGATIVE_INFINITY;

  const inTurn = <Result>(jobId: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = turns.get(jobId) ?? serially();
    turns.set(jobId, turn);
    return turn(work);
  };
  /** Jobs as they were last seen: only what was appended since, by this hub or another, is read. */
  const seen = new Map<string, JobState>();
  const load = async (jobId: string): Promise<JobState> => {
    const before = seen.get(jobId);
    const recorded = await eventLog.read(streamOf(jobId), before?.version);
    const events = recorded.map(({ event }) => jobEventSchema.parse(event));
    const state = before === undefined ? foldJob(events) : foldMore(before, events);
    remember(jobId, state);
    return state;
  };
  const remember = (jobId: string, state: JobState): void => {
    if ((seen.get(jobId)?.version ?? 0) < state.version) seen.set(jobId, state);
    if (isOver(state.view.state)) seen.delete(jobId);
  };
  /** Work of open rounds that this process has given already; what is given twice after a restart is one all the same. */
  const given = new Set<string>();
  /** Appends what `decide` makes of the state, again if somebody else was first; then does what is due. */
  const change = async (jobId: string, decide: (state: JobState) => JobEvent | undefined): Promise<JobState> =>
    await inTurn(jobId, async () => {
      for (;;) {
        const state = await settled(jobId);
        const event = decide(state);
        if (event === undefined) return state;
        const changed = await append(jobId, state, event);
        if (changed !== undefined) return await advance(jobId, changed);
      }
    });
  /**
   * A job as it is, in its turn. Under FedBuff an update counts in whichever round is open: where a hub fell after it had closed
   * one and before it opened the next, that is done first, or an update that comes now would belong nowhere.
   */
  const settled = async (jobId: string): Promise<JobState> => {
    const state = await load(jobId);
    const { spec, rounds, state: phase } = state.view;
    const between = phase === 'running' && rounds.at(-1)?.state === 'closed';
    return between && isBuffered(spec.strategy) ? await advance(jobId) : state;
  };
  /** The job after an event; undefined where somebody else was first. Nothing lies between the two, so that nothing is read again. */
  const append = async (jobId: string, state: JobState, event: JobEvent): Promise<JobState | undefined> => {
    const recorded = jobEventSchema.parse(event);
    if (!(await eventLog.append(streamOf(jobId), state.version, [recorded as Json]))) return undefined;
    const after = foldMore(state, [recorded]);
    remember(jobId, after);
    return after;
  };

  const advance = async (jobId: string, known?: JobState): Promise<JobState> => {
    open.add(jobId);
    for (let state = known ?? (await load(jobId)); ; ) {
      const step = nextStep(state, clock());
      const event = await take(state, step).catch((error: unknown) => whenGone(state, error));
      if (event === undefined) {
        if (step.kind === 'wait') {
          open.delete(jobId);
          over.add(jobId);
          for (const key of given) if (key.startsWith(`${jobId}/`)) given.delete(key);
        }
        return state;
      }
      if (event.kind !== 'failed') lacking.delete(jobId);
      state = (await append(jobId, state, event)) ?? (await load(jobId));
    }
  };

  /** Jobs that need content which is not there, and since when. */
  const lacking = new Map<string, number>();
  /**
   * A database that was set back to a backup may name content that is not there. It is waited for a while, as it may be restored after
   * the database; then the job ends and says what is gone. It is logged once. @throws whatever else went wrong
   */
  const whenGone = async ({ view: { jobId } }: JobState, error: unknown): Promise<JobEvent | undefined> => {
    const { code, message } = asUnicaError(error);
    if (code !== 'store.blob-missing' && code !== 'store.blob-damaged') throw error;
    const atMs = clock();
    const sinceMs = lacking.get(jobId);
    if (sinceMs === undefined) {
      lacking.set(jobId, atMs);
      options.log.error('learning.content-gone', { jobId, waitedMs: CONTENT_WAIT_MS }, error);
    }
    if (atMs - (sinceMs ?? atMs) < CONTENT_WAIT_MS) return undefined;
    lacking.delete(jobId);
    await surroundings.takeBackWork(`job/${jobId}/`);
    return { kind: 'failed', atMs, because: message.slice(0, 500) };
  };

  /** Does a step; the event that records it, or nothing where only others can go on. */
  const take = async (state: JobState, step: Step): Promise<JobEvent | undefined> => {
    const { jobId, spec, specSha256 } = state.view;
    const atMs = clock();
    switch (step.kind) {
      case 'wait':
        return undefined;
      case 'ask':
        for (const siteId of step.sites) {
          const roster = isMasked(spec) ? { roster: await rosterOf(spec) } : {};
          const permit = await surroundings.permitToken(state.permits[siteId] ?? '');
          await surroundings.giveWork(siteId, `job/${jobId}/decide/${siteId}`, {
            kind: 'decide-job',
            jobId,
            spec,
            specSha256,
            permit,
            ...roster,
          });
        }
        return undefined;
      case 'open-round': {
        const weightsSha256 = state.weightsSha256 ?? (await putInitialWeights(spec));
        const deadlineMs = atMs + spec.roundDeadlineMs;
        return { kind: 'round-opened', atMs, round: step.round, sites: [...step.sites], weightsSha256, deadlineMs };
      }
      case 'give-round':
        for (const siteId of step.sites) {
          const key = `${jobId}/${state.working.get(siteId)?.round}/${siteId}`;
          if (given.has(key)) continue;
          await giveRound(state, siteId);
          given.add(key);
        }
        return undefined;
      case 'begin-sum-step': {
        const { round, sites } = step;
        await surroundings.takeBackWork(`job/${jobId}/round/${round}/`);
        await surroundings.takeBackWork(`job/${jobId}/sum/${round}/`);
        const deadlineMs = sumDeadlineMs(spec, step.step, atMs);
        return { kind: 'sum-step', atMs, round, step: step.step, sites: [...sites], deadlineMs };
      }
      case 'give-sum-step':
        for (const siteId of step.sites) {
          const { round, step: name } = step.sum;
          await surroundings.giveWork(siteId, `job/${jobId}/sum/${round}/${name}/${siteId}`, {
            kind: 'secure-sum',
            jobId,
            round,
            specSha256,
            permit: await surroundings.permitToken(state.permits[siteId] ?? ''),
            step: await sumStepFor(siteId, { sum: step.sum, blobs }),
          });
        }
        return undefined;
      case 'close-round':
        return await closeRound(state, step, atMs).catch(async (error: unknown) => {
          const { code, message } = asUnicaError(error);
          // No further update can mend a round that has too few sites for its strategy.
          if (code !== 'learning.strategy-refused' && code !== 'aggregation.aborted') throw error;
          await surroundings.takeBackWork(`job/${jobId}/`);
          return { kind: 'failed' as const, atMs, because: message };
        });
      case 'open-evaluation': {
        const weightsSha256 = state.weightsSha256 ?? (await putInitialWeights(spec));
        await surroundings.takeBackWork(`job/${jobId}/round/`);
        const rounds = spec.evaluation?.localOnly === true ? spec.rounds : 0;
        const deadlineMs = atMs + spec.roundDeadlineMs * Math.max(1, rounds);
        return { kind: 'evaluation-opened', atMs, sites: [...step.sites], weightsSha256, deadlineMs };
      }
      case 'give-evaluation':
        for (const siteId of step.sites) {
          const key = `${jobId}/evaluation/${siteId}`;
          if (given.has(key)) continue;
          await giveEvaluation(state, siteId);
          given.add(key);
        }
        return undefined;
      case 'open-comparison': {
        await surroundings.takeBackWork(`job/${jobId}/evaluation/`);
        const models = await comparedModels(state, blobs);
        const sites = models.length === 0 ? [] : [...step.sites];
        return { kind: 'comparison-opened', atMs, sites, models, deadlineMs: clock() + spec.roundDeadlineMs };
      }
      case 'give-comparison':
        for (const siteId of step.sites) {
          const key = `${jobId}/comparison/${siteId}`;
          if (given.has(key)) continue;
          await giveComparison(state, siteId);
          given.add(key);
        }
        return undefined;
      case 'finish': {
        await surroundings.takeBackWork(`job/${jobId}/evaluation/`);
        await surroundings.takeBackWork(`job/${jobId}/comparison/`);
        const weightsSha256 = state.weightsSha256 ?? '';
        if (spec.rounds === 0 && spec.warmStart !== undefined) {
          const auc = state.view.evaluation?.merged?.auc ?? null;
          return { kind: 'finished', atMs, modelId: spec.warmStart.modelId, weightsSha256, auc };
        }
        const sites = state.view.rounds.at(-1)?.sites.map((site) => site.siteId) ?? [];
        const { total } = parameterTable(spec.model);
        await surroundings.takeBackWork(`job/${jobId}/round/`);
        const modelId = await surroundings.registerModel({
          jobId,
          spec,
          specSha256,
          weightsSha256,
          parameters: total,
          sites,
        });
        return { kind: 'finished', atMs, modelId, weightsSha256, auc: state.view.rounds.at(-1)?.auc ?? null };
      }
      case 'fail':
        await surroundings.takeBackWork(`job/${jobId}/`);
        return { kind: 'failed', atMs, because: step.because };
    }
  };

  const rosterOf = async ({ sites }: JobSpec) => {
    const known = await Promise.all(
      sites.map(async (siteId) => ({ siteId, publicKey: await surroundings.identityKey(siteId) })),
    );
    return known.flatMap(({ siteId, publicKey }) => (publicKey === undefined ? [] : { siteId, publicKey }));
  };

  const putInitialWeights = async (spec: JobSpec): Promise<string> => {
    if (spec.warmStart !== undefined) return spec.warmStart.weightsSha256;
    const parameters = initialParameters(spec.model, spec.seed);
    return (await blobs.put(encodeParameters(spec.model, parameters))).sha256;
  };

  /** @throws UnicaError `learning.strategy-refused`, `http.not-found`. */
  const checkWarmStart = async (spec: JobSpec, warm: NonNullable<JobSpec['warmStart']>): Promise<void> => {
    const refused = (problem: string, cause?: unknown) =>
      new UnicaError('learning.strategy-refused', { problem }, { cause });
    if ((await surroundings.weightsOf(warm.modelId)) !== warm.weightsSha256)
      throw refused('the registered model it is to start from has other weights');
    try {
      decodeParameters(spec.model, await blobs.get(warm.weightsSha256));
    } catch (cause) {
      throw refused('the registered model it is to start from is of another shape', cause);
    }
  };

  const giveRound = async (state: JobState, siteId: string): Promise<void> => {
    const { jobId, spec, specSha256 } = state.view;
    const work = state.working.get(siteId);
    if (work === undefined) return;
    const { round, weightsSha256, deadlineMs } = work;
    await surroundings.grant(siteId, weightsSha256);
    const shared = tellsSites(spec.strategy) ? state.stateSha256 : null;
    if (shared !== null) await surroundings.grant(siteId, shared);
    const countedRound = remembersAtSites(spec) ? state.counted.get(siteId) : undefined;
    await surroundings.giveWork(siteId, `job/${jobId}/round/${round}/${siteId}`, {
      kind: 'train-round',
      jobId,
      round,
      spec,
      specSha256,
      permit: await surroundings.permitToken(state.permits[siteId] ?? ''),
      weightsSha256,
      ...(shared === null ? {} : { stateSha256: shared }),
      ...(countedRound === undefined ? {} : { countedRound }),
      deadlineMs,
    });
  };

  const giveEvaluation = async (state: JobState, siteId: string): Promise<void> => {
    const { jobId, spec, specSha256, evaluation } = state.view;
    const { weightsSha256, firstWeightsSha256 } = state;
    if (evaluation === undefined || weightsSha256 === null) return;
    await surroundings.grant(siteId, weightsSha256);
    const first = spec.evaluation?.localOnly === true ? firstWeightsSha256 : null;
    if (first !== null) await surroundings.grant(siteId, first);
    const countedRound = remembersAtSites(spec) ? state.counted.get(siteId) : undefined;
    await surroundings.giveWork(siteId, `job/${jobId}/evaluation/${siteId}`, {
      kind: 'evaluate-model',
      jobId,
      spec,
      specSha256,
      permit: await surroundings.permitToken(state.permits[siteId] ?? ''),
      weightsSha256,
      ...(first === null ? {} : { firstWeightsSha256: first }),
      ...(countedRound === undefined ? {} : { countedRound }),
      deadlineMs: evaluation.deadlineMs,
    });
  };

  const giveComparison = async (state: JobState, siteId: string): Promise<void> => {
    const { jobId, spec, specSha256, evaluation } = state.view;
    const deadlineMs = evaluation?.comparison?.deadlineMs;
    if (deadlineMs === undefined) return;
    for (const { weightsSha256 } of state.compared) await surroundings.grant(siteId, weightsSha256);
    await surroundings.giveWork(siteId, `job/${jobId}/comparison/${siteId}`, {
      kind: 'compare-models',
      jobId,
      spec,
      specSha256,
      permit: await surroundings.permitToken(state.permits[siteId] ?? ''),
      models: [...state.compared],
      deadlineMs,
    });
  };

  /** The model after a round, and what its strategy remembers. */
  const foldRound = async (
    state: JobState,
    round: number,
    updates: readonly StoredUpdate[],
  ): Promise<{
    readonly sha256: string;
    readonly stateSha256?: string | undefined;
    /** Cosines of the sites' changes to that of the model; none where updates are masked. */
    readonly agreement: Readonly<Record<string, number>>;
  }> => {
    const { spec } = state.view;
    const strategy = serverStrategy(spec.strategy);
    const sitesOfJob = state.view.sites.filter(({ decision }) => decision === 'approved').length;
    const startSha256 = state.startWeightsSha256 ?? '';
    const agreement = new Agreement();
    const summed = state.sum && (await maskedUpdates(state, { sum: state.sum, blobs }));
    if (strategy.blockwise === true && summed !== undefined) {
      const model = { spec, sites: sitesOfJob, startSha256, updates: summed };
      const { sha256 } = await blobs.put(foldSummedBlocks(blobs, model));
      return { sha256, agreement: {} };
    }
    if (strategy.blockwise === true) {
      const model = { spec, number: round, sites: sitesOfJob, startSha256, updates, agreement };
      const { sha256 } = await blobs.put(foldBlocks(blobs, model));
      return { sha256, agreement: agreement.cosines() };
    }
    const start = decodeParameters(spec.model, await blobs.get(startSha256));
    const before = state.stateSha256 === null ? {} : decodeState(await blobs.get(state.stateSha256));
    const fold = strategy.openRound({
      length: start.length,
      sites: sitesOfJob,
      state: before,
      grid: numberGrid(spec),
    });
    if (summed !== undefined) fold.addSummed?.(await summedWhole(summed, start.length * lanesOf(spec), blobs));
    for (const { siteId, films, sha256, staleness } of state.sum === undefined ? updates : []) {
      const change = decodeChange(spec, await blobs.get(sha256));
      fold.add({ ...siteUpdate(spec, round, { siteId, change, films }), staleness });
    }
    const closed = fold.close(start);
    const { sha256 } = await blobs.put(encodeParameters(spec.model, closed.parameters));
    agreement.addModel(start, closed.parameters);
    for (const update of state.sum === undefined ? updates : []) {
      const change = decodeChange(spec, await blobs.get(update.sha256));
      agreement.addChange(update.siteId, change);
    }
    const remembers = Object.keys(closed.state).length > 0;
    const cosines = agreement.cosines();
    return {
      sha256,
      agreement: cosines,
      stateSha256: remembers ? (await blobs.put(encodeState(closed.state))).sha256 : undefined,
    };
  };

  const closeRound = async (
    state: JobState,
    step: { readonly round: number; readonly sites: readonly string[] },
    atMs: number,
  ): Promise<JobEvent> => {
    const { spec, rounds, jobId } = state.view;
    const sites = rounds.at(-1)?.sites.filter((site) => site.state === 'received') ?? [];
    const updates = sites.map(({ siteId, metrics }) => {
      const { sha256 = '', baseRound = step.round } = state.updates.get(siteId) ?? {};
      return { siteId, films: metrics?.samples ?? 0, sha256, staleness: step.round - baseRound };
    });
    const { sha256, stateSha256, agreement } = await foldRound(state, step.round, updates);
    if (isMasked(spec)) await surroundings.takeBackWork(`job/${jobId}/sum/${step.round}/`);
    // Under FedBuff a site goes on with what it has begun.
    if (!isBuffered(spec.strategy)) await surroundings.takeBackWork(`job/${jobId}/round/${step.round}/`);
    // With differential privacy a loss is told only where validation films may be told of.
    const told = spec.privacy === undefined ? sites : sites.filter(({ metrics }) => metrics?.validation != null);
    const lossFilms = told.reduce((total, site) => total + (site.metrics?.samples ?? 0), 0);
    const weighted = told.reduce((total, site) => total + (site.metrics?.samples ?? 0) * (site.metrics?.loss ?? 0), 0);
    const histograms = sites.flatMap((site) => site.metrics?.validation?.histogram ?? []);
    return {
      kind: 'round-closed',
      atMs,
      round: step.round,
      weightsSha256: sha256,
      loss: weighted / Math.max(1, lossFilms),
      ...(stateSha256 === undefined ? {} : { stateSha256 }),
      ...(Object.keys(agreement).length === 0 ? {} : { agreement: { ...agreement } }),
      auc: histograms.length === 0 ? null : aucOfHistogram(mergeHistograms(histograms)),
      sites: [...step.sites],
    };
  };

  const waiting = (state: JobState, round: number, siteId: string): boolean => {
    const current = state.view.rounds.at(-1);
    return (
      state.view.state === 'running' &&
      current?.state === 'open' &&
      state.sum === undefined &&
      state.working.get(siteId)?.round === round &&
      current.sites.some((site) => site.siteId === siteId && site.state === 'working')
    );
  };

  const askedOf = ({ sum }: JobState, siteId: string, { round, step }: AskedStep) =>
    sum?.round === round &&
    sum.step === step &&
    sum.sites.includes(siteId) &&
    !sum.answers[step].has(siteId) &&
    !sum.refused.includes(siteId)
      ? sum
      : undefined;

  const sumRefused = async (jobId: string, siteId: string, asked: AskedStep, because: string): Promise<void> => {
    const event = { kind: 'sum-refused', siteId, ...asked, because: because.slice(0, 500) } as const;
    await change(jobId, (state) => askedOf(state, siteId, asked) && { ...event, atMs: clock() });
  };

  const evaluates = ({ view }: JobState, siteId: string): boolean =>
    view.state === 'running' &&
    view.evaluation?.sites.some((site) => site.siteId === siteId && site.state === 'working') === true;

  const compares = ({ view }: JobState, siteId: string): boolean =>
    view.state === 'running' &&
    view.evaluation?.comparison?.sites.some((site) => site.siteId === siteId && site.state === 'working') === true;

  const openRound = ({ view }: JobState): number => view.rounds.at(-1)?.round ?? 0;

  const fail = async (jobId: string, siteId: string, round: number, because: string): Promise<void> => {
    await change(jobId, (state) =>
      waiting(state, round, siteId)
        ? { kind: 'site-failed', atMs: clock(), round: openRound(state), siteId, because: because.slice(0, 500) }
        : undefined,
    );
  };

  return {
    async submit({ spec, permits, submittedBy }) {
      checkJob(spec);
      if (spec.warmStart !== undefined) await checkWarmStart(spec, spec.warmStart);
      const jobId = options.newId('job');
      const event: JobEvent = {
        kind: 'submitted',
        atMs: clock(),
        jobId,
        spec,
        specSha256: specDigest(spec),
        permits: { ...permits },
        submittedBy,
      };
      await eventLog.append(streamOf(jobId), 0, [jobEventSchema.parse(event) as Json]);
      return (await inTurn(jobId, () => advance(jobId))).view;
    },
    async decide(jobId, siteId, receipt) {
      await change(jobId, (state) => {
        const site = state.view.sites.find((one) => one.siteId === siteId);
        if (site?.decision !== 'waiting') return undefined;
        const { kind: _, ...said } = receipt;
        return { kind: 'site-decided', atMs: clock(), siteId, ...said };
      });
    },
    async receive(jobId, siteId, round, { updateSha256, metrics }) {
      const state = await inTurn(jobId, () => settled(jobId));
      if (!waiting(state, round, siteId)) return;
      let changeLength = 0;
      try {
        checkReport(metrics, state.view.spec.sites.length);
        const { spec } = state.view;
        if (isMasked(spec)) throw notAsked('it was sent open, and the job asks for masked ones');
        const strategy = serverStrategy(spec.strategy);
        if (strategy.blockwise === true) changeLength = await checkStoredChange(blobs, spec, updateSha256);
        else {
          const change = decodeChange(spec, await blobs.get(updateSha256));
          changeLength = lengthOf(change);
          if (spec.longestChange !== undefined) checkLength(changeLength, spec.longestChange);
          strategy.check?.(siteUpdate(spec, round, { siteId, change, films: metrics.samples }));
        }
      } catch (error) {
        const failure = asUnicaError(error);
        options.log.warn('learning.update-refused', { jobId, siteId, round, code: failure.code });
        await fail(jobId, siteId, round, failure.message);
        return;
      }
      await change(jobId, (now) =>
        waiting(now, round, siteId)
          ? {
              kind: 'update-received',
              atMs: clock(),
              round: openRound(now),
              siteId,
              updateSha256,
              ...(openRound(now) === round ? {} : { baseRound: round }),
              changeLength,
              metrics,
            }
          : undefined,
      );
    },
    async receiveTrained(jobId, siteId, round, { advert, metrics }) {
      const state = await inTurn(jobId, () => settled(jobId));
      if (!waiting(state, round, siteId)) return;
      try {
        if (!isMasked(state.view.spec))
          throw notAsked('it was kept back to be masked, and the job does not ask for that');
        checkReport(metrics, state.view.spec.sites.length);
        const publicKey = await surroundings.identityKey(siteId);
        checkAdvert(state, { siteId, round, advert, publicKey });
      } catch (error) {
        const failure = asUnicaError(error);
        options.log.warn('learning.update-refused', { jobId, siteId, round, code: failure.code });
        await fail(jobId, siteId, round, failure.message);
        return;
      }
      const event = { kind: 'site-trained', round, siteId, advert, metrics } as const;
      await change(jobId, (now) => (waiting(now, round, siteId) ? { ...event, atMs: clock() } : undefined));
    },
    async receiveSumAnswer(jobId, siteId, asked, receipt) {
      const state = await load(jobId);
      const sum = askedOf(state, siteId, asked);
      if (sum === undefined) return;
      try {
        if (!answersStep(asked.step, receipt)) throw notAsked('it is not an answer to the step');
        const publicKey = await surroundings.identityKey(siteId);
        const contentSha256 = await takenAnswer({ siteId, receipt, publicKey }, { state, sum, blobs });
        const event = { kind: 'sum-answer', siteId, ...asked, contentSha256 } as const;
        await change(jobId, (now) => askedOf(now, siteId, asked) && { ...event, atMs: clock() });
      } catch (error) {
        const failure = asUnicaError(error);
        if (failure.family !== 'user') throw error;
        options.log.warn('learning.sum-answer-refused', { jobId, siteId, ...asked, code: failure.code });
        await sumRefused(jobId, siteId, asked, failure.message);
      }
    },
    sumRefused,
    async receiveEvaluation(jobId, siteId, { kind: _, ...scores }) {
      const { view } = await load(jobId);
      const broken = await localModelProblem(view.spec, scores, blobs);
      await change(jobId, (state) => {
        if (!evaluates(state, siteId)) return undefined;
        const because = broken ?? scoresProblem(scores, state.view.spec.sites.length);
        return because === undefined
          ? { kind: 'site-evaluated', atMs: clock(), siteId, ...scores }
          : { kind: 'evaluation-refused', atMs: clock(), siteId, because };
      });
    },
    async receiveComparison(jobId, siteId, { scores }) {
      await change(jobId, (state) => {
        if (!compares(state, siteId)) return undefined;
        const because = comparedProblem(scores, state.compared, state.view.spec.sites.length);
        return because === undefined
          ? { kind: 'site-compared', atMs: clock(), siteId, scores }
          : { kind: 'comparison-refused', atMs: clock(), siteId, because };
      });
    },
    async evaluationRefused(jobId, siteId, told) {
      const because = told.slice(0, 500);
      await change(jobId, (state) => {
        if (evaluates(state, siteId)) return { kind: 'evaluation-refused', atMs: clock(), siteId, because };
        return compares(state, siteId) ? { kind: 'comparison-refused', atMs: clock(), siteId, because } : undefined;
      });
    },
    siteFailed: fail,
    async cancel(jobId, because) {
      const state = await change(jobId, ({ view }) =>
        view.state === 'running' || view.state === 'awaiting-approval'
          ? { kind: 'cancelled', atMs: clock(), because }
          : undefined,
      );
      await surroundings.takeBackWork(`job/${jobId}/`);
      return state.view;
    },
    view: async (jobId) => (await load(jobId)).view,
    state: load,
    async list() {
      const streams = await eventLog.streams('job/');
      return await Promise.all(streams.map(async (stream) => (await load(stream.slice(4))).view));
    },
    async listOpen() {
      const views = await Promise.all([...open].map(async (jobId) => (await load(jobId)).view));
      return views.filter(({ state }) => !isOver(state));
    },
    async needed() {
      const digests = new Set<string>();
      let sinceMs = Number.POSITIVE_INFINITY;
      for (const stream of await eventLog.streams('job/')) {
        const jobId = stream.slice(4);
        if (over.has(jobId)) continue;
        const recorded = await eventLog.read(stream);
        const events = recorded.map(({ event }) => jobEventSchema.parse(event));
        const state = foldJob(events);
        if (isOver(state.view.state)) continue;
        const needed = neededContents(state, events);
        for (const sha256 of needed.digests) digests.add(sha256);
        sinceMs = Math.min(sinceMs, needed.sinceMs);
      }
      return { digests, sinceMs };
    },
    async *follow(jobId, afterVersion, signal) {
      let version = afterVersion;
      for (;;) {
        let wake: () => void = () => {};
        const changed = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const unsubscribe = eventLog.subscribe((stream) => stream === streamOf(jobId) && wake());
        signal.addEventListener('abort', wake, { once: true });
        // Another hub on the same database may append without this process hearing of it.
        const timer = setTimeout(wake, 1000);
        try {
          const recorded = await eventLog.read(streamOf(jobId), version);
          for (const { version: at, event } of recorded) {
            version = at;
            yield { id: String(at), data: jobEventSchema.parse(event) };
          }
          if (signal.aborted || isEnd(recorded.at(-1)?.event)) return;
          if (recorded.length === 0) {
            if (version === 0 || isOver((await load(jobId)).view.state)) return;
            await changed;
          }
        } finally {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          unsubscribe();
        }
      }
    },
    async advanceAll() {
      // Jobs that another hub took in are this one's as well, should the other fall.
      if (clock() - loadedAtMs >= LOAD_EVERY_MS) {
        loadedAtMs = clock();
        for (const stream of await eventLog.streams('job/')) {
          const jobId = stream.slice(4);
          if (!over.has(jobId)) open.add(jobId);
        }
      }
      for (const jobId of [...open]) {
        await inTurn(jobId, () => advance(jobId)).catch((error: unknown) => {
          options.log.error('learning.advance-failed', { jobId }, error);
        });
      }
    },
  };
}

/** Checks what a job alone can tell, before anybody is asked. @throws UnicaError `learning.strategy-refused` */
export function checkJob(spec: JobSpec): void {
  checkStrategy({
    strategy: spec.strategy,
    optimiser: spec.optimiser,
    sites: Math.min(spec.sites.length, spec.sitesPerRound ?? spec.sites.length),
    parameters: parameterTable(spec.model).total,
    sampled: spec.sitesPerRound !== undefined,
    hasNoise: spec.privacy !== undefined,
  });
  checkAggregation(spec);
  checkCompression(spec);
  checkEvaluation(spec);
}

function notAsked(problem: string): UnicaError {
  return new UnicaError('learning.update-refused', { problem });
}

/** Digest of what a node's owner approves. */
export function specDigest(spec: JobSpec): string {
  return sha256Hex(canonicalJson(spec as Json));
}

function streamOf(jobId: string): string {
  return `job/${jobId}`;
}

function isOver(state: JobView['state']): boolean {
  return state === 'finished' || state === 'cancelled' || state === 'failed';
}

function isEnd(event: unknown): boolean {
  const parsed = jobEventSchema.safeParse(event);
  return parsed.success && ['finished', 'cancelled', 'failed'].includes(parsed.data.kind);
}
