import { UnicaError } from '#base';
import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';
import { overRows } from './parameter-gradient.ts';

/** Added to the variance before its root. */
const NORM_EPSILON = 1e-5;

/**
 * Group normalisation (Wu & He 2018): each group of channels of each picture to zero mean and unit spread, then
 * scale·x + bias by channel. x [batch, channel, row, column]; scale and bias [channel]. In a blocked order a group is
 * a whole number of blocks.
 */
export function groupNorm(tape: Tape, value: Value, scale: Value, bias: Value, groups: number): Value {
  const { graph } = tape;
  const [batch = 1, channels = 1, rows = 1, columns = 1] = value.shape;
  if (channels % groups !== 0)
    throw new UnicaError('engine.shape-mismatch', {
      operator: 'GroupNorm',
      problem: `${channels} channels do not make ${groups} groups`,
    });
  const x = (channels / groups) % tape.block === 0 ? value : apart(tape, value);
  const block = tape.isInBlocks(x) ? tape.block : 1;
  const pixels = rows * columns;
  const inGroup = (channels / groups) * pixels;
  const grouped = graph.add('Reshape', [x, graph.integers(0, groups, inGroup)]);
  /** [channel] beside [batch, channel/block, pixel, block]. */
  const perChannel = (value: Value): Value =>
    graph.add('Reshape', [value, graph.integers(1, channels / block, 1, block)]);
  /** As perChannel, repeated for every pixel where broadcasting over short blocks would be slow. */
  const perPixel = (value: Value): Value =>
    block === 1
      ? perChannel(value)
      : graph.add('Expand', [perChannel(value), graph.integers(1, channels / block, pixels, block)]);
  const byChannel = (value: Value): Value =>
    graph.add('Reshape', [value, graph.integers(0, channels / block, pixels, block)]);
  const scales = perPixel(scale);
  const normalise = (affine: readonly Value[]): readonly Value[] =>
    graph.addAll('LayerNormalization', [grouped, ...affine], { axis: -1, epsilon: { float: NORM_EPSILON } }, 3);
  const fused = (): readonly Value[] =>
    // ONNX Runtime lets scale and bias differ by group, the standard does not: in graphs for training only.
    normalise(
      [scales, perPixel(bias)].map((value) => graph.add('Reshape', [value, graph.integers(1, groups, inGroup)])),
    );
  const standard = (): readonly Value[] => {
    const [normalised, mean, inverse] = normalise([graph.filled([inGroup], 1)]) as [Value, Value, Value];
    const affine = graph.add('Add', [graph.add('Mul', [byChannel(normalised), scales]), perPixel(bias)]);
    return [affine, mean, inverse];
  };
  const [affine, mean, inverseDeviation] = (block === 1 ? standard() : fused()) as [Value, Value, Value];
  const output = graph.add('Reshape', [affine, graph.integers(0, channels, rows, columns)]);

  if (block !== 1) tape.inBlocks(output);
  return tape.record(output, [x, scale, bias], (gradient) => {
    const perGroup = channels / groups;
    const flat = byChannel(gradient);
    /** Sums over the pixels, [batch, group, channel in group]. */
    const overPixels = (of: Value): Value => {
      const sums = graph.add('ReduceSum', [of, graph.integers(2)], { keepdims: 0 });
      // Where a group is a block they lie as they are wanted.
      return perGroup === block ? sums : graph.add('Reshape', [sums, graph.integers(batch, groups, perGroup)]);
    };
    const sum = overPixels(flat);
    // Σ dy·x̂ by channel from Σ dy·x: one pass fewer over the pixels than to make x̂ first.
    const centred = graph.add('Sub', [
      overPixels(graph.add('Mul', [flat, byChannel(x)])),
      graph.add('Mul', [sum, mean]),
    ]);
    const dot = graph.add('Mul', [centred, inverseDeviation]);
    const shares = graph.add('Reshape', [
      graph.add('Mul', [scale, graph.floats([1], [1 / inGroup])]),
      graph.integers(groups, perGroup),
    ]);
    /** Scale-weighted mean over each group of a sum by channel, divided by the deviation → [batch, group, 1]. */
    const groupMean = (of: Value): Value => {
      const total = graph.add('ReduceSum', [graph.add('Mul', [of, shares]), graph.integers(2)], { keepdims: 1 });
      return graph.add('Mul', [total, inverseDeviation]);
    };
    // dx = (scale·dy − mean(scale·dy) − x̂·mean(scale·dy·x̂)) / deviation. The last two terms in one pass: a fixed
    // batch normalisation with one "channel" for each group of each picture.
    const rowCount = batch * groups;
    const row = (value: Value): Value => graph.add('Reshape', [value, graph.integers(rowCount)]);
    const away = graph.add(
      'BatchNormalization',
      [
        graph.add('Reshape', [x, graph.integers(1, rowCount, inGroup)]),
        row(graph.add('Mul', [groupMean(dot), inverseDeviation])),
        row(groupMean(sum)),
        row(mean),
        graph.filled([rowCount], 1),
      ],
      { epsilon: { float: 0 } },
    );
    const straight = graph.add('Reshape', [graph.add('Mul', [flat, scales]), graph.integers(1, rowCount, inGroup)]);
    const deviations = graph.add('Reshape', [inverseDeviation, graph.integers(1, rowCount, 1)]);
    const inputGradient = graph.add('Sub', [graph.add('Mul', [straight, deviations]), away]);
    const overBatch = (of: Value): Value => overRows(tape, of, [channels]);
    return [graph.add('Reshape', [inputGradient, graph.integers(...x.shape)]), overBatch(dot), overBatch(sum)];
  });
}
