import type { DataSet, Element } from './data-set.ts';
import { plainTextOf } from './held-text.ts';

const EMPTY = new Uint8Array(0);

/** Items that nobody has asked for yet. */
export interface HeldItems {
  read(): readonly DataSet[];
  /** Those with an element, at any depth, whose tag and representation are wanted. */
  readWith(isWanted: (tag: number, vr: string) => boolean): Iterable<DataSet>;
}

/** What an element holds in place of a plain value. */
export interface Parts {
  readonly held?: HeldItems;
  readonly fragments?: readonly Uint8Array[];
  readonly undefinedLength: boolean;
}

const PLAIN: Parts = { undefinedLength: false };

/**
 * An element where it was read. Views of its bytes are made when somebody asks for them and not kept: most elements are only
 * copied, and a view costs more than all the rest of reading one. So it is with items, which are kept once they are read.
 */
export class HeldElement implements Element {
  readonly tag: number;
  readonly vr: string;
  readonly held: HeldItems | undefined;
  readonly fragments: readonly Uint8Array[] | undefined;
  readonly undefinedLength: boolean;
  /** The bytes among which it stands, from `start` up to `end`. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where its value begins; at its end where it has parts instead. */
  readonly valueStart: number;
  #items: readonly DataSet[] | undefined;

  constructor(
    { tag, vr, valueStart }: { readonly tag: number; readonly vr: string; readonly valueStart: number },
    bytes: Uint8Array,
    start: number,
    end: number,
    { held, fragments, undefinedLength }: Parts = PLAIN,
  ) {
    this.tag = tag;
    this.vr = vr;
    this.held = held;
    this.fragments = fragments;
    this.undefinedLength = undefinedLength;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const isPlain = held === undefined && fragments === undefined;
    this.valueStart = isPlain ? valueStart : end;
  }

  get items(): readonly DataSet[] | undefined {
    this.#items ??= this.held?.read();
    return this.#items;
  }

  get isSequence(): boolean {
    return this.held !== undefined;
  }

  itemsWith(isWanted: (tag: number, vr: string) => boolean): Iterable<DataSet> {
    return this.#items ?? this.held?.readWith(isWanted) ?? [];
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
