import { DataSet, type Element, type Encoding } from './data-set.ts';
import { ElementSteps, IMPLICIT_LITTLE, type SteppedBytes, UNDEFINED_LENGTH } from './element-steps.ts';
import { HeldElement, type HeldItems } from './held-element.ts';
import { isPixelTag, TAGS } from './tags.ts';

/** Elements, and where what follows them begins. */
export interface ElementsRead {
  readonly elements: readonly Element[];
  readonly end: number;
  /** Where the pixels begin, when reading ended before them. */
  readonly pixels?: number;
}

/**
 * Reads elements of an uncompressed encoding into views of the bytes. All of them are stepped over, however deep; those within
 * items are made when somebody asks for the items.
 */
export class ElementReader {
  readonly #steps: ElementSteps;
  readonly #beforePixels: boolean;
  /** What is being read: an array that grows by itself has room for many more than the few of an item. */
  readonly #read: Element[] = [];

  /** @param beforePixels ends before the pixels of the image, which need not be among the bytes */
  constructor(bytes: Uint8Array, origin: number, beforePixels = false, before?: SteppedBytes['ends']) {
    this.#steps = new ElementSteps(bytes, origin, before);
    this.#beforePixels = beforePixels;
  }

  /** Of bytes that were stepped over before. */
  static again({ bytes, ends }: SteppedBytes): ElementReader {
    return new ElementReader(bytes, 0, false, ends);
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
    const steps = this.#steps;
    let offset = start;
    let characters = characterSet;
    while (offset < limit) {
      if (limit - offset < 8) {
        if (depth === 0 && steps.onlyZeros(offset, limit)) break;
        steps.truncated(offset);
      }
      // Some writers pad a file to a whole block with zeros; group 0000 has no place in a file otherwise.
      const tag = steps.tagAt(offset, encoding);
      if (depth === 0 && tag === 0) {
        if (steps.onlyZeros(offset, limit)) break;
        steps.malformed(offset);
      }
      if (delimited && tag === TAGS.itemEnd) return { elements: this.#taken(), end: offset + 8 };
      if (depth === 0 && this.#beforePixels && isPixelTag(tag)) {
        return { elements: this.#taken(), end: offset, pixels: offset };
      }
      const element = this.element(offset, limit, encoding, characters, depth);
      this.#read.push(element);
      if (element.tag === TAGS.specificCharacterSet) characters = new DataSet([element], encoding).characterSet;
      offset = element.end;
    }
    if (delimited) steps.truncated(limit);
    return { elements: this.#taken(), end: offset };
  }

  element(
    start: number,
    limit: number,
    encoding: Encoding,
    characterSet: readonly string[],
    depth: number,
  ): HeldElement {
    const steps = this.#steps;
    steps.over(start, limit, encoding, depth);
    const { bytes, valueStart, end, shape, isDelimited: undefinedLength } = steps;
    switch (shape) {
      case 'value':
        return new HeldElement(steps, bytes, start, end);
      case 'fragments':
        return new HeldElement(steps, bytes, start, end, {
          fragments: steps.fragments(valueStart, encoding),
          undefinedLength,
        });
      case 'items':
      case 'implicit-items': {
        const held = new ItemsInBytes(steps, valueStart, end, {
          encoding: shape === 'items' ? encoding : IMPLICIT_LITTLE,
          characterSet,
          depth,
          isDelimited: undefinedLength,
        });
        return new HeldElement(steps, bytes, start, end, { held, undefinedLength });
      }
    }
  }

  #taken(): readonly Element[] {
    const elements = this.#read.slice();
    this.#read.length = 0;
    return elements;
  }
}

/** How items are written, and where. */
export interface ItemsPlace {
  readonly encoding: Encoding;
  /** Of the data set that they stand in. */
  readonly characterSet: readonly string[];
  /** Of that data set. */
  readonly depth: number;
  /** Whether a delimiter ends them. */
  readonly isDelimited: boolean;
}

/** Where the elements of an item are, between its header and its delimiter. */
export interface ItemSpan {
  readonly start: number;
  readonly end: number;
  /** Where what follows the item begins. */
  readonly next: number;
}

/** Items that were stepped over, read when somebody asks for them. */
export class ItemsInBytes implements HeldItems, SteppedBytes {
  readonly bytes: Uint8Array;
  readonly ends: SteppedBytes['ends'];
  readonly start: number;
  readonly end: number;
  readonly place: ItemsPlace;

  constructor({ bytes, ends }: SteppedBytes, start: number, end: number, place: ItemsPlace) {
    this.bytes = bytes;
    this.ends = ends;
    this.start = start;
    this.end = end;
    this.place = place;
  }

  read(): readonly DataSet[] {
    const reader = ElementReader.again(this);
    const steps = new ElementSteps(this.bytes, 0, this.ends);
    return Array.from(spansOf(steps, this.start, this.end, this.place), (span) => readItem(reader, span, this.place));
  }

  *readWith(isWanted: (tag: number, vr: string) => boolean): Iterable<DataSet> {
    const steps = new ElementSteps(this.bytes, 0, this.ends);
    let reader: ElementReader | undefined;
    for (const span of spansOf(steps, this.start, this.end, this.place)) {
      if (!holdsWanted(steps, span.start, span.end, this.place.encoding, isWanted)) continue;
      reader ??= ElementReader.again(this);
      yield readItem(reader, span, this.place);
    }
  }
}

/** The data set of an item. */
export function readItem(
  reader: ElementReader,
  { start, end }: Pick<ItemSpan, 'start' | 'end'>,
  { encoding, characterSet, depth }: ItemsPlace,
): DataSet {
  const { elements } = reader.elements(start, end, encoding, characterSet, depth + 1, false);
  return new DataSet(elements, encoding, characterSet);
}

/** The items of a sequence that was stepped over. */
function* spansOf(
  steps: ElementSteps,
  start: number,
  limit: number,
  { encoding, isDelimited }: Pick<ItemsPlace, 'encoding' | 'isDelimited'>,
): Generator<ItemSpan> {
  for (let offset = start; offset < limit; ) {
    const length = steps.itemLength(offset, limit, encoding, isDelimited);
    if (length === undefined) return;
    const from = offset + 8;
    if (length === UNDEFINED_LENGTH) {
      offset = steps.overElements(from, limit, encoding, 1, true);
      yield { start: from, end: offset - 8, next: offset };
    } else {
      offset = from + length;
      yield { start: from, end: offset, next: offset };
    }
  }
}

/** Whether one of the elements is wanted, at any depth. */
function holdsWanted(
  steps: ElementSteps,
  start: number,
  limit: number,
  encoding: Encoding,
  isWanted: (tag: number, vr: string) => boolean,
): boolean {
  for (let offset = start; offset < limit; ) {
    steps.over(offset, limit, encoding, 1);
    const { tag, vr, shape, valueStart, end, isDelimited } = steps;
    if (isWanted(tag, vr)) return true;
    if (shape === 'items' || shape === 'implicit-items') {
      const inner = shape === 'items' ? encoding : IMPLICIT_LITTLE;
      if (itemsHoldWanted(steps, valueStart, end, { encoding: inner, isDelimited }, isWanted)) return true;
    }
    offset = end;
  }
  return false;
}

/** As {@link spansOf}, with nothing made for an item: in many files it is done for all of them. */
function itemsHoldWanted(
  steps: ElementSteps,
  start: number,
  limit: number,
  { encoding, isDelimited }: Pick<ItemsPlace, 'encoding' | 'isDelimited'>,
  isWanted: (tag: number, vr: string) => boolean,
): boolean {
  for (let offset = start; offset < limit; ) {
    const length = steps.itemLength(offset, limit, encoding, isDelimited);
    if (length === undefined) return false;
    const from = offset + 8;
    const isOpen = length === UNDEFINED_LENGTH;
    offset = isOpen ? steps.overElements(from, limit, encoding, 1, true) : from + length;
    if (holdsWanted(steps, from, isOpen ? offset - 8 : offset, encoding, isWanted)) return true;
  }
  return false;
}
