import type { GraphBuilder } from '../graph-builder.ts';
import type { Value } from '../graph-value.ts';
import { rearranged } from './layout.ts';

/** A convolution on feature maps whose channels lie in blocks of `block`. */
export interface BlockedConvolution {
  readonly graph: GraphBuilder;
  readonly block: number;
  readonly stride: number;
  readonly padding: number;
  /** Whether the weights lie as the convolution reads them: [out/block, in/block, tap, in in block, out in block]. */
  readonly packed: boolean;
}

/** x in blocks, or plain when it has fewer channels than a block (the picture itself); → blocks. */
export function blockedForward(
  { graph, block, stride, padding, packed }: BlockedConvolution,
  x: Value,
  weight: Value,
): Value {
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  const taps = kernel * kernel;
  const arranged = packed
    ? weight
    : into % block === 0
      ? packedWeight(graph, weight, block)
      : rearranged(graph, weight, [out / block, block, into, taps], [0, 2, 3, 1], weight.shape);
  return conv(graph, x, arranged, { strides: [stride, stride], pads: [padding, padding, padding, padding] });
}

/**
 * Gradient of x: at stride s the s² phases of x's pixels are s² convolutions of the gradient with the taps that reach
 * them, done as one with s² times the channels and woven together; at stride 1 this is the flipped, transposed kernel.
 */
export function blockedInputGradient(
  { graph, block, stride, padding, packed }: BlockedConvolution,
  gradient: Value,
  weight: Value,
  x: Value,
): Value {
  const [batch = 1, into = 1, rows = 1, columns = 1] = x.shape;
  const [out = 1, , kernel = 1] = weight.shape;
  const [, , outRows = 1, outColumns = 1] = gradient.shape;
  // Output pixel t + j reaches input pixel stride·t + phase through tap phase + padding − stride·j.
  const first = Math.ceil((padding - kernel + 1) / stride);
  const last = Math.floor((stride - 1 + padding) / stride);
  const reach = last - first + 1;
  const tap = (phase: number, step: number): number | undefined => {
    const at = phase + padding - stride * (first + step);
    return at >= 0 && at < kernel ? at : undefined;
  };
  const phases = Array.from({ length: stride * stride }, (_, index) => [Math.floor(index / stride), index % stride]);
  const none = kernel * kernel;
  const chosen = phases.flatMap(([down = 0, right = 0]) =>
    Array.from({ length: reach * reach }, (_, index) => {
      const row = tap(down, Math.floor(index / reach));
      const column = tap(right, index % reach);
      return row === undefined || column === undefined ? none : row * kernel + column;
    }),
  );
  const [outBlocks, inBlocks] = [out / block, into / block];
  const inPlace = packed ? weight : packedWeight(graph, weight, block);
  // Three rearrangements that move whole runs or turn large matrices are faster than one that moves single numbers.
  const byTap = rearranged(
    graph,
    inPlace,
    [outBlocks, inBlocks, none, block, block],
    [2, 1, 3, 0, 4],
    [none, into, out],
  );
  const turned = graph.add('Transpose', [byTap], { perm: [0, 2, 1] });
  const orNothing = chosen.includes(none)
    ? graph.add('Concat', [turned, graph.filled([1, out, into], 0)], { axis: 0 })
    : turned;
  const arranged = rearranged(
    graph,
    graph.add('Gather', [orNothing, graph.integers(...chosen)], { axis: 0 }),
    [phases.length, reach * reach, outBlocks, block, inBlocks, block],
    [0, 4, 2, 1, 3, 5],
    [phases.length * into, out, reach, reach],
  );
  const steps = (size: number): number => Math.ceil(size / stride);
  const after = (size: number, outSize: number): number => steps(size) + reach - 1 - outSize + first;
  const woven = conv(graph, gradient, arranged, {
    strides: [1, 1],
    pads: [-first, -first, after(rows, outRows), after(columns, outColumns)],
  });
  if (stride === 1) return woven;
  const [down, right] = [steps(rows), steps(columns)];
  const apart = [batch, stride, stride, into / block, down, right, block];
  const together = [batch, into / block, stride * down, stride * right, block];
  const full = rearranged(graph, woven, apart, [0, 3, 4, 1, 5, 2, 6], together);
  return graph.add('Reshape', [cropped(graph, full, 2, [rows, columns]), graph.integers(...x.shape)]);
}

/**
 * Gradient of the weights, [1, …shape] summed over the pictures of a batch, [picture, …shape] where they are kept apart:
 * a convolution of the pictures with the gradient as its kernel, in which the pictures are the channels. A pixel's block
 * of channels lies side by side, so that it is seen as so many columns: the kernel then passes over them in steps of a
 * block, one result for each channel and tap of a row, and neither the pictures nor the gradient are rearranged. Pictures
 * that would fill a block are taken in groups that do not, since ONNX Runtime would want these channels in blocks.
 */
