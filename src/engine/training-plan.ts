import { UnicaError } from '#base';
import type { Augmentation } from './augmentation.ts';
import { checkExamples, type Examples } from './examples.ts';
import { type Model, networkOf } from './model.ts';
import type { Network } from './network.ts';
import type { Device } from './onnx-session.ts';
import type { OptimiserSpec } from './optimiser.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import type { Schedule } from './schedule.ts';

/** What to learn, from what, how. */
export interface TrainSettings {
  readonly model: Model;
  /** Where learning starts; left as it is. */
  readonly parameters: Float32Array;
  readonly data: Examples;
  /** Scored after each epoch. */
  readonly validation?: Examples | undefined;
  readonly epochs: number;
  /** Ends after so many steps of the optimiser, wherever in an epoch that is; `epochs` then does not count. */
  readonly steps?: number | undefined;
  /** Examples in one step of the optimiser; with differential privacy their expected number. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Constant unless told. */
  readonly schedule?: Schedule | undefined;
  /** Orders the examples; equal seeds give equal bits on one kind of machine, whatever the number of workers. */
  readonly seed: number | string;
  readonly optimiser: OptimiserSpec;
  /** Longest gradient of a step; a longer one is shortened. None unless told. */
  readonly clipNorm?: number | undefined;
  /** FedProx (Li et al. 2020): adds mu·(parameters − anchor) to the gradient. */
  readonly proximal?: { readonly mu: number; readonly anchor: Float32Array } | undefined;
  /** SCAFFOLD (Karimireddy et al. 2020): added to every gradient, c − c_i. */
  readonly correction?: Float32Array | undefined;
  /** Of the input `image` unless told. */
  readonly augmentation?: Augmentation | undefined;
  /** DP-SGD: Poisson sampling, gradients clipped example by example, noise. Results are then not repeatable. */
  readonly privacy?: PrivacySettings | undefined;
  /** Where the graphs compute; the processor unless told. */
  readonly device?: Device | undefined;
  /** Threads that compute, 1 to 64; 2 unless told. */
  readonly workers?: number | undefined;
  /** Examples in one run of the graph; chosen from their size unless told. More need more memory. */
  readonly microBatch?: number | undefined;
  /** Which parameters to return: after the last epoch (unless told) or after the best by validation. */
  readonly keep?: 'last' | 'best-validation' | undefined;
  /** Stop after so many epochs without a better validation; never unless told. */
  readonly patience?: number | undefined;
  /** A training to go on with, from `onCheckpoint`; everything else must be as it was. */
  readonly resume?: Uint8Array | undefined;
}

/** Differentially private training (Abadi et al. 2016, algorithm 1). */
export interface PrivacySettings {
  /** Longest gradient of one example. */
  readonly clip: number;
  /** Standard deviation of the noise on a step's summed gradients, in multiples of `clip`. */
  readonly noiseMultiplier: number;
}

/** Settings with every choice made. */
export type TrainingPlan = Omit<TrainSettings, 'model'> & {
  readonly network: Network;
  readonly schedule: Schedule;
  readonly workers: number;
  /** Threads of each run: more than one where a step has fewer micro-batches than there are threads. */
  readonly threadsEach: number;
  readonly microBatch: number;
  readonly keep: 'last' | 'best-validation';
};

/** Examples of a micro-batch that are worth the price of a run of the graph, and from where on more do not lower it. */
const LEAST_EXAMPLES = 8;
const MOST_EXAMPLES = 32;
/** Poisson samples seldom fill whole micro-batches, so that a share of the batch may be wasted. */
const LEAST_SAMPLED = 4;
const WASTED_SHARE = 1 / 8;
/** Numbers of the gradients of single examples that lie beside one another. */
const MOST_KEPT_APART = 2 ** 24;
/** Pixels of first feature maps, by 16 channels, that a core's cache holds from one operator to the next: measured, 2 MiB. */
const CACHED_PIXELS = 2 ** 15;
/** As many that a micro-batch may have at all: measured, some 600 MB at most. */
const MOST_PIXELS = 2 ** 18;

/**
 * @throws UnicaError `engine.spec-invalid`, `engine.settings-invalid`, `engine.data-mismatch`,
 * `engine.parameters-mismatch`
 */
