import { UnicaError } from '#base';
import { attributeOf, tagOf } from '#vocab';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { writeDicom } from './rewrite-dicom.ts';
import { newElement, newSequence, shortValue, textValue } from './write-element.ts';

/** A value to be written: text, numbers, bytes, or the items of a sequence. */
export type Value = string | number | readonly string[] | readonly number[] | Uint8Array | readonly Attributes[];

/** Elements by PS3.6 keyword; a private element as `gggg,eeee VR`. */
export type Attributes = { readonly [keyword: string]: Value | undefined };

const ENCODING: Encoding = { explicit: true, littleEndian: true };

/** A grey image of one frame. */
export interface GreyPixels {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], row 0 at the top. 8 bits for a Uint8Array, 16 for a Uint16Array. */
  readonly values: Uint8Array | Uint16Array;
  readonly bitsStored: number;
  readonly photometricInterpretation: 'MONOCHROME1' | 'MONOCHROME2';
}

/**
 * A DICOM file in explicit little endian from attributes by keyword. SOPClassUID and SOPInstanceUID are required; text
 * is UTF-8 (SpecificCharacterSet is set). @throws RangeError for an unknown keyword, UnicaError `dicom.incomplete`.
 */
export function buildDicom(attributes: Attributes, pixels?: GreyPixels): Uint8Array {
  const sopClassUid = attributes['SOPClassUID'];
  const sopInstanceUid = attributes['SOPInstanceUID'];
  if (typeof sopClassUid !== 'string' || typeof sopInstanceUid !== 'string') throw new UnicaError('dicom.incomplete');
  const all: Attributes = {
    SpecificCharacterSet: 'ISO_IR 192',
    ...attributes,
    ...(pixels === undefined ? {} : pixelAttributes(pixels)),
  };
  const elements = [...elementsOf(all), ...(pixels === undefined ? [] : [pixelElement(pixels)])];
  return writeDicom({
    dataset: new DataSet(inOrder(elements), ENCODING),
    transferSyntaxUid: TRANSFER_SYNTAX.explicitLittle,
    sopClassUid,
    sopInstanceUid,
  });
}

function pixelAttributes(pixels: GreyPixels): Attributes {
  const bitsAllocated = pixels.values instanceof Uint8Array ? 8 : 16;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: pixels.photometricInterpretation,
    Rows: pixels.rows,
    Columns: pixels.columns,
    BitsAllocated: bitsAllocated,
    BitsStored: pixels.bitsStored,
    HighBit: pixels.bitsStored - 1,
    PixelRepresentation: 0,
  };
}

function pixelElement({ values }: GreyPixels): Element {
  if (values instanceof Uint8Array) return newElement(0x7fe00010, 'OB', values, ENCODING);
  const bytes = new Uint8Array(values.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint16(index * 2, value, true);
  return newElement(0x7fe00010, 'OW', bytes, ENCODING);
}

function elementsOf(attributes: Attributes): readonly Element[] {
  return Object.entries(attributes).flatMap(([key, value]) => {
    if (value === undefined) return [];
    const { tag, vr } = addressOf(key);
    return [elementOf(tag, vr, value)];
  });
}

function addressOf(key: string): { readonly tag: number; readonly vr: string } {
  const explicit = /^([0-9a-f]{4}),([0-9a-f]{4}) ([A-Z]{2})$/i.exec(key);
  if (explicit !== null) {
    return { tag: Number.parseInt(`${explicit[1]}${explicit[2]}`, 16), vr: (explicit[3] ?? '').toUpperCase() };
  }
  const tag = tagOf(key);
  return { tag, vr: attributeOf(tag)?.vr ?? 'UN' };
}

function elementOf(tag: number, vr: string, value: Value): Element {
  if (value instanceof Uint8Array) return newElement(tag, vr, value, ENCODING);
  if (typeof value === 'string') return newElement(tag, vr, textValue(vr, value), ENCODING);
  const list = typeof value === 'number' ? [value] : value;
  if (isNumbers(list)) {
    const bytes = vr === 'US' ? shortValue(list, ENCODING) : binaryOrText(vr, list);
    return newElement(tag, vr, bytes, ENCODING);
  }
  if (isTexts(list)) return newElement(tag, vr, textValue(vr, list), ENCODING);
  const items = (list as readonly Attributes[]).map((item) => new DataSet(inOrder(elementsOf(item)), ENCODING));
  return newSequence(tag, vr, items, ENCODING);
}

function binaryOrText(vr: string, numbers: readonly number[]): Uint8Array {
  if (vr !== 'UL' && vr !== 'FD' && vr !== 'FL') return textValue(vr, numbers.map(decimal));
  const size = vr === 'FD' ? 8 : 4;
  const bytes = new Uint8Array(numbers.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) {
    if (vr === 'UL') view.setUint32(index * size, number, true);
    else if (vr === 'FL') view.setFloat32(index * size, number, true);
    else view.setFloat64(index * size, number, true);
  }
  return bytes;
}

/** A decimal string holds 16 characters (PS3.5 section 6.2, DS). */
function decimal(number: number): string {
  const text = String(number);
  return text.length <= 16 ? text : number.toPrecision(10).slice(0, 16);
}

function inOrder(elements: readonly Element[]): readonly Element[] {
  return [...elements].sort((a, b) => a.tag - b.tag);
}

function isNumbers(list: readonly unknown[]): list is readonly number[] {
  return list.length > 0 && list.every((one) => typeof one === 'number');
}

function isTexts(list: readonly unknown[]): list is readonly string[] {
  return list.length > 0 && list.every((one) => typeof one === 'string');
}
