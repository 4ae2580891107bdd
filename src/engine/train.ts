import { canonicalJson, SeededRandom, sha256Hex, UnicaError } from '#base';
import { auc } from './auc.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { type Examples, isBinary, tensorLength } from './examples.ts';
import { channelBlock } from './feature-layout.ts';
import { findNotFinite } from './find-not-finite.ts';
import { type Packing, packingOf } from './packing.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import { learningRateAt } from './schedule.ts';
import { SecureRandom } from './secure-random.ts';
import { shareTraining, slotCount } from './shared-training.ts';
import type { SharedTraining } from './training-messages.ts';
import { checkedPlan, type TrainingPlan, type TrainSettings } from './training-plan.ts';
import type { EpochReport, StepReport } from './training-reports.ts';
import { TrainingThreads } from './training-threads.ts';
import type { Span } from './vector-memory.ts';

/** Who listens and who may stop it. */
export interface TrainListeners {
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((report: EpochReport) => void) | undefined;
  readonly onStep?: ((report: StepReport) => void) | undefined;
  /** A file after each epoch, from which `resume` goes on bit for bit. */
  readonly onCheckpoint?: ((checkpoint: Uint8Array) => void) | undefined;
}

/** What was learned. */
export interface TrainResult {
  /** Flat, new. */
  readonly parameters: Float32Array;
  readonly epochs: readonly EpochReport[];
  /** Examples learned from, counted once for each epoch. */
  readonly samples: number;
  readonly steps: number;
  readonly seconds: number;
}

/**
 * Trains on this process's worker threads. Micro-batches are summed in the order of the examples, so the result does
 * not depend on which thread finishes first. A service calls `runTrainer` instead: ONNX Runtime can end a process.
 * @throws UnicaError `engine.not-finite` naming the layer, `engine.spec-invalid`, `engine.settings-invalid`,
 * `engine.data-mismatch`, `engine.parameters-mismatch`, `engine.checkpoint-damaged`, `engine.checkpoint-foreign`; the
 * signal's reason when stopped
 */
export async function train(request: TrainSettings & TrainListeners): Promise<TrainResult> {
  const asked = askedFor(request);
  const { training, close } = await openTraining(asked.plan, asked.listeners);
  try {
    return await learn(training, asked);
  } finally {
    await close();
  }
}

/** A larger model takes longer for a step than its threads and graphs take to start. */
const MOST_KEPT_PARAMETERS = 2 ** 20;

/**
 * As {@link train}, but threads and graphs are kept for the next training that differs only in where it begins, in its examples and
 * for how long it goes on, as those of the rounds of a job do: for a small model starting them takes longer than its steps. The
 * bits are the same. @note One training at a time; threads that are kept end with the process.
 */
export class KeptTraining {
  #kept: { readonly key: string; readonly opened: OpenedTraining } | undefined;

  /** @throws as {@link train} */
  async train(request: TrainSettings & TrainListeners): Promise<TrainResult> {
    const asked = askedFor(request);
    const key = keptUnder(asked.plan);
    const kept = this.#kept;
    this.#kept = undefined;
    const fits = kept !== undefined && kept.key === key;
    if (!fits) await kept?.opened.close();
    const opened = fits ? kept.opened : await openTraining(asked.plan, asked.listeners);
    let isWell = false;
    try {
      if (fits) opened.training.renew(asked.plan, asked.listeners);
      const result = await learn(opened.training, asked);
      isWell = true;
      return result;
    } finally {
      if (isWell && key !== undefined) this.#kept = { key, opened };
      else await opened.close();
    }
  }
}

/** What trainings must have in common to take the same threads one after the other; undefined for those that are not kept. */
function keptUnder(plan: TrainingPlan): string | undefined {
  const { network, data, batchSize, microBatch, workers, threadsEach, optimiser, device, proximal, correction } = plan;
  // Threads draw these by the seed they were started with; noise is drawn once.
  if (plan.augmentation || plan.privacy || plan.validation) return undefined;
  if (network.operations.some(({ operation }) => operation === 'dropout')) return undefined;
  if (plan.parameters.length > MOST_KEPT_PARAMETERS) return undefined;
  const settings = { network, batchSize, microBatch, workers, threadsEach, optimiser, device };
  return JSON.stringify([settings, data.count, proximal?.mu ?? null, correction !== undefined]);
}

