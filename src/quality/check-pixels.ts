import type { Frame } from '#dicom';
import { findingOf, type QualityFinding } from './finding.ts';

/** Smallest side that shows anything, and the largest of any detector or scanner. */
const SIDE_PX = { fewest: 16, most: 20_000 } as const;
/** Share of pixels at the end of the range that a film may have without being clipped. */
const CLIPPED_SHARE = 0.35;
/** Share of pixels of one grey from which on a picture is nearly empty. */
const EMPTY_SHARE = 0.95;
/** Bits of entropy a pixel below which there is hardly a picture. */
const FEWEST_BITS = 1.5;
/** A chest film's border is darker than its middle; by this share of the spread it must be brighter to be suspected. */
const INVERSION_SHARE = 0.25;
const EXAMINED_AS_FILM = new Set(['CR', 'DX', 'RG']);

/** What is odd about the grey values of a frame. */
export function checkPixels(frame: Frame, modality: string | undefined): readonly QualityFinding[] {
  const findings: QualityFinding[] = [...checkSize(frame)];
  const histogram = histogramOf(frame.values);
  if (histogram.low === histogram.high) {
    findings.push(findingOf('constant'));
    return findings;
  }
  const { counts, low, high } = histogram;
  const pixels = frame.values.length;
  const largest = counts.reduce((most, count) => Math.max(most, count), 0);
  if (largest > EMPTY_SHARE * pixels) findings.push(findingOf('nearly-empty', { percent: percent(largest / pixels) }));
  else findings.push(...checkInformation(counts, pixels));
  findings.push(...checkBits(frame, low, high), ...checkClipping(frame, histogram));
  if (modality !== undefined && EXAMINED_AS_FILM.has(modality)) findings.push(...checkInversion(frame, low, high));
  return findings;
}

interface Histogram {
  readonly low: number;
  readonly high: number;
  /** Pixels of each grey from low to high. */
  readonly counts: Uint32Array;
}

function histogramOf(values: Frame['values']): Histogram {
  let low = values[0] ?? 0;
  let high = low;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const counts = new Uint32Array(high - low + 1);
  for (const value of values) counts[value - low] = (counts[value - low] ?? 0) + 1;
  return { low, high, counts };
}

function checkSize({ rows, columns }: Frame): readonly QualityFinding[] {
  const [shorter, longer] = [Math.min(rows, columns), Math.max(rows, columns)];
  if (shorter >= SIDE_PX.fewest && longer <= SIDE_PX.most && longer <= 8 * shorter) return [];
  return [findingOf('size', { columns, rows })];
}

function checkBits(frame: Frame, low: number, high: number): readonly QualityFinding[] {
  const steps = 2 ** frame.bitsStored;
  if (frame.bitsStored <= 8 || high - low >= steps / 16) return [];
  return [findingOf('bits', { stored: frame.bitsStored, used: high - low + 1, steps })];
}

function checkClipping(frame: Frame, { low, high, counts }: Histogram): readonly QualityFinding[] {
  const [black, white] = frame.signed
    ? [-(2 ** (frame.bitsStored - 1)), 2 ** (frame.bitsStored - 1) - 1]
    : [0, 2 ** frame.bitsStored - 1];
  const clipped = (low <= black ? (counts[0] ?? 0) : 0) + (high >= white ? (counts[high - low] ?? 0) : 0);
  if (clipped <= CLIPPED_SHARE * frame.values.length) return [];
  return [findingOf('clipped', { percent: percent(clipped / frame.values.length) })];
}

/** Compares the outermost twentieth of a film with its middle, as a person would see it. */
function checkInversion(frame: Frame, low: number, high: number): readonly QualityFinding[] {
  const { rows, columns, values } = frame;
  const margin = Math.max(1, Math.floor(Math.min(rows, columns) / 20));
  const sums = { border: 0, borderCount: 0, middle: 0, middleCount: 0 };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const value = values[row * columns + column] ?? 0;
      const side = column < margin || column >= columns - margin;
      if (side) {
        sums.border += value;
        sums.borderCount += 1;
      } else if (row > rows / 4 && row < (3 * rows) / 4 && column > columns / 4 && column < (3 * columns) / 4) {
        sums.middle += value;
        sums.middleCount += 1;
      }
    }
  }
  const difference = (sums.border / sums.borderCount - sums.middle / sums.middleCount) / (high - low);
  const asSeen =
    (frame.photometricInterpretation === 'MONOCHROME1') !== frame.rescaleSlope < 0 ? -difference : difference;
  if (!(asSeen > INVERSION_SHARE)) return [];
  return [findingOf('inverted')];
}

/** Entropy of the grey values (Shannon 1948): a form of black on white has less than a bit. */
function checkInformation(counts: Uint32Array, pixels: number): readonly QualityFinding[] {
  const bits = counts.reduce(
    (sum, count) => (count === 0 ? sum : sum - (count / pixels) * Math.log2(count / pixels)),
    0,
  );
  return bits >= FEWEST_BITS ? [] : [findingOf('low-information', { bits: bits.toFixed(1) })];
}

function percent(share: number): number {
  return Math.round(100 * share);
}
