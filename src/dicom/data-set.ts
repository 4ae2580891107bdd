import { decodeText } from './character-sets.ts';
import { TAGS } from './tags.ts';

/** How the bytes of a data set are written. */
export interface Encoding {
  readonly explicit: boolean;
  readonly littleEndian: boolean;
}

/** One data element: a view of the bytes it was read from; nothing is copied. */
export interface Element {
  readonly tag: number;
  /** As written, or by the dictionary where the encoding has none. */
  readonly vr: string;
  /** The value without its header; empty for sequences and encapsulated pixels. */
  readonly value: Uint8Array;
  /** Items of a sequence. */
  readonly items?: readonly DataSet[] | undefined;
  /** Whether it has items, where that is known without reading them; see {@link hasItems}. */
  readonly isSequence?: boolean;
  /** Of its items those that hold an element that is wanted by its tag and representation, at any depth. */
  itemsWith?(isWanted: (tag: number, vr: string) => boolean): Iterable<DataSet>;
  /** Fragments of encapsulated pixel data; the first is the offset table. */
  readonly fragments?: readonly Uint8Array[] | undefined;
  readonly undefinedLength: boolean;
  /** Header and value as they stand in the file. */
  readonly raw: Uint8Array;
  /** Length of the value, where it is known without a view of it. */
  readonly valueBytes?: number;
  /** The whole value where it is read without a decoder, several values joined; undefined where it is not, or there is none. */
  plainText?(): string | undefined;
}

/** Whether an element has items, none of which is read for that. */
export function hasItems(element: Element): boolean {
  return element.isSequence ?? element.items !== undefined;
}

/** Items of an element that hold an element that is wanted, and perhaps others; none is read that need not be. */
export function itemsWith(element: Element, isWanted: (tag: number, vr: string) => boolean): Iterable<DataSet> {
  return element.itemsWith?.(isWanted) ?? element.items ?? [];
}

/** Elements in the order of the file. */
export class DataSet {
  readonly encoding: Encoding;
  readonly elements: readonly Element[];
  readonly #characterSet: readonly string[];
  #byTag: ReadonlyMap<number, Element> | undefined;
  /** Whether each tag is greater than the one before, as it is in nearly every file: then none stands twice. */
  #isOrdered: boolean | undefined;

  constructor(elements: readonly Element[], encoding: Encoding, inheritedCharacterSet: readonly string[] = []) {
    this.elements = elements;
    this.encoding = encoding;
    const declared = lastOf(elements, TAGS.specificCharacterSet);
    this.#characterSet =
      declared === undefined ? inheritedCharacterSet : termsOf(declared.plainText?.() ?? latin(declared.value));
  }

  /** Defined terms of (0008,0005), own or inherited. */
  get characterSet(): readonly string[] {
    return this.#characterSet;
  }

