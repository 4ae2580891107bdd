import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** max(x, 0); its gradient at 0 is 0. */
export function relu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const output = graph.add('Relu', [x]);
  return tape.record(output, [x], (gradient) => {
    const zero = graph.floats([1], [0]);
    return [graph.add('Where', [graph.add('Greater', [output, zero]), gradient, zero])];
  });
}
