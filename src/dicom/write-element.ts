import { concatBytes, utf8 } from '#base';
import type { DataSet, Element, Encoding } from './data-set.ts';
import { LONG_FORM } from './parse-dicom.ts';
import { TAGS } from './tags.ts';

/** Value representations padded with a zero byte; all other text is padded with a space (PS3.5 section 6.2). */
const ZERO_PADDED: ReadonlySet<string> = new Set(['UI', 'OB', 'UN', 'OW']);

/** Text as the bytes of a value, padded to even length. Several values are joined by a backslash. */
export function textValue(vr: string, text: string | readonly string[]): Uint8Array {
  const bytes = utf8(typeof text === 'string' ? text : text.join('\\'));
  return bytes.length % 2 === 0 ? bytes : concatBytes([bytes, Uint8Array.of(ZERO_PADDED.has(vr) ? 0 : 0x20)]);
}

/** Unsigned 16-bit values. */
export function shortValue(numbers: readonly number[], { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(numbers.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) view.setUint16(index * 2, number, littleEndian);
  return bytes;
}

/**
 * An element with a plain value. @note A value too long for the 16-bit length of its representation is written as UN,
 * which has a 32-bit one (PS3.5 section 6.2.2).
 */
export function newElement(tag: number, asked: string, value: Uint8Array, encoding: Encoding): Element {
  const vr = encoding.explicit && value.length > 65_534 && !LONG_FORM.has(asked) ? 'UN' : asked;
  const padded = value.length % 2 === 0 ? value : concatBytes([value, Uint8Array.of(ZERO_PADDED.has(vr) ? 0 : 0x20)]);
  const raw = concatBytes([header(tag, vr, padded.length, encoding), padded]);
  return { tag, vr, value: padded, undefinedLength: false, raw };
}

/** A sequence with the given items, lengths defined. */
export function newSequence(tag: number, vr: string, items: readonly DataSet[], encoding: Encoding): Element {
  const parts = items.flatMap((item) => {
    const body = concatBytes(item.elements.map((element) => element.raw));
    return [itemHeader(TAGS.item, body.length, item.encoding), body];
  });
  const body = concatBytes(parts);
  const raw = concatBytes([header(tag, vr, body.length, encoding), body]);
  return { tag, vr, value: new Uint8Array(0), items, undefinedLength: false, raw };
}

function header(tag: number, vr: string, length: number, { explicit, littleEndian }: Encoding): Uint8Array {
  const long = explicit && LONG_FORM.has(vr);
  const bytes = new Uint8Array(long ? 12 : 8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  if (!explicit) {
    view.setUint32(4, length, littleEndian);
    return bytes;
  }
  bytes[4] = vr.charCodeAt(0);
  bytes[5] = vr.charCodeAt(1);
  if (long) view.setUint32(8, length, littleEndian);
  else view.setUint16(6, length, littleEndian);
  return bytes;
}

function itemHeader(tag: number, length: number, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  view.setUint32(4, length, littleEndian);
  return bytes;
}
