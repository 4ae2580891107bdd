import { elementCount, type Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { blockedMaxPool, canPoolInBlocks } from './blocked-max-pool.ts';
import { apart } from './layout.ts';
import type { Pooling } from './pooling-window.ts';

/** Largest value of each window; x [batch, channel, row, column]. The gradient goes to the first largest. */
export function maxPool(tape: Tape, value: Value, pooling: Pooling): Value {
  const { graph } = tape;
  if (tape.isInBlocks(value) && canPoolInBlocks(value, pooling)) return blockedMaxPool(tape, value, pooling);
  const x = apart(tape, value);
  const [output, indices] = graph.addAll('MaxPool', [x], attributes(pooling), 2) as [Value, Value];
  return tape.record(output, [x], (gradient) => {
    // ONNX counts the indices over the whole tensor.
    const flat = (value: Value): Value => graph.add('Reshape', [value, graph.integers(-1)]);
    const zeros = graph.filled([elementCount(x.shape)], 0);
    const scattered = graph.add('ScatterElements', [zeros, flat(indices), flat(gradient)], {
      axis: 0,
      reduction: 'add',
    });
    return [graph.add('Reshape', [scattered, graph.integers(...x.shape)])];
  });
}

/** Mean of each window, the rim counting as zeros; x [batch, channel, row, column]. */
export function averagePool(tape: Tape, value: Value, pooling: Pooling): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const { kernel, stride, padding } = pooling;
  const output = graph.add('AveragePool', [x], { ...attributes(pooling), count_include_pad: 1 });
  return tape.record(output, [x], (gradient) => {
    const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
    const [, , outRows = 1, outColumns = 1] = output.shape;
    const rest = (side: number, out: number): number => side - ((out - 1) * stride + kernel - 2 * padding);
    const flat = graph.add('Reshape', [gradient, graph.integers(batch * channels, 1, outRows, outColumns)]);
    const spread = graph.add('ConvTranspose', [flat, graph.filled([1, 1, kernel, kernel], 1 / kernel ** 2)], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [padding, padding, padding, padding],
      output_padding: [rest(rows, outRows), rest(columns, outColumns)],
    });
    return [graph.add('Reshape', [spread, graph.integers(...x.shape)])];
  });
}

/** Mean over rows and columns; [batch, channel, row, column] → [batch, channel]. */
export function globalAveragePool(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const block = tape.isInBlocks(x) ? tape.block : 1;
  const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  const pixels = rows * columns;
  if (block === 1) {
    const output = graph.add('Reshape', [graph.add('GlobalAveragePool', [x]), graph.integers(0, channels)]);
    return tape.record(output, [x], spread);
  }
  const blocks = graph.add('Reshape', [x, graph.integers(batch, channels / block, pixels, block)]);
  const total = graph.add('ReduceSum', [blocks, graph.integers(2)], { keepdims: 0 });
  const mean = graph.add('Mul', [total, graph.floats([1], [1 / pixels])]);
  return tape.record(graph.add('Reshape', [mean, graph.integers(batch, channels)]), [x], spread);

  function spread(gradient: Value): readonly Value[] {
    const share = graph.add('Mul', [gradient, graph.floats([1], [1 / pixels])]);
    const one = graph.add('Reshape', [share, graph.integers(batch, channels / block, 1, block)]);
    const all = graph.add('Expand', [one, graph.integers(batch, channels / block, pixels, block)]);
    return [graph.add('Reshape', [all, graph.integers(...x.shape)])];
  }
}

function attributes({ kernel, stride, padding }: Pooling): Record<string, readonly number[]> {
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
}
