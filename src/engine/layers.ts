import type { Node } from './network-builder.ts';

/** A convolution's shape; square kernels. */
export interface ConvSettings {
  readonly name: string;
  readonly filters: number;
  readonly kernel: number;
  /** 1 unless told. */
  readonly stride?: number;
  /** (kernel − 1)/2 · dilation unless told: the picture keeps its size at stride 1. */
  readonly padding?: number;
  /** 1 unless told. */
  readonly dilation?: number;
  /** 1 unless told; as many as channels is depthwise. */
  readonly groups?: number;
  /** None unless told: a normalisation behind it has its own. */
  readonly bias?: boolean;
}

/** Convolution [row, channel, y, x] → [row, filter, y′, x′]; parameters `name.weight` (He-normal) and `name.bias`. */
export function conv(x: Node, settings: ConvSettings): Node {
  const { name, filters, kernel, stride = 1, dilation = 1, groups = 1 } = settings;
  const padding = settings.padding ?? Math.floor(((kernel - 1) * dilation) / 2);
  const depth = Math.floor((x.shape[1] ?? 1) / groups);
  const { network } = x;
  const weight = network.parameter(`${name}.weight`, [filters, depth, kernel, kernel], {
    kind: 'he',
    fanIn: depth * kernel * kernel,
  });
  const bias = settings.bias === true ? [network.parameter(`${name}.bias`, [filters], ZERO)] : [];
  return network.apply('convolution', [x, weight, ...bias], { stride, padding, dilation, groups }, name);
}

/** Group normalisation of [row, channel, y, x]; parameters `name.scale`, `name.bias`. */
export function groupNorm(x: Node, { name, groups }: { readonly name: string; readonly groups: number }): Node {
  return x.network.apply('groupNorm', [x, ...scaleAndBias(x, name, x.shape[1] ?? 1)], { groups }, name);
}

/** Layer normalisation over the last axis; parameters `name.scale`, `name.bias`. */
export function layerNorm(x: Node, { name }: { readonly name: string }): Node {
  return x.network.apply('layerNorm', [x, ...scaleAndBias(x, name, x.shape.at(-1) ?? 1)], {}, name);
}

/** Batch normalisation over all axes but the second; also keeps the running `name.mean` and `name.variance`. */
export function batchNorm(x: Node, { name }: { readonly name: string }): Node {
  const { network } = x;
  const channels = x.shape[1] ?? 1;
  const mean = network.parameter(`${name}.mean`, [channels], ZERO, 'measured');
  const variance = network.parameter(`${name}.variance`, [channels], ONE, 'measured');
  return network.apply('batchNorm', [x, ...scaleAndBias(x, name, channels), mean, variance], {}, name);
}

/** x·weightᵀ + bias of [row, in] → [row, outputs]; parameters `name.weight` (uniform ±1/√in), `name.bias`. */
export function dense(x: Node, { name, outputs }: { readonly name: string; readonly outputs: number }): Node {
  const { network } = x;
  const into = x.shape[1] ?? 1;
  const weight = network.parameter(`${name}.weight`, [outputs, into], { kind: 'uniform', bound: 1 / Math.sqrt(into) });
  return network.apply('dense', [x, weight, network.parameter(`${name}.bias`, [outputs], ZERO)], {}, name);
}

/** Numbers left out at random while learning. */
export function dropout(x: Node, { rate }: { readonly rate: number }): Node {
  return x.network.apply('dropout', [x], { rate });
}

/** Size of a pooling window, its step (the size unless told) and the rim (0 unless told). */
export interface PoolSettings {
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
}

/** Largest value of each window of [row, channel, y, x]. */
export function maxPool(x: Node, { kernel, stride = kernel, padding = 0 }: PoolSettings): Node {
  return x.network.apply('maxPool', [x], { kernel, stride, padding });
}

/** Mean of each window of [row, channel, y, x], the rim counting as zeros. */
export function averagePool(x: Node, { kernel, stride = kernel, padding = 0 }: PoolSettings): Node {
  return x.network.apply('averagePool', [x], { kernel, stride, padding });
}

/** Mean over rows and columns: [row, channel, y, x] → [row, channel]. */
export function globalAveragePool(x: Node): Node {
  return x.network.apply('globalAveragePool', [x]);
}

