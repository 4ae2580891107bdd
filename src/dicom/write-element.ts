import { concatBytes, utf8 } from '#base';
import type { DataSet, Element, Encoding } from './data-set.ts';
import { copyBytes, headerBytes, WrittenSequence, writeHeader } from './element-bytes.ts';
import { LONG_FORM, UNDEFINED_LENGTH } from './element-steps.ts';
import { HeldElement } from './held-element.ts';

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
  const head = headerBytes(vr, encoding);
  // Short arrays are cheap as long as nobody asks for their buffer: so no views of them, no DataView on them.
  const raw = new Uint8Array(head + padded.length);
  writeHeader(raw, 0, { tag, vr, length: padded.length }, encoding);
  raw.set(padded, head);
  return { tag, vr, value: padded, undefinedLength: false, raw };
}

/** New short elements are written one behind the other into a shared stretch: an array of its own costs each more than itself. */
const SHARED_BYTES = 65_536;
let shared = new Uint8Array(0);
let sharedUsed = 0;

/** An element with a text of ASCII, such as a UID or a date; as {@link newElement} with {@link textValue}. */
export function newTextElement(tag: number, vr: string, text: string, encoding: Encoding): Element {
  const whole = textElementBytes(vr, text, encoding);
  if (text.length > SHORT_TEXT) return newElement(tag, vr, textValue(vr, text), encoding);
  if (sharedUsed + whole > shared.length) {
    shared = new Uint8Array(SHARED_BYTES);
    sharedUsed = 0;
  }
  const bytes = shared;
  const start = sharedUsed;
  const end = writeTextElement(bytes, start, { tag, vr, text }, encoding);
  // Anything else is written by those who know encodings; the stretch is used again for it.
  if (end === undefined) return newElement(tag, vr, textValue(vr, text), encoding);
  sharedUsed = end;
  return new HeldElement({ tag, vr, valueStart: start + headerBytes(vr, encoding) }, bytes, start, end);
}

/** Bytes of an element with a text of ASCII. */
export function textElementBytes(vr: string, text: string, encoding: Encoding): number {
  return valueBytes(vr, text.length, encoding);
}

/** Bytes of an element with a value of so many bytes. */
export function valueBytes(vr: string, length: number, encoding: Encoding): number {
  return headerBytes(vr, encoding) + length + (length % 2);
}

/** Writes an element where there is room for it, whose value are the first bytes of an array, with what pads it. */
export function writeValue(
  target: Uint8Array,
  start: number,
  {
    tag,
    vr,
    bytes,
    length,
  }: { readonly tag: number; readonly vr: string; readonly bytes: Uint8Array; readonly length: number },
  encoding: Encoding,
): void {
  const end = copyBytes(bytes, 0, length, target, start + headerBytes(vr, encoding));
  if (length % 2 === 1) target[end] = ZERO_PADDED.has(vr) ? 0 : 0x20;
  writeHeader(target, start, { tag, vr, length: length + (length % 2) }, encoding);
}

/**
 * Writes an element with a text of ASCII where there is room for it.
 * @returns where the next byte goes; undefined for a text that is longer or has other letters, which leaves the place as it may
 */
export function writeTextElement(
  bytes: Uint8Array,
  start: number,
  { tag, vr, text }: { readonly tag: number; readonly vr: string; readonly text: string },
  encoding: Encoding,
): number | undefined {
  if (text.length > SHORT_TEXT) return undefined;
  let at = start + headerBytes(vr, encoding);
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0x80) return undefined;
    bytes[at] = code;
    at += 1;
  }
  if (text.length % 2 === 1) {
    bytes[at] = ZERO_PADDED.has(vr) ? 0 : 0x20;
    at += 1;
  }
  writeHeader(bytes, start, { tag, vr, length: text.length + (text.length % 2) }, encoding);
  return at;
}

/** What is shorter is worth sharing. */
const SHORT_TEXT = 256;

/** The header of an element whose value is written elsewhere. @param length undefined for one that is not told */
export function elementHeader(
  {
    tag,
    vr,
    length = UNDEFINED_LENGTH,
  }: { readonly tag: number; readonly vr: string; readonly length?: number | undefined },
  encoding: Encoding,
): Uint8Array {
  const bytes = new Uint8Array(headerBytes(vr, encoding));
  writeHeader(bytes, 0, { tag, vr, length }, encoding);
  return bytes;
}

/** A sequence with the given items, lengths defined. */
export function newSequence(tag: number, vr: string, items: readonly DataSet[], encoding: Encoding): Element {
  return new WrittenSequence(tag, vr, items, encoding);
}
