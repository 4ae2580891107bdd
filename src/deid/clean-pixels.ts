import { UnicaError } from '#base';
import {
  type DataSet,
  type DicomFile,
  decodeSamples,
  frameCountOf,
  type PixelCodecs,
  replacePixels,
  type Samples,
  toDisplayPicture,
} from '#dicom';
import { searchedPictures } from './grey-picture.ts';
import { type KnownRectangle, knownRectangles } from './known-regions.ts';
import type { PixelMask } from './pixel-mask.ts';
import { REGION_RULES, type RegionRule } from './region-rules.ts';
import { type Box, type GreyPicture, type TextLine, textLines } from './text-lines.ts';

/** What pixels are decoded and known by. */
export interface PixelMeans {
  /** Decoders of JPEG 2000 and HTJ2K; pictures in these are set aside without. */
  readonly codecs?: PixelCodecs;
  /** Rules of the site, beside those that come with the product. */
  readonly regionRules?: readonly RegionRule[] | undefined;
}

/** What was seen in the pixels of a file. */
export interface PixelsSeen {
  /** What is blacked out: lines of writing, with room around them, and rectangles known to hold names. */
  readonly masks: readonly PixelMask[];
  /** Lines that may be writing or may not, which a person has to look at. */
  readonly doubts: readonly PixelMask[];
  /** Lines of writing found. */
  readonly lines: number;
  /** True for a page of text: too much to be an annotation of a picture. */
  readonly page: boolean;
  /** True where device or file declare where names stand. */
  readonly known: boolean;
}

/** A line this certain is writing; between the two a person has to look. */
const CERTAIN = 0.7;
const POSSIBLE = 0.55;

/** An annotation covers no more of its picture; what does must look very much like print. */
const LARGEST_SHARE = 0.03;
const UNMISTAKABLE = 0.85;

/** A picture with more lines, or more of its area under them, is a page. */
const PAGE = { lines: 24, share: 0.12 } as const;

/** Larger pictures are looked at by half: their writing is tall enough. */
const LONGEST_SIDE = 2400;

/** Frames that are looked at at most; a cine loop carries its writing in every frame. */
const MOST_FRAMES = 512;

/** Frames of a file, decoded one at a time, so that no more than one need be held. */
export interface Frames {
  readonly dataset: DataSet;
  readonly count: number;
  /** @throws UnicaError as `decodeSamples`. */
  decode(frame: number): Samples;
}

/** The frames of a file that is held as a whole. */
export function framesOf(file: DicomFile, { codecs = {} }: PixelMeans): Frames {
  const count = frameCountOf(file);
  return { dataset: file.dataset, count, decode: (frame) => decodeSamples(file, frame, codecs) };
}

/** Looks for writing in every frame; undefined where the pixels cannot be read here. */
export function lookAtPixels(frames: Frames, { regionRules = [] }: PixelMeans): PixelsSeen | undefined {
  const { dataset, count } = frames;
  if (count > MOST_FRAMES) return undefined;
  const rectangles = knownRectangles(dataset, [...REGION_RULES, ...regionRules]);
  const masks: PixelMask[] = [];
  const doubts: PixelMask[] = [];
  let lines = 0;
  let page = false;
  for (let frame = 0; frame < count; frame += 1) {
    const decoded = readable(frames, frame);
    if (decoded === undefined) return undefined;
    const known = rectangles.filter((rectangle) => !isPlain(decoded, rectangle));
    const black = known.length > 0 ? blackOf(dataset, decoded) : [];
    for (const rectangle of known) {
      masks.push({ frame, ...rectangle });
      blackOut(decoded, rectangle, black);
    }
    const found = withoutRepeats(searchedPictures(dataset, decoded).flatMap(linesIn));
    const pixels = decoded.rows * decoded.columns;
    const certain = found.filter(
      (line) => line.confidence >= (areaOf(line) <= LARGEST_SHARE * pixels ? CERTAIN : UNMISTAKABLE),
    );
    const area = certain.reduce((sum, line) => sum + areaOf(line), 0);
    page ||= certain.length > PAGE.lines || area > PAGE.share * pixels;
    lines += certain.length;
    masks.push(...certain.map((line) => maskOf(line, frame, decoded)));
    const doubtful = found.filter((line) => line.confidence >= POSSIBLE && !certain.includes(line));
    doubts.push(...doubtful.map((line) => maskOf(line, frame, decoded)));
  }
  return { masks, doubts, lines, page, known: rectangles.length > 0 };
}

/** Writing that is seen in luminance is mostly seen in the strongest colour too. */
function withoutRepeats(lines: readonly TextLine[]): readonly TextLine[] {
  const covers = (a: Box, b: Box) => a.top <= b.top && a.left <= b.left && a.bottom >= b.bottom && a.right >= b.right;
  return lines.filter(
    (line, index) =>
      !lines.some(
        (other, place) =>
          place !== index &&
          covers(other, line) &&
          other.confidence >= line.confidence &&
          (place < index || !(covers(line, other) && line.confidence >= other.confidence)),
      ),
  );
}

function areaOf({ top, left, bottom, right }: Box): number {
  return (bottom - top + 1) * (right - left + 1);
}

function readable(frames: Frames, frame: number): Samples | undefined {
  try {
    return frames.decode(frame);
  } catch (error) {
    if (error instanceof UnicaError) return undefined;
    throw error;
  }
}

