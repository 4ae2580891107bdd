import { deflateSync } from 'fflate';
import { concatBytes, utf8 } from '#base';
import { DataSet, type Element, type Encoding, hasItems } from './data-set.ts';
import type { Edit, Editor, QuickEditor } from './edit.ts';
import { bytesOf, copyElements, headerBytes, sizeOf, writeHeader } from './element-bytes.ts';
import { ItemsInBytes } from './element-reader.ts';
import { UNDEFINED_LENGTH } from './element-steps.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { HeldElement } from './held-element.ts';
import type { DicomFile } from './parse-dicom.ts';
import { rewriteItems } from './rewrite-items.ts';
import { elementHeader, newElement, newSequence, newTextElement, textValue } from './write-element.ts';

const EXPLICIT_LITTLE: Encoding = { explicit: true, littleEndian: true };
/** The product's own UIDs are derived from this name (PS3.7 annex D asks for some implementation UID). */
const IMPLEMENTATION = { classUid: '2.25.122961834570254803118250137203120187651', version: 'UNICA_01' };

/** The data set after editing, the same where nothing changed; untouched elements are the very bytes they were. */
export function editDataSet(dataset: DataSet, edit: Editor, quick?: QuickEditor): DataSet {
  return edited(dataset, { edit, quick, depth: 0 });
}

interface Editing {
  readonly edit: Editor;
  readonly quick: QuickEditor | undefined;
  readonly depth: number;
}

function edited(dataset: DataSet, editing: Editing): DataSet {
  const { encoding } = dataset;
  const before = dataset.elements;
  // A copy is as long as it needs to be, where an array that grows has room for many more.
  let after: Element[] | undefined;
  let count = 0;
  for (let index = 0; index < before.length; index += 1) {
    const element = before[index] as Element;
    const changed = editElement(element, editing.edit(element, dataset, editing.depth), encoding, editing);
    if (changed !== element) after ??= before.slice();
    if (changed === undefined) continue;
    if (after !== undefined) after[count] = changed;
    count += 1;
  }
  if (after === undefined) return dataset;
  after.length = count;
  return new DataSet(after, encoding, dataset.characterSet);
}

/** Undefined where nothing is left of it. */
function editElement(element: Element, decision: Edit, encoding: Encoding, editing: Editing): Element | undefined {
  switch (decision.kind) {
    case 'remove':
      return undefined;
    case 'replace':
      return newElement(element.tag, decision.vr ?? element.vr, decision.value, encoding);
    case 'rewrite':
      return newTextElement(element.tag, element.vr, decision.text, encoding);
    case 'empty-sequence':
      return newSequence(element.tag, element.vr, [], encoding);
    case 'keep':
      return hasItems(element) ? editItems(element, encoding, editing) : element;
  }
}

function editItems(element: Element, encoding: Encoding, { edit, quick, depth }: Editing): Element {
  if (quick !== undefined && element instanceof HeldElement && element.held instanceof ItemsInBytes) {
    const thoroughly = (item: DataSet, at: number) => edited(item, { edit, quick, depth: at });
    return rewriteItems(element, element.held, encoding, { quick, thoroughly });
  }
  let isTouched = false;
  const items = element.items?.map((item) => {
    const changed = edited(item, { edit, quick, depth: depth + 1 });
    if (changed !== item) isTouched = true;
    return changed;
  });
  return isTouched ? newSequence(element.tag, element.vr, items ?? [], encoding) : element;
}

/** The data set with elements put in, or put in place of those of the same tag, in the order of tags. */
export function withElements(dataset: DataSet, added: readonly Element[]): DataSet {
  const tags = new Set(added.map((element) => element.tag));
  const elements = dataset.elements.filter((element) => !tags.has(element.tag));
  const isOrdered = elements.every((element, index) => index === 0 || (elements[index - 1]?.tag ?? 0) <= element.tag);
  if (!isOrdered) elements.sort((a, b) => a.tag - b.tag);
  // Few go among many: each to its place.
  for (const element of added) {
    let at = elements.length;
    while (at > 0 && (elements[at - 1]?.tag ?? 0) > element.tag) at -= 1;
    elements.splice(at, 0, element);
  }
  return new DataSet(elements, dataset.encoding, dataset.characterSet);
}

