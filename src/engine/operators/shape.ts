import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';

/** The same numbers in another shape; one side may be −1 and follows from the others. */
export function reshape(tape: Tape, value: Value, sides: readonly number[]): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const output = graph.add('Reshape', [x, graph.integers(...sides)]);
  // A parameter in another shape is still one: its gradients keep the examples apart.
  const apartBy = tape.isParameter(x) && tape.perExample !== undefined ? [tape.perExample] : [];
  if (tape.isParameter(x)) tape.parameter(output);
  return tape.record(output, [x], (gradient) => [
    graph.add('Reshape', [gradient, graph.integers(...apartBy, ...x.shape)]),
  ]);
}

/** Axes in another order. */
export function transpose(tape: Tape, value: Value, order: readonly number[]): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const back = order.map((_, axis) => order.indexOf(axis));
  return tape.record(graph.add('Transpose', [x], { perm: order }), [x], (gradient) => [
    graph.add('Transpose', [gradient], { perm: back }),
  ]);
}

/** Tensors side by side along an axis. */
export function concat(tape: Tape, values: readonly Value[], axis: number): Value {
  const { graph } = tape;
  const parts = values.map((value) => apart(tape, value));
  return tape.record(graph.add('Concat', parts, { axis }), parts, (gradient) => {
    const sizes = graph.integers(...parts.map(({ shape }) => shape[axis] ?? 1));
    return graph.addAll('Split', [gradient, sizes], { axis }, parts.length);
  });
}

/** The numbers from `start` up to but not including `end` along an axis. */
export function slice(tape: Tape, value: Value, axis: number, start: number, end: number): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const side = x.shape[axis] ?? 1;
  const output = graph.add('Slice', [
    x,
    graph.integers(start),
    graph.integers(end),
    graph.integers(axis),
    graph.integers(1),
  ]);
  return tape.record(output, [x], (gradient) => {
    const rim = x.shape.map((_, own) => (own === axis ? start : 0));
    const behind = x.shape.map((_, own) => (own === axis ? side - end : 0));
    return [graph.add('Pad', [gradient, graph.integers(...rim, ...behind)])];
  });
}

/** Zeros around a tensor: so many before and behind along each axis. */
export function pad(tape: Tape, value: Value, before: readonly number[], behind: readonly number[]): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  return tape.record(graph.add('Pad', [x, graph.integers(...before, ...behind)]), [x], (gradient) => [
    graph.add('Slice', [
      gradient,
      graph.integers(...before),
      graph.integers(...before.map((rim, axis) => rim + (x.shape[axis] ?? 1))),
      graph.integers(...before.keys()),
      graph.integers(...before.map(() => 1)),
    ]),
  ]);
}