export const relu = (x: Node): Node => x.network.apply('relu', [x]);
export const gelu = (x: Node): Node => x.network.apply('gelu', [x]);
export const silu = (x: Node): Node => x.network.apply('silu', [x]);
export const sigmoid = (x: Node): Node => x.network.apply('sigmoid', [x]);
export const softplus = (x: Node): Node => x.network.apply('softplus', [x]);

/** e^x / Σ e^x along an axis. */
export function softmax(x: Node, axis: number): Node {
  return x.network.apply('softmax', [x], { axis });
}

/** a + b; shapes broadcast, as for the next three. */
export const add = (a: Node, b: Node): Node => a.network.apply('add', [a, b]);
export const subtract = (a: Node, b: Node): Node => a.network.apply('subtract', [a, b]);
export const multiply = (a: Node, b: Node): Node => a.network.apply('multiply', [a, b]);
export const divide = (a: Node, b: Node): Node => a.network.apply('divide', [a, b]);

/** factor·x + offset */
export function affine(x: Node, factor: number, offset = 0): Node {
  return x.network.apply('affine', [x], { factor, offset });
}

/** Another shape; the first side is −1 wherever it grows with the batch. */
export function reshape(x: Node, shape: readonly number[]): Node {
  return x.network.apply('reshape', [x], { shape });
}

export function transpose(x: Node, order: readonly number[]): Node {
  return x.network.apply('transpose', [x], { order });
}

export function concat(parts: readonly [Node, ...Node[]], axis: number): Node {
  return parts[0].network.apply('concat', parts, { axis });
}

export function slice(x: Node, axis: number, start: number, end: number): Node {
  return x.network.apply('slice', [x], { axis, start, end });
}

export const matMul = (a: Node, b: Node): Node => a.network.apply('matMul', [a, b]);

export function sum(x: Node, axes: readonly number[], keep = false): Node {
  return x.network.apply('sum', [x], { axes, keep });
}

/** Mean over axes. */
export function mean(x: Node, axes: readonly number[], keep = false): Node {
  const count = axes.reduce((product, axis) => product * (x.shape[axis] ?? 1), 1);
  return affine(sum(x, axes, keep), 1 / count);
}

/** log Σ e^x over axes: a soft maximum. */
export function logSumExp(x: Node, axes: readonly number[], keep = false): Node {
  return x.network.apply('logSumExp', [x], { axes, keep });
}

/** Mean over an axis of the entries whose mask is 1; 0 where none is. `mask` is 0 or 1 and broadcasts to x. */
export function maskedMean(x: Node, mask: Node, axis: number): Node {
  const total = sum(multiply(x, mask), [axis]);
  const count = sum(mask, [axis]);
  return divide(total, x.network.apply('clip', [count], { low: 1, high: 3e38 }));
}

/** Largest over an axis of the entries whose mask is 1; 0 where none is. */
export function maskedMax(x: Node, mask: Node, axis: number): Node {
  const largest = x.network.apply('maximum', [shut(x, mask)], { axes: [axis], keep: false });
  const some = x.network.apply('maximum', [mask], { axes: [axis], keep: false });
  return multiply(largest, some);
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017) over a short axis: queries [row, q, width], keys and values
 * [row, k, width], mask [row, 1, k] of 0 and 1, at least one 1 → [row, q, width].
 */
export function attention(parts: {
  readonly queries: Node;
  readonly keys: Node;
  readonly values: Node;
  readonly mask?: Node;
}): Node {
  const { queries, keys, values, mask } = parts;
  const scores = affine(matMul(queries, transpose(keys, [0, 2, 1])), 1 / Math.sqrt(queries.shape.at(-1) ?? 1));
  return matMul(softmax(mask === undefined ? scores : shut(scores, mask), 2), values);
}

/** x where the mask is 1, far below everything where it is 0. */
function shut(x: Node, mask: Node): Node {
  return add(multiply(x, mask), affine(mask, 1e9, -1e9));
}

const ZERO = { kind: 'constant', value: 0 } as const;
const ONE = { kind: 'constant', value: 1 } as const;

function scaleAndBias(x: Node, name: string, size: number): readonly [Node, Node] {
  return [x.network.parameter(`${name}.scale`, [size], ONE), x.network.parameter(`${name}.bias`, [size], ZERO)];
}
