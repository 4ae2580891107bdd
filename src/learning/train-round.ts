import type { Permit } from '#access';
import { keyedHash, UnicaError, utf8 } from '#base';
import type { Cohort, Member } from '#consent';
import {
  checkTensors,
  type Examples,
  networkOf,
  scoreHistogram,
  type TrainResult,
  type TrainSettings,
  type WarmTrainer,
} from '#engine';
import {
  checkMemorisation,
  guessMembership,
  MEMORISATION_ABOVE_PARAMETERS,
  type MembershipGuess,
  MINIMUM_PEOPLE,
  type PeopleOfClasses,
  type Releasable,
  type RoundMetrics,
  releaseMetrics,
  releaseScores,
  releaseUpdate,
} from '#privacy';
import {
  type ComparedModel,
  type ComparedScores,
  type JobSpec,
  type ModelScores,
  type SiteRound,
  type SiteScores,
  siteRoundSchema,
} from '#wire';
import { headOf } from './change-head.ts';
import { type ClientStart, concludeRound, type LocalTraining, modelOfSite, planRound } from './client-round.ts';
import { withErrorFeedback } from './error-feedback.ts';
import { roundRate } from './round-rate.ts';
import type { StrategyState } from './strategy.ts';
import { encodeParameters } from './update-file.ts';

/** A film ready to learn from. */
export interface Film {
  /** [channel, row, column], standardised. */
  readonly image: Float32Array;
  readonly label: 0 | 1;
}

/** Anything else to learn from, such as an exam of several films with what is known of the person. */
export interface Sample {
  /** By the names of the model's inputs and targets, the numbers of one example. */
  readonly inputs: Readonly<Record<string, Float32Array>>;
  readonly targets: Readonly<Record<string, Float32Array>>;
  /** What the model's first answer is held against; null where it is not known, as of people who left too early. */
  readonly label: 0 | 1 | null;
}

/** What a site's round made: sealed, because it is to leave. */
export interface LocalRound {
  /** The change of the parameters as it travels. */
  readonly update: Releasable<Uint8Array>;
  readonly report: Releasable<RoundMetrics>;
  /** What `update` and `report` hold. */
  readonly file: Uint8Array;
  readonly metrics: SiteRound;
  /** What the site is to remember if the round counts it; it never leaves. */
  readonly own: StrategyState;
  /** How well a guess by the loss tells who was learned from; undefined where it was not tried, or of too few. It never leaves. */
  readonly membership: MembershipGuess | undefined;
}

/** What a site remembers of a round while it trains, so that no finished epoch is trained again. */
export interface RoundMemory {
  /** Where a training can be gone on from. */
  resume(part: 'common' | 'personal'): Promise<Uint8Array | undefined>;
  /** An epoch is finished. */
  keep(part: 'common' | 'personal', epoch: number, checkpoint: Uint8Array): Promise<void>;
}

const HISTOGRAM_BINS = 50;
/** One person in so many is kept for validation, and never learned from. */
const VALIDATION_SHARE = 0.15;

/** The same person is always on the same side, whatever the job; no list has to be kept. */
export function isValidation(person: string): boolean {
  const [high = 0, low = 0] = splitHash(person);
  return (high * 256 + low) / 65_536 < VALIDATION_SHARE;
}

const splitHash = keyedHash(utf8('unica validation split v1'));

/**
 * One round at a site: the received model is scored on the validation people, trained on the others, and the change of
 * its parameters released. The permit and everybody's opt-out are checked at the start and again before anything is
 * released.
 * @throws UnicaError `access.permit-refused`, `learning.permit-over`, `learning.cohort-changed`,
 * `learning.nothing-to-learn`, `engine.data-mismatch`, `privacy.too-few-people`, and the trainer's.
 */
