import { UnicaError } from '#base';
import { attributeOf, isPrivate } from '#vocab';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { inflateBounded } from './inflate-bounded.ts';
import { TAGS } from './tags.ts';

/** A file read into views of its bytes. */
export interface DicomFile {
  /** Group 0002; empty when the file had none. */
  readonly meta: DataSet;
  readonly dataset: DataSet;
  readonly transferSyntaxUid: string;
}

/**
 * Limits that keep hostile input harmless: nesting, and elements, items and fragments together (each costs some hundred
 * bytes of memory whatever its length).
 */
const LIMITS = { depth: 32, parts: 1_000_000 } as const;

/** A deflated body may grow to 64 MiB whatever its size, and beyond that a hundredfold. */
function inflatedLimitBytes(deflatedBytes: number): number {
  return Math.min(2_147_483_648, 67_108_864 + 100 * deflatedBytes);
}

const EXPLICIT_LITTLE: Encoding = { explicit: true, littleEndian: true };
const IMPLICIT_LITTLE: Encoding = { explicit: false, littleEndian: true };
const EXPLICIT_BIG: Encoding = { explicit: true, littleEndian: false };

export const TRANSFER_SYNTAX = {
  implicitLittle: '1.2.840.10008.1.2',
  explicitLittle: '1.2.840.10008.1.2.1',
  deflatedLittle: '1.2.840.10008.1.2.1.99',
  explicitBig: '1.2.840.10008.1.2.2',
  rle: '1.2.840.10008.1.2.5',
} as const;

const UNCOMPRESSED: ReadonlySet<string> = new Set([
  TRANSFER_SYNTAX.implicitLittle,
  TRANSFER_SYNTAX.explicitLittle,
  TRANSFER_SYNTAX.explicitBig,
]);

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

const UNDEFINED = 0xffffffff;
const EMPTY = new Uint8Array(0);

/**
 * Reads a DICOM file, with or without preamble and meta header, in any uncompressed encoding of the data set;
 * compressed pixels stay as fragments.
 * @throws UnicaError `dicom.not-dicom`, `dicom.truncated`, `dicom.malformed`, `dicom.too-complex`, with the byte offset.
 */
export function parseDicom(bytes: Uint8Array): DicomFile {
  const hasPreamble = bytes.length >= 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM';
  const start = hasPreamble ? 132 : 0;
  const { meta, end } = readMeta(bytes, start);
  if (!hasPreamble && meta.elements.length === 0 && !looksLikeDataSet(bytes)) throw new UnicaError('dicom.not-dicom');
  const declared = meta.text(TAGS.transferSyntaxUid);
  let body = bytes.subarray(end);
  if (declared === TRANSFER_SYNTAX.deflatedLittle) body = inflateBounded(body, inflatedLimitBytes(body.length));
  const encoding = encodingOf(body, declared);
  const reader = new Reader(body, declared === TRANSFER_SYNTAX.deflatedLittle ? 0 : end);
  const elements = reader.elements(0, body.length, encoding, [], 0, false).elements;
  if (elements.length === 0) throw new UnicaError('dicom.not-dicom');
  return {
    meta,
    dataset: new DataSet(elements, encoding),
    transferSyntaxUid: transferSyntaxOf(declared, encoding, elements),
  };
}

/** The transfer syntax that is true of the bytes: what is declared, unless the bytes belie it. */
function transferSyntaxOf(declared: string | undefined, encoding: Encoding, elements: readonly Element[]): string {
  const plain = encoding.explicit ? TRANSFER_SYNTAX.explicitLittle : TRANSFER_SYNTAX.implicitLittle;
  const seen = encoding.littleEndian ? plain : TRANSFER_SYNTAX.explicitBig;
  if (declared === undefined || UNCOMPRESSED.has(declared)) return seen;
  if (declared === TRANSFER_SYNTAX.deflatedLittle) return encoding.explicit ? declared : seen;
  const encapsulated = elements.some((element) => element.fragments !== undefined);
  return encapsulated || /^1\.2\.840\.10008\.[0-9.]{1,40}$/.test(declared) ? declared : seen;
}

function readMeta(bytes: Uint8Array, start: number): { readonly meta: DataSet; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const elements: Element[] = [];
  let offset = start;
  const reader = new Reader(bytes, 0);
  while (offset + 8 <= bytes.length && view.getUint16(offset, true) === 2) {
    const { element, end } = reader.element(offset, bytes.length, EXPLICIT_LITTLE, [], 0);
    elements.push(element);
    offset = end;
  }
  return { meta: new DataSet(elements, EXPLICIT_LITTLE), end: offset };
}

/** A file without preamble and meta header is believed when its first element is of group 0008 or 0004. */
function looksLikeDataSet(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  const [a = 0, b = 0] = bytes;
  return (b === 0 && (a === 8 || a === 4)) || (a === 0 && (b === 8 || b === 4));
}

/** The encoding by declaration, corrected by what the first element really looks like. */
function encodingOf(body: Uint8Array, declared: string | undefined): Encoding {
  const [first = 0, second = 0] = body;
  // Groups at the head of a data set are small numbers: the byte that is zero is the high one.
  const shown = (first === 0) === (second === 0) ? undefined : first === 0;
  if (shown ?? declared === TRANSFER_SYNTAX.explicitBig) return EXPLICIT_BIG;
  if (body.length < 8) return EXPLICIT_LITTLE;
  return isVr(String.fromCharCode(body[4] ?? 0, body[5] ?? 0)) ? EXPLICIT_LITTLE : IMPLICIT_LITTLE;
}

