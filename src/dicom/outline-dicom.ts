import { concatBytes, UnicaError } from '#base';
import type { ByteSource } from './byte-source.ts';
import { DataSet, type Element, type Encoding } from './data-set.ts';
import { ElementReader, type ElementsRead } from './element-reader.ts';
import { type ElementHeader, ElementSteps, PARTS_LIMIT, UNDEFINED_LENGTH } from './element-steps.ts';
import { encodingOf, readHead, TRANSFER_SYNTAX, transferSyntaxOf } from './file-head.ts';
import { type FrameBytes, oneFrameFile } from './one-frame.ts';
import type { DicomFile } from './parse-dicom.ts';
import { encapsulatedPlace, nativePlace, type PixelPlace, type Stretch } from './pixel-place.ts';
import { TAGS } from './tags.ts';

/** A file without the bytes of its pixels, which stay where they are until a frame is asked for. */
export interface DicomOutline {
  /** The pixels stand in it as an element without value, of fragments where they are compressed. */
  readonly file: DicomFile;
  readonly place: PixelPlace | undefined;
  /** Bytes of the pixels after their header, with the delimiter of compressed ones; as they may be copied. */
  readonly content: Stretch;
  /** The file of one frame, from 0. @throws UnicaError `dicom.pixels-unusable`, `dicom.no-pixels`. */
  oneFrame(index: number): DicomFile;
  /** Fragments of compressed pixels without their offset table, read one by one. */
  fragments(): Iterable<Uint8Array>;
}

/** Headers are read in windows that double up to this size; what stands after the pixels may be as long. */
const WINDOW_BYTES = { first: 1_048_576, largest: 268_435_456 } as const;

const NOTHING = new Uint8Array(0);

/**
 * Reads a file but for its pixels; undefined where its body is deflated and can only be read as a whole.
 * @throws UnicaError as `parseDicom`; `dicom.too-complex` where what is not pixels takes more than 256 MiB.
 */
export function outlineDicom(source: ByteSource): DicomOutline | undefined {
  for (let windowBytes: number = WINDOW_BYTES.first; ; windowBytes *= 2) {
    const whole = windowBytes >= source.sizeBytes;
    const bytes = source.read(0, windowBytes);
    try {
      const outline = outlineOf(source, bytes);
      if (outline !== 'longer') return outline;
    } catch (error) {
      if (whole || !(error instanceof UnicaError) || error.code !== 'dicom.truncated') throw error;
    }
    if (windowBytes >= WINDOW_BYTES.largest) throw new UnicaError('dicom.too-complex', { offset: windowBytes });
  }
}

/** `longer` where the window ends before the pixels begin. */
function outlineOf(source: ByteSource, bytes: Uint8Array): DicomOutline | 'longer' | undefined {
  const { meta, bodyStart, declared } = readHead(bytes);
  if (declared === TRANSFER_SYNTAX.deflatedLittle) return undefined;
  const body = bytes.subarray(bodyStart);
  const encoding = encodingOf(body, declared);
  const reader = new ElementReader(body, bodyStart, true);
  const read = reader.elements(0, body.length, encoding, [], 0, false);
  const fileOf = (elements: readonly Element[]): DicomFile => ({
    meta,
    dataset: new DataSet(elements, encoding),
    transferSyntaxUid: transferSyntaxOf(declared, encoding, elements),
  });
  if (read.pixels === undefined) {
    if (bytes.length < source.sizeBytes) return 'longer';
    if (read.elements.length === 0) throw new UnicaError('dicom.not-dicom');
    return withoutPixels(fileOf(read.elements));
  }
  const start = bodyStart + read.pixels;
  const header = pixelHeader(source, start, encoding);
  const fragments = header.length === UNDEFINED_LENGTH ? fragmentsOf(source, header.valueStart, encoding) : undefined;
  const end = fragments === undefined ? header.valueStart + header.length : fragments.end;
  if (end > source.sizeBytes) throw cutShort(start);
  const { tag, vr } = header;
  const pixels: Element = {
    tag,
    vr,
    value: NOTHING,
    ...(fragments === undefined ? {} : { fragments: [] }),
    undefinedLength: fragments !== undefined,
    raw: NOTHING,
  };
  const after = elementsAfter(source, end, { encoding, before: read });
  const file = fileOf([...read.elements, pixels, ...after]);
  const described = { tag, vr, element: [start, end - start] } as const;
  const content: Stretch = [header.valueStart, end - header.valueStart];
  const readStretch = ([from, length]: Stretch) => source.read(from, length);
  const place =
    fragments === undefined
      ? nativePlace(file, { ...described, value: content })
      : encapsulatedPlace(file, described, { ...fragments, read: readStretch });
  return {
    file,
    place,
    content,
    oneFrame: (index) => oneFrameFile(file, frameBytes(place, index, readStretch)),
    fragments: () => (fragments === undefined ? NO_FRAGMENTS : fragmentsRead(fragments.parts, readStretch)),
  };
}

