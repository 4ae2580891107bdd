import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** Added to the variance before its root. */
export const NORM_EPSILON = 1e-5;

/**
 * Group normalisation (Wu & He 2018): each group of channels of each picture to zero mean and unit spread, then
 * scale·x + bias by channel. x [batch, channel, row, column]; scale and bias [channel].
 */
export function groupNorm(tape: Tape, x: Value, scale: Value, bias: Value, groups: number): Value {
  const { graph } = tape;
  const [, channels = 1, rows = 1, columns = 1] = x.shape;
  const pixels = rows * columns;
  const inGroup = (channels / groups) * pixels;
  const grouped = graph.add('Reshape', [x, graph.integers(0, groups, inGroup)]);
  const ones = graph.filled([inGroup], 1);
  const [normalised, , inverseDeviation] = graph.addAll(
    'LayerNormalization',
    [grouped, ones],
    { axis: -1, epsilon: { float: NORM_EPSILON } },
    3,
  ) as [Value, Value, Value];
  const perChannel = (value: Value): Value => graph.add('Reshape', [value, graph.integers(1, channels, 1)]);
  const byChannel = (value: Value): Value => graph.add('Reshape', [value, graph.integers(0, channels, pixels)]);
  const unit = byChannel(normalised);
  const affine = graph.add('Add', [graph.add('Mul', [unit, perChannel(scale)]), perChannel(bias)]);
  const output = graph.add('Reshape', [affine, graph.integers(0, channels, rows, columns)]);
  return tape.record(output, [x, scale, bias], (gradient) => {
    const flat = byChannel(gradient);
    const sum = graph.add('ReduceSum', [flat, graph.integers(2)], { keepdims: 1 });
    const dot = graph.add('ReduceSum', [graph.add('Mul', [flat, unit]), graph.integers(2)], { keepdims: 1 });
    /** Scale-weighted mean over the group of a [batch, channel, 1] sum. */
    const groupMean = (value: Value): Value => {
      const scaled = graph.add('Mul', [value, perChannel(scale)]);
      const inGroups = graph.add('Reshape', [scaled, graph.integers(0, groups, channels / groups)]);
      const total = graph.add('ReduceSum', [inGroups, graph.integers(2)], { keepdims: 1 });
      return graph.add('Mul', [total, graph.floats([1], [1 / inGroup])]);
    };
    const toGroups = (value: Value): Value => graph.add('Reshape', [value, graph.integers(0, groups, inGroup)]);
    const away = graph.add('Add', [
      graph.add('Mul', [normalised, groupMean(dot)]),
      groupMean(sum),
    ]);
    const straight = toGroups(graph.add('Mul', [flat, perChannel(scale)]));
    const inputGradient = graph.add('Mul', [graph.add('Sub', [straight, away]), inverseDeviation]);
    const overBatch = (value: Value): Value => {
      const total = graph.add('ReduceSum', [value, graph.integers(0)], { keepdims: 0 });
      return graph.add('Reshape', [total, graph.integers(channels)]);
    };
    return [graph.add('Reshape', [inputGradient, graph.integers(...x.shape)]), overBatch(dot), overBatch(sum)];
  });
}
