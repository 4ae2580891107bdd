import type { GraphBuilder } from '../graph-builder.ts';
import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import {
  type BlockedConvolution,
  blockedForward,
  blockedInputGradient,
  blockedWeightGradient,
  plain,
} from './blocked-convolution.ts';

/** Step of the kernel and rim of zeros around the picture, in pixels. */
export interface Convolution {
  readonly stride: number;
  readonly padding: number;
}

/**
 * Cross-correlation with square kernels; x [batch, in, row, column], weight [out, in, k, k]
 * → [batch, out, row′, column′].
 */
export function convolution(tape: Tape, x: Value, weight: Value, { stride, padding }: Convolution): Value {
  const { graph, block } = tape;
  if (block !== 1) return blockedConvolution(tape, x, weight, { graph, block, stride, padding });
  const output = conv(graph, x, weight, { stride, padding });
  return tape.record(output, [x, weight], (gradient, [wantsX, wantsWeight]) => [
    wantsX ? inputGradient(graph, gradient, weight, x, { stride, padding }) : undefined,
    wantsWeight ? weightGradient(graph, gradient, weight, x, { stride, padding }) : undefined,
  ]);
}

function blockedConvolution(tape: Tape, x: Value, weight: Value, settings: BlockedConvolution): Value {
  const { graph, block } = settings;
  const [batch = 1, into = 1] = x.shape;
  const output = blockedForward(settings, x, weight);
  return tape.record(output, [x, weight], (gradient, [wantsX, wantsWeight]) => {
    // Where there are no whole blocks, the plain way: the picture's own gradient, micro-batches of odd size.
    const apart = (value: Value): Value => ((value.shape[1] ?? 1) % block === 0 ? plain(graph, value, block) : value);
    const forX = into % block === 0 ? blockedInputGradient : undefined;
    const forWeight = batch % block === 0 ? blockedWeightGradient : undefined;
    return [
      wantsX
        ? (forX?.(settings, gradient, weight, x) ?? inputGradient(graph, apart(gradient), weight, x, settings))
        : undefined,
      wantsWeight
        ? (forWeight?.(settings, gradient, weight, x) ??
          weightGradient(graph, apart(gradient), weight, apart(x), settings))
        : undefined,
    ];
  });
}

function conv(graph: GraphBuilder, x: Value, weight: Value, { stride, padding }: Convolution): Value {
  return graph.add('Conv', [x, weight], {
    kernel_shape: weight.shape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  });
}

/** Flipped, transposed kernel at stride 1, ConvTranspose else: the faster of the two each time. */
function inputGradient(
  graph: GraphBuilder,
  gradient: Value,
  weight: Value,
  x: Value,
  { stride, padding }: Convolution,
): Value {
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  if (stride === 1 && kernel > padding) {
    const taps = graph.add('Reshape', [weight, graph.integers(out, into, kernel * kernel)]);
    const reversed = Array.from({ length: kernel * kernel }, (_, tap) => kernel * kernel - 1 - tap);
    const flipped = graph.add('Gather', [taps, graph.integers(...reversed)], { axis: 2 });
    const swapped = graph.add('Transpose', [flipped], { perm: [1, 0, 2] });
    const kernels = graph.add('Reshape', [swapped, graph.integers(into, out, kernel, kernel)]);
    return conv(graph, gradient, kernels, { stride: 1, padding: kernel - 1 - padding });
  }
  const rest = [2, 3].map(
    (axis) => (x.shape[axis] ?? 1) - (((gradient.shape[axis] ?? 1) - 1) * stride + kernel - 2 * padding),
  );
  return graph.add('ConvTranspose', [gradient, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: rest,
  });
}

/** Gradient · columnsᵀ summed over the batch, the columns being the k² shifted pictures side by side (im2col). */
function weightGradient(
  graph: GraphBuilder,
  gradient: Value,
  weight: Value,
  x: Value,
  { stride, padding }: Convolution,
): Value {
  const [batch = 1, out = 1, rows = 1, columns = 1] = gradient.shape;
  const [, into = 1, kernel = 1] = weight.shape;
  const pads = [0, 0, padding, padding, 0, 0, padding, padding];
  const padded = padding > 0 ? graph.add('Pad', [x, graph.integers(...pads)]) : x;
  const shifted: Value[] = [];
  for (let row = 0; row < kernel; row += 1) {
    for (let column = 0; column < kernel; column += 1) {
      const window = graph.add('Slice', [
        padded,
        graph.integers(row, column),
        graph.integers(row + (rows - 1) * stride + 1, column + (columns - 1) * stride + 1),
        graph.integers(2, 3),
        graph.integers(stride, stride),
      ]);
      shifted.push(graph.add('Reshape', [window, graph.integers(batch, into, rows * columns)]));
    }
  }
  const cols = shifted.length === 1 && shifted[0] ? shifted[0] : graph.add('Concat', shifted, { axis: 1 });
  const flat = graph.add('Reshape', [gradient, graph.integers(batch, out, rows * columns)]);
  const each = graph.add('FusedMatMul', [flat, cols], { transA: 0, transB: 1 });
  const total = graph.add('ReduceSum', [each, graph.integers(0)], { keepdims: 0 });
  const taps = graph.add('Reshape', [total, graph.integers(out, kernel * kernel, into)]);
  const ordered = graph.add('Transpose', [taps], { perm: [0, 2, 1] });
  return graph.add('Reshape', [ordered, graph.integers(...weight.shape)]);
}