interface AskedTraining {
  readonly plan: TrainingPlan;
  readonly listeners: TrainListeners;
  readonly fingerprint: string;
  readonly resumed: Checkpoint | undefined;
  readonly startedMs: number;
}

function askedFor({
  signal,
  onEpoch,
  onStep,
  onCheckpoint,
  ...settings
}: TrainSettings & TrainListeners): AskedTraining {
  const plan = checkedPlan(settings);
  signal?.throwIfAborted();
  const fingerprint = fingerprintOf(plan);
  const resumed = plan.resume && decodeCheckpoint(plan.resume, fingerprint);
  const listeners = { signal, onEpoch, onStep, onCheckpoint };
  return { plan, listeners, fingerprint, resumed, startedMs: performance.now() };
}

async function learn(training: Training, { plan, listeners, fingerprint, resumed, startedMs }: AskedTraining) {
  if (resumed) training.restore(resumed);
  const epochs: EpochReport[] = [...(resumed?.epochs ?? [])];
  let best = resumed?.best;
  for (let epoch = epochs.length; epoch < plan.epochs && !isTired(plan, epochs.length, best?.epoch); epoch += 1) {
    const report = await training.epoch(epoch);
    const better = best === undefined || isBetter(report, epochs[best.epoch - 1]);
    epochs.push(report);
    if (plan.validation && better) best = { epoch: report.epoch, parameters: training.parameters() };
    listeners.onEpoch?.(report);
    listeners.onCheckpoint?.(encodeCheckpoint({ ...training.state(), epochs, best, settings: fingerprint }));
  }
  return {
    parameters: plan.keep === 'best-validation' && best ? best.parameters : training.parameters(),
    epochs,
    samples: epochs.length * plan.data.count,
    steps: training.steps,
    seconds: (performance.now() - startedMs) / 1000,
  };
}

/** Where a stepped training begins again, on the same examples. */
export interface SteppedStart {
  readonly parameters: Float32Array;
  readonly learningRate: number;
  /** Orders the examples. */
  readonly seed: number | string;
  /** In place of the anchor it was opened with. */
  readonly anchor?: Float32Array | undefined;
  /** In place of the correction it was opened with. */
  readonly correction?: Float32Array | undefined;
}

/** A training whose steps are asked for. */
export interface SteppedTraining {
  /** Takes so many steps, epoch after epoch; → their seconds. */
  run(steps: number): Promise<number>;
  /**
   * Begins anew: step 1 of epoch 1, the optimiser remembers nothing. What follows gives the bits of a `train` with these
   * settings; only augmentation and dropout keep the seed it was opened with.
   * @throws UnicaError `engine.parameters-mismatch`, `engine.settings-invalid` for a pull it was not opened with
   */
  begin(start: SteppedStart): void;
  /** As they are now; a copy. */
  parameters(): Float32Array;
  /** Mean loss of the examples learned from since `begin`. */
  loss(): number;
  close(): Promise<void>;
}

/** Opens a training that is driven step by step, to measure it or to train in rounds. @throws UnicaError as `train` */
export async function openSteppedTraining(settings: TrainSettings): Promise<SteppedTraining> {
  const { training, close } = await openTraining(checkedPlan(settings), {});
  return {
    async run(steps) {
      const started = performance.now();
      for (let step = 0; step < steps; step += 1) await training.next();
      return (performance.now() - started) / 1000;
    },
    begin: (start) => training.begin(start),
    parameters: () => training.parameters(),
    loss: () => training.loss(),
    close,
  };
}

interface OpenedTraining {
  readonly training: Training;
  readonly close: () => Promise<void>;
}

async function openTraining(plan: TrainingPlan, listeners: TrainListeners): Promise<OpenedTraining> {
  const { device = 'cpu' } = plan;
  const block = device === 'cpu' ? await channelBlock() : 1;
  const packing = packingOf(plan.network, { block, batch: plan.microBatch });
  const shared = shareTraining(plan, packing);
  const threads = await TrainingThreads.open(
    {
      network: plan.network,
      block,
      packed: packing.names,
      microBatch: plan.microBatch,
      session: { device, threads: plan.threadsEach },
      seed: String(plan.seed),
      optimiser: plan.optimiser,
      clip: plan.privacy?.clip,
      augmentation: plan.augmentation && { input: 'image', how: plan.augmentation },
      proximal: plan.proximal?.mu ?? 0,
      shared,
    },
    plan.workers,
  );
  const training = new Training(plan, { shared, packing, threads, listeners });
  return { training, close: () => threads.close() };
}

