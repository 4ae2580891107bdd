import { type Json, toBase64Url } from '#base';
import { tagHex } from '#vocab';
import type { DataSet, Element } from './data-set.ts';

/** Values longer than this are named, not shown. */
const INLINE_LIMIT_BYTES = 1024;

const NUMBERS: ReadonlySet<string> = new Set(['US', 'SS', 'UL', 'SL', 'FL', 'FD', 'DS', 'IS']);
const BULK: ReadonlySet<string> = new Set(['OB', 'OW', 'OF', 'OD', 'OL', 'OV', 'UN']);

/** The data set in the DICOM JSON model (PS3.18 annex F); long binary values become a length instead of their bytes. */
export function toDicomJson(dataset: DataSet): Json {
  const members: Record<string, Json> = {};
  for (const element of dataset.elements) {
    if ((element.tag & 0xffff) === 0) continue;
    members[tagHex(element.tag).toUpperCase()] = { vr: element.vr, ...contentOf(element, dataset) };
  }
  return members;
}

function contentOf(element: Element, dataset: DataSet): { readonly [key: string]: Json } {
  if (element.items !== undefined) return { Value: element.items.map(toDicomJson) };
  if (element.fragments !== undefined) {
    return { BulkDataURI: `#${element.fragments.reduce((sum, part) => sum + part.length, 0)} bytes` };
  }
  if (element.value.length === 0) return {};
  if (BULK.has(element.vr)) {
    if (element.value.length > INLINE_LIMIT_BYTES) return { BulkDataURI: `#${element.value.length} bytes` };
    return { InlineBinary: base64(element.value) };
  }
  if (NUMBERS.has(element.vr)) return { Value: [...dataset.numbers(element.tag)] };
  if (element.vr === 'AT') return { Value: tagsOf(element, dataset) };
  const values = dataset.strings(element.tag);
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

function base64(bytes: Uint8Array): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
