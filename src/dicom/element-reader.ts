import { UnicaError } from '#base';
import { attributeOf, isPrivate } from '#vocab';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { HeldElement } from './held-element.ts';
import { isPixelTag, TAGS } from './tags.ts';

/**
 * Limits that keep hostile input harmless: nesting, and elements, items and fragments together (each costs some hundred
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

/** Representations by the two bytes they are written as. */
const WRITTEN_VR: ReadonlyMap<number, string> = new Map(
  [...SHORT_FORM, ...LONG_FORM].map((vr) => [vr.charCodeAt(0) * 256 + vr.charCodeAt(1), vr]),
);

/** A length that is not told. */
export const UNDEFINED_LENGTH = 0xffffffff;
const IMPLICIT_LITTLE: Encoding = { explicit: false, littleEndian: true };

export function isVr(text: string): boolean {
  return SHORT_FORM.has(text) || LONG_FORM.has(text);
}

/** Elements, and where what follows them begins. */
export interface ElementsRead {
  readonly elements: readonly Element[];
  readonly end: number;
  /** Where the pixels begin, when reading ended before them. */
  readonly pixels?: number;
}

/** What stands before a value. */
export interface ElementHeader {
  readonly tag: number;
  readonly vr: string;
  readonly length: number;
  readonly valueStart: number;
}

