import type { Numbers } from './onnx-session.ts';

/** Where in a picture the model found what it says. */
export interface GradCam {
  /** [row, column] of the input's size, 0 (no part in it) … 1 (the strongest); all 0 when nothing speaks for it. */
  readonly map: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The model's answer for the whole picture. */
  readonly probability: number;
}

/**
 * Weighs the feature maps by their mean gradients, keeps what is positive, stretches it over the picture.
 * Takes the outputs of `camGraph`.
 */
export function heatMap(outputs: Readonly<Record<string, Numbers>>, inputSize: number): GradCam {
  const activation = outputs['activation']?.data ?? new Float32Array();
  const gradient = outputs['gradient']?.data ?? new Float32Array();
  const side = outputs['activation']?.shape[3] ?? 1;
  const coarse = new Float32Array(side * side);
  for (let start = 0; start < activation.length; start += coarse.length) {
    const importance = gradient.subarray(start, start + coarse.length).reduce((sum, slope) => sum + slope, 0);
    for (let pixel = 0; pixel < coarse.length; pixel += 1)
      coarse[pixel] = (coarse[pixel] as number) + importance * (activation[start + pixel] as number);
  }
  const positive = coarse.map((value) => Math.max(0, value));
  const stretched = bilinear(positive, side, inputSize);
  const strongest = stretched.reduce((most, value) => Math.max(most, value), 0);
  return {
    map: strongest > 0 ? stretched.map((value) => value / strongest) : stretched,
    width: inputSize,
    height: inputSize,
    probability: outputs['probability']?.data[0] ?? Number.NaN,
  };
}

/** A square map in another size; pixel centres coincide at the half, edges repeat. */
export function bilinear(map: Float32Array, side: number, size: number): Float32Array {
  const places = Array.from({ length: size }, (_, index) => {
    const exact = Math.min(side - 1, Math.max(0, ((index + 0.5) * side) / size - 0.5));
    const low = Math.floor(exact);
    return { low, high: Math.min(side - 1, low + 1), share: exact - low };
  });
  const out = new Float32Array(size * size);
  places.forEach((row, y) => {
    places.forEach((column, x) => {
      const at = (r: number, c: number): number => map[r * side + c] as number;
      const above = at(row.low, column.low) * (1 - column.share) + at(row.low, column.high) * column.share;
      const below = at(row.high, column.low) * (1 - column.share) + at(row.high, column.high) * column.share;
      out[y * size + x] = above * (1 - row.share) + below * row.share;
    });
  });
  return out;
}
