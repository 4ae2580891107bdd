import type { DataSet, Element, Encoding } from './data-set.ts';
import { LONG_FORM } from './element-steps.ts';
import { HeldElement } from './held-element.ts';
import { TAGS } from './tags.ts';

const NOTHING = new Uint8Array(0);
const ITEM_HEADER_BYTES = 8;
/** Up to this length a loop copies faster than a call. */
const SHORT_BYTES = 64;

/** A sequence made anew, written when it is copied to where it goes: at once, however deep it is nested. */
export class WrittenSequence implements Element {
  readonly tag: number;
  readonly vr: string;
  readonly value = NOTHING;
  readonly items: readonly DataSet[];
  readonly undefinedLength = false;
  readonly encoding: Encoding;
  readonly sizeBytes: number;
  /** Of each item, without its header. */
  readonly itemBytes: readonly number[];

  constructor(tag: number, vr: string, items: readonly DataSet[], encoding: Encoding) {
    this.tag = tag;
    this.vr = vr;
    this.items = items;
    this.encoding = encoding;
    const itemBytes = items.map(({ elements }) => sizeOf(elements));
    let size = headerBytes(vr, encoding);
    for (const length of itemBytes) size += ITEM_HEADER_BYTES + length;
    this.itemBytes = itemBytes;
    this.sizeBytes = size;
  }

  get raw(): Uint8Array {
    const raw = new Uint8Array(this.sizeBytes);
    copySequence(this, raw, 0);
    return raw;
  }
}

/** Bytes that elements take, headers included. */
export function sizeOf(elements: readonly Element[]): number {
  let size = 0;
  for (const element of elements) {
    if (element instanceof HeldElement) size += element.end - element.start;
    else if (element instanceof WrittenSequence) size += element.sizeBytes;
    else size += element.raw.length;
  }
  return size;
}

/** Copies elements one after the other. @returns where the next byte goes */
export function copyElements(elements: readonly Element[], target: Uint8Array, at: number): number {
  let next = at;
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index] as Element;
    if (element instanceof HeldElement) {
      const { bytes, start } = element;
      let { end } = element;
      // What stands together is copied together.
      for (;;) {
        const follower = elements[index + 1];
        if (!(follower instanceof HeldElement) || follower.bytes !== bytes || follower.start !== end) break;
        end = follower.end;
        index += 1;
      }
      next = copyBytes(bytes, start, end, target, next);
    } else if (element instanceof WrittenSequence) {
      next = copySequence(element, target, next);
    } else {
      const { raw } = element;
      next = copyBytes(raw, 0, raw.length, target, next);
    }
  }
  return next;
}

/** Elements as they stand in a file. */
export function bytesOf(elements: readonly Element[]): Uint8Array {
  const bytes = new Uint8Array(sizeOf(elements));
  copyElements(elements, bytes, 0);
  return bytes;
}

function copySequence(sequence: WrittenSequence, target: Uint8Array, at: number): number {
  const { tag, vr, items, encoding, sizeBytes, itemBytes } = sequence;
  let next = at + headerBytes(vr, encoding);
  writeHeader(target, at, { tag, vr, length: sizeBytes - (next - at) }, encoding);
  for (let index = 0; index < items.length; index += 1) {
    const item = items[index] as DataSet;
    writeItemHeader(target, next, itemBytes[index] ?? 0, item.encoding);
    next = copyElements(item.elements, target, next + ITEM_HEADER_BYTES);
  }
  return next;
}

/** What stands before an item whose length is told. */
export function writeItemHeader(bytes: Uint8Array, at: number, length: number, { littleEndian }: Encoding): void {
  write16(bytes, at, TAGS.item >>> 16, littleEndian);
  write16(bytes, at + 2, TAGS.item & 0xffff, littleEndian);
  write32(bytes, at + 4, length, littleEndian);
}

/** Copies bytes. @returns where the next byte goes */
export function copyBytes(bytes: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  if (end - start > SHORT_BYTES) target.set(bytes.subarray(start, end), at);
  else for (let from = start, to = at; from < end; from += 1, to += 1) target[to] = bytes[from] ?? 0;
  return at + end - start;
}

export function headerBytes(vr: string, { explicit }: Encoding): 8 | 12 {
  return explicit && LONG_FORM.has(vr) ? 12 : 8;
}

/** Tag, representation and length as they stand before a value. */
export function writeHeader(
  bytes: Uint8Array,
  at: number,
  { tag, vr, length }: { readonly tag: number; readonly vr: string; readonly length: number },
  { explicit, littleEndian }: Encoding,
): void {
  write16(bytes, at, tag >>> 16, littleEndian);
  write16(bytes, at + 2, tag & 0xffff, littleEndian);
  if (!explicit) {
    write32(bytes, at + 4, length, littleEndian);
    return;
  }
  bytes[at + 4] = vr.charCodeAt(0);
  bytes[at + 5] = vr.charCodeAt(1);
  if (LONG_FORM.has(vr)) {
    bytes[at + 6] = 0;
    bytes[at + 7] = 0;
    write32(bytes, at + 8, length, littleEndian);
  } else write16(bytes, at + 6, length, littleEndian);
}

function write16(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  bytes[littleEndian ? at : at + 1] = value & 0xff;
  bytes[littleEndian ? at + 1 : at] = value >>> 8;
}

function write32(bytes: Uint8Array, at: number, value: number, littleEndian: boolean): void {
  write16(bytes, littleEndian ? at : at + 2, value & 0xffff, littleEndian);
  write16(bytes, littleEndian ? at + 2 : at, value >>> 16, littleEndian);
}
