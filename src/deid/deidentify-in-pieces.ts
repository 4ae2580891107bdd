import { concatBytes, UnicaError } from '#base';
import {
  type ByteSource,
  type DataSet,
  type DicomFile,
  type DicomOutline,
  decodeSamples,
  fragmentHeader,
  frameCountOf,
  isPixelTag,
  outlineDicom,
  type PixelWriter,
  pixelWriter,
  SEQUENCE_DELIMITER,
  type WrittenFile,
  writeAround,
  writeDicom,
} from '#dicom';
import { tagOf } from '#vocab';
import { type Frames, maskedFrames } from './clean-pixels.ts';
import { reopenInParts } from './deidentified.ts';
import { asLookedAt, type CleaningMeans, judge, orRefused, withoutIdentity } from './deidentify.ts';
import { ALL_OPTIONS, type DeidOptions } from './options.ts';
import type { PixelMask } from './pixel-mask.ts';
import type { SiteSecret } from './pseudonyms.ts';
import type { PixelBytes, Refusal } from './refusals.ts';

/** What a clean file is called by. */
export interface NewNames {
  readonly person: string;
  readonly studyInstanceUid: string;
  readonly sopInstanceUid: string;
}

/** A file that is cleaned piece by piece, or the reason why it was set aside. */
export type OutcomeInPieces =
  | {
      readonly kind: 'clean';
      readonly names: NewNames;
      /** As it was, for the site's own vault. */
      readonly original: DataSet;
      /**
       * The clean file piece by piece, pixels frame by frame. Ends with a refusal where a frame proves unreadable only
       * then; what was given up to there is to be thrown away.
       */
      contents(): Generator<Uint8Array, Refusal | undefined>;
      readonly maskedLines: number;
      readonly masks: readonly PixelMask[];
    }
  | Refusal;

/** Pixels that stay as they are are copied in pieces of this size. */
const PIECE_BYTES = 1_048_576;

/**
 * As `deidentify`, to the same bytes, for a file that need not be held as a whole: its header, and of its pixels one frame
 * at a time.
 * @returns undefined where the file can only be read as a whole
 */
export function deidentifyInPieces(
  source: ByteSource,
  site: SiteSecret,
  options: DeidOptions = ALL_OPTIONS,
  means: CleaningMeans = {},
): OutcomeInPieces | undefined {
  return orRefused(() => {
    const outline = outlineDicom(source);
    if (outline === undefined) return undefined;
    const frames = framesApart(outline, means);
    const judged = judge({ file: outline.file, frames, pixels: pixelsOf(source, outline) }, options, means);
    if (judged.kind === 'quarantined') return judged;
    const { seen } = judged;
    const masks = seen?.masks ?? [];
    const cleaned = (file: DicomFile) => withoutIdentity(file, site, { options, means, looked: seen !== undefined });
    const { clean, pieces } =
      masks.length > 0 ? repainted(outline, masks, frames, cleaned) : copied(source, outline, cleaned);
    return cleanInPieces({ clean, pieces }, outline.file.dataset, { masks, maskedLines: seen?.lines ?? 0 });
  });
}

function cleanInPieces(
  { clean, pieces }: Cleaned,
  original: DataSet,
  done: { readonly masks: readonly PixelMask[]; readonly maskedLines: number },
): Extract<OutcomeInPieces, { kind: 'clean' }> {
  const text = (tag: number) => clean.dataset.text(tag) ?? '';
  return {
    kind: 'clean',
    names: {
      person: text(tagOf('PatientID')),
      studyInstanceUid: text(tagOf('StudyInstanceUID')),
      sopInstanceUid: clean.sopInstanceUid,
    },
    original,
    contents: () => orRefusedAmid(pieces()),
    ...done,
  };
}

/** @note Generator functions that are made anew for each file cost as much as the rest of its cleaning. */
function* orRefusedAmid(pieces: Generator<Uint8Array>): Generator<Uint8Array, Refusal | undefined> {
  try {
    yield* pieces;
    return undefined;
  } catch (error) {
    return orRefused(() => {
      throw error;
    });
  }
}

/**
 * Blacks rectangles out in a file that this room cleaned before, and changes nothing else but the marks of it. As
 * {@link deidentifyInPieces}, for a file of any size.
 * @returns undefined where the file can only be read as a whole
 * @throws UnicaError `deid.not-deidentified`.
 */
