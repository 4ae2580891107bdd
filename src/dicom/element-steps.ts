import { UnicaError } from '#base';
import { attributeOf, isPrivate } from '#vocab';
import type { Encoding } from './data-set.ts';
import { TAGS } from './tags.ts';

/**
 * Limits that keep hostile input harmless: nesting, and elements, items and fragments together (each may cost some hundred
 * bytes of memory whatever its length).
 */
const LIMITS = { depth: 32, parts: 1_000_000 } as const;
export const PARTS_LIMIT = LIMITS.parts;

/** Value representations with a 32-bit length after two reserved bytes (PS3.5 table 7.1-1). */
export const LONG_FORM: ReadonlySet<string> = new Set([
  'OB',
  'OD',
  'OF',
  'OL',
  'OV',
  'OW',
  'SQ',
  'SV',
  'UC',
  'UN',
  'UR',
  'UT',
  'UV',
]);

const SHORT_FORM: ReadonlySet<string> = new Set([
  'AE',
  'AS',
  'AT',
  'CS',
  'DA',
  'DS',
  'DT',
  'FD',
  'FL',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'SL',
  'SS',
  'ST',
  'TM',
  'UI',
  'UL',
  'US',
]);

/** A representation as it is written. */
interface WrittenVr {
  readonly vr: string;
  readonly isLong: boolean;
}

/** Representations by the two letters they are written as, each below 32. */
const WRITTEN_VR: readonly (WrittenVr | undefined)[] = byLetters([...SHORT_FORM, ...LONG_FORM]);

function byLetters(vrs: readonly string[]): readonly (WrittenVr | undefined)[] {
  const written = new Array<WrittenVr | undefined>(1024).fill(undefined);
  for (const vr of vrs) {
    written[placeOfVr(vr.charCodeAt(0), vr.charCodeAt(1)) as number] = { vr, isLong: LONG_FORM.has(vr) };
  }
  return written;
}

/** Undefined where one is no capital letter. */
function placeOfVr(first: number, second: number): number | undefined {
  // Of all bytes only those from 0x40 to 0x5f have these upper bits.
  return ((first & 0xe0) | ((second & 0xe0) >>> 3)) === 0x48 ? ((first & 0x1f) << 5) | (second & 0x1f) : undefined;
}

/** A length that is not told. */
export const UNDEFINED_LENGTH = 0xffffffff;
export const IMPLICIT_LITTLE: Encoding = { explicit: false, littleEndian: true };

/** Bytes that were stepped over, and what was found then; see {@link ElementSteps.ends}. */
export interface SteppedBytes {
  readonly bytes: Uint8Array;
  readonly ends: Map<number, number>;
}

/** What is shorter is stepped over again: that takes less than remembering it. */
const SHORT_BYTES = 128;
/** In place of an end: there are no items. */
const NO_ITEMS = -1;

export function isVr(text: string): boolean {
  return SHORT_FORM.has(text) || LONG_FORM.has(text);
}

/** What an element holds: a value, items in its own encoding or in implicit little endian (CP-246), or fragments. */
export type Shape = 'value' | 'items' | 'implicit-items' | 'fragments';

/**
 * Steps over elements of an uncompressed encoding, with all that is in them, and makes nothing: most of what an object holds
 * is only copied. What was stepped over last stands in its fields.
 * @throws UnicaError `dicom.truncated`, `dicom.malformed`, `dicom.too-complex`, with the byte offset.
 */
export class ElementSteps {
  readonly bytes: Uint8Array;
  /**
   * Where what is held by items and sequences ends whose length is not told, by where it begins, and by where its value begins
   * whether what came as unknown bytes is items. Without it all that is deeper would be stepped over once more at every level.
   */
  readonly ends: Map<number, number>;
  readonly #view: DataView;
  /** Where these bytes begin in the file, for messages. */
  readonly #origin: number;
  /** Whether all was stepped over before: then nothing need be looked at again where its length is told. */
  #isSound: boolean;
  /** What was stepped over before was counted then. */
  readonly #isCounted: boolean;
  #count = 0;

  tag = 0;
  vr = '';
  valueStart = 0;
  /** Where what follows begins. */
  end = 0;
  shape: Shape = 'value';
  /** Whether the length is not told, and a delimiter ends it. */
  isDelimited = false;
  #length = 0;

