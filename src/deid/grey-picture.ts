import { type DataSet, type Samples, toDisplayPicture } from '#dicom';
import type { GreyPicture } from './text-lines.ts';

/** Shares of the darkest and brightest pixels that may be cut off: dead pixels must not flatten everything else. */
const CUT_OFF = 0.0005;

/**
 * What to search for writing: a grey frame by its own range; a coloured one by its luminance, and by its strongest colour
 * where that differs, since red or blue letters on black are dark to the eye but writing all the same.
 */
export function searchedPictures(dataset: DataSet, samples: Samples): readonly GreyPicture[] {
  const palette = samples.photometricInterpretation === 'PALETTE COLOR';
  if (samples.samplesPerPixel === 1 && !palette) return [greyPicture(samples)];
  const { rows, columns, shades } = toDisplayPicture(dataset, samples);
  const luminance = new Uint8Array(rows * columns);
  const strongest = new Uint8Array(rows * columns);
  let coloured = 0;
  for (let at = 0; at < luminance.length; at += 1) {
    const [red, green, blue] = [shades[3 * at] ?? 0, shades[3 * at + 1] ?? 0, shades[3 * at + 2] ?? 0];
    luminance[at] = Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    strongest[at] = Math.max(red, green, blue);
    if ((strongest[at] ?? 0) - (luminance[at] ?? 0) > COLOURED) coloured += 1;
  }
  // Colours are stored as they are shown: no window hides anything, and stretching them would make letters of speckle.
  const seen = { rows, columns, grey: luminance };
  return coloured < FEW_PIXELS ? [seen] : [seen, { rows, columns, grey: strongest }];
}

/** A pixel whose strongest colour is this much above its luminance is no grey one. */
const COLOURED = 24;
/** Fewer coloured pixels are no letters. */
const FEW_PIXELS = 30;

/** A frame as 8 bits over nearly all of its own range, whatever window the file asks for: writing must not hide outside it. */
export function greyPicture({
  rows,
  columns,
  values,
}: Pick<Samples, 'rows' | 'columns'> & { readonly values: Samples['values'] | Uint8Array }): GreyPicture {
  const wide = values instanceof Uint32Array || values instanceof Int32Array;
  return { rows, columns, grey: wide ? shadesOfWide(values) : shadesOf(values) };
}

/** By counting the values first: there are far fewer of them than pixels. */
function shadesOf(values: Uint16Array | Int16Array | Uint8Array): Uint8Array {
  const lowest = values instanceof Int16Array ? -32_768 : 0;
  const counts = new Uint32Array(65_536);
  for (let index = 0; index < values.length; index += 1) {
    const at = (values[index] ?? 0) - lowest;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const low = counts.findIndex((count) => count > 0) + lowest;
  const high = counts.findLastIndex((count) => count > 0) + lowest;
  const bins = binsOver(low, high);
  for (let value = low; value <= high; value += 1) bins.add(value, counts[value - lowest] ?? 0);
  const shadeOf = stretch(bins, values.length);
  const shades = new Uint8Array(65_536);
  for (let value = low; value <= high; value += 1) shades[value - lowest] = shadeOf(value);
  const grey = new Uint8Array(values.length);
  for (let index = 0; index < grey.length; index += 1) grey[index] = shades[(values[index] ?? 0) - lowest] ?? 0;
  return grey;
}

function shadesOfWide(values: Uint32Array | Int32Array): Uint8Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const bins = binsOver(low, high);
  for (const value of values) bins.add(value, 1);
  return Uint8Array.from(values, stretch(bins, values.length));
}

interface Bins {
  readonly low: number;
  readonly high: number;
  readonly perBin: number;
  readonly counts: Uint32Array;
  add(value: number, times: number): void;
}

function binsOver(low: number, high: number): Bins {
  const counts = new Uint32Array(4096);
  const perBin = Math.max(1, high - low) / (counts.length - 1);
  const add = (value: number, times: number): void => {
    const bin = Math.floor((value - low) / perBin);
    counts[bin] = (counts[bin] ?? 0) + times;
  };
  return { low, high, perBin, counts, add };
}

/** The shade of a value, from 0 to 255. */
function stretch({ low, high, perBin, counts }: Bins, pixels: number): (value: number) => number {
  const cut = CUT_OFF * pixels;
  const from = low + perBin * firstAbove(counts, cut);
  const to = high - perBin * firstAbove(counts.toReversed(), cut);
  const scale = 255 / Math.max(1, to - from);
  return (value) => Math.max(0, Math.min(255, Math.round((value - from) * scale)));
}

/** The first bin up to which more than so many pixels lie. */
function firstAbove(bins: Uint32Array, cut: number): number {
  let sum = 0;
  for (const [index, count] of bins.entries()) {
    sum += count;
    if (sum > cut) return index;
  }
  return 0;
}
