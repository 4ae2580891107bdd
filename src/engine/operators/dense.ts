import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** x·weightᵀ + bias; x [batch, in], weight [out, in], bias [out] → [batch, out]. */
export function dense(tape: Tape, x: Value, weight: Value, bias: Value): Value {
  const { graph } = tape;
  const product = graph.add('MatMul', [x, graph.add('Transpose', [weight], { perm: [1, 0] })]);
  const output = graph.add('Add', [product, bias]);
  return tape.record(output, [x, weight, bias], (gradient, [wantsX]) => [
    wantsX ? graph.add('MatMul', [gradient, weight]) : undefined,
    graph.add('MatMul', [graph.add('Transpose', [gradient], { perm: [1, 0] }), x]),
    graph.add('ReduceSum', [gradient, graph.integers(0)], { keepdims: 0 }),
  ]);
}
