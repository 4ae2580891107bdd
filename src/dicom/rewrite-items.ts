import type { DataSet, Encoding } from './data-set.ts';
import type { Edit, QuickEditor, ValueInBytes } from './edit.ts';
import { copyBytes, copyElements, headerBytes, sizeOf, writeHeader, writeItemHeader } from './element-bytes.ts';
import { ElementReader, ItemsInBytes, type ItemsPlace, readItem } from './element-reader.ts';
import { ElementSteps, IMPLICIT_LITTLE, type SteppedBytes, UNDEFINED_LENGTH } from './element-steps.ts';
import { HeldElement } from './held-element.ts';
import { TAGS } from './tags.ts';
import {
  newElement,
  newSequence,
  newTextElement,
  textElementBytes,
  valueBytes,
  writeTextElement,
  writeValue,
} from './write-element.ts';

/** Who decides what becomes of what stands in items. */
export interface ItemsEditor {
  readonly quick: QuickEditor;
  /** The item after editing, the same where nothing changed, for those on which `quick` does not decide. */
  readonly thoroughly: (item: DataSet, depth: number) => DataSet;
}

/**
 * A sequence of which what stands in its items is edited, the same where nothing changed. Written from bytes to bytes: an
 * element, an item is made only where somebody has to look at it as one.
 * @param encoding of the data set that the sequence stands in
 */
export function rewriteItems(
  element: HeldElement,
  items: ItemsInBytes,
  encoding: Encoding,
  editor: ItemsEditor,
): HeldElement {
  const { start, end, place } = items;
  const begun = written.at;
  const { tag, vr } = element;
  const head = headerBytes(vr, encoding);
  written.skip(head);
  try {
    if (!new ItemsRewriter(items, editor).items(start, end, place)) return element;
    writeHeader(written.bytes, begun, { tag, vr, length: written.at - begun - head }, encoding);
    const fresh = written.bytes.slice(begun, written.at);
    const held = new ItemsInBytes({ bytes: fresh, ends: new Map() }, head, fresh.length, {
      ...place,
      isDelimited: false,
    });
    return new HeldElement({ tag, vr, valueStart: head }, fresh, 0, fresh.length, { held, undefinedLength: false });
  } finally {
    written.back(begun);
  }
}

/** Bytes that are written one behind the other, into memory that is used again. */
class Stretch {
  bytes = new Uint8Array(65_536);
  at = 0;

  /** Leaves room to be written later. */
  skip(length: number): void {
    this.#hold(length);
    this.at += length;
  }

  copy(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    this.#hold(to - from);
    this.at = copyBytes(bytes, from, to, this.bytes, this.at);
  }

  back(at: number): void {
    this.at = at;
    if (at === 0 && this.bytes.length > MOST_KEPT_BYTES) this.bytes = new Uint8Array(65_536);
  }

  #hold(length: number): void {
    const needed = this.at + length;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.length));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }
}

/** What is written for a larger sequence is not kept for the next. */
const MOST_KEPT_BYTES = 8_388_608;
const written = new Stretch();

class ItemsRewriter {
  readonly #stepped: SteppedBytes;
  readonly #bytes: Uint8Array;
  readonly #editor: ItemsEditor;
  readonly #steps: ElementSteps;
  #reader: ElementReader | undefined;

  constructor(stepped: SteppedBytes, editor: ItemsEditor) {
    this.#stepped = stepped;
    this.#bytes = stepped.bytes;
    this.#editor = editor;
    this.#steps = new ElementSteps(stepped.bytes, 0, stepped.ends);
  }

