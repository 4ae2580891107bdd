import type { DataSet, Element } from './data-set.ts';
import { plainTextOf } from './held-text.ts';

const EMPTY = new Uint8Array(0);

/** What an element holds in place of a plain value. */
export interface Parts {
  readonly items?: readonly DataSet[];
  readonly fragments?: readonly Uint8Array[];
  readonly undefinedLength: boolean;
}

const PLAIN: Parts = { undefinedLength: false };

/**
 * An element where it was read. Views of its bytes are made when somebody asks for them and not kept: most elements are only
 * copied, and a view costs more than all the rest of reading one.
 */
export class HeldElement implements Element {
  readonly tag: number;
  readonly vr: string;
  readonly items: readonly DataSet[] | undefined;
  readonly fragments: readonly Uint8Array[] | undefined;
  readonly undefinedLength: boolean;
  /** The bytes among which it stands, from `start` up to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where its value begins; at its end where it has parts instead. */
  readonly valueStart: number;

  constructor(
    { tag, vr, valueStart }: { readonly tag: number; readonly vr: string; readonly valueStart: number },
    bytes: Uint8Array,
    start: number,
    end: number,
    { items, fragments, undefinedLength }: Parts = PLAIN,
  ) {
    this.tag = tag;
    this.vr = vr;
    this.items = items;
    this.fragments = fragments;
    this.undefinedLength = undefinedLength;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const isPlain = items === undefined && fragments === undefined;
    this.valueStart = isPlain ? valueStart : end;
  }

  get value(): Uint8Array {
    return this.valueStart === this.end ? EMPTY : this.bytes.subarray(this.valueStart, this.end);
  }

  get valueBytes(): number {
    return this.end - this.valueStart;
  }

  plainText(): string | undefined {
    return this.valueStart === this.end ? undefined : plainTextOf(this.bytes, this.valueStart, this.end);
  }

  get raw(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}