function linesIn(picture: GreyPicture): readonly TextLine[] {
  if (Math.max(picture.rows, picture.columns) <= LONGEST_SIDE) return textLines(picture);
  return textLines(halved(picture)).map((line) => ({
    ...line,
    top: 2 * line.top,
    left: 2 * line.left,
    bottom: 2 * line.bottom + 1,
    right: 2 * line.right + 1,
  }));
}

function halved({ rows, columns, grey }: GreyPicture): GreyPicture {
  const half = { rows: rows >> 1, columns: columns >> 1 };
  const means = new Uint8Array(half.rows * half.columns);
  for (let row = 0; row < half.rows; row += 1) {
    for (let column = 0; column < half.columns; column += 1) {
      const at = 2 * row * columns + 2 * column;
      const sum = (grey[at] ?? 0) + (grey[at + 1] ?? 0) + (grey[at + columns] ?? 0) + (grey[at + columns + 1] ?? 0);
      means[row * half.columns + column] = sum >> 2;
    }
  }
  return { ...half, grey: means };
}

/** The file with its masks blacked out, compressed ones without further loss. Side markers stay. */
export function withoutWriting(file: DicomFile, { masks }: PixelsSeen, means: PixelMeans): DicomFile {
  const frames = framesOf(file, means);
  const first = frames.decode(0);
  return replacePixels(file, maskedFrames(frames, masks, first), first);
}

/** The values of every frame in turn, its masks blacked out. @param first the first frame, when it is decoded already */
export function* maskedFrames(
  frames: Frames,
  masks: readonly PixelMask[],
  first: Samples = frames.decode(0),
): Generator<Samples['values']> {
  for (let frame = 0; frame < frames.count; frame += 1) {
    const decoded = frame === 0 ? first : frames.decode(frame);
    const own = masks.filter((mask) => mask.frame === frame);
    const black = own.length > 0 ? blackOf(frames.dataset, decoded) : [];
    for (const mask of own) blackOut(decoded, mask, black);
    yield decoded.values;
  }
}

/** A line with room for strokes too thin to be found: dots, commas, serifs, a letter before the first. */
function maskOf(line: TextLine, frame: number, { rows, columns }: Samples): PixelMask {
  const height = Math.min(line.bottom - line.top, line.right - line.left) + 1;
  const margin = Math.ceil(0.35 * height);
  const [x, y] = [Math.max(0, line.left - margin), Math.max(0, line.top - margin)];
  return {
    frame,
    x,
    y,
    width: Math.min(columns - 1, line.right + margin) - x + 1,
    height: Math.min(rows - 1, line.bottom + margin) - y + 1,
    reason: 'writing',
    confidence: Math.round(line.confidence * 1000) / 1000,
  };
}

type Rectangle = Pick<PixelMask, 'x' | 'y' | 'width' | 'height'>;

function blackOut({ values, columns, samplesPerPixel }: Samples, rectangle: Rectangle, black: readonly number[]): void {
  const { x, y, width, height } = rectangle;
  for (let row = y; row < y + height; row += 1) {
    const start = (row * columns + x) * samplesPerPixel;
    for (let at = start; at < start + width * samplesPerPixel; at += 1) values[at] = black[at % samplesPerPixel] ?? 0;
  }
}

/** Whether there is nothing in a rectangle: a single value all over. Nothing need be changed there. */
function isPlain({ values, columns, samplesPerPixel }: Samples, { x, y, width, height }: KnownRectangle): boolean {
  const first = (y * columns + x) * samplesPerPixel;
  for (let row = y; row < y + height; row += 1) {
    const start = (row * columns + x) * samplesPerPixel;
    for (let at = start; at < start + width * samplesPerPixel; at += 1)
      if (values[at] !== values[first + (at % samplesPerPixel)]) return false;
  }
  return true;
}

/** The stored value that is shown darkest: of grey among those in the picture, of a palette among its entries. */
function blackOf(dataset: DataSet, samples: Samples): readonly number[] {
  const { values, photometricInterpretation, samplesPerPixel, bitsStored } = samples;
  if (samplesPerPixel === 3) {
    if (photometricInterpretation === 'RGB') return [0, 0, 0];
    const middle = 2 ** (bitsStored - 1);
    return [photometricInterpretation.startsWith('YBR_PARTIAL') ? middle >> 3 : 0, middle, middle];
  }
  if (photometricInterpretation === 'PALETTE COLOR') return [darkestOfPalette(dataset, samples)];
  const inverted = photometricInterpretation === 'MONOCHROME1';
  let black = values[0] ?? 0;
  for (const value of values) if (inverted ? value > black : value < black) black = value;
  return [black];
}

function darkestOfPalette(dataset: DataSet, samples: Samples): number {
  const values = new Set<number>(samples.values);
  const all = [...values];
  const row = { ...samples, rows: 1, columns: all.length, values: Int32Array.from(all) };
  const { shades } = toDisplayPicture(dataset, row);
  const lightness = (index: number) =>
    (shades[3 * index] ?? 0) + (shades[3 * index + 1] ?? 0) + (shades[3 * index + 2] ?? 0);
  const darkest = all.reduce((best, _, index) => (lightness(index) < lightness(best) ? index : best), 0);
  return all[darkest] ?? 0;
}
