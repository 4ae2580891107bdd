import { elementCount, type Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** Numbers that are part of the network. One value fills the whole shape. */
export function constant({ graph }: Tape, shape: readonly number[], values: readonly number[]): Value {
  const [first = 0] = values;
  return values.length === 1 && elementCount(shape) !== 1 ? graph.filled(shape, first) : graph.floats(shape, values);
}

/** 1 where a ≥ b, else 0; shapes broadcast. No gradient passes. */
export function atLeast({ graph }: Tape, a: Value, b: Value): Value {
  return graph.add('Cast', [graph.add('GreaterOrEqual', [a, b])], { to: 1 });
}
