import { UnicaError } from '#base';
import { checkLabelledImages, type LabelledImages } from './labelled-images.ts';
import { checkedSpec, type ModelSpec } from './model-spec.ts';
import type { OptimiserSpec } from './optimiser.ts';
import { checkParameters, parameterTable } from './parameter-table.ts';
import type { Schedule } from './schedule.ts';

/** What to learn, from what, how. */
export interface TrainSettings {
  readonly spec: ModelSpec;
  /** Where learning starts; left as it is. */
  readonly parameters: Float32Array;
  readonly data: LabelledImages;
  /** Scored after each epoch. */
  readonly validation?: LabelledImages | undefined;
  readonly epochs: number;
  /** Pictures in one step of the optimiser. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Constant unless told. */
  readonly schedule?: Schedule | undefined;
  /** Orders the pictures; equal seeds give equal bits on one kind of machine, whatever the number of workers. */
  readonly seed: number | string;
  readonly optimiser: OptimiserSpec;
  /** Threads that compute, 1 to 64; 2 unless told. */
  readonly workers?: number | undefined;
  /** Pictures in one run of the graph; chosen from their size unless told. More need more memory. */
  readonly microBatch?: number | undefined;
  /** Which parameters to return: after the last epoch (unless told) or after the one with the best validation AUC. */
  readonly keep?: 'last' | 'best-validation' | undefined;
}

/** Settings with every choice made. */
export type TrainingPlan = TrainSettings & {
  readonly schedule: Schedule;
  readonly workers: number;
  readonly microBatch: number;
  readonly keep: 'last' | 'best-validation';
};

/** Pixels at the first stage that one micro-batch may hold: measured, some 150 MB for each thread. */
const MICRO_BATCH_PIXELS = 16 * 48 * 48;

/**
 * @throws UnicaError `engine.spec-invalid`, `engine.settings-invalid`, `engine.data-mismatch`,
 * `engine.parameters-mismatch`
 */
export function checkedPlan(settings: TrainSettings): TrainingPlan {
  const { spec, data, validation, epochs, batchSize, learningRate } = settings;
  checkedSpec(spec);
  checkParameters(parameterTable(spec), settings.parameters);
  checkLabelledImages(spec, data);
  if (validation) checkLabelledImages(spec, validation);
  const workers = settings.workers ?? 2;
  const microBatch = Math.min(batchSize, settings.microBatch ?? fittingMicroBatch(spec));
  demandWhole('the number of epochs', epochs, 1, 100_000);
  demandWhole('the batch size', batchSize, 1, 65_536);
  demandWhole('the number of workers', workers, 1, 64);
  demandWhole('the micro-batch', microBatch, 1, 4096);
  if (!(learningRate > 0) || !Number.isFinite(learningRate)) throw invalid('the learning rate is not above 0');
  if (settings.keep === 'best-validation' && !validation)
    throw invalid('the best epoch cannot be known without validation pictures');
  return {
    ...settings,
    schedule: settings.schedule ?? { kind: 'constant' },
    workers,
    microBatch,
    keep: settings.keep ?? 'last',
  };
}

function fittingMicroBatch({ inputSize, stemStride }: ModelSpec): number {
  const side = Math.ceil(inputSize / stemStride);
  return Math.max(1, Math.min(16, Math.floor(MICRO_BATCH_PIXELS / side ** 2)));
}

function demandWhole(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw invalid(`${what} is not a whole number from ${least} to ${most}`);
}

function invalid(problem: string): UnicaError {
  return new UnicaError('engine.settings-invalid', { problem });
}
