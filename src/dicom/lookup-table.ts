import type { DataSet } from './data-set.ts';
import { unusable } from './unusable.ts';

/** A table from stored values to others; what lies outside has the first or the last entry. */
export interface LookupTable {
  /** The stored value of the first entry. */
  readonly first: number;
  readonly entries: Uint16Array;
  /** Bits of an entry: 8 to 16. */
  readonly bits: number;
}

/** The entry for a stored value. */
export function lookedUp({ first, entries }: LookupTable, value: number): number {
  return entries[Math.max(0, Math.min(entries.length - 1, Math.round(value) - first))] ?? 0;
}

/**
 * Reads a table (PS3.3 sections C.7.6.3.1.5, C.11.1, C.11.2) from its descriptor and its data; undefined without both.
 * @param signed of the values that are looked up: tells how the first of them is meant
 * @throws UnicaError `dicom.pixels-unusable` for a table that is cut off.
 */
export function lookupTable(
  dataset: DataSet,
  tags: { readonly descriptor: number; readonly data: number; readonly segmented?: number },
  signed: boolean,
): LookupTable | undefined {
  const [count = 0, start = 0, bits = 16] = wordsAt(dataset, tags.descriptor);
  const length = count === 0 ? 65536 : count;
  const first = signed ? (start << 16) >> 16 : start;
  if (!dataset.has(tags.descriptor)) return undefined;
  if (dataset.has(tags.data)) {
    const bytes = dataset.element(tags.data)?.value.length ?? 0;
    const packed = bits === 8 && bytes < 2 * length;
    const words = wordsAt(dataset, tags.data);
    const entries = packed ? bytesOf(words) : words;
    if (entries.length < length) unusable('a look-up table is cut off');
    return { first, entries: entries.slice(0, length), bits };
  }
  if (tags.segmented === undefined || !dataset.has(tags.segmented)) return undefined;
  return { first, entries: unsegmented(wordsAt(dataset, tags.segmented), length), bits };
}

/** Words of an element, whatever it is called: tables come as US, SS, OW or UN. */
function wordsAt(dataset: DataSet, tag: number): Uint16Array {
  const value = dataset.element(tag)?.value ?? new Uint8Array(0);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return Uint16Array.from({ length: value.length >>> 1 }, (_, index) =>
    view.getUint16(2 * index, dataset.encoding.littleEndian),
  );
}

/** Entries of eight bits stand two in a word, the first in the low byte. */
function bytesOf(words: Uint16Array): Uint16Array {
  return Uint16Array.from(
    { length: 2 * words.length },
    (_, index) => ((words[index >>> 1] ?? 0) >>> (8 * (index & 1))) & 255,
  );
}

/** Discrete, linear and indirect segments (PS3.3 section C.7.9.2). */
function unsegmented(words: Uint16Array, length: number): Uint16Array {
  const entries = new Uint16Array(length);
  let to = 0;
  const put = (value: number) => {
    if (to < length) entries[to++] = value;
  };
  const segment = (at: number, deep: boolean): number => {
    const [kind = 0, count = 0] = [words[at], words[at + 1]];
    // An empty segment would make a table without end.
    if (at + 2 >= words.length || count === 0) unusable('a look-up table is cut off');
    if (kind === 0) {
      if (at + 2 + count > words.length) unusable('a look-up table is cut off');
      for (let index = 0; index < count && to < length; index += 1) put(words[at + 2 + index] ?? 0);
      return at + 2 + count;
    }
    if (kind === 1) {
      const from = entries[to - 1] ?? 0;
      const end = words[at + 2] ?? 0;
      for (let index = 1; index <= count && to < length; index += 1)
        put(Math.round(from + ((end - from) * index) / count));
      return at + 3;
    }
    if (kind !== 2 || deep || at + 3 >= words.length) unusable('a look-up table is damaged');
    // Segments that stand earlier, again; the offset counts bytes.
    let again = (((words[at + 3] ?? 0) << 16) | (words[at + 2] ?? 0)) >>> 1;
    for (let index = 0; index < count && to < length; index += 1) again = segment(again, true);
    return at + 4;
  };
  let at = 0;
  while (to < length) at = segment(at, false);
  return entries;
}