  /** @param before what was found when these bytes were stepped over before, which they have to be then */
  constructor(bytes: Uint8Array, origin: number, before?: SteppedBytes['ends']) {
    this.bytes = bytes;
    this.ends = before ?? new Map();
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#origin = origin;
    this.#isSound = before !== undefined;
    this.#isCounted = before !== undefined;
  }

  /** Steps over the element at `start`, which has to end at `limit` or before. */
  over(start: number, limit: number, encoding: Encoding, depth: number): void {
    this.#spend(start, depth);
    const tag = this.tagAt(start, encoding);
    if (tag >>> 16 === 0xfffe) this.malformed(start);
    this.#readHeader(start, limit, tag, encoding);
    const vr = this.vr;
    const valueStart = this.valueStart;
    const length = this.#length;
    let shape: Shape = 'value';
    let end = valueStart + length;
    if (length === UNDEFINED_LENGTH) {
      if (tag === TAGS.pixelData || ((vr === 'OB' || vr === 'OW') && encoding.explicit)) {
        shape = 'fragments';
        end = this.#overFragments(valueStart, limit, encoding);
      } else {
        // UN of undefined length holds implicit little endian whatever surrounds it (CP-246).
        shape = vr === 'UN' ? 'implicit-items' : 'items';
        end = this.#overItems(valueStart, limit, vr === 'UN' ? IMPLICIT_LITTLE : encoding, depth, true);
      }
    } else if (end > limit) this.truncated(start);
    else if (vr === 'SQ') {
      shape = 'items';
      if (!this.#isSound) this.#overItems(valueStart, end, encoding, depth, false);
    } else if (
      vr === 'UN' &&
      (isPrivate(tag) || attributeOf(tag)?.vr === 'SQ') &&
      this.#startsWithItem(valueStart, end) &&
      this.#areItems(valueStart, end, depth)
    ) {
      shape = 'implicit-items';
    }
    this.tag = tag;
    this.vr = vr;
    this.valueStart = valueStart;
    this.end = end;
    this.shape = shape;
    this.isDelimited = length === UNDEFINED_LENGTH;
  }

  /**
   * Steps over the elements of an item up to `limit`, or up to its delimiter when its length is not told.
   * @returns where what follows begins
   */
  overElements(start: number, limit: number, encoding: Encoding, depth: number, isDelimited: boolean): number {
    const known = isDelimited ? this.#known(start) : undefined;
    if (known !== undefined) return known;
    let offset = start;
    while (offset < limit) {
      if (limit - offset < 8) this.truncated(offset);
      if (isDelimited && this.tagAt(offset, encoding) === TAGS.itemEnd) return this.#found(start, offset + 8);
      this.over(offset, limit, encoding, depth);
      offset = this.end;
    }
    if (isDelimited) this.truncated(limit);
    return offset;
  }

  /** Length of the item that begins at `start`; undefined where the sequence ends there with its delimiter. */
  itemLength(start: number, limit: number, encoding: Encoding, isDelimited: boolean): number | undefined {
    if (limit - start < 8) this.truncated(start);
    const tag = this.tagAt(start, encoding);
    if (tag === TAGS.sequenceEnd) {
      // Bytes after the end of a sequence whose length is told would be read by nobody.
      if (!isDelimited && start + 8 !== limit) this.malformed(start);
      return undefined;
    }
    if (tag !== TAGS.item) this.malformed(start);
    return this.#view.getUint32(start + 4, encoding.littleEndian);
  }

  /** What the element at a place says of itself. */
  header(start: number, limit: number, encoding: Encoding): ElementHeader {
    if (limit - start < 8) this.truncated(start);
    const tag = this.tagAt(start, encoding);
    this.#readHeader(start, limit, tag, encoding);
    return { tag, vr: this.vr, length: this.#length, valueStart: this.valueStart };
  }

  /** The fragments at `start`, which were stepped over. */
  fragments(start: number, { littleEndian }: Encoding): readonly Uint8Array[] {
    const fragments: Uint8Array[] = [];
    for (let offset = start; this.tagAt(offset, { explicit: true, littleEndian }) !== TAGS.sequenceEnd; ) {
      const end = offset + 8 + this.#view.getUint32(offset + 4, littleEndian);
      fragments.push(this.bytes.subarray(offset + 8, end));
      offset = end;
    }
    return fragments;
  }

  tagAt(offset: number, { littleEndian }: Encoding): number {
    return ((this.#view.getUint16(offset, littleEndian) << 16) | this.#view.getUint16(offset + 2, littleEndian)) >>> 0;
  }

  onlyZeros(start: number, end: number): boolean {
    return this.bytes.subarray(start, end).every((byte) => byte === 0);
  }

  truncated(offset: number): never {
    throw new UnicaError('dicom.truncated', { offset: this.#origin + offset });
  }

  malformed(offset: number): never {
    throw new UnicaError('dicom.malformed', { offset: this.#origin + offset });
  }

  #spend(offset: number, depth: number): void {
    if (this.#isCounted) return;
    this.#count += 1;
    if (this.#count > LIMITS.parts || depth > LIMITS.depth) {
      throw new UnicaError('dicom.too-complex', { offset: this.#origin + offset });
    }
  }

  /** Only of what was stepped over before: what is seen for the first time is counted. */
  #known(start: number): number | undefined {
    return this.#isCounted ? this.ends.get(start) : undefined;
  }

  #found(start: number, end: number): number {
    if (end - start > SHORT_BYTES) this.ends.set(start, end);
    return end;
  }

  #startsWithItem(start: number, end: number): boolean {
    return end - start >= 8 && this.#view.getUint32(start, true) === 0xe000fffe;
  }

  #areItems(start: number, end: number, depth: number): boolean {
    const known = this.#known(start);
    if (known !== undefined) return known === end;
    // What is found not to be items is a value: that was no mistake, so all of it has to be looked at again.
    const isSound = this.#isSound;
    this.#isSound = false;
    try {
      this.#overItems(start, end, IMPLICIT_LITTLE, depth, false);
      this.#found(start, end);
      return true;
    } catch (error) {
      if (error instanceof UnicaError && error.code !== 'dicom.too-complex') {
        // However short: that it failed costs more than remembering it.
        this.ends.set(start, NO_ITEMS);
        return false;
      }
      throw error;
    } finally {
      this.#isSound = isSound;
    }
  }

  #overItems(start: number, limit: number, encoding: Encoding, depth: number, isDelimited: boolean): number {
    const known = isDelimited ? this.#known(start) : undefined;
    if (known !== undefined) return known;
    let offset = start;
    while (offset < limit) {
      const length = this.itemLength(offset, limit, encoding, isDelimited);
      if (length === undefined) return isDelimited ? this.#found(start, offset + 8) : offset + 8;
      this.#spend(offset, depth);
      const isOpen = length === UNDEFINED_LENGTH;
      const itemEnd = isOpen ? limit : offset + 8 + length;
      if (itemEnd > limit) this.truncated(offset);
      const end = this.overElements(offset + 8, itemEnd, encoding, depth + 1, isOpen);
      offset = isOpen ? end : itemEnd;
    }
    if (isDelimited) this.truncated(limit);
    return offset;
  }

  #overFragments(start: number, limit: number, encoding: Encoding): number {
    for (let offset = start; ; ) {
      if (limit - offset < 8) this.truncated(offset);
      const tag = this.tagAt(offset, encoding);
      const length = this.#view.getUint32(offset + 4, encoding.littleEndian);
      if (tag === TAGS.sequenceEnd) return offset + 8;
      if (tag !== TAGS.item || length === UNDEFINED_LENGTH) this.malformed(offset);
      this.#spend(offset, 0);
      if (offset + 8 + length > limit) this.truncated(offset);
      offset += 8 + length;
    }
  }

  #readHeader(start: number, limit: number, tag: number, encoding: Encoding): void {
    const { littleEndian } = encoding;
    if (!encoding.explicit) {
      this.vr = attributeOf(tag)?.vr ?? 'UN';
      this.#length = this.#view.getUint32(start + 4, littleEndian);
      this.valueStart = start + 8;
      return;
    }
    const place = placeOfVr(this.#view.getUint8(start + 4), this.#view.getUint8(start + 5));
    const written = place === undefined ? undefined : WRITTEN_VR[place];
    if (written === undefined) this.malformed(start);
    this.vr = written.vr;
    if (!written.isLong) {
      this.#length = this.#view.getUint16(start + 6, littleEndian);
      this.valueStart = start + 8;
      return;
    }
    if (limit - start < 12) this.truncated(start);
    this.#length = this.#view.getUint32(start + 8, littleEndian);
    this.valueStart = start + 12;
  }
}

/** What stands before a value. */
export interface ElementHeader {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
  readonly valueStart: number;
}