/** By AUC where there is one, else by loss. */
function isBetter(report: EpochReport, best: EpochReport | undefined): boolean {
  if (typeof report.validationAuc === 'number') return report.validationAuc > (best?.validationAuc ?? -1);
  return (report.validationLoss ?? Number.POSITIVE_INFINITY) < (best?.validationLoss ?? Number.POSITIVE_INFINITY);
}

function isTired({ patience }: TrainingPlan, epochs: number, bestEpoch: number | undefined): boolean {
  return patience !== undefined && bestEpoch !== undefined && epochs - bestEpoch >= patience;
}

/** What two parts of one training must agree on; the data by their amount and by numbers from everywhere in them. */
function fingerprintOf({
  network,
  data,
  validation,
  parameters: _start,
  resume: _resume,
  ...rest
}: TrainingPlan): string {
  const { proximal, correction, workers: _workers, threadsEach: _threads, epochs: _epochs, ...settings } = rest;
  const digest = (examples: Examples | undefined): readonly (string | number)[] =>
    examples === undefined
      ? []
      : [
          examples.count,
          ...[...Object.values(examples.inputs), ...Object.values(examples.targets)].map((numbers) =>
            digestOf(someOf(numbers)),
          ),
        ];
  return sha256Hex(
    canonicalJson(
      JSON.parse(
        JSON.stringify({
          network,
          settings,
          data: digest(data),
          validation: digest(validation),
          proximal: proximal && [proximal.mu, digestOf(proximal.anchor)],
          correction: correction && digestOf(correction),
        }),
      ),
    ),
  );
}

/** Of so many numbers a digest costs little beside a round of a small model. */
const DIGESTED_NUMBERS = 65_536;

/** At equal distances from the first to the last picture: a file that only goes on otherwise is another one. */
function someOf(numbers: Float32Array): Float32Array {
  if (numbers.length <= DIGESTED_NUMBERS) return numbers;
  const some = new Float32Array(DIGESTED_NUMBERS);
  for (let index = 0; index < some.length; index += 1)
    some[index] = numbers[Math.floor((index * numbers.length) / some.length)] as number;
  return some;
}

function digestOf(numbers: Float32Array): string {
  return sha256Hex(new Uint8Array(numbers.slice().buffer));
}

/** The state of one training between its steps. */
class Training {
  #plan: TrainingPlan;
  readonly #packing: Packing;
  readonly #shared: SharedTraining;
  readonly #threads: TrainingThreads;
  #listeners: TrainListeners;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  readonly #flags: Int32Array;
  readonly #secret = new SecureRandom();
  #steps = 0;
  #seen = { loss: 0, count: 0 };

  constructor(
    plan: TrainingPlan,
    {
      shared,
      packing,
      threads,
      listeners,
    }: {
      readonly shared: SharedTraining;
      readonly packing: Packing;
      readonly threads: TrainingThreads;
      readonly listeners: TrainListeners;
    },
  ) {
    this.#plan = plan;
    this.#packing = packing;
    this.#shared = shared;
    this.#threads = threads;
    this.#listeners = listeners;
    this.#parameters = this.#numbers(shared.parameters);
    this.#gradient = this.#numbers(shared.gradient);
    this.#flags = new Int32Array(shared.flags);
  }

  get steps(): number {
    return this.#steps;
  }

  parameters(): Float32Array {
    return this.#packing.unpack(this.#parameters);
  }