  /** Writes the items of a sequence, lengths told; nothing of them where nothing changed. @returns whether it did */
  items(start: number, limit: number, place: ItemsPlace): boolean {
    const { encoding, isDelimited } = place;
    const steps = this.#steps;
    const begun = written.at;
    let isTouched = false;
    for (let offset = start; offset < limit; ) {
      const length = steps.itemLength(offset, limit, encoding, isDelimited);
      if (length === undefined) break;
      const from = offset + ITEM_HEADER_BYTES;
      const isOpen = length === UNDEFINED_LENGTH;
      offset = isOpen ? steps.overElements(from, limit, encoding, 1, true) : from + length;
      const header = written.at;
      written.skip(ITEM_HEADER_BYTES);
      if (this.#elements(from, isOpen ? offset - DELIMITER_BYTES : offset, place)) isTouched = true;
      writeItemHeader(written.bytes, header, written.at - header - ITEM_HEADER_BYTES, encoding);
    }
    if (!isTouched) written.at = begun;
    return isTouched;
  }

  /** Writes the elements of an item. @returns whether any changed */
  #elements(start: number, limit: number, place: ItemsPlace): boolean {
    const { encoding } = place;
    const steps = this.#steps;
    const bytes = this.#bytes;
    const begun = written.at;
    let isTouched = false;
    /** From here on nothing is copied yet of what stays. */
    let kept = start;
    let before = -1;
    let isSeenToEnd = false;
    for (let offset = start; offset < limit; ) {
      const edit = this.#next(offset, limit, encoding, before);
      if (edit === undefined) return this.#thoroughly(begun, start, limit, place);
      const { tag, vr, shape, valueStart, end, isDelimited } = steps;
      before = tag;
      // What is walked into is written once: an item of which the editor decides in the end is his before that.
      if (shape !== 'value' && edit.kind === 'keep' && !isSeenToEnd) {
        if (!this.#isQuick(end, limit, encoding, tag)) return this.#thoroughly(begun, start, limit, place);
        isSeenToEnd = true;
      }
      if (edit.kind !== 'keep') {
        written.copy(bytes, kept, offset);
        kept = end;
        isTouched = true;
        writeEdited(tag, vr, edit, encoding);
      } else if (shape !== 'value') {
        written.copy(bytes, kept, offset);
        kept = offset;
        const inner = shape === 'items' ? encoding : IMPLICIT_LITTLE;
        const { characterSet, depth } = place;
        const header = written.at;
        const head = headerBytes(vr, encoding);
        written.skip(head);
        if (this.items(valueStart, end, { encoding: inner, characterSet, depth: depth + 1, isDelimited })) {
          writeHeader(written.bytes, header, { tag, vr, length: written.at - header - head }, encoding);
          kept = end;
          isTouched = true;
        } else written.at = header;
      }
      offset = end;
    }
    written.copy(bytes, kept, limit);
    return isTouched;
  }

  /** Steps over the next element. @returns what becomes of it; undefined where the editor has to look at all of the item */
  #next(offset: number, limit: number, encoding: Encoding, before: number): Edit | ValueInBytes | undefined {
    const { quick } = this.#editor;
    const steps = this.#steps;
    steps.over(offset, limit, encoding, 1);
    const { tag, vr, shape } = steps;
    // Of what stands twice, or tells how to read the others, each depends on the others.
    if (tag <= before || tag === TAGS.specificCharacterSet || shape === 'fragments') return undefined;
    return shape === 'value' ? quick.value(tag, vr, this.#bytes, steps.valueStart, steps.end) : quick.sequence(tag, vr);
  }

  /** Whether all that follows in an item is decided on quickly. */
  #isQuick(start: number, limit: number, encoding: Encoding, after: number): boolean {
    let before = after;
    for (let offset = start; offset < limit; offset = this.#steps.end) {
      if (this.#next(offset, limit, encoding, before) === undefined) return false;
      before = this.#steps.tag;
    }
    return true;
  }

  #thoroughly(begun: number, start: number, limit: number, place: ItemsPlace): boolean {
    written.at = begun;
    this.#reader ??= ElementReader.again(this.#stepped);
    const item = readItem(this.#reader, { start, end: limit }, place);
    const edited = this.#editor.thoroughly(item, place.depth + 1);
    if (edited === item) {
      written.copy(this.#bytes, start, limit);
      return false;
    }
    written.skip(sizeOf(edited.elements));
    copyElements(edited.elements, written.bytes, begun);
    return true;
  }
}

const ITEM_HEADER_BYTES = 8;
const DELIMITER_BYTES = 8;

/** Writes what stands in place of an element. */
function writeEdited(
  tag: number,
  vr: string,
  edit: Exclude<Edit | ValueInBytes, { kind: 'keep' }>,
  encoding: Encoding,
): void {
  switch (edit.kind) {
    case 'remove':
      return;
    case 'bytes': {
      const { bytes, length } = edit;
      const begun = written.at;
      written.skip(valueBytes(vr, length, encoding));
      writeValue(written.bytes, begun, { tag, vr, bytes, length }, encoding);
      return;
    }
    case 'rewrite': {
      const { text } = edit;
      const begun = written.at;
      written.skip(textElementBytes(vr, text, encoding));
      const end = writeTextElement(written.bytes, begun, { tag, vr, text }, encoding);
      written.at = end ?? begun;
      if (end === undefined) writeWhole(newTextElement(tag, vr, text, encoding).raw);
      return;
    }
    case 'replace':
      writeWhole(newElement(tag, edit.vr ?? vr, edit.value, encoding).raw);
      return;
    case 'empty-sequence':
      writeWhole(newSequence(tag, vr, [], encoding).raw);
  }
}

function writeWhole(raw: Uint8Array): void {
  written.copy(raw, 0, raw.length);
}