function isVr(text: string): boolean {
  return SHORT_FORM.has(text) || LONG_FORM.has(text);
}

interface ElementsRead {
  readonly elements: readonly Element[];
  readonly end: number;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** Where these bytes begin in the file, for messages. */
  readonly #origin: number;
  #count = 0;

  constructor(bytes: Uint8Array, origin: number) {
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
    const elements: Element[] = [];
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
      if (delimited && this.#tag(offset, encoding) === TAGS.itemEnd) return { elements, end: offset + 8 };
      const { element, end } = this.element(offset, limit, encoding, characters, depth);
      elements.push(element);
      if (element.tag === TAGS.specificCharacterSet) characters = new DataSet([element], encoding).characterSet;
      offset = end;
    }
    if (delimited) this.#truncated(limit);
    return { elements, end: offset };
  }

  element(
    start: number,
    limit: number,
    encoding: Encoding,
    characterSet: readonly string[],
    depth: number,
  ): { readonly element: Element; readonly end: number } {
    this.#spend(start, depth);
    const tag = this.#tag(start, encoding);
    if (tag >>> 16 === 0xfffe) this.#malformed(start);
    const { vr, length, valueStart } = this.#header(start, limit, tag, encoding);
    if (length === UNDEFINED) {
      const pixels = tag === TAGS.pixelData || ((vr === 'OB' || vr === 'OW') && encoding.explicit);
      if (pixels) {
        const { fragments, end } = this.#fragments(valueStart, limit, encoding);
        const raw = this.#bytes.subarray(start, end);
        return { element: { tag, vr, value: EMPTY, fragments, undefinedLength: true, raw }, end };
      }
      // UN of undefined length holds implicit little endian whatever surrounds it (CP-246).
      const inner = vr === 'UN' ? IMPLICIT_LITTLE : encoding;
      const { items, end } = this.#items(valueStart, limit, inner, characterSet, depth, true);
      const raw = this.#bytes.subarray(start, end);
      return { element: { tag, vr, value: EMPTY, items, undefinedLength: true, raw }, end };
    }
    const end = valueStart + length;
    if (end > limit) this.#truncated(start);
    const value = this.#bytes.subarray(valueStart, end);
    const raw = this.#bytes.subarray(start, end);
    if (vr === 'SQ') {
      const { items } = this.#items(valueStart, end, encoding, characterSet, depth, false);
      return { element: { tag, vr, value: EMPTY, items, undefinedLength: false, raw }, end };
    }
    if (vr === 'UN' && (isPrivate(tag) || attributeOf(tag)?.vr === 'SQ') && this.#startsWithItem(valueStart, end)) {
      const items = this.#itemsIfSound(valueStart, end, characterSet, depth);
      if (items !== undefined) return { element: { tag, vr, value: EMPTY, items, undefinedLength: false, raw }, end };
    }
    return { element: { tag, vr, value, undefinedLength: false, raw }, end };
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
    try {
      return this.#items(start, end, IMPLICIT_LITTLE, characterSet, depth, false).items;
    } catch (error) {
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
    const items: DataSet[] = [];
    let offset = start;
    while (offset < limit) {
      if (limit - offset < 8) this.#truncated(offset);
      const tag = this.#tag(offset, encoding);
      const length = this.#view.getUint32(offset + 4, encoding.littleEndian);
      if (tag === TAGS.sequenceEnd) {
        // Bytes after the end of a sequence whose length is told would be read by nobody.
        if (!delimited && offset + 8 !== limit) this.#malformed(offset);
        return { items, end: offset + 8 };
      }
      if (tag !== TAGS.item) this.#malformed(offset);
      this.#spend(offset, depth);
      const itemEnd = length === UNDEFINED ? limit : offset + 8 + length;
      if (itemEnd > limit) this.#truncated(offset);
      const read = this.elements(offset + 8, itemEnd, encoding, characterSet, depth + 1, length === UNDEFINED);
      items.push(new DataSet(read.elements, encoding, characterSet));
      offset = length === UNDEFINED ? read.end : itemEnd;
    }
    if (delimited) this.#truncated(limit);
    return { items, end: offset };
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
      if (tag !== TAGS.item || length === UNDEFINED) this.#malformed(offset);
      this.#spend(offset, 0);
      if (offset + 8 + length > limit) this.#truncated(offset);
      fragments.push(this.#bytes.subarray(offset + 8, offset + 8 + length));
      offset += 8 + length;
    }
  }

  #header(start: number, limit: number, tag: number, encoding: Encoding) {
    const { littleEndian } = encoding;
    if (!encoding.explicit) {
      const vr = attributeOf(tag)?.vr ?? 'UN';
      return { vr, length: this.#view.getUint32(start + 4, littleEndian), valueStart: start + 8 };
    }
    const vr = String.fromCharCode(this.#bytes[start + 4] ?? 0, this.#bytes[start + 5] ?? 0);
    if (SHORT_FORM.has(vr)) {
      return { vr, length: this.#view.getUint16(start + 6, littleEndian), valueStart: start + 8 };
    }
    if (!LONG_FORM.has(vr)) this.#malformed(start);
    if (limit - start < 12) this.#truncated(start);
    return { vr, length: this.#view.getUint32(start + 8, littleEndian), valueStart: start + 12 };
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
