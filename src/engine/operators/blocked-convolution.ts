import type { GraphBuilder } from '../graph-builder.ts';
import type { Value } from '../graph-value.ts';
import { plain, rearranged } from './layout.ts';

/** A convolution on feature maps whose channels lie in blocks of `block`. */
export interface BlockedConvolution {
  readonly graph: GraphBuilder;
  readonly block: number;
  readonly stride: number;
  readonly padding: number;
  /** Whether the weights lie as the convolution reads them: [out/block, in/block, tap, in in block, out in block]. */
  readonly packed: boolean;
}

/** Numbers of a kernel that stay in a core's cache, measured: a larger one is read from memory again for each picture. */
const KERNEL_BYTES = 2 ** 20;

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
 * Gradient of the weights: a convolution in which the pictures of the batch are the channels, x the pictures and the
 * gradient the kernel. Fewer pictures than a block are cut into parts that fill it (`partsOf` is not 0).
 */
export function blockedWeightGradient(
  { graph, block, stride, padding, packed }: BlockedConvolution,
  gradient: Value,
  weight: Value,
  x: Value,
): Value {
  const [batch = 1, into = 1, rows = 1, columns = 1] = x.shape;
  const [out = 1, , kernel = 1] = weight.shape;
  const [, , outRows = 1, outColumns = 1] = gradient.shape;
  const parts = partsOf(batch, block);
  const partRows = Math.ceil(outRows / parts);
  const seen = [partRows, outColumns].map((size) => (size - 1) * stride + kernel);
  const apart = into % block === 0 ? plain(graph, x, block) : x;
  const examples = (parts * batch) / block;
  const flat = (of: Value, pixels: number): Value => {
    const pixelwise = rearranged(
      graph,
      of,
      [examples, block, into * pixels],
      [0, 2, 1],
      [examples, into, pixels * block],
    );
    return examples === 1 ? pixelwise : graph.add('Transpose', [pixelwise], { perm: [1, 0, 2] });
  };
  const inRows = (of: Value, [down = 1, right = 1]: readonly number[]): Value =>
    graph.add('Reshape', [of, graph.integers(into * examples, down, right, block)]);
  const framed =
    parts === 1
      ? cropped(graph, padded(graph, inRows(flat(apart, rows * columns), [rows, columns]), padding, seen), 1, seen)
      : inRows(
          flat(inParts(graph, apart, { parts, stride, padding, partRows, seen }), (seen[0] ?? 1) * (seen[1] ?? 1)),
          seen,
        );
  const pictures = graph.add('Reshape', [framed, graph.integers(into, parts * batch, ...seen)]);
  const together = Math.min(batch, block);
  const kernels = rearranged(
    graph,
    withRows(graph, gradient, parts * partRows, block),
    [batch / together, together, out / block, parts, partRows * outColumns, block],
    [2, 0, 4, 3, 1, 5],
    [out, parts * batch, partRows, outColumns],
  );
  const kernelNumbers = out * parts * batch * partRows * outColumns;
  const tileRows = Math.max(1, Math.ceil(partRows / Math.ceil((4 * kernelNumbers) / KERNEL_BYTES)));
  let slopes: Value | undefined;
  for (let from = 0; from < partRows; from += tileRows) {
    const to = Math.min(partRows, from + tileRows);
    const part = conv(
      graph,
      rowsOf(graph, pictures, stride * from, (to - 1) * stride + kernel, block),
      rowsOf(graph, kernels, from, to, block),
      { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [stride, stride] },
    );
    slopes = slopes === undefined ? part : graph.add('Add', [slopes, part]);
  }
  if (slopes === undefined) throw new RangeError('a picture without rows');
  const taps = kernel * kernel;
  if (packed)
    return rearranged(graph, slopes, [into / block, block, out / block, taps, block], [2, 0, 3, 1, 4], weight.shape);
  return rearranged(graph, slopes, [into, out / block, taps, block], [1, 3, 0, 2], weight.shape);
}

/** In how many parts the rows of pictures are cut so that parts times pictures fill a block; 0 when they cannot. */
export function partsOf(batch: number, block: number): number {
  if (batch % block === 0) return 1;
  return block % batch === 0 ? block / batch : 0;
}

/** Pictures [n, channel, row, column] cut into overlapping parts of their padded rows → [part · n, channel, …seen]. */
function inParts(
  graph: GraphBuilder,
  x: Value,
  cut: {
    readonly parts: number;
    readonly stride: number;
    readonly padding: number;
    readonly partRows: number;
    readonly seen: readonly number[];
  },
): Value {
  const { parts, stride, padding, partRows, seen } = cut;
  const [, , rows = 1, columns = 1] = x.shape;
  const [seenRows = 1, seenColumns = 1] = seen;
  const start = (part: number): number => part * partRows * stride;
  const below = Math.max(0, start(parts - 1) + seenRows - rows - padding);
  const right = Math.max(0, seenColumns - columns - padding);
  const framed = graph.add('Pad', [x, graph.integers(0, 0, padding, padding, 0, 0, below, right)]);
  const each = Array.from({ length: parts }, (_, part) =>
    graph.add('Slice', [
      framed,
      graph.integers(start(part), 0),
      graph.integers(start(part) + seenRows, seenColumns),
      graph.integers(2, 3),
      graph.integers(1, 1),
    ]),
  );
  return graph.add('Concat', each, { axis: 0 });
}

/** A gradient in blocks with rows of zeros behind, up to so many. */
function withRows(graph: GraphBuilder, gradient: Value, wanted: number, block: number): Value {
  const [batch = 1, out = 1, rows = 1, columns = 1] = gradient.shape;
  if (rows === wanted) return gradient;
  const seen = graph.add('Reshape', [gradient, graph.integers((batch * out) / block, rows, columns * block)]);
  return graph.add('Pad', [seen, graph.integers(0, 0, 0, 0, wanted - rows, 0)]);
}

/** Weights [out, in, y, x] in the order of a packed convolution. */
export function packedWeight(graph: GraphBuilder, weight: Value, block: number): Value {
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

/** A rim of zeros around [·, row, column, ·], behind only as far as it is seen. */
function padded(graph: GraphBuilder, x: Value, padding: number, seen: readonly number[]): Value {
  const behind = [1, 2].map((axis, index) => Math.max(0, (seen[index] ?? 0) - (x.shape[axis] ?? 0) - padding));
  if (padding === 0 && behind.every((size) => size === 0)) return x;
  return graph.add('Pad', [x, graph.integers(0, padding, padding, 0, 0, ...behind, 0)]);
}

/** The rows from … to − 1 of [·, ·, row, column] whose second axis lies in blocks or is one. */
function rowsOf(graph: GraphBuilder, x: Value, from: number, to: number, block: number): Value {
  const [outer = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  if (from === 0 && to === rows) return x;
  const seen = graph.add('Reshape', [x, graph.integers((outer * channels) / block, rows, columns * block)]);
  const part = graph.add('Slice', [
    seen,
    graph.integers(from),
    graph.integers(to),
    graph.integers(1),
    graph.integers(1),
  ]);
  return graph.add('Reshape', [part, graph.integers(outer, channels, to - from, columns)]);
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