  /** The element of a tag; of several the last. */
  element(tag: number): Element | undefined {
    // Most data sets are items of a few elements, of which one or two are asked for.
    if (this.elements.length <= SEARCHED) return lastOf(this.elements, tag);
    this.#isOrdered ??= isOrdered(this.elements);
    if (this.#isOrdered) return foundIn(this.elements, tag);
    this.#byTag ??= new Map(this.elements.map((element) => [element.tag, element]));
    return this.#byTag.get(tag);
  }

  has(tag: number): boolean {
    return this.element(tag) !== undefined;
  }

  /** All values of a text element, padding removed; none when absent or empty. */
  strings(tag: number): readonly string[] {
    const element = this.element(tag);
    return element === undefined ? [] : this.stringsOf(element);
  }

  /** As {@link strings}, of an element of this data set: where a tag stands twice, of either. */
  stringsOf(element: Element): readonly string[] {
    const plain = element.plainText?.();
    if (plain !== undefined) {
      if (SINGLE_VALUED.has(element.vr) || !plain.includes('\\')) return [plain];
      return plain.split('\\').map(trimmed);
    }
    if (element.value.length === 0) return [];
    const text = decodeText(element.value, element.vr, this.#characterSet);
    if (SINGLE_VALUED.has(element.vr) || !text.includes('\\')) return [trimmed(text)];
    return text.split('\\').map(trimmed);
  }

  /** The first value as text; undefined when absent or empty. */
  text(tag: number): string | undefined {
    const [first] = this.strings(tag);
    return first === undefined || first === '' ? undefined : first;
  }

  /** All numbers of a binary or decimal element. */
  numbers(tag: number): readonly number[] {
    const element = this.element(tag);
    if (element === undefined) return [];
    const { value } = element;
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const { littleEndian } = this.encoding;
    const reader = BINARY_NUMBERS[element.vr];
    if (reader === undefined) return this.strings(tag).map(Number).filter(Number.isFinite);
    const [size, read] = reader;
    return Array.from({ length: Math.floor(value.length / size) }, (_, index) =>
      read(view, index * size, littleEndian),
    );
  }

  /** The first number; undefined when absent, empty or not a number. */
  number(tag: number): number | undefined {
    const element = this.element(tag);
    // Nearly all that are asked for.
    if (element?.vr === 'US') {
      const { value } = element;
      const first = value[0];
      const second = value[1];
      if (first === undefined || second === undefined) return undefined;
      return this.encoding.littleEndian ? first + 256 * second : 256 * first + second;
    }
    return this.numbers(tag)[0];
  }

  /** Items of a sequence; none when absent. */
  items(tag: number): readonly DataSet[] {
    return this.element(tag)?.items ?? [];
  }
}

/** The terms that were asked for last: files come one like the other. */
let lastTerms: { readonly text: string; readonly terms: readonly string[] } = { text: '', terms: [''] };

function termsOf(text: string): readonly string[] {
  if (text !== lastTerms.text) lastTerms = { text, terms: text.split('\\').map((term) => term.trim()) };
  return lastTerms.terms;
}

/** Up to so many elements are looked through instead of listed by tag. */
const SEARCHED = 12;

/** Value representations in which a backslash is text, not a separator (PS3.5 section 6.2). */
const SINGLE_VALUED: ReadonlySet<string> = new Set(['LT', 'ST', 'UT', 'UR']);

function lastOf(elements: readonly Element[], tag: number): Element | undefined {
  for (let index = elements.length - 1; index >= 0; index -= 1) {
    const element = elements[index];
    if (element?.tag === tag) return element;
  }
  return undefined;
}

function isOrdered(elements: readonly Element[]): boolean {
  let before = -1;
  for (const { tag } of elements) {
    if (tag <= before) return false;
    before = tag;
  }
  return true;
}

/** By halves. */
function foundIn(elements: readonly Element[], tag: number): Element | undefined {
  let low = 0;
  let high = elements.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const element = elements[middle] as Element;
    if (element.tag === tag) return element;
    if (element.tag < tag) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

function trimmed(value: string): string {
  // Most values need none of it.
  if (isVisible(value.charCodeAt(0)) && isVisible(value.charCodeAt(value.length - 1))) return value;
  return value.replace(/[\0\s]+$/, '').replace(/^\s+/, '');
}

/** A character of ASCII that is seen. */
function isVisible(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}

type NumberReader = (view: DataView, offset: number, littleEndian: boolean) => number;

const BINARY_NUMBERS: Readonly<Record<string, readonly [size: number, read: NumberReader]>> = {
  US: [2, (view, offset, little) => view.getUint16(offset, little)],
  SS: [2, (view, offset, little) => view.getInt16(offset, little)],
  UL: [4, (view, offset, little) => view.getUint32(offset, little)],
  SL: [4, (view, offset, little) => view.getInt32(offset, little)],
  FL: [4, (view, offset, little) => view.getFloat32(offset, little)],
  FD: [8, (view, offset, little) => view.getFloat64(offset, little)],
};

function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 1024)).replace(/[\0\s]+$/, '');
}
