import { canonicalJson, sha256Hex, UnicaError } from '#base';
import type { Frame } from '#dicom';
import { type GreyPicture, squareByArea } from './area-resize.ts';

/** Everything that decides what the network sees of a film; its digest goes into the model card. */
export type PreprocessingContract = {
  /** Goes up when the steps below change their meaning. */
  readonly version: 1;
  /**
   * Which stored values become black and white. `percentiles`: shares of the film's pixels below them, robust against
   * markers and collimation. `stored-range`: all values the stored bits can hold (the MedMNIST protocol).
   */
  readonly window:
    | { readonly kind: 'percentiles'; readonly low: number; readonly high: number }
    | { readonly kind: 'stored-range' };
  /** Dense tissue bright, whatever the photometric interpretation and the sign of the rescale slope. */
  readonly polarity: 'dense-bright';
  /** The whole film, centred in a square, its longer side filling it, the rest black. */
  readonly frame: 'pad-to-square';
  readonly resize: 'area';
  /** Pixels a side. */
  readonly size: number;
  /** (x − mean) / stdDev of the windowed value x in [0, 1]. */
  readonly standardise: { readonly mean: number; readonly stdDev: number };
};

/** SHA-256 of the contract's canonical JSON. */
export function preprocessingDigest(contract: PreprocessingContract): string {
  return sha256Hex(canonicalJson(contract));
}

/**
 * The film as the network sees it: [row, column], `size` × `size`. The only implementation of the contract, in training,
 * evaluation and the clinic alike.
 * @throws UnicaError `pilots.film-unusable` when it is empty, in colour, or of one grey
 */
export function preprocess(frame: Frame, contract: PreprocessingContract): Float32Array {
  const square = squareByArea(windowed(frame, contract.window), contract.size);
  const { mean, stdDev } = contract.standardise;
  for (let index = 0; index < square.length; index += 1) {
    const value = ((square[index] ?? 0) - mean) / stdDev;
    if (!Number.isFinite(value)) throw unusable('a grey value is not a number');
    square[index] = value;
  }
  return square;
}

/** Stored values as shares of the window, dense tissue bright. A linear rescale cancels in any window but for its sign. */
function windowed(frame: Frame, window: PreprocessingContract['window']): GreyPicture {
  const { rows, columns, values: stored } = frame;
  if (!frame.photometricInterpretation.startsWith('MONOCHROME')) throw unusable('it is not a grey picture');
  if (stored.length === 0 || stored.length !== rows * columns) throw unusable('its pixels do not fill it');
  if (!Number.isFinite(frame.rescaleSlope) || frame.rescaleSlope === 0) throw unusable('its rescale slope is 0');
  const spread = rangeOf(stored);
  if (spread.low === spread.high) throw unusable('all its pixels have the same grey');
  const [low, high] = window.kind === 'stored-range' ? storedRange(frame) : percentiles(stored, spread, window);
  const inverted = (frame.photometricInterpretation === 'MONOCHROME1') !== frame.rescaleSlope < 0;
  const values = new Float32Array(stored.length);
  const scale = 1 / (high - low);
  for (let index = 0; index < stored.length; index += 1) {
    const share = Math.min(1, Math.max(0, ((stored[index] ?? 0) - low) * scale));
    values[index] = inverted ? 1 - share : share;
  }
  return { rows, columns, values };
}

interface Spread {
  readonly low: number;
  readonly high: number;
}

function rangeOf(values: Frame['values']): Spread {
  let low = values[0] ?? 0;
  let high = low;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function storedRange(frame: Frame): readonly [number, number] {
  const steps = 2 ** frame.bitsStored;
  return frame.signed ? [-steps / 2, steps / 2 - 1] : [0, steps - 1];
}

/** Exact by counting; the full range when the percentiles coincide, as in a film that is nearly all background. */
function percentiles(
  values: Frame['values'],
  spread: Spread,
  window: { readonly low: number; readonly high: number },
): readonly [number, number] {
  const counts = new Uint32Array(spread.high - spread.low + 1);
  for (const value of values) {
    const at = value - spread.low;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const low = spread.low + rankOf(counts, window.low * (values.length - 1));
  const high = spread.low + rankOf(counts, window.high * (values.length - 1));
  return low < high ? [low, high] : [spread.low, spread.high];
}

/** Index of the bin that holds the item of this rank, counted from 0. */
function rankOf(counts: Uint32Array, rank: number): number {
  let seen = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    seen += counts[bin] ?? 0;
    if (seen > rank) return bin;
  }
  return counts.length - 1;
}

function unusable(problem: string): UnicaError {
  return new UnicaError('pilots.film-unusable', { problem });
}
