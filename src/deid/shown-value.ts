import { DataSet, type Element } from '#dicom';
import { tagHex } from '#vocab';

/** A value as it is shown to a person: text, or how much there is of what cannot be read. */
export type ShownValue =
  | { readonly text: string; readonly isCut: boolean }
  /** Bytes of a value that is no text: pixels, tables. */
  | { readonly sizeBytes: number }
  /** Of a sequence. */
  | { readonly items: number };

/** More of a text is not shown, in characters; nor read, in bytes. */
const SHOWN_CHARACTERS = 300;
const READ_BYTES = 4 * SHOWN_CHARACTERS;

/** Numbers in bytes, and the bytes of each. */
const NUMBERS: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };
const BYTES: ReadonlySet<string> = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'UN', 'SV', 'UV']);

/** What a person is shown of the value of an element. */
export function shownValue(element: Element, { encoding, characterSet }: DataSet): ShownValue {
  const { items, fragments, value, vr, tag } = element;
  if (items !== undefined) return { items: items.length };
  if (fragments !== undefined) return { sizeBytes: fragments.reduce((sum, { length }) => sum + length, 0) };
  if (vr === 'SQ') return { items: 0 };
  if (BYTES.has(vr)) return { sizeBytes: value.length };
  const size = NUMBERS[vr] ?? (vr === 'AT' ? 4 : 1);
  const start = value.subarray(0, READ_BYTES - (READ_BYTES % size));
  const part = new DataSet([{ ...element, value: start }], encoding, characterSet);
  const text = vr === 'AT' ? tagsIn(start, encoding.littleEndian) : textOf(part, tag, vr);
  const characters = [...text];
  const isCut = start.length < value.length || characters.length > SHOWN_CHARACTERS;
  return { text: characters.slice(0, SHOWN_CHARACTERS).join(''), isCut };
}

function textOf(part: DataSet, tag: number, vr: string): string {
  return (NUMBERS[vr] === undefined ? part.strings(tag) : part.numbers(tag)).join('\\');
}

function tagsIn(value: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const tags = Array.from({ length: Math.floor(value.length / 4) }, (_, index) => {
    const [group, element] = [view.getUint16(4 * index, littleEndian), view.getUint16(4 * index + 2, littleEndian)];
    return tagHex(((group << 16) | element) >>> 0);
  });
  return tags.join('\\');
}
