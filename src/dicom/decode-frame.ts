import { concatBytes, UnicaError } from '#base';
import type { Element } from './data-set.ts';
import { decodeJpegLossless } from './jpeg-lossless.ts';
import { decodeJpegLs } from './jpeg-ls.ts';
import { decodeJpegSequential } from './jpeg-sequential.ts';
import { type JpegStream, readJpegStream } from './jpeg-stream.ts';
import { decodeJpeg2000 } from './jpeg2000.ts';
import type { DicomFile } from './parse-dicom.ts';
import { TRANSFER_SYNTAX } from './parse-dicom.ts';
import { decodeRle } from './rle.ts';
import { TAGS } from './tags.ts';
import { unusable } from './unusable.ts';

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

/** The largest frame that is decoded: 2^26 pixels, eight times a mammogram. */
const PIXEL_LIMIT = 67_108_864;

/**
 * Decodes one frame of one sample a pixel: native pixels of any byte order, RLE, JPEG (sequential of 8 and 12 bits,
 * lossless), JPEG-LS, JPEG 2000 and High-Throughput JPEG 2000.
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
  const signed = dataset.number(TAGS.pixelRepresentation) === 1;
  const bitsStored = Math.min(Math.max(1, dataset.number(TAGS.bitsStored) ?? bitsAllocated), bitsAllocated);
  const samples = samplesOf(file, pixels, { frame, rows, columns, bitsAllocated });
  const spacing = dataset.numbers(0x00280030).length === 2 ? dataset.numbers(0x00280030) : dataset.numbers(0x00181164);
  const [between, across] = spacing;
  return {
    rows,
    columns,
    values: storedValues(samples, bitsStored, signed),
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

interface FrameShape {
  readonly frame: number;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
}

type PixelElement = Pick<Element, 'value' | 'fragments'>;

/** The words of a frame as they were allocated, sign not yet applied. [row, column] */
function samplesOf(file: DicomFile, pixels: PixelElement, shape: FrameShape): Uint16Array {
  const { frame, rows, columns, bitsAllocated } = shape;
  const count = rows * columns;
  const sizeBytes = count * (bitsAllocated / 8);
  const { littleEndian } = file.dataset.encoding;
  if (pixels.fragments === undefined) {
    const bytes = pixels.value.subarray(frame * sizeBytes, (frame + 1) * sizeBytes);
    if (bytes.length < sizeBytes) unusable('pixels are missing');
    return words(bytes, count, bitsAllocated, littleEndian);
  }
  const codec = CODECS[file.transferSyntaxUid];
  if (codec === undefined) throw new UnicaError('dicom.codec-absent', { transferSyntax: file.transferSyntaxUid });
  const coded = frameFragments(pixels.fragments, frame, file.dataset.number(TAGS.numberOfFrames) ?? 1);
  if (codec === 'rle') {
    return words(decodeRle(coded, sizeBytes, bitsAllocated / 8), count, bitsAllocated, true);
  }
  if (codec === 'jpeg2000') return decodeJpeg2000(coded, { rows, columns, components: 1 }).samples;
  const stream = readJpegStream(coded);
  if (stream.rows !== rows || stream.columns !== columns) unusable('its JPEG stream has another size than its header');
  return decodeJpeg(stream, file.transferSyntaxUid);
}

const CODECS: Readonly<Record<string, 'rle' | 'jpeg' | 'jpeg2000' | undefined>> = {
  [TRANSFER_SYNTAX.rle]: 'rle',
  '1.2.840.10008.1.2.4.50': 'jpeg',
  '1.2.840.10008.1.2.4.51': 'jpeg',
  '1.2.840.10008.1.2.4.57': 'jpeg',
  '1.2.840.10008.1.2.4.70': 'jpeg',
  '1.2.840.10008.1.2.4.80': 'jpeg',
  '1.2.840.10008.1.2.4.81': 'jpeg',
  '1.2.840.10008.1.2.4.90': 'jpeg2000',
  '1.2.840.10008.1.2.4.91': 'jpeg2000',
  '1.2.840.10008.1.2.4.92': 'jpeg2000',
  '1.2.840.10008.1.2.4.93': 'jpeg2000',
  '1.2.840.10008.1.2.4.201': 'jpeg2000',
  '1.2.840.10008.1.2.4.202': 'jpeg2000',
  '1.2.840.10008.1.2.4.203': 'jpeg2000',
};

/** Decodes by the process the stream itself declares (ITU-T T.81 table B.1): what it is counts, not what it is called. */
function decodeJpeg(stream: JpegStream, transferSyntax: string): Uint16Array {
  switch (stream.process) {
    case 0xc0:
    case 0xc1:
      return decodeJpegSequential(stream);
    case 0xc3:
      return decodeJpegLossless(stream);
    case 0xf7:
      return decodeJpegLs(stream);
    default:
      throw new UnicaError('dicom.codec-absent', { transferSyntax });
  }
}

/** The coded bytes of a frame: its fragment, or its fragments by the offset table (PS3.5 section A.4). */
function frameFragments(fragments: readonly Uint8Array[], frame: number, frames: number): Uint8Array {
  const [table = new Uint8Array(0), ...parts] = fragments;
  if (parts.length === 0 || frame >= Math.max(1, frames)) unusable('the frame is missing');
  if (frames <= 1) return concatBytes(parts);
  if (parts.length === frames) return parts[frame] ?? unusable('the frame is missing');
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  if (table.length < 4 * frames) unusable('its frames cannot be told apart');
  const start = view.getUint32(4 * frame, true);
  const end = frame + 1 < frames ? view.getUint32(4 * frame + 4, true) : Number.POSITIVE_INFINITY;
  let offset = 0;
  const own: Uint8Array[] = [];
  for (const part of parts) {
    if (offset >= start && offset < end) own.push(part);
    offset += part.length + 8;
  }
  return concatBytes(own);
}

function words(bytes: Uint8Array, count: number, bitsAllocated: number, littleEndian: boolean): Uint16Array {
  if (bitsAllocated === 8) return Uint16Array.from(bytes.subarray(0, count));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Uint16Array(count);
  for (let index = 0; index < count; index += 1) samples[index] = view.getUint16(index * 2, littleEndian);
  return samples;
}

/** Only the stored bits count; what stands above them may be an overlay. */
function storedValues(samples: Uint16Array, bitsStored: number, signed: boolean): Uint16Array | Int16Array {
  const mask = (1 << bitsStored) - 1;
  const shift = 32 - bitsStored;
  const values = signed ? new Int16Array(samples.length) : samples;
  for (let index = 0; index < samples.length; index += 1) {
    const stored = (samples[index] ?? 0) & mask;
    values[index] = signed ? (stored << shift) >> shift : stored;
  }
  return values;
}