const NO_FRAGMENTS: readonly Uint8Array[] = [];

/** @note A generator function that is made anew for each file costs as much as reading its header. */
function* fragmentsRead(parts: readonly Stretch[], read: (part: Stretch) => Uint8Array): Generator<Uint8Array> {
  for (const part of parts) yield read(part);
}

function withoutPixels(file: DicomFile): DicomOutline {
  const oneFrame = (): never => {
    throw new UnicaError('dicom.no-pixels');
  };
  return { file, place: undefined, content: [0, 0], oneFrame, fragments: () => NO_FRAGMENTS };
}

function pixelHeader(source: ByteSource, start: number, encoding: Encoding): ElementHeader {
  const bytes = source.read(start, 12);
  const header = new ElementSteps(bytes, start).header(0, bytes.length, encoding);
  return { ...header, valueStart: start + header.valueStart };
}

interface FragmentsFound {
  readonly table: Uint8Array;
  readonly parts: readonly Stretch[];
  readonly end: number;
}

/** Fragments by their headers alone (PS3.5 section A.4). */
function fragmentsOf(source: ByteSource, start: number, { littleEndian }: Encoding): FragmentsFound {
  const parts: Stretch[] = [];
  for (let offset = start; ; ) {
    const header = source.read(offset, 8);
    if (header.length < 8) throw cutShort(offset);
    const view = new DataView(header.buffer, header.byteOffset, 8);
    const tag = ((view.getUint16(0, littleEndian) << 16) | view.getUint16(2, littleEndian)) >>> 0;
    const length = view.getUint32(4, littleEndian);
    if (tag === TAGS.sequenceEnd) {
      const [table = [0, 0]] = parts;
      return { table: source.read(...table), parts: parts.slice(1), end: offset + 8 };
    }
    if (tag !== TAGS.item || length === UNDEFINED_LENGTH) throw new UnicaError('dicom.malformed', { offset });
    if (parts.length >= PARTS_LIMIT) throw new UnicaError('dicom.too-complex', { offset });
    if (offset + 8 + length > source.sizeBytes) throw cutShort(offset);
    parts.push([offset + 8, length]);
    offset += 8 + length;
  }
}

function elementsAfter(
  source: ByteSource,
  start: number,
  { encoding, before }: { readonly encoding: Encoding; readonly before: ElementsRead },
): readonly Element[] {
  if (start === source.sizeBytes) return [];
  if (source.sizeBytes - start > WINDOW_BYTES.largest) throw new UnicaError('dicom.too-complex', { offset: start });
  const bytes = source.read(start, source.sizeBytes - start);
  const { characterSet } = new DataSet(before.elements, encoding);
  return new ElementReader(bytes, start).elements(0, bytes.length, encoding, characterSet, 0, false).elements;
}

function frameBytes(
  { frames, value, vr }: PixelPlace,
  index: number,
  read: (stretch: Stretch) => Uint8Array,
): FrameBytes {
  switch (frames.kind) {
    case 'apart':
      throw new UnicaError('dicom.pixels-unusable', { problem: frames.problem });
    case 'native':
      return { bytes: read([value[0] + index * frames.frameBytes, frames.frameBytes]), encapsulated: false, vr };
    case 'encapsulated': {
      const parts = (frames.stretches[index] ?? []).map(read);
      const [first = NOTHING] = parts;
      return { bytes: parts.length === 1 ? first : concatBytes(parts), encapsulated: true, vr };
    }
  }
}

function cutShort(offset: number): UnicaError {
  return new UnicaError('dicom.truncated', { offset });
}
