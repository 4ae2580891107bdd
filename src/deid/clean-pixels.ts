import { UnicaError } from '#base';
import { type DicomFile, decodeFrame, type Frame, replacePixels, TAGS } from '#dicom';
import { greyPicture } from './grey-picture.ts';
import { type Box, type GreyPicture, type TextLine, textLines } from './text-lines.ts';

/** What was seen in the pixels of a file. */
export interface PixelsSeen {
  /** Lines that are writing, for each frame. */
  readonly lines: readonly (readonly TextLine[])[];
  /** True where something may be writing or may not. */
  readonly doubtful: boolean;
  /** True for a page of text: too much to be an annotation of a picture. */
  readonly page: boolean;
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

/** Looks for writing in every frame; undefined where the pixels cannot be read here. */
export function lookAtPixels(file: DicomFile): PixelsSeen | undefined {
  const frames = framesOf(file);
  if (frames > MOST_FRAMES) return undefined;
  const lines: (readonly TextLine[])[] = [];
  let doubtful = false;
  let page = false;
  for (let frame = 0; frame < frames; frame += 1) {
    const decoded = readable(file, frame);
    if (decoded === undefined) return undefined;
    const found = linesIn(greyPicture(decoded));
    const pixels = decoded.rows * decoded.columns;
    const certain = found.filter(
      (line) => line.confidence >= (areaOf(line) <= LARGEST_SHARE * pixels ? CERTAIN : UNMISTAKABLE),
    );
    const area = certain.reduce((sum, line) => sum + areaOf(line), 0);
    doubtful ||= found.some((line) => line.confidence >= POSSIBLE && !certain.includes(line));
    page ||= certain.length > PAGE.lines || area > PAGE.share * pixels;
    lines.push(certain);
  }
  return { lines, doubtful, page };
}

function areaOf({ top, left, bottom, right }: Box): number {
  return (bottom - top + 1) * (right - left + 1);
}

function framesOf({ dataset }: DicomFile): number {
  return Math.max(1, dataset.number(TAGS.numberOfFrames) ?? 1);
}

function readable(file: DicomFile, frame: number): Frame | undefined {
  try {
    return decodeFrame(file, frame);
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

/** The file with its writing blacked out. Side markers stay. */
export function withoutWriting(file: DicomFile, { lines }: PixelsSeen): DicomFile {
  const frames = lines.map((boxes, index) => {
    const frame = decodeFrame(file, index);
    const values = frame.values.slice();
    const black = blackOf(frame);
    for (const box of boxes) blackOut(values, frame, { box, black });
    return values;
  });
  return replacePixels(file, frames);
}

function blackOut(
  values: Frame['values'],
  { rows, columns }: Frame,
  { box, black }: { readonly box: Box; readonly black: number },
): void {
  // Room for strokes too thin to be found: dots, commas, serifs, a letter before the first.
  const height = Math.min(box.bottom - box.top, box.right - box.left) + 1;
  const margin = Math.ceil(0.35 * height);
  const [left, right] = [Math.max(0, box.left - margin), Math.min(columns - 1, box.right + margin)];
  for (let row = Math.max(0, box.top - margin); row <= Math.min(rows - 1, box.bottom + margin); row += 1)
    values.fill(black, row * columns + left, row * columns + right + 1);
}

/** The stored value that is shown darkest among those in the picture. */
function blackOf({ values, photometricInterpretation }: Frame): number {
  const inverted = photometricInterpretation === 'MONOCHROME1';
  let black = values[0] ?? 0;
  for (const value of values) if (inverted ? value > black : value < black) black = value;
  return black;
}
