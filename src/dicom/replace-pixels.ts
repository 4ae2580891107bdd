import { concatBytes } from '#base';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import type { Samples } from './decode-samples.ts';
import { encodeRle } from './encode-rle.ts';
import { TRANSFER_SYNTAX } from './file-head.ts';
import type { DicomFile } from './parse-dicom.ts';
import { frameCountOf } from './pixel-place.ts';
import { withElements } from './rewrite-dicom.ts';
import { TAGS } from './tags.ts';
import { unusable } from './unusable.ts';
import { elementHeader, newElement, shortValue, textValue } from './write-element.ts';

/** Stored values of a frame, [row, column], sign applied. */
export type StoredValues = Uint32Array | Int32Array | Uint16Array | Int16Array | Uint8Array;

/** What new pixels are, where a file was told otherwise: decompressed ones are no longer subsampled, for example. */
export type PixelKind = Pick<Samples, 'samplesPerPixel' | 'photometricInterpretation' | 'bitsStored' | 'signed'>;

/**
 * The file with other pixels of the same size: plain ones stay plain, compressed ones become RLE Lossless, so that nothing
 * more is lost than a compression had lost before; what was lost stays written in its header. Frames are encoded one by
 * one as they come.
 * @param frames all of them, [row, column, sample]
 * @param kind of the new pixels; as the header says when absent
 */
export function replacePixels(file: DicomFile, frames: Iterable<StoredValues>, kind?: PixelKind): DicomFile {
  const writer = pixelWriter(file, kind);
  if (writer === undefined) return file;
  const { tag, vr } = writer.pixels;
  const { encoding } = file.dataset;
  const coded: Uint8Array[] = [];
  for (const frame of frames) coded.push(writer.encode(frame));
  return writer.fileWith(
    writer.encapsulated ? encapsulated(tag, coded) : newElement(tag, vr, writer.inOrder(concatBytes(coded)), encoding),
  );
}

/** Writes new pixels for a file, frame by frame. */
export interface PixelWriter {
  /** The element as it is. */
  readonly pixels: Element;
  /** True where each frame becomes a fragment of RLE Lossless. */
  readonly encapsulated: boolean;
  /** Bytes of all frames together; of plain ones only. */
  readonly sizeBytes: number;
  encode(frame: StoredValues): Uint8Array;
  /** Plain bytes as they stand in an element: of an even number, in words of big endian exchanged. */
  inOrder(bytes: Uint8Array): Uint8Array;
  /** The file that says what the new pixels are, with an element in place of the old ones. */
  fileWith(pixels: Element): DicomFile;
}

/**
 * As {@link replacePixels}, for pixels that are not to be held as a whole.
 * @returns undefined for a file without pixels; `encode` throws UnicaError `dicom.pixels-unusable` for what it cannot write
 */
export function pixelWriter(file: DicomFile, kind?: PixelKind): PixelWriter | undefined {
  const { dataset } = file;
  const pixels = dataset.element(TAGS.pixelData);
  if (pixels === undefined) return undefined;
  const allocated = dataset.number(TAGS.bitsAllocated) ?? 16;
  const bytesPerSample = allocated === 8 ? 1 : allocated === 32 ? 4 : 2;
  const components = dataset.number(TAGS.samplesPerPixel) ?? 1;
  const columns = dataset.number(TAGS.columns) ?? 1;
  const facts = { bytesPerSample, components, columns } as const;
  const isEncapsulated = pixels.fragments !== undefined;
  const transferSyntaxUid = isEncapsulated ? TRANSFER_SYNTAX.rle : file.transferSyntaxUid;
  return {
    pixels,
    encapsulated: isEncapsulated,
    sizeBytes: (frameCountOf(file) * (dataset.number(TAGS.rows) ?? 0) * columns * components * allocated) / 8,
    encode: (frame) =>
      isEncapsulated
        ? encodeRle(wordsOf(frame, bytesPerSample, LITTLE), facts)
        : allocated === 1
          ? bitsOf(frame)
          : wordsOf(frame, bytesPerSample, dataset.encoding),
    inOrder: (bytes) => inWords(bytes, pixels.vr, bytesPerSample, dataset.encoding),
    fileWith: (replaced) => withPixels(file, replaced, { transferSyntaxUid, kind }),
  };
}

const LITTLE: Encoding = { explicit: true, littleEndian: true };

function withPixels(
  file: DicomFile,
  pixels: Element,
  { transferSyntaxUid, kind }: { readonly transferSyntaxUid: string; readonly kind: PixelKind | undefined },
): DicomFile {
  const { dataset } = file;
  const { encoding } = dataset;
  // A table of where the old fragments began would be wrong of the new ones.
  const others = dataset.elements.filter(({ tag }) => tag !== EXTENDED_OFFSETS && tag !== EXTENDED_LENGTHS);
  const elements = others.map((element) => (element.tag === pixels.tag ? pixels : element));
  const changes = kind === undefined ? [] : [...pixelDescription(kind, encoding), ...losses(file)];
  return { ...file, transferSyntaxUid, dataset: withElements(new DataSet(elements, encoding), changes) };
}

