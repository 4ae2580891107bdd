import { type Json, toBase64Url } from '#base';
import { tagHex } from '#vocab';
import type { DataSet, Element } from './data-set.ts';
import { TAGS } from './tags.ts';

/** Values longer than this are named, not shown. */
const INLINE_LIMIT_BYTES = 1024;

const NUMBERS: ReadonlySet<string> = new Set(['US', 'SS', 'UL', 'SL', 'FL', 'FD', 'DS', 'IS']);
const BULK: ReadonlySet<string> = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'UN']);

/** Where a long value can be had; `path` is its tag, within sequences `tag.item.tag` with items from 1. */
export type BulkDataUri = (path: string, sizeBytes: number) => string;

/**
 * The data set in the DICOM JSON model (PS3.18 annex F). Long binary values and compressed pixels become an address;
 * where none is given, a length.
 */
export function toDicomJson(
  dataset: DataSet,
  bulkDataUri: BulkDataUri = (_, sizeBytes) => `#${sizeBytes} bytes`,
): Json {
  return membersOf(dataset, bulkDataUri, '');
}

function membersOf(dataset: DataSet, bulkDataUri: BulkDataUri, above: string): Json {
  const members: Record<string, Json> = {};
  for (const element of dataset.elements) {
    if ((element.tag & 0xffff) === 0) continue;
    const tag = tagHex(element.tag).toUpperCase();
    const vr = representationOf(element, dataset);
    members[tag] = { vr, ...contentOf(element, dataset, bulkDataUri, above + tag) };
  }
  return members;
}

/** Where a file does not say it, the representation follows from others of its values (PS3.5 annex A.1, PS3.6). */
function representationOf(element: Element, dataset: DataSet): string {
  if (element.items !== undefined) return 'SQ';
  if (dataset.encoding.explicit) return element.vr;
  return element.tag === TAGS.pixelData ? 'OW' : element.vr;
}

function contentOf(
  element: Element,
  dataset: DataSet,
  bulkDataUri: BulkDataUri,
  path: string,
): { readonly [key: string]: Json } {
  if (element.items !== undefined) {
    if (element.items.length === 0) return {};
    return { Value: element.items.map((item, index) => membersOf(item, bulkDataUri, `${path}.${index + 1}.`)) };
  }
  if (element.fragments !== undefined) {
    const sizeBytes = element.fragments.reduce((sum, part) => sum + part.length, 0);
    return { BulkDataURI: bulkDataUri(path, sizeBytes) };
  }
  if (element.value.length === 0) return {};
  if (BULK.has(element.vr)) {
    const sizeBytes = element.value.length;
    if (sizeBytes > INLINE_LIMIT_BYTES) return { BulkDataURI: bulkDataUri(path, sizeBytes) };
    return { InlineBinary: base64(littleEndian(element, dataset)) };
  }
  if (NUMBERS.has(element.vr)) {
    const numbers = dataset.numbers(element.tag);
    return numbers.length === 0 ? {} : { Value: numbers.map((number) => (Number.isFinite(number) ? number : null)) };
  }
  if (element.vr === 'SV' || element.vr === 'UV') return { Value: longNumbers(element, dataset) };
  if (element.vr === 'AT') return { Value: tagsOf(element, dataset) };
  const values = dataset.strings(element.tag);
  if (values.every((value) => value === '')) return {};
  if (element.vr === 'PN') return { Value: values.map((value) => personName(value)) };
  return { Value: values.map((value) => (value === '' ? null : value)) };
}

/** Component groups of a name (PS3.5 section 6.2.1.1). */
function personName(value: string): Json {
  const [alphabetic, ideographic, phonetic] = value.split('=');
  return {
    ...(alphabetic ? { Alphabetic: alphabetic } : {}),
    ...(ideographic ? { Ideographic: ideographic } : {}),
    ...(phonetic ? { Phonetic: phonetic } : {}),
  };
}

/** 64-bit numbers, which JSON numbers cannot all hold: as text (PS3.18 section F.2.2). */
function longNumbers(element: Element, { encoding }: DataSet): string[] {
  const view = new DataView(element.value.buffer, element.value.byteOffset, element.value.byteLength);
  return Array.from({ length: Math.floor(element.value.length / 8) }, (_, index) =>
    String(
      element.vr === 'UV'
        ? view.getBigUint64(index * 8, encoding.littleEndian)
        : view.getBigInt64(index * 8, encoding.littleEndian),
    ),
  );
}

function tagsOf(element: Element, { encoding }: DataSet): string[] {
  const view = new DataView(element.value.buffer, element.value.byteOffset, element.value.byteLength);
  return Array.from({ length: Math.floor(element.value.length / 4) }, (_, index) =>
    [0, 2]
      .map((part) =>
        view
          .getUint16(index * 4 + part, encoding.littleEndian)
          .toString(16)
          .padStart(4, '0'),
      )
      .join('')
      .toUpperCase(),
  );
}

const WORD_BYTES: Readonly<Record<string, number>> = { OW: 2, OL: 4, OF: 4, OV: 8, OD: 8 };

/** Whatever the file, its words stand in little-endian order (PS3.18 section F.2.7). */
function littleEndian({ vr, value }: Element, { encoding }: DataSet): Uint8Array {
  const size = WORD_BYTES[vr];
  if (encoding.littleEndian || size === undefined) return value;
  const swapped = new Uint8Array(value.length);
  for (let at = 0; at < value.length; at += 1) swapped[at] = value[at - (at % size) + size - 1 - (at % size)] ?? 0;
  return swapped;
}

function base64(bytes: Uint8Array): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
