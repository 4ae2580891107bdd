import { UnicaError } from '#base';
import type { DicomFile } from './parse-dicom.ts';
import { TRANSFER_SYNTAX } from './parse-dicom.ts';
import { decodeRle } from './rle.ts';
import { TAGS } from './tags.ts';

/** A grey image as stored, before any look-up table. */
export interface Frame {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], row 0 at the top; stored values, sign already applied. */
  readonly values: Int32Array | Uint16Array | Int16Array | Uint8Array;
  readonly bitsStored: number;
  readonly signed: boolean;
  readonly photometricInterpretation: string;
  readonly rescaleSlope: number;
  readonly rescaleIntercept: number;
  readonly windowCenter: number | undefined;
  readonly windowWidth: number | undefined;
  /** [between rows, between columns], millimetres; undefined when the file does not say. */
  readonly pixelSpacingMm: readonly [number, number] | undefined;
}

/** The largest frame that is decoded: 2^28 pixels. */
const PIXEL_LIMIT = 268_435_456;

/**
 * Decodes one frame: native pixels of any byte order, and RLE. One sample a pixel.
 * @throws UnicaError `dicom.no-pixels`, `dicom.codec-absent`, `dicom.pixels-unusable`.
 */
export function decodeFrame(file: DicomFile, frame = 0): Frame {
  const { dataset } = file;
  const pixels = dataset.element(TAGS.pixelData);
  const rows = dataset.number(TAGS.rows) ?? 0;
  const columns = dataset.number(TAGS.columns) ?? 0;
  const bitsAllocated = dataset.number(TAGS.bitsAllocated) ?? 0;
  if (pixels === undefined || rows === 0 || columns === 0) throw new UnicaError('dicom.no-pixels');
  if (rows * columns > PIXEL_LIMIT)
    throw new UnicaError('dicom.pixels-unusable', { problem: 'the frame is too large' });
  if ((dataset.number(TAGS.samplesPerPixel) ?? 1) !== 1) {
    throw new UnicaError('dicom.pixels-unusable', { problem: 'it is a colour image' });
  }
  if (bitsAllocated !== 8 && bitsAllocated !== 16) {
    throw new UnicaError('dicom.pixels-unusable', { problem: `it has ${bitsAllocated} bits a pixel` });
  }
  const count = rows * columns;
  const sizeBytes = count * (bitsAllocated / 8);
  const littleEndian = dataset.encoding.littleEndian;
  const bytes = frameBytes(file, pixels, frame, sizeBytes);
  const signed = dataset.number(TAGS.pixelRepresentation) === 1;
  const bitsStored = Math.min(dataset.number(TAGS.bitsStored) ?? bitsAllocated, bitsAllocated);
  const spacing = dataset.numbers(0x00280030).length === 2 ? dataset.numbers(0x00280030) : dataset.numbers(0x00181164);
  const [between, across] = spacing;
  return {
    rows,
    columns,
    values: valuesOf(bytes, { count, bitsAllocated, bitsStored, signed, littleEndian }),
    bitsStored,
    signed,
    photometricInterpretation: dataset.text(TAGS.photometricInterpretation) ?? 'MONOCHROME2',
    rescaleSlope: dataset.number(TAGS.rescaleSlope) ?? 1,
    rescaleIntercept: dataset.number(TAGS.rescaleIntercept) ?? 0,
    windowCenter: dataset.number(TAGS.windowCenter),
    windowWidth: dataset.number(TAGS.windowWidth),
    pixelSpacingMm: between !== undefined && across !== undefined ? [between, across] : undefined,
  };
}

function frameBytes(
  file: DicomFile,
  pixels: { readonly value: Uint8Array; readonly fragments?: readonly Uint8Array[] },
  frame: number,
  sizeBytes: number,
): Uint8Array {
  if (pixels.fragments === undefined) {
    const bytes = pixels.value.subarray(frame * sizeBytes, (frame + 1) * sizeBytes);
    if (bytes.length < sizeBytes) throw new UnicaError('dicom.pixels-unusable', { problem: 'pixels are missing' });
    return bytes;
  }
  if (file.transferSyntaxUid !== TRANSFER_SYNTAX.rle) {
    throw new UnicaError('dicom.codec-absent', { transferSyntax: file.transferSyntaxUid });
  }
  const fragment = pixels.fragments[frame + 1];
  if (fragment === undefined) throw new UnicaError('dicom.pixels-unusable', { problem: 'the frame is missing' });
  return decodeRle(fragment, sizeBytes, (file.dataset.number(TAGS.bitsAllocated) ?? 8) / 8);
}

function valuesOf(
  bytes: Uint8Array,
  form: {
    readonly count: number;
    readonly bitsAllocated: number;
    readonly bitsStored: number;
    readonly signed: boolean;
    readonly littleEndian: boolean;
  },
): Frame['values'] {
  const mask = form.bitsStored >= 32 ? 0xffffffff : (1 << form.bitsStored) - 1;
  const shift = 32 - form.bitsStored;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = form.signed ? new Int16Array(form.count) : new Uint16Array(form.count);
  for (let index = 0; index < form.count; index += 1) {
    const stored =
      (form.bitsAllocated === 8 ? (bytes[index] ?? 0) : view.getUint16(index * 2, form.littleEndian)) & mask;
    values[index] = form.signed ? (stored << shift) >> shift : stored;
  }
  return values;
}
