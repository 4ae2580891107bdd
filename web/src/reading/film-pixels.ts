import type { FilmHead } from './film-head.ts';

/** Pixels as two bytes each; negative ones by their two's complement. [row, column], row 0 at the top. */
export interface FilmLevel {
  readonly rows: number;
  readonly columns: number;
  readonly values: Uint16Array<ArrayBuffer>;
}

/** A film in full depth, and halved again and again for looking at all of it. */
export interface FilmPixels {
  /** Full size first; each next one has half the rows and columns. */
  readonly levels: readonly FilmLevel[];
  /** In stored values: between them lie 98 of 100 pixels. */
  readonly span: { readonly low: number; readonly high: number };
  /** The side on which there is more to see: on a mammogram the chest wall. */
  readonly denseSide: 'left' | 'right';
}

type Layout = Pick<FilmHead, 'rows' | 'columns' | 'samplesPerPixel' | 'bitsAllocated' | 'bitsStored' | 'signed'> & {
  readonly lowIsWhite: boolean;
};

/** A film is not halved below this many pixels of its shorter side. */
const SMALLEST_SIDE = 128;

/** Pixels of a frame in little endian. @throws RangeError where there are fewer than the file says. */
export function filmPixels(bytes: ArrayBuffer, layout: Layout): FilmPixels {
  const full: FilmLevel = { rows: layout.rows, columns: layout.columns, values: storedValues(bytes, layout) };
  const levels = [full];
  let last = full;
  while (Math.min(last.rows, last.columns) >= 2 * SMALLEST_SIDE) {
    last = halved(last, layout.signed);
    levels.push(last);
  }
  return { levels, span: spanOf(last, layout.signed), denseSide: denseSideOf(last, layout) };
}

function storedValues(bytes: ArrayBuffer, layout: Layout): Uint16Array<ArrayBuffer> {
  const { rows, columns, samplesPerPixel, bitsAllocated, bitsStored, signed } = layout;
  const count = rows * columns;
  const needed = (count * samplesPerPixel * bitsAllocated) / 8;
  if (bytes.byteLength < needed) throw new RangeError(`a frame of ${needed} bytes has ${bytes.byteLength}`);
  const values = new Uint16Array(count);
  if (samplesPerPixel === 3 && bitsAllocated === 8) {
    const colours = new Uint8Array(bytes);
    // Luminance (ITU-R BT.601): a film that was stored in colour is grey all the same.
    for (let at = 0; at < count; at += 1)
      values[at] = Math.round(
        0.299 * (colours[3 * at] ?? 0) + 0.587 * (colours[3 * at + 1] ?? 0) + 0.114 * (colours[3 * at + 2] ?? 0),
      );
    return values;
  }
  if (samplesPerPixel !== 1 || (bitsAllocated !== 8 && bitsAllocated !== 16)) {
    throw new RangeError(`pixels of ${samplesPerPixel} samples with ${bitsAllocated} bits`);
  }
  const words = bitsAllocated === 8 ? new Uint8Array(bytes) : new Uint16Array(bytes, 0, count);
  const mask = (1 << bitsStored) - 1;
  const sign = 1 << (bitsStored - 1);
  // Above the stored bits there may be anything (overlays of old files).
  for (let at = 0; at < count; at += 1) {
    const value = (words[at] ?? 0) & mask;
    values[at] = signed && (value & sign) !== 0 ? value - (mask + 1) : value;
  }
  return values;
}

/** The mean of four pixels for each; an odd last row or column is left out. */
function halved({ rows, columns, values }: FilmLevel, signed: boolean): FilmLevel {
  const [height, width] = [rows >> 1, columns >> 1];
  const half = new Uint16Array(height * width);
  // Signed values are moved up, so that the mean of -1 and 1 is 0 and not 32,768.
  const shift = signed ? 32_768 : 0;
  for (let row = 0; row < height; row += 1) {
    const top = 2 * row * columns;
    const bottom = top + columns;
    for (let column = 0; column < width; column += 1) {
      const at = 2 * column;
      const sum =
        (((values[top + at] ?? 0) + shift) & 0xffff) +
        (((values[top + at + 1] ?? 0) + shift) & 0xffff) +
        (((values[bottom + at] ?? 0) + shift) & 0xffff) +
        (((values[bottom + at + 1] ?? 0) + shift) & 0xffff);
      half[row * width + column] = ((sum + 2) >> 2) - shift;
    }
  }
  return { rows: height, columns: width, values: half };
}

function spanOf({ values }: FilmLevel, signed: boolean): FilmPixels['span'] {
  const sorted = (signed ? new Int16Array(values.buffer) : values).toSorted();
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { low: at(0.01), high: Math.max(at(0.01) + 1, at(0.99)) };
}

function denseSideOf({ rows, columns, values }: FilmLevel, { lowIsWhite, signed }: Layout): FilmPixels['denseSide'] {
  const numbers = signed ? new Int16Array(values.buffer) : values;
  const margin = Math.max(1, columns >> 3);
  let [left, right] = [0, 0];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < margin; column += 1) {
      left += numbers[row * columns + column] ?? 0;
      right += numbers[(row + 1) * columns - 1 - column] ?? 0;
    }
  }
  return left > right !== lowIsWhite ? 'left' : 'right';
}