/** A data set with what its meta header says of it. */
export interface WrittenFile extends Pick<DicomFile, 'dataset' | 'transferSyntaxUid'> {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

/** A file of a data set: a fresh preamble and meta header of our own, then the elements in their own encoding. */
export function writeDicom(file: WrittenFile): Uint8Array {
  const { elements } = isBelied(file) ? explicitForm(file.dataset) : file.dataset;
  const header = fileHeader(file);
  if (file.transferSyntaxUid === TRANSFER_SYNTAX.deflatedLittle) {
    return concatBytes([header, deflateSync(bytesOf(elements))]);
  }
  // In one go: pixels are copied once.
  const bytes = new Uint8Array(header.length + sizeOf(elements));
  bytes.set(header);
  copyElements(elements, bytes, header.length);
  return bytes;
}

/** What stands in a file before the value of its pixels, and after it. */
export interface WrittenAround {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/**
 * As {@link writeDicom}, but for the value of an element, which is written by the caller.
 * @param length of that value; undefined for fragments, which the caller ends with their delimiter
 */
export function writeAround(file: WrittenFile, { tag, vr }: Element, length: number | undefined): WrittenAround {
  const { dataset } = file;
  const { elements, encoding } = dataset;
  const place = elements.findIndex((element) => element.tag === tag);
  if (isBelied(file)) return writeExplicitAround(file, { tag, vr, length, place });
  const before = elements.slice(0, place);
  const after = bytesOf(elements.slice(place + 1));
  const header = fileHeader(file);
  const bytes = new Uint8Array(header.length + sizeOf(before) + headerBytes(vr, encoding));
  bytes.set(header);
  const end = copyElements(before, bytes, header.length);
  writeHeader(bytes, end, { tag, vr, length: length ?? UNDEFINED_LENGTH }, encoding);
  return { before: bytes, after };
}

function writeExplicitAround(
  file: WrittenFile,
  {
    tag,
    vr,
    length,
    place,
  }: { readonly tag: number; readonly vr: string; readonly length: number | undefined; readonly place: number },
): WrittenAround {
  const { dataset } = file;
  const part = (elements: readonly Element[]) => new DataSet(elements, dataset.encoding, dataset.characterSet);
  const header = elementHeader({ tag, vr: length === undefined ? 'OB' : vr, length }, EXPLICIT_LITTLE);
  return {
    before: concatBytes([writeDicom({ ...file, dataset: part(dataset.elements.slice(0, place)) }), header]),
    after: bytesOf(explicitForm(part(dataset.elements.slice(place + 1))).elements),
  };
}

/** Whether representations have to be written because the transfer syntax says that they are. */
function isBelied({ dataset, transferSyntaxUid }: Pick<DicomFile, 'dataset' | 'transferSyntaxUid'>): boolean {
  return !dataset.encoding.explicit && transferSyntaxUid !== TRANSFER_SYNTAX.implicitLittle;
}

/**
 * A data set of implicit representations with written ones. Every transfer syntax of compressed pixels asks for them (PS3.5
 * section A.4); a file that has none is read here, but not by others.
 */
function explicitForm(dataset: DataSet): DataSet {
  const elements = dataset.elements.map((element): Element => {
    const { tag, vr, items, fragments } = element;
    if (items !== undefined) return newSequence(tag, 'SQ', items.map(explicitForm), EXPLICIT_LITTLE);
    if (fragments === undefined) return newElement(tag, vr, element.value, EXPLICIT_LITTLE);
    // Twelve bytes of header, OB of undefined length, in place of eight; the fragments as they are.
    const header = Uint8Array.of(0, 0, 0, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff);
    header.set(element.raw.subarray(0, 4));
    const raw = concatBytes([header, element.raw.subarray(8)]);
    return { tag, vr: 'OB', value: element.value, fragments, undefinedLength: true, raw };
  });
  return new DataSet(elements, EXPLICIT_LITTLE, dataset.characterSet);
}

function fileHeader({ transferSyntaxUid, sopClassUid, sopInstanceUid }: Omit<WrittenFile, 'dataset'>): Uint8Array {
  const uid = (tag: number, text: string) => newTextElement(tag, 'UI', text, EXPLICIT_LITTLE);
  const own = [uid(0x00020002, sopClassUid), uid(0x00020003, sopInstanceUid), uid(0x00020010, transferSyntaxUid)];
  const length = META_VERSION.length + sizeOf(own) + OURS.length;
  const bytes = new Uint8Array(META_START.length + length);
  bytes.set(META_START);
  new DataView(bytes.buffer).setUint32(META_START.length - 4, length, true);
  bytes.set(META_VERSION, META_START.length);
  const end = copyElements(own, bytes, META_START.length + META_VERSION.length);
  bytes.set(OURS, end);
  return bytes;
}

/** Preamble, prefix and the length of the group, which is told last. */
const META_START = concatBytes([
  new Uint8Array(128),
  utf8('DICM'),
  newElement(0x00020000, 'UL', new Uint8Array(4), EXPLICIT_LITTLE).raw,
]);
const META_VERSION = newElement(0x00020001, 'OB', Uint8Array.of(0, 1), EXPLICIT_LITTLE).raw;
const OURS = concatBytes([
  newElement(0x00020012, 'UI', textValue('UI', IMPLEMENTATION.classUid), EXPLICIT_LITTLE).raw,
  newElement(0x00020013, 'SH', textValue('SH', IMPLEMENTATION.version), EXPLICIT_LITTLE).raw,
]);
