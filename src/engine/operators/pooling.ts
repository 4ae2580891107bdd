import { elementCount, type Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** Size of a pooling window, its step and the rim added around the picture, in pixels. */
export interface Pooling {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Largest value of each window; x [batch, channel, row, column]. The gradient goes to the first largest. */
export function maxPool(tape: Tape, x: Value, pooling: Pooling): Value {
  const { graph } = tape;
  const [output, indices] = graph.addAll('MaxPool', [x], attributes(pooling), 2) as [Value, Value];
  return tape.record(output, [x], (gradient) => {
    // ONNX counts the indices over the whole tensor.
    const flat = (value: Value): Value => graph.add('Reshape', [value, graph.integers(-1)]);
    const zeros = graph.filled([elementCount(x.shape)], 0);
    const scattered = graph.add('ScatterElements', [zeros, flat(indices), flat(gradient)], { axis: 0, reduction: 'add' });
    return [graph.add('Reshape', [scattered, graph.integers(...x.shape)])];
  });
}

/** Mean of each window, the rim counting as zeros; x [batch, channel, row, column]. */
export function averagePool(tape: Tape, x: Value, pooling: Pooling): Value {
  const { graph } = tape;
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
  const [, channels = 1, rows = 1, columns = 1] = x.shape;
  const output = graph.add('Reshape', [graph.add('GlobalAveragePool', [x]), graph.integers(0, channels)]);
  return tape.record(output, [x], (gradient) => {
    const share = graph.add('Mul', [gradient, graph.floats([1], [1 / (rows * columns)])]);
    const pixels = graph.add('Reshape', [share, graph.integers(0, channels, 1, 1)]);
    return [graph.add('Expand', [pixels, graph.integers(...x.shape)])];
  });
}

function attributes({ kernel, stride, padding }: Pooling): Record<string, readonly number[]> {
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
  };
}
