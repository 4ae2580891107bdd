import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** The same numbers in another shape (0 keeps a side, −1 follows from the others). */
export function reshape(tape: Tape, x: Value, sides: readonly number[]): Value {
  const { graph } = tape;
  const output = graph.add('Reshape', [x, graph.integers(...sides)]);
  return tape.record(output, [x], (gradient) => [graph.add('Reshape', [gradient, graph.integers(...x.shape)])]);
}
