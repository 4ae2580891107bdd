import type { OperationName, Settings } from './operations.ts';
import type { PictureViews } from './picture-views.ts';

/** A tensor by name; its shape is that of one example. */
export interface NetworkTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** How a parameter begins. `fanIn`: numbers that flow into one output. */
export type Initial =
  | { readonly kind: 'he'; readonly fanIn: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number };

/** Numbers of the network that training finds (`learned`) or measures (running statistics). */
export interface NetworkParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
  /** What becomes of it: followed by gradients, measured from batches, or left as it is. */
  readonly kind: 'learned' | 'measured' | 'frozen';
}

/** One differentiable operation; `output` is the name by which others read it and messages tell it. */
export interface NetworkOperation {
  readonly operation: OperationName;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly settings: Settings;
}

/**
 * A network as plain data: it can be sent to a thread or a process, kept as JSON and written as ONNX for learning,
 * answering or explaining. Made by `defineNetwork`.
 */
export interface Network {
  readonly inputs: readonly NetworkTensor[];
  /** What the loss compares with; fed only while learning. */
  readonly targets: readonly NetworkTensor[];
  readonly parameters: readonly NetworkParameter[];
  readonly operations: readonly NetworkOperation[];
  /** What it answers, by the names the exported model uses. */
  readonly outputs: readonly { readonly name: string; readonly value: string }[];
  /** Loss of each example, [example] or [example, 1]. */
  readonly loss?: string | undefined;
  /** What explanations look at: the answer before its last squashing [example, 1], and the last feature map. */
  readonly explained?: { readonly logits: string; readonly featureMap: string } | undefined;
  /** How its one input, a picture, is looked at when it answers; once, as it is, unless told. Learning and explaining look once. */
  readonly views?: PictureViews | undefined;
}
