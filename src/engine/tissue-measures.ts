import { affine, averagePool, concat, divide, globalAveragePool, multiply, relu, reshape, subtract } from './layers.ts';
import type { Node } from './network-builder.ts';

/** How the numbers of a picture are greys: grey = mean + spread · number, 0 for air and 1 for the brightest. */
export interface PictureGreys {
  readonly mean: number;
  readonly spread: number;
}

/** Greys above which the share of the tissue is measured. */
const BRIGHTER = [0.2, 0.35, 0.5, 0.65] as const;
/** Pixels of one step of the pyramid are twice those of the one before. */
const SCALES = 4;
/** Middle of the greys at which gland and fat lie side by side, and how far from it they no longer count. */
const BETWEEN = { middle: 0.45, reach: 0.3 } as const;
/** What stands for 0 and for 1 behind the standardisation, as measured on mammograms. */
const USUAL = [
  { mean: 0.49, spread: 0.108 },
  { mean: 0.27, spread: 0.083 },
  { mean: -1.26, spread: 0.103 },
  { mean: 0.74, spread: 0.147 },
  { mean: 0.57, spread: 0.161 },
  { mean: 0.46, spread: 0.153 },
  { mean: 0.36, spread: 0.139 },
  { mean: -3.8, spread: 0.259 },
  { mean: -3.53, spread: 0.296 },
  { mean: -3.34, spread: 0.22 },
  { mean: -3.1, spread: 0.268 },
  { mean: -2.79, spread: 0.158 },
  { mean: -2.65, spread: 0.198 },
  { mean: -2.14, spread: 0.19 },
  { mean: -2.14, spread: 0.215 },
] as const;

/** Numbers measured in a picture. */
export const TISSUE_MEASURES = 1 + 1 + 1 + BRIGHTER.length + 2 * SCALES;

/**
 * What fixed filters measure of the tissue in each picture, without the rim: its mean grey, its share of the picture, how much the
 * greys spread, what share is brighter than some greys, and at four scales how much neighbours differ, over all the tissue and where
 * gland meets fat. Roughness and density of the parenchyma as in studies of its texture (Gastounioti et al. 2016). Nothing of it is
 * learned, so every site measures the same. pictures [row, 1, y, x] → [row, TISSUE_MEASURES], standardised.
 */
export function tissueMeasures(pictures: Node, greys: PictureGreys): Node {
  const { network } = pictures;
  const clip = (x: Node): Node => network.apply('clip', [x], { low: 0, high: 1 });
  const log = (x: Node): Node => affine(network.apply('logarithm', [x]), 0.5);
  const blurred = (x: Node): Node => averagePool(x, { kernel: 3, stride: 1, padding: 1 });
  const mean = (x: Node): Node => globalAveragePool(x);
  let grey = affine(pictures, greys.spread, greys.mean);
  const breast = clip(affine(grey, 30, -1.2));
  let inside = clip(affine(blurred(blurred(breast)), 5, -4));
  const amount = affine(mean(inside), 1, 1e-4);
  const over = (x: Node): Node => divide(mean(multiply(x, inside)), amount);
  const middle = over(grey);
  const spread = subtract(over(multiply(grey, grey)), multiply(middle, middle));
  const measures: [Node, ...Node[]] = [
    middle,
    mean(inside),
    log(affine(relu(spread), 1, 1e-4)),
    ...BRIGHTER.map((limit) => over(clip(affine(grey, 10, 0.5 - 10 * limit)))),
  ];
  for (let scale = 0; scale < SCALES; scale += 1) {
    const smooth = blurred(grey);
    const rest = subtract(grey, smooth);
    const square = multiply(rest, rest);
    const away = affine(smooth, 1, -BETWEEN.middle);
    const near = clip(
      affine(network.apply('squareRoot', [affine(multiply(away, away), 1, 1e-8)]), -1 / BETWEEN.reach, 1),
    );
    for (const weight of [inside, multiply(inside, near)]) {
      const share = divide(affine(mean(multiply(square, weight)), 1, 1e-8), affine(mean(weight), 1, 1e-4));
      measures.push(log(affine(share, 1, 1e-5)));
    }
    grey = averagePool(grey, { kernel: 2 });
    inside = clip(affine(averagePool(inside, { kernel: 2 }), 10, -9));
  }
  const all = concat(measures, 1);
  const fixed = (values: readonly number[]): Node =>
    network.apply('constant', [], { shape: [1, TISSUE_MEASURES], values: [...values] });
  const standard = divide(
    subtract(all, fixed(USUAL.map(({ mean: usual }) => usual))),
    fixed(USUAL.map(({ spread: usual }) => usual)),
  );
  return clipTo(reshape(standard, [-1, TISSUE_MEASURES]), 6);
}

function clipTo(x: Node, most: number): Node {
  return x.network.apply('clip', [x], { low: -most, high: most });
}
