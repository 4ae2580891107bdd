import { UnicaError } from '#base';
import type { GraphBuilder } from '../graph-builder.ts';
import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { add } from './arithmetic.ts';
import { blockedForward, blockedInputGradient, blockedWeightGradient, unpackedWeight } from './blocked-convolution.ts';
import { deepConvolution, isDeep } from './deep-convolution.ts';
import { apart, plain, together } from './layout.ts';
import { overRows } from './parameter-gradient.ts';
import { reshape } from './shape.ts';

/** How a kernel moves over a picture, in pixels. */
export interface Convolution {
  readonly stride: number;
  /** Rim of zeros around the picture. */
  readonly padding: number;
  /** Distance between the taps of the kernel. */
  readonly dilation: number;
  /** Parts of the channels that are convolved each by itself; as many as channels is depthwise. */
  readonly groups: number;
}

/**
 * Cross-correlation with square kernels; x [row, in, y, x], weight [out, in/groups, k, k], bias [out]
 * → [row, out, y′, x′].
 */
export function convolution(
  tape: Tape,
  x: Value,
  weight: Value,
  bias: Value | undefined,
  settings: Convolution,
): Value {
  const output = canBeDeep(tape, x, weight, settings)
    ? deepConvolution(tape, x, weight, settings)
    : canBeBlocked(tape, x, weight, settings)
      ? blockedConvolution(tape, x, weight, settings)
      : plainConvolution(tape, apart(tape, x), weight, settings);
  if (bias === undefined) return output;
  return add(tape, output, reshape(tape, bias, [bias.shape[0] ?? 1, 1, 1]));
}

function canBeDeep(tape: Tape, x: Value, weight: Value, settings: Convolution): boolean {
  const { stride, dilation, groups } = settings;
  const simple = stride === 1 && dilation === 1 && groups === 1 && x.shape[1] === weight.shape[1];
  return simple && tape.mode === 'training' && tape.perExample === undefined && isDeep(x, weight, settings);
}

function canBeBlocked({ block }: Tape, x: Value, weight: Value, { dilation, groups }: Convolution): boolean {
  const [out = 1, into = 1] = weight.shape;
  // Fewer channels than a block come as they are: the picture itself.
  return (
    block !== 1 &&
    groups === 1 &&
    dilation === 1 &&
    out % 16 === 0 &&
    x.shape[1] === into &&
    (into < block || into % 16 === 0)
  );
}

function blockedConvolution(tape: Tape, value: Value, weight: Value, convolution: Convolution): Value {
  const { graph, block } = tape;
  tape.readInBlocks(weight);
  const packed = tape.isInBlocks(weight);
  const settings = { ...convolution, graph, block, packed };
  const [, into = 1] = weight.shape;
  const x = into < block ? apart(tape, value) : together(tape, value);
  const output = tape.inBlocks(blockedForward(settings, x, weight));
  return tape.record(output, [x, weight], (gradient, [wantsX, wantsWeight]) => {
    const seen = (of: Value): Value => ((of.shape[1] ?? 1) % block === 0 ? plain(graph, of, block) : of);
    const plainWeight = (): Value => (packed ? unpackedWeight(graph, weight, block) : weight);
    const forX = into % block === 0 ? blockedInputGradient : undefined;
    const keepsApart = tape.perExample !== undefined;
    return [
      wantsX
        ? (forX?.(settings, gradient, weight, x) ?? inputGradient(graph, seen(gradient), plainWeight(), x, settings))
        : undefined,
      wantsWeight
        ? overRows(tape, blockedWeightGradient({ ...settings, keepsApart }, gradient, weight, x), weight.shape)
        : undefined,
    ];
  });
}

function plainConvolution(tape: Tape, x: Value, weight: Value, settings: Convolution): Value {
  const { graph } = tape;
  return tape.record(conv(graph, x, weight, settings), [x, weight], (gradient, [wantsX, wantsWeight]) => [
    wantsX ? inputGradient(graph, gradient, weight, x, settings) : undefined,
    wantsWeight ? weightGradient(tape, gradient, weight, x, settings) : undefined,
  ]);
}

