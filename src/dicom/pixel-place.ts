import { tagOf } from '#vocab';
import type { DicomFile } from './parse-dicom.ts';
import { isPixelTag, TAGS } from './tags.ts';

/** A stretch of a file: first byte and length. */
export type Stretch = readonly [start: number, length: number];

/** Where the pixels of a file lie, so that a frame can be read without the rest. Byte offsets from the file's start. */
export interface PixelPlace {
  /** PixelData, or its floating-point siblings. */
  readonly tag: number;
  /** The whole element with its header; what stands before and after it is the header of the image. */
  readonly element: Stretch;
  readonly value: Stretch;
  /** As written in the file. */
  readonly vr: string;
  readonly encapsulated: boolean;
  readonly frameCount: number;
  readonly frames: FramePlaces;
}

/** How frames are found: equal steps of native pixels, or the fragments of each compressed frame. */
export type FramePlaces =
  | { readonly kind: 'native'; readonly frameBytes: number; readonly count: number }
  | { readonly kind: 'encapsulated'; readonly stretches: readonly (readonly Stretch[])[] }
  | { readonly kind: 'apart'; readonly problem: string };

/** Where the pixels of a parsed file lie in its bytes; undefined when it has none or its body was deflated. */
export function pixelPlaceOf(file: DicomFile, bytes: Uint8Array): PixelPlace | undefined {
  const element = file.dataset.elements.find(({ tag }) => isPixelTag(tag));
  if (element === undefined || element.raw.buffer !== bytes.buffer) return undefined;
  const stretchOf = (part: Uint8Array): Stretch => [part.byteOffset - bytes.byteOffset, part.length];
  const { tag, vr, fragments } = element;
  const shared = { tag, vr, element: stretchOf(element.raw) };
  if (fragments === undefined) return nativePlace(file, { ...shared, value: stretchOf(element.value) });
  const [table = new Uint8Array(0), ...parts] = fragments;
  const read = ([start, length]: Stretch) => bytes.subarray(start, start + length);
  return encapsulatedPlace(file, shared, { table, parts: parts.map(stretchOf), read });
}

type Described = Pick<PixelPlace, 'tag' | 'vr' | 'element'>;

/** The place of pixels that are not compressed. */
export function nativePlace(file: DicomFile, described: Described & Pick<PixelPlace, 'value'>): PixelPlace {
  const frames = nativeFrames(file, described.value[1]);
  return { ...described, frameCount: frameCountOf(file), encapsulated: false, frames };
}

/** The fragments of compressed pixels, and how to read some of their bytes. */
export interface FragmentPlaces {
  /** The basic offset table; often empty. */
  readonly table: Uint8Array;
  readonly parts: readonly Stretch[];
  readonly read: (stretch: Stretch) => Uint8Array;
}

/** The place of compressed pixels. */
export function encapsulatedPlace(file: DicomFile, described: Described, fragments: FragmentPlaces): PixelPlace {
  const frames = encapsulatedFrames(file, fragments);
  return { ...described, value: described.element, frameCount: frameCountOf(file), encapsulated: true, frames };
}

/** Frames of an image; 1 where it does not say. */
export function frameCountOf({ dataset }: DicomFile): number {
  return Math.max(1, Math.trunc(dataset.number(TAGS.numberOfFrames) ?? 1));
}

function nativeFrames(file: DicomFile, valueBytes: number): FramePlaces {
  const { dataset } = file;
  const samples = /^YBR_(FULL|PARTIAL)_422$/.test(dataset.text(TAGS.photometricInterpretation) ?? '')
    ? 2
    : (dataset.number(TAGS.samplesPerPixel) ?? 1);
  const pixels = (dataset.number(TAGS.rows) ?? 0) * (dataset.number(TAGS.columns) ?? 0);
  const bits = pixels * samples * (dataset.number(TAGS.bitsAllocated) ?? 0);
  const count = frameCountOf(file);
  if (bits === 0) return { kind: 'apart', problem: 'it does not say how large they are' };
  if (count === 1) return { kind: 'native', frameBytes: Math.min(valueBytes, Math.ceil(bits / 8)), count };
  if (bits % 8 !== 0) return { kind: 'apart', problem: 'they do not begin at whole bytes' };
  if ((bits / 8) * count > valueBytes) return { kind: 'apart', problem: 'pixels are missing' };
  return { kind: 'native', frameBytes: bits / 8, count };
}

/** Fragments of each frame: by number, by an offset table, or by the streams' own first marker (PS3.5 section A.4). */
function encapsulatedFrames(file: DicomFile, fragments: FragmentPlaces): FramePlaces {
  const count = frameCountOf(file);
  const { parts } = fragments;
  if (parts.length === 0) return { kind: 'apart', problem: 'pixels are missing' };
  if (count === 1) return { kind: 'encapsulated', stretches: [parts] };
  if (parts.length === count) return { kind: 'encapsulated', stretches: parts.map((one) => [one]) };
  const starts = tableStarts(file, fragments, count) ?? markerStarts(fragments, count);
  if (starts === undefined) return { kind: 'apart', problem: 'the file has no usable table of their beginnings' };
  return {
    kind: 'encapsulated',
    stretches: starts.map((start, index) => parts.slice(start, starts[index + 1] ?? parts.length)),
  };
}

/** Number of the first fragment of each frame by the extended or the basic offset table. */
function tableStarts(file: DicomFile, { table, parts }: FragmentPlaces, count: number): readonly number[] | undefined {
  const extended = file.dataset.element(tagOf('ExtendedOffsetTable'))?.value;
  const offsets =
    extended !== undefined && extended.length === 8 * count
      ? numbersOf(extended, 8)
      : table.length === 4 * count
        ? numbersOf(table, 4)
        : undefined;
  if (offsets === undefined) return undefined;
  const numberAt = new Map<number, number>();
  let offset = 0;
  for (const [number, [, length]] of parts.entries()) {
    numberAt.set(offset, number);
    offset += length + 8;
  }
  const starts = offsets.flatMap((start) => numberAt.get(start) ?? []);
  const rising = starts.every((start, index) => index === 0 || start > (starts[index - 1] ?? start));
  return starts.length === count && starts[0] === 0 && rising ? starts : undefined;
}

function numbersOf(bytes: Uint8Array, size: 4 | 8): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / size }, (_, index) =>
    size === 4 ? view.getUint32(index * 4, true) : Number(view.getBigUint64(index * 8, true)),
  );
}

/** JPEG and JPEG-LS streams begin with FF D8, JPEG 2000 code streams with FF 4F. */
function markerStarts({ parts, read }: FragmentPlaces, count: number): readonly number[] | undefined {
  const starts = parts.flatMap(([start, length], number) => {
    const [first, second] = read([start, Math.min(length, 2)]);
    return first === 0xff && (second === 0xd8 || second === 0x4f) ? [number] : [];
  });
  return starts.length === count && starts[0] === 0 ? starts : undefined;
}