  state(): Pick<Checkpoint, 'parameters' | 'memory' | 'steps'> {
    const memory = this.#shared.memory.map((span) => this.#packing.unpack(this.#numbers(span)));
    return { parameters: this.parameters(), memory, steps: this.#steps };
  }

  restore({ parameters, memory, steps }: Checkpoint): void {
    this.#parameters.set(this.#packing.pack(parameters));
    for (const [index, span] of this.#shared.memory.entries())
      this.#numbers(span).set(this.#packing.pack(memory[index] ?? new Float32Array(parameters.length)));
    this.#steps = steps;
  }

  begin({ parameters, learningRate, seed, anchor, correction }: SteppedStart): void {
    this.#plan = { ...this.#plan, learningRate, seed };
    const zeros = new Float32Array(parameters.length);
    checkParameters(parameterTable(this.#plan.network), parameters);
    this.#replace(this.#shared.anchor, anchor);
    this.#replace(this.#shared.correction, correction);
    this.#parameters.set(this.#packing.pack(parameters));
    for (const span of this.#shared.memory) this.#numbers(span).set(zeros);
    this.#steps = 0;
    this.#seen = { loss: 0, count: 0 };
  }

  /** Begins anew with other examples, as many as before, and other settings of those that `keptUnder` leaves open. */
  renew(plan: TrainingPlan, listeners: TrainListeners): void {
    const { parameters, learningRate, seed, proximal, correction, data } = plan;
    this.#plan = plan;
    this.#listeners = listeners;
    for (const [name, numbers] of Object.entries({ ...data.inputs, ...data.targets })) {
      const place = this.#shared.tensors[name];
      if (place !== undefined) new Float32Array(place).set(numbers);
    }
    this.begin({ parameters, learningRate, seed, anchor: proximal?.anchor, correction });
  }

  loss(): number {
    return this.#seen.loss / Math.max(1, this.#seen.count);
  }

  #replace(place: SharedArrayBuffer, numbers: Float32Array | undefined): void {
    if (numbers === undefined) return;
    if (place.byteLength !== 4 * numbers.length)
      throw new UnicaError('engine.settings-invalid', { problem: 'it was opened without what now is to pull' });
    new Float32Array(place).set(this.#packing.pack(numbers));
  }

  async epoch(epoch: number): Promise<EpochReport> {
    const { data, batchSize, validation, epochs } = this.#plan;
    const started = performance.now();
    const stepsPerEpoch = Math.ceil(data.count / batchSize);
    const left = (this.#plan.steps ?? Number.POSITIVE_INFINITY) - this.#steps;
    let total = 0;
    let seen = 0;
    for (let step = 0; step < Math.min(stepsPerEpoch, left); step += 1) {
      this.#listeners.signal?.throwIfAborted();
      const { loss, count } = await this.#turn(epoch, step);
      total += loss;
      seen += count;
      const steps = this.#plan.steps ?? stepsPerEpoch * epochs;
      this.#listeners.onStep?.({ epoch: epoch + 1, step: this.#steps, steps, loss: loss / Math.max(1, count) });
    }
    const scores = validation ? await this.#score(validation) : {};
    const seconds = (performance.now() - started) / 1000;
    return { epoch: epoch + 1, loss: total / Math.max(1, seen), learningRate: this.#rate(epoch), seconds, ...scores };
  }

  /** The next step, whatever the epoch. */
  async next(): Promise<void> {
    const stepsPerEpoch = Math.ceil(this.#plan.data.count / this.#plan.batchSize);
    const { loss, count } = await this.#turn(Math.floor(this.#steps / stepsPerEpoch), this.#steps % stepsPerEpoch);
    this.#seen = { loss: this.#seen.loss + loss, count: this.#seen.count + count };
  }

  async #turn(epoch: number, step: number): Promise<{ readonly loss: number; readonly count: number }> {
    const { data, batchSize, privacy } = this.#plan;
    if (step === 0 && !privacy) this.#shuffle(epoch);
    const start = privacy ? 0 : step * batchSize;
    const count = privacy ? this.#sample() : Math.min(batchSize, data.count - start);
    const learningRate = this.#rate(epoch + step / Math.ceil(data.count / batchSize));
    return { loss: await this.#step({ epoch, start, count, learningRate }), count };
  }

  #numbers({ offset, length }: Span): Float32Array {
    return new Float32Array(this.#shared.vectors.buffer, offset, length);
  }

  #rate(epoch: number): number {
    const { schedule, learningRate, epochs } = this.#plan;
    return learningRateAt(schedule, learningRate, epoch, epochs);
  }

  #shuffle(epoch: number): void {
    const { seed, data } = this.#plan;
    const random = new SeededRandom(`${seed}/order/${epoch}`);
    new Uint32Array(this.#shared.order).set(random.permutation(data.count));
  }

  /** Each example by itself with the same probability (Poisson sampling), as the privacy accountant assumes. */
  #sample(): number {
    const { data, batchSize } = this.#plan;
    const order = new Uint32Array(this.#shared.order);
    let count = 0;
    for (let example = 0; example < data.count; example += 1) {
      if (this.#secret.uniform() * data.count >= batchSize) continue;
      order[count] = example;
      count += 1;
    }
    return count;
  }

  /** One step over order[start … start + count); → the sum of their losses. */
  async #step(turn: {
    readonly epoch: number;
    readonly start: number;
    readonly count: number;
    readonly learningRate: number;
  }): Promise<number> {
    const { epoch, start, count, learningRate } = turn;
    const { microBatch, privacy, batchSize, clipNorm } = this.#plan;
    this.#steps += 1;
    const room = slotCount(this.#plan) * microBatch;
    let loss = 0;
    if (count === 0) this.#gradient.fill(0);
    for (let done = 0; done < count; done += room) {
      const here = Math.min(room, count - done);
      await this.#threads.share({ kind: 'step', epoch, step: this.#steps, start: start + done, count: here });
      const slots = Math.ceil(here / microBatch);
      await this.#threads.share({ kind: 'reduce', slots, onto: done > 0 });
      loss += new Float64Array(this.#shared.losses).subarray(0, slots).reduce((sum, one) => sum + one, 0);
    }
    if (!Number.isFinite(loss) || Atomics.load(this.#flags, 1) === 1) throw await this.#notFinite(epoch, start, count);
    if (privacy) this.#addNoise(privacy.clip * privacy.noiseMultiplier);
    const share = 1 / (privacy ? batchSize : count);
    const scale = clipNorm === undefined ? share : share * this.#shortening(share, clipNorm);
    await this.#threads.share({ kind: 'update', scale, learningRate, step: this.#steps });
    return loss;
  }

  #addNoise(deviation: number): void {
    const kinds = new Uint8Array(this.#shared.kinds);
    for (let index = 0; index < this.#gradient.length; index += 1)
      if (kinds[index] === 0)
        this.#gradient[index] = (this.#gradient[index] as number) + deviation * this.#secret.normal();
  }

  /** What brings the mean gradient down to the longest allowed. */
  #shortening(share: number, clipNorm: number): number {
    const square = this.#gradient.reduce((sum, slope) => sum + slope * slope, 0);
    return Math.min(1, clipNorm / Math.max(1e-30, Math.sqrt(square) * share));
  }

  async #score(validation: Examples): Promise<Pick<EpochReport, 'validationLoss' | 'validationAuc'>> {
    new Float32Array(this.#shared.scored).set(this.parameters());
    await this.#threads.share({ kind: 'score', count: validation.count });
    const losses = new Float32Array(this.#shared.validationLosses);
    const validationLoss = losses.reduce((sum, loss) => sum + loss, 0) / validation.count;
    const { label } = validation.targets;
    if (!isBinary(this.#plan.network) || label === undefined) return { validationLoss };
    return { validationLoss, validationAuc: auc(label, new Float32Array(this.#shared.validationAnswers)) };
  }

  async #notFinite(epoch: number, start: number, count: number): Promise<UnicaError> {
    const { network, data } = this.#plan;
    const order = new Uint32Array(this.#shared.order).subarray(start, start + count);
    const inputs = network.inputs.map((tensor) => {
      const length = tensorLength(tensor);
      const chosen = new Float32Array(count * length);
      order.forEach((example, row) => {
        chosen.set(
          (data.inputs[tensor.name] ?? chosen).subarray(example * length, (example + 1) * length),
          row * length,
        );
      });
      return [tensor.name, chosen] as const;
    });
    const layer = await findNotFinite({
      network,
      parameters: this.parameters(),
      inputs: Object.fromEntries(inputs),
      count,
      gradient: this.#gradient,
    });
    return new UnicaError('engine.not-finite', { epoch: epoch + 1, layer });
  }
}