export async function trainRound<M extends Member>(round: {
  readonly permit: Permit;
  readonly cohort: Cohort<M>;
  readonly spec: JobSpec;
  readonly siteId: string;
  readonly number: number;
  readonly weights: Float32Array;
  /** What the site remembers of the last round that counted it. */
  readonly own: StrategyState;
  /** What the hub remembers, where the strategy tells the sites. */
  readonly common: StrategyState;
  /** The film of a member; null where it cannot be used (not decodable, no label). */
  readonly load: (member: M) => Promise<Film | Sample | null>;
  readonly workers: number;
  /** The site makes no change smaller, whatever the job asks for. */
  readonly sendsWhole?: boolean | undefined;
  readonly trainer: Pick<WarmTrainer, 'run'>;
  readonly memory: RoundMemory;
  /** Asked with the number of films before anything is trained with differential privacy; what it throws ends the round. */
  readonly mayTrain?: ((films: number) => Promise<void>) | undefined;
  /** Models of at least so many parameters are tried for what they remember before they leave. */
  readonly triedAboveParameters?: number | undefined;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
}): Promise<LocalRound> {
  const { spec, cohort, permit, weights } = round;
  checkCovers(permit, cohort, 'train');
  await checkStanding(permit, cohort);
  const startedMs = round.nowMs();
  const training = await labelled(cohort, (member) => !isValidation(member.person), round);
  const validation = await labelled(cohort, (member) => isValidation(member.person), round);
  if (training.data.count === 0) throw new UnicaError('learning.nothing-to-learn', { task: spec.task });
  if (spec.privacy !== undefined) await round.mayTrain?.(training.data.count);
  const learningRate = roundRate(spec, round.number);
  const start: ClientStart = {
    strategy: spec.strategy,
    model: spec.model,
    weights,
    own: round.own,
    common: round.common,
  };
  const plan = planRound(start);
  const evaluated = await evaluate(round, plan.common.start, validation);
  const train = async (part: 'common' | 'personal', { start: parameters, proximal, correction }: LocalTraining) =>
    await resumable(round, part, {
      ...settingsOf(round, round.number, training.data),
      parameters,
      proximal,
      correction,
      privacy: spec.privacy && {
        clip: spec.privacy.clipNorm,
        noiseMultiplier: spec.privacy.noiseMultiplier,
      },
    });
  const trained = await train('common', plan.common);
  const personal = plan.personal && (await train('personal', plan.personal)).parameters;
  await checkStanding(permit, cohort);
  const { steps, parameters } = trained;
  const membership = await tried(round, parameters, training, validation);
  const concluded = concludeRound(start, { trained: parameters, personal, steps, learningRate });
  const { change, own, compressed } = withErrorFeedback(spec, round.own, concluded, round.sendsWhole);
  const people = training.people.size;
  const update = releaseUpdate(
    change,
    { expectedLength: weights.length, people },
    (released) => compressed?.file ?? encodeParameters(spec.model, released),
  );
  const report = releaseMetrics(
    {
      samples: training.data.count,
      // The loss on the films of training is no noisy number: with differential privacy it stays here.
      loss: spec.privacy === undefined ? (trained.epochs.at(-1)?.loss ?? 0) : 0,
      seconds: Math.max(0, round.nowMs() - startedMs) / 1000,
      bytesOut: update.value.length,
      compression: compressed && {
        plainBytes: headOf(spec.model).length + 4 * change.length,
        leftBehind: Math.min(1, compressed.leftBehind),
      },
      validation: evaluated,
    },
    { people, validationPeople: peopleOfClasses(validation) },
  );
  const { validation: shown } = report.value;
  const metrics = siteRoundSchema.parse(
    spec.privacy === undefined ? report.value : { ...report.value, loss: shown?.loss ?? 0 },
  );
  return { update, report, file: update.value, metrics, own, membership };
}

/** Films of the training side that are tried: more tell no more. */
const MOST_TRIED = 500;

/**
 * Whether a large model that is about to leave remembers whom it learned from. Differential privacy bounds that already.
 * @throws UnicaError `privacy.model-remembers`.
 */
async function tried(
  round: Pick<Parameters<typeof trainRound>[0], 'spec' | 'trainer' | 'signal'> & {
    readonly triedAboveParameters?: number | undefined;
  },
  parameters: Float32Array,
  training: Side,
  validation: Side,
): Promise<MembershipGuess | undefined> {
  const { spec, triedAboveParameters = MEMORISATION_ABOVE_PARAMETERS } = round;
  if (spec.privacy !== undefined || parameters.length < triedAboveParameters) return undefined;
  const guess = guessMembership(
    await lossesOf(round, parameters, firstOf(training, MOST_TRIED)),
    await lossesOf(round, parameters, validation),
  );
  checkMemorisation(guess);
  return guess;
}

function firstOf({ data, labels }: Side, most: number): Pick<Side, 'data' | 'labels'> {
  const { count, inputs, targets } = data;
  if (count <= most) return { data, labels };
  const cut = (tensors: Examples['inputs']) =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, values]) => [name, values.subarray(0, (values.length / count) * most)]),
    );
  return { data: { count: most, inputs: cut(inputs), targets: cut(targets) }, labels: labels.subarray(0, most) };
}