/** The elements that say what pixels are. */
export function pixelDescription(kind: PixelKind, encoding: Encoding): readonly Element[] {
  const short = (tag: number, value: number) => newElement(tag, 'US', shortValue([value], encoding), encoding);
  const photometric = textValue('CS', kind.photometricInterpretation);
  return [
    newElement(TAGS.photometricInterpretation, 'CS', photometric, encoding),
    ...(kind.samplesPerPixel === 3 ? [short(PLANAR_CONFIGURATION, 0)] : []),
    short(TAGS.bitsStored, kind.bitsStored),
    short(HIGH_BIT, kind.bitsStored - 1),
  ];
}

const EXTENDED_OFFSETS = 0x7fe00001;
const EXTENDED_LENGTHS = 0x7fe00002;
const PLANAR_CONFIGURATION = 0x00280006;
const HIGH_BIT = 0x00280102;
const LOSSY = 0x00282110;
const LOSSY_METHOD = 0x00282114;

/** Compressions that lose something, with their names in LossyImageCompressionMethod (PS3.3 section C.7.6.1.1.5). */
const LOSSY_METHODS: Readonly<Record<string, string | undefined>> = {
  '1.2.840.10008.1.2.4.50': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.51': 'ISO_10918_1',
  '1.2.840.10008.1.2.4.81': 'ISO_14495_1',
  // These may be either; a file that does not say is taken for the worse.
  '1.2.840.10008.1.2.4.91': 'ISO_15444_1',
  '1.2.840.10008.1.2.4.203': 'ISO_15444_15',
};

/** After lossless recompression nothing else tells that the pixels were lossy once (PS3.3 section C.7.6.1.1.5). */
function losses({ dataset, transferSyntaxUid }: DicomFile): readonly Element[] {
  const method = LOSSY_METHODS[transferSyntaxUid];
  if (method === undefined || dataset.text(LOSSY) === '01') return [];
  const text = (tag: number, value: string) => newElement(tag, 'CS', textValue('CS', value), dataset.encoding);
  return [text(LOSSY, '01'), ...(dataset.has(LOSSY_METHOD) ? [] : [text(LOSSY_METHOD, method)])];
}

/** Eight samples a byte, the first in the lowest place (PS3.5 section 8.1.1). */
function bitsOf(frame: StoredValues): Uint8Array {
  // The next frame would begin within the last byte.
  if (frame.length % 8 !== 0) unusable('its frames of single bits do not end at whole bytes');
  const bytes = new Uint8Array(frame.length / 8);
  for (let index = 0; index < frame.length; index += 1) {
    if (frame[index] !== 0) bytes[index >>> 3] = (bytes[index >>> 3] ?? 0) | (1 << (index & 7));
  }
  return bytes;
}

function wordsOf(frame: StoredValues, bytesPerSample: 1 | 2 | 4, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(frame.length * bytesPerSample);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < frame.length; index += 1) {
    const value = frame[index] ?? 0;
    if (bytesPerSample === 1) bytes[index] = value;
    else if (bytesPerSample === 2) view.setUint16(2 * index, value & 0xffff, littleEndian);
    else view.setUint32(4 * index, value >>> 0, littleEndian);
  }
  return bytes;
}

/** Bytes as they stand in an element: an even number, in words of big endian exchanged. */
function inWords(bytes: Uint8Array, vr: string, bytesPerSample: number, { littleEndian }: Encoding): Uint8Array {
  const even = bytes.length % 2 === 0 ? bytes : concatBytes([bytes, new Uint8Array(1)]);
  if (bytesPerSample !== 1 || vr !== 'OW' || littleEndian) return even;
  return Uint8Array.from(even, (_, index) => even[index ^ 1] ?? 0);
}

/** Pixel data of undefined length: an empty offset table, one fragment a frame (PS3.5 section A.4). */
function encapsulated(tag: number, frames: readonly Uint8Array[]): Element {
  const fragments = [new Uint8Array(0), ...frames];
  const parts = fragments.flatMap((fragment) => [fragmentHeader(fragment.length), fragment]);
  const begin = elementHeader({ tag, vr: 'OB', length: undefined }, LITTLE);
  const raw = concatBytes([begin, ...parts, SEQUENCE_DELIMITER]);
  return { tag, vr: 'OB', value: new Uint8Array(0), fragments, undefinedLength: true, raw };
}

/** What ends fragments. */
export const SEQUENCE_DELIMITER = Uint8Array.of(0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0);

/** What stands before a fragment of so many bytes. */
export function fragmentHeader(length: number): Uint8Array {
  const bytes = Uint8Array.of(0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0);
  new DataView(bytes.buffer).setUint32(4, length, true);
  return bytes;
}