/** Reads elements of an uncompressed encoding into views of the bytes. */
export class ElementReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where these bytes begin in the file, for messages. */
  readonly #origin: number;
  #count = 0;
  /**
   * Elements and items that are read, those of the outer levels first: an array that grows by itself has room for many more
   * than the few of an item, and there are tens of thousands of items.
   */
  readonly #read: Element[] = [];
  readonly #readItems: DataSet[] = [];

  readonly #beforePixels: boolean;

  /** @param beforePixels ends before the pixels of the image, which need not be among the bytes */
  constructor(bytes: Uint8Array, origin: number, beforePixels = false) {
    this.#beforePixels = beforePixels;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#origin = origin;
  }

  /** Elements from `start` up to `limit`, or up to an item delimiter when the item's length is undefined. */
  elements(
    start: number,
    limit: number,
    encoding: Encoding,
    characterSet: readonly string[],
    depth: number,
    delimited: boolean,
  ): ElementsRead {
    const begun = this.#read.length;
    let offset = start;
    let characters = characterSet;
    while (offset < limit) {
      if (limit - offset < 8) {
        if (depth === 0 && this.#onlyZeros(offset, limit)) break;
        this.#truncated(offset);
      }
      // Some writers pad a file to a whole block with zeros; group 0000 has no place in a file otherwise.
      if (depth === 0 && this.#view.getUint32(offset, true) === 0) {
        if (this.#onlyZeros(offset, limit)) break;
        this.#malformed(offset);
      }
      if (delimited && this.#tag(offset, encoding) === TAGS.itemEnd)
        return { elements: this.#readFrom(begun), end: offset + 8 };
      if (depth === 0 && this.#beforePixels && isPixelTag(this.#tag(offset, encoding))) {
        return { elements: this.#readFrom(begun), end: offset, pixels: offset };
      }
      const element = this.element(offset, limit, encoding, characters, depth);
      this.#read.push(element);
      if (element.tag === TAGS.specificCharacterSet) characters = new DataSet([element], encoding).characterSet;
      offset = element.end;
    }
    if (delimited) this.#truncated(limit);
    return { elements: this.#readFrom(begun), end: offset };
  }

  #readFrom(begun: number): readonly Element[] {
    const elements = this.#read.slice(begun);
    this.#read.length = begun;
    return elements;
  }

  element(
    start: number,
    limit: number,
    encoding: Encoding,
    characterSet: readonly string[],
    depth: number,
  ): HeldElement {
    this.#spend(start, depth);
    const tag = this.#tag(start, encoding);
    if (tag >>> 16 === 0xfffe) this.#malformed(start);
    const header = this.#header(start, limit, tag, encoding);
    const { vr, length, valueStart } = header;
    if (length === UNDEFINED_LENGTH) {
      const pixels = tag === TAGS.pixelData || ((vr === 'OB' || vr === 'OW') && encoding.explicit);
      if (pixels) {
        const { fragments, end } = this.#fragments(valueStart, limit, encoding);
        return new HeldElement(header, this.#bytes, start, end, { fragments, undefinedLength: true });
      }
      // UN of undefined length holds implicit little endian whatever surrounds it (CP-246).
      const inner = vr === 'UN' ? IMPLICIT_LITTLE : encoding;
      const { items, end } = this.#items(valueStart, limit, inner, characterSet, depth, true);
      return new HeldElement(header, this.#bytes, start, end, { items, undefinedLength: true });
    }
    const end = valueStart + length;
    if (end > limit) this.#truncated(start);
    if (vr === 'SQ') {
      const { items } = this.#items(valueStart, end, encoding, characterSet, depth, false);
      return new HeldElement(header, this.#bytes, start, end, { items, undefinedLength: false });
    }
    if (vr === 'UN' && (isPrivate(tag) || attributeOf(tag)?.vr === 'SQ') && this.#startsWithItem(valueStart, end)) {
      const items = this.#itemsIfSound(valueStart, end, characterSet, depth);
      if (items !== undefined)
        return new HeldElement(header, this.#bytes, start, end, { items, undefinedLength: false });
    }
    return new HeldElement(header, this.#bytes, start, end);
  }

  #spend(offset: number, depth: number): void {
    this.#count += 1;
    if (this.#count > LIMITS.parts || depth > LIMITS.depth) {
      throw new UnicaError('dicom.too-complex', { offset: this.#origin + offset });
    }
  }

  #onlyZeros(start: number, end: number): boolean {
    return this.#bytes.subarray(start, end).every((byte) => byte === 0);
  }

  #startsWithItem(start: number, end: number): boolean {
    return end - start >= 8 && this.#view.getUint32(start, true) === 0xe000fffe;
  }

  #itemsIfSound(start: number, end: number, characterSet: readonly string[], depth: number) {
    const [elements, items] = [this.#read.length, this.#readItems.length];
    try {
      return this.#items(start, end, IMPLICIT_LITTLE, characterSet, depth, false).items;
    } catch (error) {
      this.#read.length = elements;
      this.#readItems.length = items;
      if (error instanceof UnicaError && error.code !== 'dicom.too-complex') return undefined;
      throw error;
    }
  }

  #items(
    start: number,
    limit: number,
    encoding: Encoding,
    characterSet: readonly string[],
    depth: number,
    delimited: boolean,
  ): { readonly items: readonly DataSet[]; readonly end: number } {
    const begun = this.#readItems.length;
    let offset = start;
    while (offset < limit) {
      if (limit - offset < 8) this.#truncated(offset);
      const tag = this.#tag(offset, encoding);
      const length = this.#view.getUint32(offset + 4, encoding.littleEndian);
      if (tag === TAGS.sequenceEnd) {
        // Bytes after the end of a sequence whose length is told would be read by nobody.
        if (!delimited && offset + 8 !== limit) this.#malformed(offset);
        return { items: this.#itemsFrom(begun), end: offset + 8 };
      }
      if (tag !== TAGS.item) this.#malformed(offset);
      this.#spend(offset, depth);
      const itemEnd = length === UNDEFINED_LENGTH ? limit : offset + 8 + length;
      if (itemEnd > limit) this.#truncated(offset);
      const read = this.elements(offset + 8, itemEnd, encoding, characterSet, depth + 1, length === UNDEFINED_LENGTH);
      this.#readItems.push(new DataSet(read.elements, encoding, characterSet));
      offset = length === UNDEFINED_LENGTH ? read.end : itemEnd;
    }
    if (delimited) this.#truncated(limit);
    return { items: this.#itemsFrom(begun), end: offset };
  }

  #itemsFrom(begun: number): readonly DataSet[] {
    const items = this.#readItems.slice(begun);
    this.#readItems.length = begun;
    return items;
  }

  #fragments(
    start: number,
    limit: number,
    encoding: Encoding,
  ): { readonly fragments: readonly Uint8Array[]; readonly end: number } {
    const fragments: Uint8Array[] = [];
    let offset = start;
    for (;;) {
      if (limit - offset < 8) this.#truncated(offset);
      const tag = this.#tag(offset, encoding);
      const length = this.#view.getUint32(offset + 4, encoding.littleEndian);
      if (tag === TAGS.sequenceEnd) return { fragments, end: offset + 8 };
      if (tag !== TAGS.item || length === UNDEFINED_LENGTH) this.#malformed(offset);
      this.#spend(offset, 0);
      if (offset + 8 + length > limit) this.#truncated(offset);
      fragments.push(this.#bytes.subarray(offset + 8, offset + 8 + length));
      offset += 8 + length;
    }
  }

  /** What the element at a place says of itself. */
  header(start: number, limit: number, encoding: Encoding): ElementHeader {
    if (limit - start < 8) this.#truncated(start);
    const tag = this.#tag(start, encoding);
    return this.#header(start, limit, tag, encoding);
  }

  #header(start: number, limit: number, tag: number, encoding: Encoding): ElementHeader {
    const { littleEndian } = encoding;
    if (!encoding.explicit) {
      const vr = attributeOf(tag)?.vr ?? 'UN';
      return { tag, vr, length: this.#view.getUint32(start + 4, littleEndian), valueStart: start + 8 };
    }
    const vr = WRITTEN_VR.get(this.#view.getUint16(start + 4));
    if (vr === undefined) this.#malformed(start);
    if (!LONG_FORM.has(vr)) {
      return { tag, vr, length: this.#view.getUint16(start + 6, littleEndian), valueStart: start + 8 };
    }
    if (limit - start < 12) this.#truncated(start);
    return { tag, vr, length: this.#view.getUint32(start + 8, littleEndian), valueStart: start + 12 };
  }

  #tag(offset: number, { littleEndian }: Encoding): number {
    return ((this.#view.getUint16(offset, littleEndian) << 16) | this.#view.getUint16(offset + 2, littleEndian)) >>> 0;
  }

  #truncated(offset: number): never {
    throw new UnicaError('dicom.truncated', { offset: this.#origin + offset });
  }

  #malformed(offset: number): never {
    throw new UnicaError('dicom.malformed', { offset: this.#origin + offset });
  }
}
