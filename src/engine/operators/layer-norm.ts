import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';
import { summedTo } from './parameter-gradient.ts';

/** Added to the variance before its root. */
const NORM_EPSILON = 1e-5;

/** Layer normalisation over the last axis (Ba et al. 2016): zero mean, unit spread, then scale·x + bias; both [last side],
 * the bias may be missing. */
export function layerNorm(tape: Tape, value: Value, scale: Value, bias: Value | undefined): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const width = x.shape.at(-1) ?? 1;
  const last = x.shape.length - 1;
  const [output, mean, inverse] = graph.addAll(
    'LayerNormalization',
    bias === undefined ? [x, scale] : [x, scale, bias],
    { axis: -1, epsilon: { float: NORM_EPSILON } },
    3,
  ) as [Value, Value, Value];
  return tape.record(
    output,
    bias === undefined ? [x, scale] : [x, scale, bias],
    (gradient, [wantsX, wantsScale, wantsBias]) => {
      const normalised = graph.add('Mul', [graph.add('Sub', [x, mean]), inverse]);
      const average = (of: Value): Value =>
        graph.add('Mul', [
          graph.add('ReduceSum', [of, graph.integers(last)], { keepdims: 1 }),
          graph.floats([1], [1 / width]),
        ]);
      const forX = (): Value => {
        const scaled = graph.add('Mul', [gradient, scale]);
        const along = average(graph.add('Mul', [scaled, normalised]));
        const centred = graph.add('Sub', [scaled, average(scaled)]);
        return graph.add('Mul', [graph.add('Sub', [centred, graph.add('Mul', [normalised, along])]), inverse]);
      };
      return [
        wantsX ? forX() : undefined,
        wantsScale ? summedTo(tape, graph.add('Mul', [gradient, normalised]), scale) : undefined,
        wantsBias && bias !== undefined ? summedTo(tape, gradient, bias) : undefined,
      ];
    },
  );
}