/**
 * Scores a received model on the validation people, and nothing else. Checked as in {@link trainRound}; null where a class is
 * of too few people to be shown.
 * @throws UnicaError as {@link trainRound}.
 */
export async function scoreRound<M extends Member>(
  round: Pick<
    Parameters<typeof trainRound<M>>[0],
    'permit' | 'cohort' | 'spec' | 'weights' | 'load' | 'trainer' | 'nowMs' | 'signal'
  >,
): Promise<SiteRound['validation']> {
  const { cohort, permit, weights } = round;
  checkCovers(permit, cohort, 'evaluate');
  await checkStanding(permit, cohort);
  const startedMs = round.nowMs();
  const side = await labelled(cohort, (member) => isValidation(member.person), round);
  const validation = await evaluate(round, weights, side);
  await checkStanding(permit, cohort);
  const seconds = Math.max(0, round.nowMs() - startedMs) / 1000;
  const rule = { people: side.people.size, validationPeople: peopleOfClasses(side) };
  const report = releaseMetrics({ samples: 0, loss: 0, seconds, bytesOut: 0, validation }, rule);
  return siteRoundSchema.parse(report.value).validation;
}

/** What a site found of the finished model, and what it sends beside it: both sealed or counted so that they may leave. */
export interface EvaluatedModels {
  readonly scores: SiteScores;
  /** The model trained on the site's films alone, as it travels; only where the job has it tried at the other sites. */
  readonly localModel?: Releasable<Uint8Array> | undefined;
}

/**
 * How the finished model, the site's own and one trained on the site's films alone do on the validation people. Checked as in
 * {@link trainRound}; what is of too few people, or not there, is null.
 * @param round.first the weights the job began with; absent where nothing is trained alone
 * @throws UnicaError as {@link trainRound}.
 */
export async function evaluateModels<M extends Member>(
  round: Omit<Parameters<typeof trainRound<M>>[0], 'number' | 'common' | 'memory' | 'mayTrain' | 'nowMs'> & {
    readonly first?: Float32Array | undefined;
  },
): Promise<EvaluatedModels> {
  const { spec, cohort, permit, weights, own, first } = round;
  checkCovers(permit, cohort, 'evaluate');
  if (first !== undefined) checkCovers(permit, cohort, 'train');
  await checkStanding(permit, cohort);
  const side = await labelled(cohort, (member) => isValidation(member.person), round);
  const personal = modelOfSite({ strategy: spec.strategy, model: spec.model, weights, own });
  const common = await scored(round, weights, side);
  const isSent = spec.evaluation?.crossSite === true;
  // Where too few people may be told of, nothing is trained to be told of.
  const alone = first === undefined || (common === null && !isSent) ? undefined : await trainAlone(round, first);
  const scores = {
    common,
    personal: personal === weights ? null : await scored(round, personal, side),
    localOnly: alone === undefined ? null : await scored(round, alone.parameters, side),
  };
  await checkStanding(permit, cohort);
  if (!isSent || alone === undefined || alone.side.people.size < MINIMUM_PEOPLE) return { scores };
  await tried(round, alone.parameters, alone.side, side);
  const localModel = releaseUpdate(
    alone.parameters,
    { expectedLength: weights.length, people: alone.side.people.size },
    (released) => encodeParameters(spec.model, released),
  );
  return { scores, localModel };
}

/**
 * How models made without a site, or at one alone, do on the validation people, in the order given. Checked as in {@link trainRound};
 * null where a class is of too few people to be shown.
 * @throws UnicaError as {@link trainRound}.
 */
export async function compareModels<M extends Member>(
  round: Pick<Parameters<typeof trainRound<M>>[0], 'permit' | 'cohort' | 'spec' | 'load' | 'trainer' | 'signal'> & {
    readonly models: readonly ComparedModel[];
    readonly weightsOf: (sha256: string) => Promise<Float32Array>;
  },
): Promise<ComparedScores> {
  const { cohort, permit, models, weightsOf } = round;
  checkCovers(permit, cohort, 'evaluate');
  await checkStanding(permit, cohort);
  const side = await labelled(cohort, (member) => isValidation(member.person), round);
  const told: ComparedScores = [];
  for (const { kind, siteId, weightsSha256 } of models)
    told.push({ kind, siteId, scores: await scored(round, await weightsOf(weightsSha256), side) });
  await checkStanding(permit, cohort);
  return told;
}

