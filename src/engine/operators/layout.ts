import type { GraphBuilder } from '../graph-builder.ts';
import type { Shape, Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** The same feature map with its channels apart, as every operator outside the convolutions expects it. */
export function apart(tape: Tape, x: Value): Value {
  if (!tape.isInBlocks(x)) return x;
  const { graph, block } = tape;
  return tape.record(plain(graph, x, block), [x], (gradient) => [blocked(graph, gradient, block)]);
}

/** The same feature map with its channels in blocks; they must fill whole ones. */
export function together(tape: Tape, x: Value): Value {
  if (tape.isInBlocks(x)) return x;
  const { graph, block } = tape;
  const output = tape.inBlocks(blocked(graph, x, block));
  return tape.record(output, [x], (gradient) => [plain(graph, gradient, block)]);
}

/** Memory order [batch, channel/block, row, column, block] → [batch, channel, row, column]. */
export function plain(graph: GraphBuilder, x: Value, block: number): Value {
  const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  return rearranged(graph, x, [batch, channels / block, rows * columns, block], [0, 1, 3, 2], x.shape);
}

/** Memory order [batch, channel, row, column] → [batch, channel/block, row, column, block]. */
function blocked(graph: GraphBuilder, x: Value, block: number): Value {
  const [batch = 1, channels = 1, rows = 1, columns = 1] = x.shape;
  return rearranged(graph, x, [batch, channels / block, block, rows * columns], [0, 1, 3, 2], x.shape);
}

/** Numbers seen as `sides`, their axes reordered, seen as `shape`. */
export function rearranged(
  graph: GraphBuilder,
  x: Value,
  sides: readonly number[],
  order: readonly number[],
  shape: Shape,
): Value {
  const seen = graph.add('Reshape', [x, graph.integers(...sides)]);
  return graph.add('Reshape', [graph.add('Transpose', [seen], { perm: order }), graph.integers(...shape)]);
}