export function blockedWeightGradient(
  convolution: BlockedConvolution & { readonly keepsApart: boolean },
  gradient: Value,
  weight: Value,
  x: Value,
): Value {
  const { graph, block, packed, keepsApart } = convolution;
  const [batch = 1, into = 1] = x.shape;
  const [out = 1, , kernel = 1] = weight.shape;
  const size = keepsApart ? 1 : Math.ceil(batch / Math.ceil(batch / (block - 1)));
  const parts: Value[] = [];
  for (let from = 0; from < batch; from += size) {
    const pictures = (of: Value): Value => picturesOf(graph, of, from, Math.min(batch, from + size));
    parts.push(slopesOfFew(convolution, pictures(gradient), pictures(x), kernel));
  }
  const results = keepsApart ? batch : 1;
  const slopes = keepsApart && batch > 1 ? graph.add('Concat', parts, { axis: 0 }) : summed(graph, parts);
  const lanes = into % block === 0 ? block : 1;
  const sides = [results, into / lanes, out / block, kernel * kernel, lanes, block];
  const order = packed ? [0, 2, 1, 3, 4, 5] : [0, 2, 5, 1, 4, 3];
  return rearranged(graph, slopes, sides, order, [results, ...weight.shape]);
}

function summed(graph: GraphBuilder, parts: readonly Value[]): Value {
  const [first, ...rest] = parts;
  if (first === undefined) throw new RangeError('a batch without pictures');
  return rest.reduce((sum, part) => graph.add('Add', [sum, part]), first);
}

/** [in/block, out/block, row of taps, column of taps, in in block, out in block] of fewer pictures than a block has channels. */
function slopesOfFew(
  { graph, block, stride, padding }: BlockedConvolution,
  gradient: Value,
  x: Value,
  kernel: number,
): Value {
  const [batch = 1, into = 1, rows = 1, columns = 1] = x.shape;
  const [, out = 1, outRows = 1, outColumns = 1] = gradient.shape;
  const lanes = into % block === 0 ? block : 1;
  const [seenRows = 1, seenColumns = 1] = [outRows, outColumns].map((size) => (size - 1) * stride + kernel);
  const pictures = blocksFirst(graph, x, { batch, blocks: into / lanes, rows, columns: columns * lanes });
  const framed = framedAs(graph, pictures, {
    above: padding,
    before: padding * lanes,
    rows: seenRows,
    columns: seenColumns * lanes,
  });
  const kernels = blocksFirst(graph, gradient, {
    batch,
    blocks: out / block,
    rows: outRows,
    columns: outColumns * block,
  });
  const seen = graph.add('Reshape', [kernels, graph.integers(out, batch, outRows, outColumns)]);
  return conv(graph, framed, seen, { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [stride, stride * lanes] });
}

/** The pictures from … to − 1 of a batch. */
function picturesOf(graph: GraphBuilder, x: Value, from: number, to: number): Value {
  if (from === 0 && to === x.shape[0]) return x;
  return graph.add('Slice', [x, graph.integers(from), graph.integers(to), graph.integers(0), graph.integers(1)]);
}

/** [picture, block, row, column] → [block, picture, row, column], where a column may be one of a block's channels. */
function blocksFirst(
  graph: GraphBuilder,
  x: Value,
  sides: { readonly batch: number; readonly blocks: number; readonly rows: number; readonly columns: number },
): Value {
  const { batch, blocks, rows, columns } = sides;
  const shape = [blocks, batch, rows, columns];
  return batch === 1 || blocks === 1
    ? graph.add('Reshape', [x, graph.integers(...shape)])
    : rearranged(graph, x, [batch, blocks, rows * columns], [1, 0, 2], shape);
}

/** So many rows and columns of pictures, with zeros above and before them and, as far as needed, below and behind. */
function framedAs(
  graph: GraphBuilder,
  x: Value,
  frame: { readonly above: number; readonly before: number; readonly rows: number; readonly columns: number },
): Value {
  const { above, before, rows, columns } = frame;
  const [, , haveRows = 1, haveColumns = 1] = x.shape;
  const below = Math.max(0, rows - above - haveRows);
  const behind = Math.max(0, columns - before - haveColumns);
  const whole =
    above + before + below + behind === 0
      ? x
      : graph.add('Pad', [x, graph.integers(0, 0, above, before, 0, 0, below, behind)]);
  return cropped(graph, whole, 2, [rows, columns]);
}

/** Weights [out, in, y, x] in the order of a packed convolution. */
function packedWeight(graph: GraphBuilder, weight: Value, block: number): Value {
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  const sides = [out / block, block, into / block, block, kernel * kernel];
  return rearranged(graph, weight, sides, [0, 2, 4, 3, 1], weight.shape);
}

/** Weights of a packed convolution as [out, in, y, x]. */
export function unpackedWeight(graph: GraphBuilder, weight: Value, block: number): Value {
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  const sides = [out / block, into / block, kernel * kernel, block, block];
  return rearranged(graph, weight, sides, [0, 4, 1, 3, 2], weight.shape);
}

function conv(
  graph: GraphBuilder,
  x: Value,
  weight: Value,
  attributes: {
    readonly strides: readonly number[];
    readonly pads: readonly number[];
    readonly dilations?: readonly number[];
  },
): Value {
  return graph.add('nchwc.Conv', [x, weight], {
    dilations: [1, 1],
    ...attributes,
    kernel_shape: weight.shape.slice(2),
    group: 1,
  });
}

/** The first so many rows and columns, from `axis` on. */
function cropped(graph: GraphBuilder, x: Value, axis: number, sizes: readonly number[]): Value {
  if (sizes.every((size, index) => size === x.shape[axis + index])) return x;
  return graph.add('Slice', [
    x,
    graph.integers(0, 0),
    graph.integers(...sizes),
    graph.integers(axis, axis + 1),
    graph.integers(1, 1),
  ]);
}
