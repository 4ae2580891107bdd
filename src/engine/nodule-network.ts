import {
  add,
  affine,
  averagePool,
  concat,
  conv,
  divide,
  logSumExp,
  multiply,
  relu,
  reshape,
  sigmoid,
  subtract,
  sum,
} from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import type { NoduleSpec } from './model-spec.ts';
import type { Network } from './network.ts';
import { defineNetwork, type Node } from './network-builder.ts';

/** Pixels of the picture, a side, on one cell of the location map. */
export const NODULE_MAP_STRIDE = 4;
/** Side of the square, in pixels, whose mean and spread a pixel is held against: wider than most nodules, narrower than a lung. */
const SURROUNDINGS = 21;
/** Variance that is added to that of the surroundings: grain of even parts stays grain. */
const LEAST_VARIANCE = 0.01;
/** What a cell counts beside the picture as a whole: summed, not averaged, for a nodule covers few of many. */
const CELL_WEIGHT = 1 / 64;

/**
 * Convolutions alone: picture, and how far its pixels stand out from their surroundings → location map of logits at a quarter of its size → log-sum-exp over the map → a scale and an offset,
 * which a second phase fits without moving the rest. No normalisation over the film: a nodule must look the same whatever else is on it.
 * Three widths look at the map's own neighbourhood alone; four look at the film at an eighth and a sixteenth of its size as well and
 * bring what they saw back up, so that a cell knows the ribs, the hilum and the other lung (docs/decisions/120).
 * Inputs `image`; targets `label`, `places` (1 in cells that a nodule covers) and `counted` (0 in cells at its rim, where either
 * answer is right); outputs `probability` and `map`, the probability of each cell.
 */
export function noduleNetwork({ rows, columns, widths }: NoduleSpec): Network {
  return defineNetwork((network) => {
    const image = network.input('image', [1, rows, columns]);
    const seen = concat([image, againstSurroundings(image)], 1);
    const found = widths.length === 4 ? foundInContext(seen, widths) : foundNearby(seen, widths);
    const side = [rows / NODULE_MAP_STRIDE, columns / NODULE_MAP_STRIDE] as const;
    // Before anything is learned the answer of the whole is even odds, and that of a cell its share of them.
    const cells = affine(
      conv(found, { name: 'cells', filters: 1, kernel: 1, bias: true }),
      0.3,
      -Math.log(side[0] * side[1]),
    );
    const scale = network.parameter('pooled.scale', [1], { kind: 'constant', value: 1 });
    const offset = network.parameter('pooled.offset', [1], { kind: 'constant', value: 0 });
    const pooled = reshape(logSumExp(cells, [1, 2, 3]), [-1, 1]);
    const logits = add(multiply(pooled, scale), offset);
    network.output('probability', sigmoid(logits));
    network.output('map', sigmoid(cells));
    const flat = (node: Node): Node => reshape(node, [-1, side[0] * side[1]]);
    const places = flat(network.target('places', [1, ...side]));
    const counted = flat(network.target('counted', [1, ...side]));
    const each = network.apply('binaryCrossEntropy', [flat(cells), places]);
    const byPlace = affine(sum(multiply(each, counted), [1]), CELL_WEIGHT);
    const whole = binaryCrossEntropy(logits, network.target('label', [1]));
    network.loss(add(whole, byPlace));
    network.explain({ logits, featureMap: found });
  });
}

/** The picture at its full, half and quarter size, the last with a wide look. */
function foundNearby(seen: Node, [full = 1, half = 1, quarter = 1]: readonly number[]): Node {
  const stem = convolved(seen, { name: 'stem', filters: full });
  const halved = convolved(stem, { name: 'half', filters: half, stride: 2 });
  const textures = block(halved, { name: 'half.block', filters: half });
  const quartered = convolved(textures, { name: 'quarter', filters: quarter, stride: 2 });
  const near = block(quartered, { name: 'quarter.block1', filters: quarter });
  return block(near, { name: 'quarter.block2', filters: quarter, dilation: 2 });
}

/** Down from the half size to a sixteenth, and up again to a quarter with what lies there added (Ronneberger et al. 2015, Lin et al. 2017). */
function foundInContext(seen: Node, [half = 1, quarter = 1, eighth = 1, sixteenth = 1]: readonly number[]): Node {
  const halved = convolved(seen, { name: 'half', filters: half, stride: 2, kernel: 5 });
  const textures = block(halved, { name: 'half.block', filters: half });
  const quartered = convolved(textures, { name: 'quarter', filters: quarter, stride: 2 });
  const near = block(quartered, { name: 'quarter.block', filters: quarter });
  const eighthed = convolved(near, { name: 'eighth', filters: eighth, stride: 2 });
  const around = block(eighthed, { name: 'eighth.block', filters: eighth });
  const sixteenthed = convolved(around, { name: 'sixteenth', filters: sixteenth, stride: 2 });
  const far = block(sixteenthed, { name: 'sixteenth.block1', filters: sixteenth });
  const whole = block(far, { name: 'sixteenth.block2', filters: sixteenth, dilation: 2 });
  const ribs = block(brought(whole, { name: 'eighth.from', onto: around }), { name: 'eighth.up', filters: eighth });
  return block(brought(ribs, { name: 'quarter.from', onto: near }), { name: 'quarter.up', filters: quarter });
}

/** Twice as large, each pixel four times, with the channels of what it is added to. */
function brought(x: Node, { name, onto }: { readonly name: string; readonly onto: Node }): Node {
  const [, filters = 1, rows = 1, columns = 1] = onto.shape;
  const fitted = conv(x, { name, filters, kernel: 1, bias: true });
  const spread = reshape(fitted, [-1, filters, rows / 2, 1, columns / 2, 1]);
  const four = x.network.apply('constant', [], { shape: [1, 1, 1, 2, 1, 2], values: [1, 1, 1, 1] });
  return add(onto, reshape(multiply(spread, four), [-1, filters, rows, columns]));
}

/** How far each pixel stands out from its surroundings, in their standard deviations. */
function againstSurroundings(image: Node): Node {
  const mean = (x: Node): Node => averagePool(x, { kernel: SURROUNDINGS, stride: 1, padding: (SURROUNDINGS - 1) / 2 });
  const above = subtract(image, mean(image));
  const variance = affine(mean(multiply(above, above)), 1, LEAST_VARIANCE);
  return divide(above, image.network.apply('squareRoot', [variance]));
}

function convolved(
  x: Node,
  {
    name,
    filters,
    stride = 1,
    kernel = 3,
  }: { readonly name: string; readonly filters: number; readonly stride?: number; readonly kernel?: number },
): Node {
  return relu(conv(x, { name, filters, kernel, stride, bias: true }));
}

function block(
  x: Node,
  { name, filters, dilation = 1 }: { readonly name: string; readonly filters: number; readonly dilation?: number },
): Node {
  const shape = { filters, kernel: 3, dilation, bias: true } as const;
  const first = relu(conv(x, { name: `${name}.conv1`, ...shape }));
  return relu(add(x, conv(first, { name: `${name}.conv2`, ...shape })));
}
