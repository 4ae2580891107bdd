import type { Frame } from './decode-frame.ts';

/** An 8-bit grey picture as a person would see it. */
export interface DisplayImage {
  readonly rows: number;
  readonly columns: number;
  /** [row, column], 0 black to 255 white. */
  readonly grey: Uint8Array;
}

/** Applies rescale, the window of the file (or the range of the values) and MONOCHROME1 inversion. */
export function toDisplayImage(frame: Frame): DisplayImage {
  const [low, high] = windowOf(frame);
  const scale = high > low ? 255 / (high - low) : 0;
  const inverted = frame.photometricInterpretation === 'MONOCHROME1';
  const grey = new Uint8Array(frame.values.length);
  for (let index = 0; index < grey.length; index += 1) {
    const value = (frame.values[index] ?? 0) * frame.rescaleSlope + frame.rescaleIntercept;
    const shade = Math.max(0, Math.min(255, Math.round((value - low) * scale)));
    grey[index] = inverted ? 255 - shade : shade;
  }
  return { rows: frame.rows, columns: frame.columns, grey };
}

function windowOf(frame: Frame): readonly [number, number] {
  const { windowCenter, windowWidth } = frame;
  if (windowCenter !== undefined && windowWidth !== undefined && windowWidth > 1) {
    // PS3.3 section C.11.2.1.2.1, linear.
    return [windowCenter - 0.5 - (windowWidth - 1) / 2, windowCenter - 0.5 + (windowWidth - 1) / 2];
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const stored of frame.values) {
    if (stored < low) low = stored;
    if (stored > high) high = stored;
  }
  return [low * frame.rescaleSlope + frame.rescaleIntercept, high * frame.rescaleSlope + frame.rescaleIntercept];
}
