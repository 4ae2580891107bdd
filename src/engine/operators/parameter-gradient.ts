import { elementCount, type Shape, type Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/**
 * The gradient of something that was broadcast: summed over the axes it was repeated along, in the shape it has. For a
 * parameter on a tape that keeps examples apart, [example, …shape].
 */
export function summedTo(tape: Tape, gradient: Value, like: Value): Value {
  const { graph } = tape;
  const apart = tape.perExample !== undefined && tape.isParameter(like);
  const rank = gradient.shape.length;
  const axes = gradient.shape.flatMap((side, axis) => {
    const own = like.shape[axis - rank + like.shape.length] ?? 1;
    return own === 1 && (side !== 1 || axis < rank - like.shape.length) && !(apart && axis === 0) ? [axis] : [];
  });
  const summed =
    axes.length === 0 ? gradient : graph.add('ReduceSum', [gradient, graph.integers(...axes)], { keepdims: 1 });
  if (apart) return ofExamples(tape, summed, like.shape);
  return sameShape(summed.shape, like.shape) ? summed : graph.add('Reshape', [summed, graph.integers(...like.shape)]);
}

/**
 * Gradients of a parameter by row of the batch [row, …shape] → summed, or by example where the tape keeps them apart; an
 * example may have several rows, one after the other (the views of an exam).
 */
export function overRows(tape: Tape, byRow: Value, shape: Shape): Value {
  const { graph } = tape;
  if (tape.perExample !== undefined) return ofExamples(tape, byRow, shape);
  const summed = byRow.shape[0] === 1 ? byRow : graph.add('ReduceSum', [byRow, graph.integers(0)], { keepdims: 0 });
  return sameShape(summed.shape, shape) ? summed : graph.add('Reshape', [summed, graph.integers(...shape)]);
}

function ofExamples(tape: Tape, byRow: Value, shape: Shape): Value {
  const { graph, perExample: examples = 1 } = tape;
  const rows = (byRow.shape[0] ?? 1) / examples;
  if (rows === 1) return graph.add('Reshape', [byRow, graph.integers(examples, ...shape)]);
  const grouped = graph.add('Reshape', [byRow, graph.integers(examples, rows, elementCount(shape))]);
  const summed = graph.add('ReduceSum', [grouped, graph.integers(1)], { keepdims: 0 });
  return graph.add('Reshape', [summed, graph.integers(examples, ...shape)]);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}
