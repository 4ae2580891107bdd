import type { TransportedError } from '#base';
import type { Augmentation } from './augmentation.ts';
import type { ChannelBlock } from './feature-layout.ts';
import type { Network } from './network.ts';
import type { SessionSettings } from './onnx-session.ts';
import type { OptimiserSpec } from './optimiser.ts';
import type { Span } from './vector-memory.ts';

/** Numbers by the name of their tensor. */
export type SharedTensors = Readonly<Record<string, SharedArrayBuffer>>;

/** Memory that the training's threads share; nothing is copied between them but numbers through it. */
export interface SharedTraining {
  /** Inputs and targets of the training examples as float32. */
  readonly tensors: SharedTensors;
  /** Uint32: the examples of the steps, in order. */
  readonly order: SharedArrayBuffer;
  /** Where parameters, gradients and the optimiser's memory lie. */
  readonly vectors: WebAssembly.Memory;
  /** Flat. */
  readonly parameters: Span;
  /** Float32, flat, nothing packed: what validation uses. */
  readonly scored: SharedArrayBuffer;
  /** Flat: the sum over a step's examples. */
  readonly gradient: Span;
  /** One flat gradient for each slot, which is a micro-batch of a step. */
  readonly slots: readonly Span[];
  /** Float64: loss sum of each slot. */
  readonly losses: SharedArrayBuffer;
  /** What the optimiser remembers, flat. */
  readonly memory: readonly Span[];
  /** Float32, flat: what pulls the parameters beside the gradient; empty when nothing does. */
  readonly anchor: SharedArrayBuffer;
  readonly correction: SharedArrayBuffer;
  /** Uint8 by parameter: 0 learned, 1 measured, 2 frozen. */
  readonly kinds: SharedArrayBuffer;
  /** Inputs and targets of the validation examples as float32. */
  readonly validationTensors: SharedTensors;
  /** Float32: first number of the first output for each validation example. */
  readonly validationAnswers: SharedArrayBuffer;
  /** Float32: loss of each validation example. */
  readonly validationLosses: SharedArrayBuffer;
  /** Int32 [2]: the next piece of work nobody has taken; whether a number was not finite. */
  readonly flags: SharedArrayBuffer;
}

/** What a thread is given at its start. */
export interface ThreadSetup {
  readonly network: Network;
  readonly block: ChannelBlock;
  /** Names of the parameters that lie packed in the shared memory. */
  readonly packed: ReadonlySet<string>;
  readonly microBatch: number;
  readonly session: SessionSettings;
  readonly seed: string;
  readonly optimiser: OptimiserSpec;
  /** Most a gradient of one example may weigh; absent without differential privacy. */
  readonly clip?: number | undefined;
  readonly augmentation?: { readonly input: string; readonly how: Augmentation } | undefined;
  /** μ of the pull towards the anchor (FedProx). */
  readonly proximal: number;
  readonly shared: SharedTraining;
}

/** What a thread is asked to do. */
export type ThreadOrder =
  /**
   * Take micro-batches of the examples order[start … start + count) until none is left; their gradients go to the slots
   * from 0 on. `epoch` and `step` choose the random numbers.
   */
  | {
      readonly kind: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly start: number;
      readonly count: number;
    }
  /** Add up so many slots, in order, onto the gradient (`onto`) or in its place. */
  | { readonly kind: 'reduce'; readonly slots: number; readonly onto: boolean }
  /** Move the parameters: the gradient times `scale`, and what pulls beside it. */
  | { readonly kind: 'update'; readonly scale: number; readonly learningRate: number; readonly step: number }
  /** Take pieces of the validation examples until none is left. */
  | { readonly kind: 'score'; readonly count: number }
  | { readonly kind: 'close' };

/** What a thread answers. */
export type ThreadAnswer = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly error: TransportedError };
