import { concatBytes, UnicaError } from '#base';
import type { DataSet, Element } from './data-set.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import { decodeJpegLossless } from './jpeg-lossless.ts';
import { decodeJpegLs } from './jpeg-ls.ts';
import { decodeJpegSequential } from './jpeg-sequential.ts';
import { type JpegStream, readJpegStream } from './jpeg-stream.ts';
import { type PixelCodecs, readJpeg2000Stream } from './jpeg2000-stream.ts';
import type { DicomFile } from './parse-dicom.ts';
import { decodeRle } from './rle.ts';
import { TAGS } from './tags.ts';
import { unusable } from './unusable.ts';

/** The stored values of a frame, grey or colour, decompressed. */
export interface Samples {
  readonly rows: number;
  readonly columns: number;
  /** 1, or 3 for colours. */
  readonly samplesPerPixel: number;
  /** [row, column, sample], whatever the planar configuration was; sign already applied. Never the file's own bytes. */
  readonly values: Uint32Array | Int32Array | Uint16Array | Int16Array;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly signed: boolean;
  /** Of these values: a colour transform or subsampling that belongs to the compression is undone. */
  readonly photometricInterpretation: string;
}

/** The largest frame that is decoded: 2^26 pixels, eight times a mammogram. */
const PIXEL_LIMIT = 67_108_864;

/** What a frame has to be. */
interface Shape {
  readonly frame: number;
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly bitsAllocated: number;
}

/** Words of the allocated width, [row, column, sample], sign not yet applied, and what they are. */
interface Words {
  readonly words: Uint16Array | Uint32Array;
  readonly photometricInterpretation: string;
  /** Bits of the coded stream where they differ from what the header says. */
  readonly bits?: number;
}

/**
 * Decodes one frame: native pixels of any byte order, of 1, 8, 16 or 32 bits; RLE; JPEG (sequential of 8 and 12 bits,
 * lossless); JPEG-LS; JPEG 2000 and HTJ2K where decoders for them are given.
 * @throws UnicaError `dicom.no-pixels`, `dicom.codec-absent`, `dicom.pixels-unusable`.
 */
export function decodeSamples(file: DicomFile, frame = 0, codecs: PixelCodecs = {}): Samples {
  const { dataset } = file;
  const pixels = dataset.element(TAGS.pixelData);
  const rows = dataset.number(TAGS.rows) ?? 0;
  const columns = dataset.number(TAGS.columns) ?? 0;
  const bitsAllocated = dataset.number(TAGS.bitsAllocated) ?? 0;
  const components = dataset.number(TAGS.samplesPerPixel) ?? 1;
  if (pixels === undefined || rows === 0 || columns === 0) throw new UnicaError('dicom.no-pixels');
  if (components !== 1 && components !== 3) unusable(`it has ${components} samples a pixel`);
  if (rows * columns * components > PIXEL_LIMIT) unusable('the frame is too large');
  const binary = bitsAllocated === 1 && components === 1 && pixels.fragments === undefined;
  if (!binary && bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    unusable(`it has ${bitsAllocated} bits a pixel`);
  }
  const shape = { frame, rows, columns, components, bitsAllocated };
  const signed = dataset.number(TAGS.pixelRepresentation) === 1;
  const told = Math.min(Math.max(1, dataset.number(TAGS.bitsStored) ?? bitsAllocated), bitsAllocated);
  const { words, photometricInterpretation, bits } =
    pixels.fragments === undefined
      ? nativeWords(dataset, pixels, shape)
      : codedWords(file, pixels.fragments, shape, codecs);
  const bitsStored = bits === undefined ? told : Math.min(bits, bitsAllocated);
  const shift = bits === undefined ? shiftOf(dataset, told, bitsAllocated) : 0;
  return {
    rows,
    columns,
    samplesPerPixel: components,
    values: storedValues(words, { bitsStored, signed, shift }),
    bitsAllocated,
    bitsStored,
    signed,
    photometricInterpretation,
  };
}

/** Unused bits below the stored ones; nearly always none. */
function shiftOf(dataset: DataSet, bitsStored: number, bitsAllocated: number): number {
  const highBit = dataset.number(HIGH_BIT) ?? bitsStored - 1;
  return highBit >= bitsStored && highBit < bitsAllocated ? highBit + 1 - bitsStored : 0;
}

