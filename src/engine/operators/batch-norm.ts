import { UnicaError } from '#base';
import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';

/** Added to the variance before its root. */
const NORM_EPSILON = 1e-5;

/** What batch normalisation learns and measures; all [channel]. */
export interface BatchNormValues {
  readonly scale: Value;
  readonly bias: Value;
  /** Running statistics: used when answering, measured while learning. */
  readonly mean: Value;
  readonly variance: Value;
}

/**
 * Batch normalisation (Ioffe & Szegedy 2015) of [row, channel, …]: by the statistics of the batch while learning (the
 * running variance is told the unbiased one, as PyTorch does), by the running ones when answering.
 * @throws UnicaError `engine.shape-mismatch` on a tape that keeps examples apart: they are mixed here
 */
export function batchNorm(tape: Tape, value: Value, { scale, bias, mean, variance }: BatchNormValues): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const channels = x.shape[1] ?? 1;
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const count = x.shape.reduce((product, side) => product * side, 1) / channels;
  const along = (of: Value): Value =>
    graph.add('Reshape', [of, graph.integers(...x.shape.map((_, axis) => (axis === 1 ? channels : 1)))]);
  const flat = (of: Value): Value => graph.add('Reshape', [of, graph.integers(channels)]);
  const total = (of: Value): Value => graph.add('ReduceSum', [of, graph.integers(...axes)], { keepdims: 1 });
  const average = (of: Value): Value => graph.add('Mul', [total(of), graph.floats([1], [1 / count])]);
  const inverseOf = (spread: Value): Value =>
    graph.add('Div', [
      graph.floats([1], [1]),
      graph.add('Sqrt', [graph.add('Add', [spread, graph.floats([1], [NORM_EPSILON])])]),
    ]);

  if (tape.mode === 'inference') {
    const output = graph.add('BatchNormalization', [x, scale, bias, mean, variance], {
      epsilon: { float: NORM_EPSILON },
    });
    return tape.record(output, [x, scale, bias], (gradient) => {
      const inverse = along(inverseOf(variance));
      const normalised = graph.add('Mul', [graph.add('Sub', [x, along(mean)]), inverse]);
      return [
        graph.add('Mul', [graph.add('Mul', [gradient, along(scale)]), inverse]),
        flat(total(graph.add('Mul', [gradient, normalised]))),
        flat(total(gradient)),
      ];
    });
  }
  if (tape.perExample !== undefined)
    throw new UnicaError('engine.shape-mismatch', {
      operator: 'BatchNorm',
      problem: 'it mixes the examples of a batch, so their gradients cannot be told apart; use GroupNorm',
    });
  const middle = average(x);
  const centred = graph.add('Sub', [x, middle]);
  const spread = average(graph.add('Mul', [centred, centred]));
  const inverse = inverseOf(spread);
  const normalised = graph.add('Mul', [centred, inverse]);
  tape.measure(mean, flat(middle));
  tape.measure(variance, flat(graph.add('Mul', [spread, graph.floats([1], [count / Math.max(1, count - 1)])])));
  const output = graph.add('Add', [graph.add('Mul', [normalised, along(scale)]), along(bias)]);
  return tape.record(output, [x, scale, bias], (gradient) => {
    const scaled = graph.add('Mul', [gradient, along(scale)]);
    const rest = graph.add('Sub', [scaled, average(scaled)]);
    const tilt = graph.add('Mul', [normalised, average(graph.add('Mul', [scaled, normalised]))]);
    return [
      graph.add('Mul', [graph.add('Sub', [rest, tilt]), inverse]),
      flat(total(graph.add('Mul', [gradient, normalised]))),
      flat(total(gradient)),
    ];
  });
}
