import type { DataSet, Element } from './data-set.ts';

/** What becomes of an element; a kept sequence is walked into. */
export type Edit =
  | { readonly kind: 'keep' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'replace'; readonly value: Uint8Array; readonly vr?: string }
  /** Text of ASCII; several values are joined by a backslash. */
  | { readonly kind: 'rewrite'; readonly text: string }
  | { readonly kind: 'empty-sequence' };

/** Decides on an element; `depth` is 0 at the top of the data set. */
export type Editor = (element: Element, dataset: DataSet, depth: number) => Edit;

/**
 * Decides as the {@link Editor} does on what stands in the items of sequences, by what stands there and without an element
 * being made of it. Undefined where it cannot: then the whole item is made, and the editor decides on all that is in it. It is
 * asked only where every tag is greater than the one before.
 */
export interface QuickEditor {
  /** On a sequence; whoever keeps it is asked on what is in it. */
  sequence(tag: number, vr: string): Edit | undefined;
  /** On a value that stands among the bytes. */
  value(tag: number, vr: string, bytes: Uint8Array, from: number, to: number): Edit | ValueInBytes | undefined;
}

/** A value of ASCII that stands among bytes until the next question is asked, unpadded. */
export interface ValueInBytes {
  readonly kind: 'bytes';
  readonly bytes: Uint8Array;
  readonly length: number;
}

export const KEEP: Edit = { kind: 'keep' };
export const REMOVE: Edit = { kind: 'remove' };