const HIGH_BIT = 0x00280102;
const PLANAR_CONFIGURATION = 0x00280006;

function nativeWords(dataset: DataSet, pixels: Element, shape: Shape): Words {
  const { frame, rows, columns, components, bitsAllocated } = shape;
  const photometricInterpretation = photometricOf(dataset);
  const count = rows * columns * components;
  if (bitsAllocated === 1) return { words: unpackedBits(pixels.value, frame, count), photometricInterpretation };
  const halved = components === 3 && /^YBR_(FULL|PARTIAL)_422$/.test(photometricInterpretation) && bitsAllocated === 8;
  const sizeBytes = halved ? rows * columns * 2 : count * (bitsAllocated / 8);
  const bytes = pixels.value.subarray(frame * sizeBytes, (frame + 1) * sizeBytes);
  if (bytes.length < sizeBytes) unusable('pixels are missing');
  if (halved)
    return {
      words: fullColours(bytes, rows * columns),
      photometricInterpretation: withoutSubsampling(photometricInterpretation),
    };
  // Bytes in words of big endian stand exchanged (PS3.5 section 8.1.1): OB does not, OW does.
  const swapped = bitsAllocated === 8 && pixels.vr === 'OW' && !dataset.encoding.littleEndian;
  const words = wordsOf(swapped ? exchanged(bytes, pixels.value, frame * sizeBytes) : bytes, count, {
    bitsAllocated,
    littleEndian: dataset.encoding.littleEndian,
  });
  const planar = components === 3 && dataset.number(PLANAR_CONFIGURATION) === 1;
  return { words: planar ? interleaved(words, rows * columns) : words, photometricInterpretation };
}

function exchanged(bytes: Uint8Array, all: Uint8Array, start: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, index) => all[(start + index) ^ 1] ?? byte);
}

function photometricOf(dataset: DataSet): string {
  return dataset.text(TAGS.photometricInterpretation) ?? 'MONOCHROME2';
}

/** Bits of a frame, the first in the lowest place (PS3.5 section 8.1.1); frames follow each other without padding. */
function unpackedBits(bytes: Uint8Array, frame: number, count: number): Uint16Array {
  if (bytes.length * 8 < (frame + 1) * count) unusable('pixels are missing');
  return Uint16Array.from({ length: count }, (_, index) => {
    const at = frame * count + index;
    return ((bytes[at >>> 3] ?? 0) >>> (at & 7)) & 1;
  });
}

/** Two luminances share their colours: Y Y Cb Cr (PS3.3 section C.7.6.3.1.2). */
function fullColours(bytes: Uint8Array, pixels: number): Uint16Array {
  const words = new Uint16Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const pair = (pixel >>> 1) * 4;
    words[3 * pixel] = bytes[pair + (pixel & 1)] ?? 0;
    words[3 * pixel + 1] = bytes[pair + 2] ?? 0;
    words[3 * pixel + 2] = bytes[pair + 3] ?? 0;
  }
  return words;
}

