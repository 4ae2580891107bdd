import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** Added to the variance before its root. */
export const NORM_EPSILON = 1e-5;

/**
 * Group normalisation (Wu & He 2018): each group of channels of each picture to zero mean and unit spread, then
 * scale·x + bias by channel. x [batch, channel, row, column]; scale and bias [channel]. In a blocked order a group is
 * a whole number of blocks.
 */
export function groupNorm(tape: Tape, x: Value, scale: Value, bias: Value, groups: number): Value {
  const { graph, block } = tape;
  const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  const pixels = rows * columns;
  const inGroup = (channels / groups) * pixels;
  const grouped = graph.add('Reshape', [x, graph.integers(0, groups, inGroup)]);
  const [normalised, , inverseDeviation] = graph.addAll(
    'LayerNormalization',
    [grouped, graph.filled([inGroup], 1)],
    { axis: -1, epsilon: { float: NORM_EPSILON } },
    3,
  ) as [Value, Value, Value];
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
  const affine = graph.add('Add', [graph.add('Mul', [byChannel(normalised), scales]), perPixel(bias)]);
  const output = graph.add('Reshape', [affine, graph.integers(0, channels, rows, columns)]);

  return tape.record(output, [x, scale, bias], (gradient) => {
    const flat = byChannel(gradient);
    const sum = graph.add('ReduceSum', [flat, graph.integers(2)], { keepdims: 1 });
    const product = graph.add('Mul', [flat, byChannel(normalised)]);
    const dot = graph.add('ReduceSum', [product, graph.integers(2)], { keepdims: 1 });
    /** Scale-weighted mean over each group of a sum by channel → [batch, group, 1]. */
    const groupMean = (value: Value): Value => {
      const scaled = graph.add('Mul', [value, perChannel(scale)]);
      const inGroups = graph.add('Reshape', [scaled, graph.integers(batch, groups, channels / groups)]);
      const total = graph.add('ReduceSum', [inGroups, graph.integers(2)], { keepdims: 1 });
      return graph.add('Mul', [total, graph.floats([1], [1 / inGroup])]);
    };
    // dx = (scale·dy − mean(scale·dy) − x̂·mean(scale·dy·x̂)) / deviation. The last two terms in one pass: a fixed
    // batch normalisation with one "channel" for each group of each picture.
    const rowCount = batch * groups;
    const row = (value: Value): Value => graph.add('Reshape', [value, graph.integers(rowCount)]);
    const factor = (value: Value): Value => row(graph.add('Mul', [value, inverseDeviation]));
    const away = graph.add(
      'BatchNormalization',
      [
        graph.add('Reshape', [normalised, graph.integers(1, rowCount, inGroup)]),
        factor(groupMean(dot)),
        factor(groupMean(sum)),
        graph.filled([rowCount], 0),
        graph.filled([rowCount], 1),
      ],
      { epsilon: { float: 0 } },
    );
    const straight = graph.add('Reshape', [graph.add('Mul', [flat, scales]), graph.integers(1, rowCount, inGroup)]);
    const spread = graph.add('Reshape', [inverseDeviation, graph.integers(1, rowCount, 1)]);
    const inputGradient = graph.add('Sub', [graph.add('Mul', [straight, spread]), away]);
    const overBatch = (value: Value): Value => {
      const total = graph.add('ReduceSum', [value, graph.integers(0)], { keepdims: 0 });
      return graph.add('Reshape', [total, graph.integers(channels)]);
    };
    return [graph.add('Reshape', [inputGradient, graph.integers(...x.shape)]), overBatch(dot), overBatch(sum)];
  });
}
