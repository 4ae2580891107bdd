import type { ChestReading } from '#films';

/** An exported network and, where films are to be read with it, how they are prepared for it. */
export interface OpenedNetwork {
  readonly onnx: ArrayBuffer;
  readonly parts: Readonly<Record<string, Uint8Array>>;
}

/** A tensor: its numbers and its shape. */
export interface Tensor {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** What the worker is asked, one thing after the other. */
export type NetworkWish = { readonly wishId: number } & (
  | { readonly kind: 'open'; readonly network: OpenedNetwork }
  /** A chest film, as the file on the disk. */
  | { readonly kind: 'read'; readonly file: ArrayBuffer }
  /** Inputs by name, as the network takes them. */
  | { readonly kind: 'run'; readonly inputs: Readonly<Record<string, Tensor>> }
);

/** What came of it. */
export type NetworkAnswer = { readonly wishId: number } & (
  | { readonly kind: 'opened' }
  | { readonly kind: 'read'; readonly reading: ChestReading; readonly tookMs: number }
  | { readonly kind: 'ran'; readonly outputs: Readonly<Record<string, Float32Array>> }
  /** `code` of the product's table of errors where it is one of them. */
  | { readonly kind: 'failed'; readonly code: string | null }
);
