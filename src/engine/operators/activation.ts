import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** max(x, 0); its gradient at 0 is 0. */
export function relu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const output = graph.add('Relu', [x]);
  return tape.record(output, [x], (gradient) => {
    // The step function in one pass: 3e38·x is at least 1 for every positive normal float, then clipped to 1.
    const mask = graph.add('HardSigmoid', [output], { alpha: { float: 3e38 }, beta: { float: 0 } });
    return [graph.add('Mul', [mask, gradient])];
  });
}
