import type { ModelSpec } from './model-spec.ts';
import type { TransportedError } from './transported-error.ts';

/** Memory that the training's threads share; nothing is copied between them but numbers through it. */
export interface SharedTraining {
  /** Training pictures, [image, channel, row, column] as float32. */
  readonly images: SharedArrayBuffer;
  /** Float32 by training picture. */
  readonly labels: SharedArrayBuffer;
  /** Uint32: the epoch's order of the training pictures. */
  readonly order: SharedArrayBuffer;
  /** Float32, flat. */
  readonly parameters: SharedArrayBuffer;
  /** Float32: one flat gradient for each micro-batch of a step. */
  readonly gradients: SharedArrayBuffer;
  /** Float64: loss sum of each micro-batch of a step. */
  readonly losses: SharedArrayBuffer;
  /** Validation pictures as float32. */
  readonly validationImages: SharedArrayBuffer;
  /** Float32: probability of each validation picture. */
  readonly validationScores: SharedArrayBuffer;
  /** Int32 [1]: the next piece of work nobody has taken. */
  readonly next: SharedArrayBuffer;
}

/** What a thread is given at its start. */
export interface ThreadSetup {
  readonly spec: ModelSpec;
  readonly microBatch: number;
  readonly shared: SharedTraining;
}

/** What a thread is asked to do. */
export type ThreadOrder =
  /** Take micro-batches of the pictures order[start … start + count) until none is left. */
  | { readonly kind: 'step'; readonly start: number; readonly count: number }
  /** Take pieces of the validation pictures until none is left. */
  | { readonly kind: 'score'; readonly count: number }
  | { readonly kind: 'close' };

/** What a thread answers. */
export type ThreadAnswer = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: TransportedError };
