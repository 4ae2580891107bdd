import { concatBytes, UnicaError } from '#base';
import { attributeOf, tagOf } from '#vocab';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { fragmentHeader, SEQUENCE_DELIMITER } from './replace-pixels.ts';
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

/** A grey image of one frame as another standard compressed it. */
export interface CodedPixels {
  readonly rows: number;
  readonly columns: number;
  /** The stream, as it is. */
  readonly stream: Uint8Array;
  readonly transferSyntaxUid: string;
  readonly bitsStored: 8;
}

/**
 * A DICOM file in explicit little endian from attributes by keyword. SOPClassUID and SOPInstanceUID are required; text
 * is UTF-8 (SpecificCharacterSet is set). @throws RangeError for an unknown keyword, UnicaError `dicom.incomplete`.
 */
export function buildDicom(attributes: Attributes, pixels?: GreyPixels | CodedPixels): Uint8Array {
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
    transferSyntaxUid:
      pixels !== undefined && 'stream' in pixels ? pixels.transferSyntaxUid : TRANSFER_SYNTAX.explicitLittle,
    sopClassUid,
    sopInstanceUid,
  });
}

function pixelAttributes(pixels: GreyPixels | CodedPixels): Attributes {
  const isByte = 'stream' in pixels || pixels.values instanceof Uint8Array;
  return {
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'stream' in pixels ? 'MONOCHROME2' : pixels.photometricInterpretation,
    Rows: pixels.rows,
    Columns: pixels.columns,
    BitsAllocated: isByte ? 8 : 16,
    BitsStored: pixels.bitsStored,
    HighBit: pixels.bitsStored - 1,
    PixelRepresentation: 0,
  };
}

function pixelElement(pixels: GreyPixels | CodedPixels): Element {
  if ('stream' in pixels) {
    const { stream } = pixels;
    const even = stream.length % 2 === 0 ? stream : concatBytes([stream, new Uint8Array(1)]);
    const empty = new Uint8Array(0);
    const raw = concatBytes([
      // Pixel data, OB, of undefined length.
      Uint8Array.of(0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff),
      fragmentHeader(0),
      fragmentHeader(even.length),
      even,
      SEQUENCE_DELIMITER,
    ]);
    return { tag: 0x7fe00010, vr: 'OB', value: empty, fragments: [empty, even], undefinedLength: true, raw };
  }
  const { values } = pixels;
  if (values instanceof Uint8Array) return newElement(0x7fe00010, 'OB', values, ENCODING);
  const bytes = new Uint8Array(values.length * 2);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] as number;
    bytes[2 * index] = value;
    bytes[2 * index + 1] = value >> 8;
  }
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

/** Bytes a number of the binary value representations takes, and how it is written. */
const BINARY: Readonly<Record<string, readonly [number, (view: DataView, at: number, value: number) => void]>> = {
  FD: [8, (view, at, value) => view.setFloat64(at, value, true)],
  FL: [4, (view, at, value) => view.setFloat32(at, value, true)],
  UL: [4, (view, at, value) => view.setUint32(at, value, true)],
  SL: [4, (view, at, value) => view.setInt32(at, value, true)],
  SS: [2, (view, at, value) => view.setInt16(at, value, true)],
};

function binaryOrText(vr: string, numbers: readonly number[]): Uint8Array {
  const binary = BINARY[vr];
  if (binary === undefined) return textValue(vr, numbers.map(decimal));
  const [size, write] = binary;
  const bytes = new Uint8Array(numbers.length * size);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) write(view, index * size, number);
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