function interleaved(planes: Uint16Array | Uint32Array, pixels: number): Uint16Array | Uint32Array {
  const words = planes.slice();
  for (let sample = 0; sample < 3; sample += 1)
    for (let pixel = 0; pixel < pixels; pixel += 1) words[3 * pixel + sample] = planes[sample * pixels + pixel] ?? 0;
  return words;
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

/** Compressions of which pictures can be decoded: all of them, given the decoders of `#codecs`. */
export function isDecodedSyntax(transferSyntaxUid: string): boolean {
  return CODECS[transferSyntaxUid] !== undefined;
}

function codedWords(file: DicomFile, fragments: readonly Uint8Array[], shape: Shape, codecs: PixelCodecs): Words {
  const { frame, rows, columns, components, bitsAllocated } = shape;
  const transferSyntax = file.transferSyntaxUid;
  const photometric = photometricOf(file.dataset);
  const codec = CODECS[transferSyntax];
  if (codec === undefined) throw new UnicaError('dicom.codec-absent', { transferSyntax });
  const coded = frameFragments(fragments, frame, file.dataset.number(TAGS.numberOfFrames) ?? 1);
  if (codec === 'rle') {
    const bytesPerSample = bitsAllocated / 8;
    const bytes = decodeRle(coded, { pixels: rows * columns, components, bytesPerSample });
    const words = wordsOf(bytes, rows * columns * components, { bitsAllocated, littleEndian: true });
    return { words, photometricInterpretation: photometric };
  }
  if (codec === 'jpeg2000') return jpeg2000Words(coded, shape, { transferSyntax, photometric, codecs });
  const stream = readJpegStream(coded);
  if (stream.rows !== rows || stream.columns !== columns) unusable('its JPEG stream has another size than its header');
  if (stream.components.length !== components) unusable('its JPEG stream has other colours than its header');
  // Decoders follow the marks of the stream, and devices write them more carefully than the header.
  const photometricInterpretation =
    stream.process === 0xc0 || stream.process === 0xc1
      ? (stream.colours ?? withoutSubsampling(photometric))
      : withoutSubsampling(photometric);
  return { words: decodeJpeg(stream, transferSyntax), photometricInterpretation };
}

function withoutSubsampling(photometric: string): string {
  return photometric === 'YBR_FULL_422' ? 'YBR_FULL' : photometric;
}

function jpeg2000Words(
  coded: Uint8Array,
  { rows, columns, components, bitsAllocated }: Shape,
  how: { readonly transferSyntax: string; readonly photometric: string; readonly codecs: PixelCodecs },
): Words {
  const stream = readJpeg2000Stream(coded);
  if (stream.rows !== rows || stream.columns !== columns)
    unusable('its JPEG 2000 stream has another size than its header');
  if (stream.components !== components) unusable('its JPEG 2000 stream has other colours than its header');
  const decode = stream.highThroughput ? how.codecs.htj2k : how.codecs.jpeg2000;
  if (decode === undefined) throw new UnicaError('dicom.codec-absent', { transferSyntax: how.transferSyntax });
  const decoded = decode(stream.codestream);
  const { samples, bits } = decoded;
  if (decoded.rows !== rows || decoded.columns !== columns || decoded.components !== components) {
    unusable('its JPEG 2000 stream is damaged');
  }
  if (bits > bitsAllocated) unusable(`its JPEG 2000 stream has ${bits} bits`);
  return {
    words: samples instanceof Uint16Array ? samples : Uint16Array.from(samples),
    photometricInterpretation: /^YBR_(ICT|RCT)$/.test(how.photometric) ? 'RGB' : how.photometric,
    bits,
  };
}

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

function wordsOf(
  bytes: Uint8Array,
  count: number,
  { bitsAllocated, littleEndian }: { readonly bitsAllocated: number; readonly littleEndian: boolean },
): Uint16Array | Uint32Array {
  if (bitsAllocated === 8) return Uint16Array.from(bytes.subarray(0, count));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bitsAllocated === 32) {
    return Uint32Array.from({ length: count }, (_, index) => view.getUint32(index * 4, littleEndian));
  }
  // A copy of a view: the slice of a Node buffer would be the file's own bytes.
  if (littleEndian && HOST_IS_LITTLE) return new Uint16Array(new Uint8Array(bytes.subarray(0, 2 * count)).buffer);
  const words = new Uint16Array(count);
  for (let index = 0; index < count; index += 1) words[index] = view.getUint16(index * 2, littleEndian);
  return words;
}

const HOST_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Only the stored bits count; what stands beside them may be an overlay. */
function storedValues(
  words: Uint16Array | Uint32Array,
  { bitsStored, signed, shift }: { readonly bitsStored: number; readonly signed: boolean; readonly shift: number },
): Samples['values'] {
  const mask = bitsStored === 32 ? 0xffffffff : (1 << bitsStored) - 1;
  const unused = 32 - bitsStored;
  const wide = words instanceof Uint32Array;
  const values = signed ? (wide ? new Int32Array(words.length) : new Int16Array(words.length)) : words;
  for (let index = 0; index < words.length; index += 1) {
    const stored = ((words[index] ?? 0) >>> shift) & mask;
    values[index] = signed ? (stored << unused) >> unused : stored;
  }
  return values;
}