/** Scores of a model that may be told; null where a class is of too few people. */
async function scored(
  round: Pick<Parameters<typeof trainRound>[0], 'spec' | 'trainer' | 'signal'>,
  parameters: Float32Array,
  side: Side,
): Promise<ModelScores | null> {
  const scores = await evaluate(round, parameters, side);
  const shown = scores && releaseScores(scores, peopleOfClasses(side))?.value;
  return shown == null
    ? null
    : { ...shown, histogram: { negative: [...shown.histogram.negative], positive: [...shown.histogram.positive] } };
}

/** A model of the site's films alone: as many rounds of as many epochs or steps as the job, from the same first weights. */
async function trainAlone<M extends Member>(
  round: Pick<
    Parameters<typeof trainRound<M>>[0],
    'cohort' | 'spec' | 'siteId' | 'load' | 'workers' | 'trainer' | 'signal'
  >,
  first: Float32Array,
): Promise<{ readonly parameters: Float32Array; readonly side: Side }> {
  const { spec, signal } = round;
  const side = await labelled(round.cohort, (member) => !isValidation(member.person), round);
  const { data } = side;
  if (data.count === 0) throw new UnicaError('learning.nothing-to-learn', { task: spec.task });
  let parameters = first;
  for (let number = 1; number <= spec.rounds; number += 1) {
    const settings: TrainSettings = { ...settingsOf(round, number, data), parameters };
    ({ parameters } = await round.trainer.run({ kind: 'train', ...settings }, { signal }));
  }
  return { parameters, side };
}

/** How a site trains in a round of this number, in company or alone. */
function settingsOf(
  { spec, siteId, workers }: { readonly spec: JobSpec; readonly siteId: string; readonly workers: number },
  number: number,
  data: Examples,
): Omit<TrainSettings, 'parameters'> {
  return {
    model: spec.model,
    data,
    epochs: spec.localEpochs,
    steps: spec.localSteps,
    batchSize: spec.batchSize,
    learningRate: roundRate(spec, number),
    seed: `${spec.seed}/${siteId}/${number}`,
    optimiser: spec.optimiser,
    workers,
  };
}

/** Trains, from after the last epoch that was finished before the node fell; each finished epoch is kept. */
async function resumable(
  { trainer, memory, signal }: Pick<Parameters<typeof trainRound>[0], 'trainer' | 'memory' | 'signal'>,
  part: 'common' | 'personal',
  settings: TrainSettings,
): Promise<TrainResult> {
  // What one epoch makes is the result itself. Noise is drawn once: a training with privacy is not to be told apart from none.
  if (settings.epochs === 1 || settings.steps !== undefined || settings.privacy !== undefined) {
    return await trainer.run({ kind: 'train', ...settings }, { signal });
  }
  let keeping: Promise<void> = Promise.resolve();
  let epoch = 0;
  const train = async (resume: Uint8Array | undefined) =>
    await trainer.run(
      { kind: 'train', ...settings, resume, checkpoints: true },
      {
        signal,
        onProgress(progress) {
          if (progress.kind === 'epoch') epoch = progress.epoch;
          if (progress.kind !== 'checkpoint' || epoch === settings.epochs) return;
          const finished = epoch;
          keeping = keeping.then(() => memory.keep(part, finished, progress.checkpoint));
          // Told where it is waited for.
          keeping.catch(() => {});
        },
      },
    );
  const resume = await memory.resume(part);
  const result = await train(resume).catch(async (error: unknown) => {
    // One that was written by another version, or by a job of other settings.
    if (resume === undefined || !isCheckpointFault(error)) throw error;
    return await train(undefined);
  });
  await keeping;
  return result;
}

function isCheckpointFault(error: unknown): boolean {
  return error instanceof UnicaError && error.code.startsWith('engine.checkpoint-');
}

/** @throws UnicaError `access.permit-refused` where the permit is for other data or another use. */
function checkCovers(permit: Permit, cohort: Cohort<Member>, operation: 'train' | 'evaluate'): void {
  if (permit.dataset !== cohort.dataset) {
    throw new UnicaError('access.permit-refused', { clause: 'it is for another dataset' });
  }
  if (!permit.allows(operation)) {
    throw new UnicaError('access.permit-refused', { clause: `it does not allow "${operation}"` });
  }
}

/** @throws UnicaError `learning.permit-over`, `learning.cohort-changed`. */
async function checkStanding(permit: Permit, cohort: Cohort<Member>): Promise<void> {
  if (!permit.isCurrent()) throw new UnicaError('learning.permit-over');
  if (!(await cohort.isStillCurrent())) throw new UnicaError('learning.cohort-changed');
}