export function checkedPlan({ model, ...settings }: TrainSettings): TrainingPlan {
  const { data, validation, epochs, batchSize, learningRate, privacy, patience, clipNorm } = settings;
  const network = networkOf(model);
  const table = parameterTable(network);
  checkParameters(table, settings.parameters);
  if (settings.proximal) checkParameters(table, settings.proximal.anchor);
  if (settings.correction) checkParameters(table, settings.correction);
  checkExamples(network, data);
  if (validation) checkExamples(network, validation);
  const workers = settings.workers ?? 2;
  const microBatch = Math.min(
    batchSize,
    settings.microBatch ?? fittingMicroBatch(network, batchSize, privacy !== undefined),
  );
  demandWhole('the number of epochs', epochs, 1, 100_000);
  demandWhole('the batch size', batchSize, 1, 65_536);
  demandWhole('the number of workers', workers, 1, 64);
  demandWhole('the micro-batch', microBatch, 1, 4096);
  if (settings.steps !== undefined) demandWhole('the number of steps', settings.steps, 1, 10_000_000);
  if (patience !== undefined) demandWhole('the patience', patience, 1, 100_000);
  demandPositive('the learning rate', learningRate);
  if (clipNorm !== undefined) demandPositive('the longest gradient', clipNorm);
  if (settings.proximal && !(settings.proximal.mu >= 0)) throw invalid('the proximal weight is below 0');
  if (privacy) {
    demandPositive('the longest gradient of an example', privacy.clip);
    if (!(privacy.noiseMultiplier >= 0) || !Number.isFinite(privacy.noiseMultiplier))
      throw invalid('the noise multiplier is below 0');
    if (batchSize > data.count) throw invalid('the batch is larger than the data it is sampled from');
    if (network.parameters.some(({ kind }) => kind === 'measured'))
      throw invalid('batch normalisation mixes examples and cannot be trained with differential privacy');
  }
  if ((settings.keep === 'best-validation' || patience !== undefined) && !validation)
    throw invalid('the best epoch cannot be known without validation examples');
  const atOnce = Math.min(workers, Math.ceil(Math.min(batchSize, data.count) / microBatch));
  return {
    ...settings,
    epochs: settings.steps === undefined ? epochs : Math.ceil(settings.steps / Math.ceil(data.count / batchSize)),
    network,
    schedule: settings.schedule ?? { kind: 'constant' },
    workers,
    threadsEach: Math.floor(workers / atOnce),
    microBatch,
    keep: settings.keep ?? 'last',
  };
}

/** As many examples as stay in a core's cache, in whole shares of the batch where it is small; whatever the workers. */
function fittingMicroBatch(network: Network, batchSize: number, isSampled: boolean): number {
  const pixels = firstMapPixels(network);
  const cached = 2 ** Math.floor(Math.log2(CACHED_PIXELS / pixels));
  const share = Math.ceil(batchSize * (isSampled ? WASTED_SHARE : 1 / 2));
  const apart = isSampled ? Math.floor(MOST_KEPT_APART / parameterTable(network).total) : MOST_EXAMPLES;
  const least = Math.min(share, LEAST_EXAMPLES);
  const wanted = Math.max(isSampled ? LEAST_SAMPLED : least, Math.min(MOST_EXAMPLES, cached, share, apart));
  return Math.max(1, Math.min(wanted, Math.floor(MOST_PIXELS / pixels)));
}

/** By the largest picture among the inputs and 16 channels; a 7×7 or strided stem makes smaller maps of it. */
function firstMapPixels({ inputs, operations, parameters }: Network): number {
  const pixels = Math.max(
    1,
    ...inputs.map(({ shape }) => (shape.length >= 3 ? shape.slice(-2).reduce((a, b) => a * b, 1) * extra(shape) : 1)),
  );
  const shapes = new Map(parameters.map(({ name, shape }) => [name, shape]));
  const first = operations.find(({ operation }) => operation === 'convolution');
  const stride = typeof first?.settings['stride'] === 'number' ? first.settings['stride'] : 1;
  const filters = shapes.get(first?.inputs[1] ?? '')?.[0] ?? 16;
  return (pixels / stride ** 2) * Math.max(1, filters / 16);
}

/** Pictures in one example: the views of an exam. */
function extra(shape: readonly number[]): number {
  return shape.slice(0, -3).reduce((product, side) => product * side, 1);
}

function demandWhole(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(`${what} is not a whole number from ${least} to ${most}`);
}

function demandPositive(what: string, value: number): void {
  if (!(value > 0) || !Number.isFinite(value)) throw invalid(`${what} is not above 0`);
}

function invalid(problem: string): UnicaError {
  return new UnicaError('engine.settings-invalid', { problem });
}
