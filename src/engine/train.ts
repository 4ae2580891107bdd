import { SeededRandom, UnicaError } from '#base';
import { auc } from './auc.ts';
import { allFinite, findNotFinite } from './find-not-finite.ts';
import { imageLength, type LabelledImages } from './labelled-images.ts';
import { createOptimiser, type Optimiser } from './optimiser.ts';
import { learningRateAt } from './schedule.ts';
import { reduceStep, shareTraining } from './shared-training.ts';
import type { SharedTraining } from './training-messages.ts';
import { checkedPlan, type TrainingPlan, type TrainSettings } from './training-plan.ts';
import { TrainingThreads } from './training-threads.ts';

/** How one epoch went. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of the training pictures, each taken when its step came. */
  readonly loss: number;
  readonly learningRate: number;
  readonly seconds: number;
  /** Mean loss of the validation pictures after the epoch. */
  readonly validationLoss?: number;
  /** Null when a class is missing. */
  readonly validationAuc?: number | null;
}

/** One step of the optimiser. */
export interface StepReport {
  /** From 1. */
  readonly epoch: number;
  /** From 1 over the whole training. */
  readonly step: number;
  readonly steps: number;
  /** Mean over the step's pictures, before the step. */
  readonly loss: number;
}

/** Who listens and who may stop it. */
export interface TrainListeners {
  readonly signal?: AbortSignal | undefined;
  readonly onEpoch?: ((report: EpochReport) => void) | undefined;
  readonly onStep?: ((report: StepReport) => void) | undefined;
}

/** What was learned. */
export interface TrainResult {
  /** Flat, new. */
  readonly parameters: Float32Array;
  readonly epochs: readonly EpochReport[];
  /** Pictures learned from, counted once for each epoch. */
  readonly samples: number;
  readonly steps: number;
  readonly seconds: number;
}

/**
 * Trains on this process's worker threads. Micro-batches are summed in the order of the pictures, so the result does
 * not depend on which thread finishes first. A service calls `runTrainer` instead: ONNX Runtime can end a process.
 * @throws UnicaError `engine.not-finite` naming the layer, `engine.spec-invalid`, `engine.settings-invalid`,
 * `engine.data-mismatch`, `engine.parameters-mismatch`; the signal's reason when stopped
 */
export async function train(request: TrainSettings & TrainListeners): Promise<TrainResult> {
  const { signal, onEpoch, onStep, ...settings } = request;
  const plan = checkedPlan(settings);
  signal?.throwIfAborted();
  const started = performance.now();
  const shared = shareTraining(plan);
  const threads = await TrainingThreads.open({ spec: plan.spec, microBatch: plan.microBatch, shared }, plan.workers);
  try {
    const training = new Training(plan, shared, threads, { signal, onStep });
    const epochs: EpochReport[] = [];
    let best: { readonly auc: number; readonly parameters: Float32Array } | undefined;
    for (let epoch = 0; epoch < plan.epochs; epoch += 1) {
      const report = await training.epoch(epoch);
      epochs.push(report);
      const { validationAuc } = report;
      if (typeof validationAuc === 'number' && validationAuc > (best?.auc ?? -1))
        best = { auc: validationAuc, parameters: training.parameters() };
      onEpoch?.(report);
    }
    return {
      parameters: plan.keep === 'best-validation' && best ? best.parameters : training.parameters(),
      epochs,
      samples: plan.epochs * plan.data.count,
      steps: training.steps,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await threads.close();
  }
}

/** The state of one training between its steps. */
class Training {
  readonly #plan: TrainingPlan;
  readonly #shared: SharedTraining;
  readonly #threads: TrainingThreads;
  readonly #listeners: TrainListeners;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  readonly #optimise: Optimiser;
  #steps = 0;

  constructor(plan: TrainingPlan, shared: SharedTraining, threads: TrainingThreads, listeners: TrainListeners) {
    this.#plan = plan;
    this.#shared = shared;
    this.#threads = threads;
    this.#listeners = listeners;
    this.#parameters = new Float32Array(shared.parameters);
    this.#gradient = new Float32Array(this.#parameters.length);
    this.#optimise = createOptimiser(plan.optimiser, this.#parameters.length);
  }

  /** Steps of the optimiser made. */
  get steps(): number {
    return this.#steps;
  }

  /** A copy of where the learning stands. */
  parameters(): Float32Array {
    return Float32Array.from(this.#parameters);
  }

  /** All pictures once, in an order of this epoch's own; `epoch` from 0. */
  async epoch(epoch: number): Promise<EpochReport> {
    const { data, batchSize, schedule, seed, validation } = this.#plan;
    const started = performance.now();
    const learningRate = learningRateAt(schedule, this.#plan.learningRate, epoch);
    new Uint32Array(this.#shared.order).set(new SeededRandom(seed).fork(epoch).permutation(data.count));
    let lossSum = 0;
    for (let start = 0; start < data.count; start += batchSize) {
      this.#listeners.signal?.throwIfAborted();
      lossSum += await this.#step(epoch, start, Math.min(batchSize, data.count - start), learningRate);
    }
    const scores = validation ? await this.#score(validation) : {};
    const seconds = (performance.now() - started) / 1000;
    return { epoch: epoch + 1, loss: lossSum / data.count, learningRate, seconds, ...scores };
  }

  /** One step on the pictures order[start … start + count); their loss sum before it. */
  async #step(epoch: number, start: number, count: number, learningRate: number): Promise<number> {
    const { data, batchSize, microBatch, epochs } = this.#plan;
    await this.#threads.share({ kind: 'step', start, count });
    const loss = reduceStep(this.#shared, this.#gradient, Math.ceil(count / microBatch), count);
    if (!Number.isFinite(loss) || !allFinite(this.#gradient)) throw await this.#notFinite(epoch, start, count);
    this.#optimise(this.#parameters, this.#gradient, learningRate);
    this.#steps += 1;
    const steps = epochs * Math.ceil(data.count / batchSize);
    this.#listeners.onStep?.({ epoch: epoch + 1, step: this.#steps, steps, loss: loss / count });
    return loss;
  }

  async #score(validation: LabelledImages): Promise<Pick<EpochReport, 'validationLoss' | 'validationAuc'>> {
    await this.#threads.share({ kind: 'score', count: validation.count });
    const scores = new Float32Array(this.#shared.validationScores);
    return { validationLoss: crossEntropy(validation.labels, scores), validationAuc: auc(validation.labels, scores) };
  }

  async #notFinite(epoch: number, start: number, count: number): Promise<UnicaError> {
    const { spec, data } = this.#plan;
    const length = imageLength(spec);
    const order = new Uint32Array(this.#shared.order).subarray(start, start + count);
    const images = new Float32Array(count * length);
    order.forEach((picture, row) => {
      images.set(data.images.subarray(picture * length, (picture + 1) * length), row * length);
    });
    const layer = await findNotFinite(spec, this.parameters(), images, this.#gradient);
    return new UnicaError('engine.not-finite', { epoch: epoch + 1, layer });
  }
}

/** Mean binary cross-entropy of probabilities, kept finite where float32 rounds them to 0 or 1. */
function crossEntropy(labels: Float32Array, probabilities: Float32Array): number {
  const sum = labels.reduce((total, label, index) => {
    const probability = Math.min(1 - 1e-7, Math.max(1e-7, probabilities[index] as number));
    return total - Math.log(label === 1 ? probability : 1 - probability);
  }, 0);
  return sum / labels.length;
}