function conv(graph: GraphBuilder, x: Value, weight: Value, settings: Convolution): Value {
  const { stride, padding, dilation, groups } = settings;
  const [out = 1, into = 1] = weight.shape;
  if (x.shape[1] !== into * groups || out % groups !== 0)
    throw new UnicaError('engine.shape-mismatch', {
      operator: 'Conv',
      problem: `a picture of ${x.shape[1]} channels meets ${out} kernels of ${into} in ${groups} groups`,
    });
  return graph.add('Conv', [x, weight], {
    kernel_shape: weight.shape.slice(2),
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group: groups,
  });
}

/** Flipped, transposed kernel at stride 1, ConvTranspose else: the faster of the two each time. */
function inputGradient(graph: GraphBuilder, gradient: Value, weight: Value, x: Value, settings: Convolution): Value {
  const { stride, padding, dilation, groups } = settings;
  const [out = 1, into = 1, kernel = 1] = weight.shape;
  const reach = dilation * (kernel - 1) + 1;
  if (stride === 1 && groups === 1 && reach > padding) {
    const taps = graph.add('Reshape', [weight, graph.integers(out, into, kernel * kernel)]);
    const reversed = Array.from({ length: kernel * kernel }, (_, tap) => kernel * kernel - 1 - tap);
    const flipped = graph.add('Gather', [taps, graph.integers(...reversed)], { axis: 2 });
    const swapped = graph.add('Transpose', [flipped], { perm: [1, 0, 2] });
    const kernels = graph.add('Reshape', [swapped, graph.integers(into, out, kernel, kernel)]);
    return conv(graph, gradient, kernels, { stride: 1, padding: reach - 1 - padding, dilation, groups: 1 });
  }
  const rest = [2, 3].map(
    (axis) => (x.shape[axis] ?? 1) - (((gradient.shape[axis] ?? 1) - 1) * stride + reach - 2 * padding),
  );
  return graph.add('ConvTranspose', [gradient, weight], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    output_padding: rest,
    group: groups,
  });
}

/** Gradient · columnsᵀ for each row of the batch, the columns being the k² shifted pictures side by side (im2col). */
function weightGradient(tape: Tape, gradient: Value, weight: Value, x: Value, settings: Convolution): Value {
  const { graph } = tape;
  const { stride, padding, dilation, groups } = settings;
  const [batch = 1, out = 1, rows = 1, columns = 1] = gradient.shape;
  const [, into = 1, kernel = 1] = weight.shape;
  const pads = [0, 0, padding, padding, 0, 0, padding, padding];
  const padded = padding > 0 ? graph.add('Pad', [x, graph.integers(...pads)]) : x;
  const shifted: Value[] = [];
  for (let row = 0; row < kernel; row += 1) {
    for (let column = 0; column < kernel; column += 1) {
      const [top, left] = [row * dilation, column * dilation];
      const window = graph.add('Slice', [
        padded,
        graph.integers(top, left),
        graph.integers(top + (rows - 1) * stride + 1, left + (columns - 1) * stride + 1),
        graph.integers(2, 3),
        graph.integers(stride, stride),
      ]);
      shifted.push(graph.add('Reshape', [window, graph.integers(batch, groups, into, rows * columns)]));
    }
  }
  const cols = shifted.length === 1 && shifted[0] ? shifted[0] : graph.add('Concat', shifted, { axis: 2 });
  const flat = graph.add('Reshape', [gradient, graph.integers(batch, groups, out / groups, rows * columns)]);
  const each = graph.add('FusedMatMul', [flat, cols], { transA: 0, transB: 1 });
  const total = overRows(tape, each, [out, kernel * kernel, into]);
  const lead = total.shape.length - 3;
  const order = [...Array.from({ length: lead }, (_, axis) => axis), lead, lead + 2, lead + 1];
  const ordered = graph.add('Transpose', [total], { perm: order });
  return graph.add('Reshape', [ordered, graph.integers(...total.shape.slice(0, lead), ...weight.shape)]);
}