/** Films of one side, and whose they are. */
interface Side {
  readonly data: Examples;
  /** 0 or 1 for each film; NaN where it is not known. */
  readonly labels: Float32Array;
  /** In the order of the films. */
  readonly personOfFilm: readonly string[];
  readonly people: ReadonlySet<string>;
}

function peopleOfClasses({ labels, personOfFilm }: Pick<Side, 'labels' | 'personOfFilm'>): PeopleOfClasses {
  const of = (label: number) => new Set(personOfFilm.filter((_, film) => labels[film] === label)).size;
  return { negative: of(0), positive: of(1) };
}

async function labelled<M extends Member>(
  cohort: Cohort<M>,
  fits: (member: M) => boolean,
  {
    spec,
    load,
    signal,
  }: {
    readonly spec: JobSpec;
    readonly load: (member: M) => Promise<Film | Sample | null>;
    readonly signal: AbortSignal;
  },
): Promise<Side> {
  const samples: Sample[] = [];
  const personOfFilm: string[] = [];
  const network = networkOf(spec.model);
  for (const member of cohort.narrow(fits).members) {
    signal.throwIfAborted();
    const film = await load(member);
    if (film === null) continue;
    const sample = 'image' in film ? sampleOf(film) : film;
    checkTensors(network.inputs, sample.inputs, 1);
    checkTensors(network.targets, sample.targets, 1);
    samples.push(sample);
    personOfFilm.push(member.person);
  }
  const joined = (side: 'inputs' | 'targets') =>
    Object.fromEntries(
      network[side].map(({ name }) => {
        const parts = samples.map((sample) => sample[side][name] ?? new Float32Array());
        const length = parts[0]?.length ?? 0;
        const all = new Float32Array(parts.length * length);
        for (const [index, part] of parts.entries()) all.set(part, index * length);
        return [name, all];
      }),
    );
  return {
    data: { count: samples.length, inputs: joined('inputs'), targets: joined('targets') },
    labels: Float32Array.from(samples, ({ label }) => label ?? Number.NaN),
    personOfFilm,
    people: new Set(personOfFilm),
  };
}

function sampleOf({ image, label }: Film): Sample {
  return { inputs: { image }, targets: { label: Float32Array.of(label) }, label };
}

/** Scores of the received model; not yet to be shown to anybody. */
async function evaluate(
  {
    spec,
    trainer,
    signal,
  }: { readonly spec: JobSpec; readonly trainer: Pick<WarmTrainer, 'run'>; readonly signal: AbortSignal },
  parameters: Float32Array,
  { data: { inputs, count }, labels }: Pick<Side, 'data' | 'labels'>,
) {
  const known = await knownScores({ spec, trainer, signal }, parameters, { data: { inputs, count }, labels });
  if (known === null) return null;
  const { truths, scores } = known;
  const loss = scores.reduce((sum, score, index) => sum + crossEntropy(score, truths[index] ?? 0), 0) / scores.length;
  return { loss, samples: scores.length, histogram: scoreHistogram(truths, scores, HISTOGRAM_BINS) };
}

/** Losses one by one, of those whose label is known. */
async function lossesOf(
  round: Pick<Parameters<typeof trainRound>[0], 'spec' | 'trainer' | 'signal'>,
  parameters: Float32Array,
  side: Pick<Side, 'data' | 'labels'>,
): Promise<readonly number[]> {
  const known = await knownScores(round, parameters, side);
  return known === null ? [] : known.scores.map((score, index) => crossEntropy(score, known.truths[index] ?? 0));
}

async function knownScores(
  { spec, trainer, signal }: Pick<Parameters<typeof trainRound>[0], 'spec' | 'trainer' | 'signal'>,
  parameters: Float32Array,
  {
    data: { inputs, count },
    labels,
  }: { readonly data: Pick<Examples, 'inputs' | 'count'>; readonly labels: Float32Array },
): Promise<{ readonly truths: readonly number[]; readonly scores: readonly number[] } | null> {
  const known = [...labels.keys()].filter((index) => !Number.isNaN(labels[index]));
  if (known.length === 0) return null;
  const all = await trainer.run({ kind: 'predict', model: spec.model, parameters, inputs, count }, { signal });
  return { truths: known.map((index) => labels[index] ?? 0), scores: known.map((index) => all[index] ?? 0) };
}

function crossEntropy(score: number, label: number): number {
  const probability = Math.min(1 - 1e-7, Math.max(1e-7, label === 1 ? score : 1 - score));
  return -Math.log(probability);
}