export function blackOutInPieces(
  source: ByteSource,
  masks: readonly PixelMask[],
  means: CleaningMeans = {},
): OutcomeInPieces | undefined {
  reopenInParts(source);
  return orRefused(() => {
    const outline = outlineDicom(source);
    if (outline === undefined) return undefined;
    const { clean, pieces } =
      masks.length > 0
        ? repainted(outline, masks, framesApart(outline, means), asLookedAt)
        : copied(source, outline, asLookedAt);
    return cleanInPieces({ clean, pieces }, outline.file.dataset, { masks, maskedLines: 0 });
  });
}

/** What stands in the element of the pixels, read when it is asked for. */
function pixelsOf(source: ByteSource, { file, content: [start, length], fragments }: DicomOutline): PixelBytes {
  const pixels = file.dataset.elements.find(({ tag }) => isPixelTag(tag));
  const isNative = pixels?.fragments === undefined;
  return {
    fragments: fragments(),
    offsetTable: isNative ? new Uint8Array(0) : offsetTableAt(source, start, file.dataset.encoding.littleEndian),
    nativeBytes: isNative ? length : 0,
    readNative: (from, wanted) => source.read(start + from, wanted),
  };
}

/** The first item of compressed pixels (PS3.5 section A.4). */
function offsetTableAt(source: ByteSource, start: number, littleEndian: boolean): Uint8Array {
  const header = source.read(start, 8);
  const length = new DataView(header.buffer, header.byteOffset, header.byteLength).getUint32(4, littleEndian);
  return source.read(start + 8, length);
}

/** A cleaned header, and the file with it. */
interface Cleaned {
  readonly clean: WrittenFile;
  readonly pieces: () => Generator<Uint8Array>;
}

function framesApart({ file, oneFrame }: DicomOutline, { codecs = {} }: CleaningMeans): Frames {
  return {
    dataset: file.dataset,
    count: frameCountOf(file),
    decode: (frame) => decodeSamples(oneFrame(frame), 0, codecs),
  };
}

/** The clean file with its pixels as they were. */
function copied(source: ByteSource, outline: DicomOutline, cleaned: (file: DicomFile) => WrittenFile): Cleaned {
  const clean = cleaned(outline.file);
  return { clean, pieces: () => piecesCopied(source, outline, clean) };
}

function* piecesCopied(
  source: ByteSource,
  { place, content }: DicomOutline,
  clean: WrittenFile,
): Generator<Uint8Array> {
  const pixels = place === undefined ? undefined : clean.dataset.element(place.tag);
  if (place === undefined || pixels === undefined) {
    yield writeDicom(clean);
    return;
  }
  const [start, length] = content;
  const { before, after } = writeAround(clean, pixels, place.encapsulated ? undefined : length);
  yield before;
  for (let at = start; at < start + length; at += PIECE_BYTES) {
    yield source.read(at, Math.min(PIECE_BYTES, start + length - at));
  }
  yield after;
}

/** The clean file with its masks blacked out. */
function repainted(
  { file }: DicomOutline,
  masks: readonly PixelMask[],
  frames: Frames,
  cleaned: (file: DicomFile) => WrittenFile,
): Cleaned {
  const first = frames.decode(0);
  const writer = pixelWriter(file, first);
  if (writer === undefined) throw new UnicaError('dicom.no-pixels');
  const clean = cleaned(writer.fileWith(writer.pixels));
  return { clean, pieces: () => piecesRepainted(writer, clean, maskedFrames(frames, masks, first)) };
}

function* piecesRepainted(
  writer: PixelWriter,
  clean: WrittenFile,
  frames: ReturnType<typeof maskedFrames>,
): Generator<Uint8Array> {
  const { encapsulated } = writer;
  const evenBytes = writer.sizeBytes + (writer.sizeBytes % 2);
  const { before, after } = encapsulated
    ? writeAround(clean, { ...writer.pixels, vr: 'OB' }, undefined)
    : writeAround(clean, writer.pixels, evenBytes);
  yield before;
  if (encapsulated) yield fragmentHeader(0);
  let rest = new Uint8Array(0);
  for (const values of frames) {
    const coded = writer.encode(values);
    if (encapsulated) {
      yield fragmentHeader(coded.length);
      yield coded;
    } else {
      // Words are exchanged in pairs of bytes: an odd one waits for the next frame.
      const joined = rest.length === 0 ? coded : concatBytes([rest, coded]);
      const even = joined.length - (joined.length % 2);
      yield writer.inOrder(joined.subarray(0, even));
      rest = joined.slice(even);
    }
  }
  yield encapsulated ? SEQUENCE_DELIMITER : writer.inOrder(rest);
  yield after;
}
