import { concatBytes } from '#base';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { encodeRle } from './encode-rle.ts';
import { type DicomFile, TRANSFER_SYNTAX } from './parse-dicom.ts';
import { TAGS } from './tags.ts';
import { newElement } from './write-element.ts';

/** Stored values of a frame, [row, column], sign applied. */
export type StoredValues = Uint32Array | Int32Array | Uint16Array | Int16Array | Uint8Array;

/**
 * The file with other pixels of the same shape and type: plain ones stay plain, compressed ones become RLE Lossless, so
 * that nothing more is lost than a compression had lost before.
 * @param frames all of them, one sample a pixel
 */
export function replacePixels(file: DicomFile, frames: readonly StoredValues[]): DicomFile {
  const { dataset } = file;
  const pixels = dataset.element(TAGS.pixelData);
  if (pixels === undefined) return file;
  const bytesPerSample = dataset.number(TAGS.bitsAllocated) === 8 ? 1 : 2;
  if (pixels.fragments === undefined) {
    const bytes = concatBytes(frames.map((frame) => wordsOf(frame, bytesPerSample, dataset.encoding)));
    return withPixels(file, newElement(pixels.tag, pixels.vr, bytes, dataset.encoding), file.transferSyntaxUid);
  }
  const columns = dataset.number(TAGS.columns) ?? 1;
  const coded = frames.map((frame) => encodeRle(wordsOf(frame, bytesPerSample, LITTLE), { columns, bytesPerSample }));
  return withPixels(file, encapsulated(pixels.tag, coded), TRANSFER_SYNTAX.rle);
}

const LITTLE: Encoding = { explicit: true, littleEndian: true };

function withPixels(file: DicomFile, pixels: Element, transferSyntaxUid: string): DicomFile {
  const elements = file.dataset.elements.map((element) => (element.tag === pixels.tag ? pixels : element));
  return { ...file, transferSyntaxUid, dataset: new DataSet(elements, file.dataset.encoding) };
}

function wordsOf(frame: StoredValues, bytesPerSample: 1 | 2, { littleEndian }: Encoding): Uint8Array {
  const bytes = new Uint8Array(frame.length * bytesPerSample);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of frame.entries()) {
    if (bytesPerSample === 1) bytes[index] = value;
    else view.setUint16(2 * index, value & 0xffff, littleEndian);
  }
  return bytes;
}

/** Pixel data of undefined length: an empty offset table, one fragment a frame (PS3.5 section A.4). */
function encapsulated(tag: number, frames: readonly Uint8Array[]): Element {
  const fragments = [new Uint8Array(0), ...frames];
  const parts = fragments.flatMap((fragment) => [header(TAGS.item, fragment.length), fragment]);
  const begin = Uint8Array.of(0, 0, 0, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff);
  const view = new DataView(begin.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  const raw = concatBytes([begin, ...parts, header(SEQUENCE_DELIMITER, 0)]);
  return { tag, vr: 'OB', value: new Uint8Array(0), fragments, undefinedLength: true, raw };
}

const SEQUENCE_DELIMITER = 0xfffee0dd;

function header(tag: number, length: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  view.setUint32(4, length, true);
  return bytes;
}
