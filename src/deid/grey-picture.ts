import type { Frame } from '#dicom';
import type { GreyPicture } from './text-lines.ts';

/** Shares of the darkest and brightest pixels that may be cut off: dead pixels must not flatten everything else. */
const CUT_OFF = 0.0005;

/** A frame as 8 bits over nearly all of its own range, whatever window the file asks for: writing must not hide outside it. */
export function greyPicture({ rows, columns, values }: Frame): GreyPicture {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const bins = new Uint32Array(4096);
  const perBin = Math.max(1, high - low) / (bins.length - 1);
  for (const value of values) {
    const bin = Math.floor((value - low) / perBin);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const cut = CUT_OFF * values.length;
  const from = low + perBin * firstAbove(bins, cut);
  const to = high - perBin * firstAbove(bins.toReversed(), cut);
  const scale = 255 / Math.max(1, to - from);
  const grey = new Uint8Array(values.length);
  for (let index = 0; index < grey.length; index += 1) {
    grey[index] = Math.max(0, Math.min(255, Math.round(((values[index] ?? 0) - from) * scale)));
  }
  return { rows, columns, grey };
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
