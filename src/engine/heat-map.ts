import type { Numbers } from './onnx-session.ts';

/** Where in a picture the model found what it says. */
export interface HeatMap {
  /** [row, column] of the input's size, 0 (no part in it) … 1 (the strongest); all 0 when nothing speaks for it. */
  readonly map: Float32Array;
  readonly width: number;
  readonly height: number;
  /** The model's answer for the whole picture. */
  readonly probability: number;
}

/**
 * The map on the scale of the answer: its strongest point has the probability of the whole, so that a picture that is scored 0.01 gets no
 * full colours. 0 … the probability; all 0 where there is no probability.
 */
export function onProbabilityScale({ map, probability }: Pick<HeatMap, 'map' | 'probability'>): Float32Array {
  const most = Number.isFinite(probability) ? probability : 0;
  return map.map((value) => value * most);
}

/** How much a feature map says for the answer, from its numbers and its gradients. */
export type Importance = (activation: Float32Array, gradient: Float32Array) => number;

/** Grad-CAM (Selvaraju et al. 2017): the mean gradient. */
export const gradCamImportance: Importance = (_, gradient) => gradient.reduce((sum, slope) => sum + slope, 0);

/** Grad-CAM++ (Chattopadhay et al. 2018, equation 19, for an exponential answer): positive gradients, weighed by pixel. */
export const gradCamPlusPlusImportance: Importance = (activation, gradient) => {
  const total = activation.reduce((sum, value) => sum + value, 0);
  return gradient.reduce((sum, slope) => {
    const below = 2 * slope ** 2 + total * slope ** 3;
    const alpha = below === 0 ? 0 : slope ** 2 / below;
    return sum + alpha * Math.max(0, slope);
  }, 0);
};

/**
 * Weighs the feature maps by their importance, keeps what is positive, stretches it over the picture. Takes the outputs
 * of `camGraph`; `picture` is [row, column] of the input.
 */
export function heatMap(
  outputs: Readonly<Record<string, Numbers>>,
  picture: { readonly height: number; readonly width: number },
  importance: Importance = gradCamImportance,
): HeatMap {
  const { data: activation = new Float32Array(), shape = [] } = outputs['activation'] ?? {};
  const gradient = outputs['gradient']?.data ?? new Float32Array();
  const [, , rows = 1, columns = 1] = shape;
  const coarse = new Float32Array(rows * columns);
  for (let start = 0; start < activation.length; start += coarse.length) {
    const map = activation.subarray(start, start + coarse.length);
    const weight = importance(map, gradient.subarray(start, start + coarse.length));
    for (let pixel = 0; pixel < coarse.length; pixel += 1)
      coarse[pixel] = (coarse[pixel] as number) + weight * (map[pixel] as number);
  }
  const positive = coarse.map((value) => Math.max(0, value));
  return scaled(bilinear(positive, { height: rows, width: columns }, picture), picture, outputs);
}

/** A map of the picture's size brought to 0 … 1. */
export function scaled(
  map: Float32Array,
  { height, width }: { readonly height: number; readonly width: number },
  outputs: Readonly<Record<string, Numbers>>,
): HeatMap {
  const strongest = map.reduce((most, value) => Math.max(most, value), 0);
  return {
    map: strongest > 0 ? map.map((value) => Math.max(0, value) / strongest) : map.map(() => 0),
    width,
    height,
    probability: outputs['probability']?.data[0] ?? Number.NaN,
  };
}

/** A map in another size; pixel centres coincide at the half, edges repeat. */
export function bilinear(
  map: Float32Array,
  from: { readonly height: number; readonly width: number },
  to: { readonly height: number; readonly width: number },
): Float32Array {
  const rows = places(from.height, to.height);
  const columns = places(from.width, to.width);
  const out = new Float32Array(to.height * to.width);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const at = (r: number, c: number): number => map[r * from.width + c] as number;
      const above = at(row.low, column.low) * (1 - column.share) + at(row.low, column.high) * column.share;
      const below = at(row.high, column.low) * (1 - column.share) + at(row.high, column.high) * column.share;
      out[y * to.width + x] = above * (1 - row.share) + below * row.share;
    });
  });
  return out;
}

function places(side: number, size: number): readonly { low: number; high: number; share: number }[] {
  return Array.from({ length: size }, (_, index) => {
    const exact = Math.min(side - 1, Math.max(0, ((index + 0.5) * side) / size - 0.5));
    const low = Math.floor(exact);
    return { low, high: Math.min(side - 1, low + 1), share: exact - low };
  });
}
