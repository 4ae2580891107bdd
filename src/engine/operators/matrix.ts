import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { overRows, summedTo } from './parameter-gradient.ts';

/** Matrix product over the last two axes; earlier axes broadcast. [… , n, k] · [… , k, m] → [… , n, m]. */
export function matMul(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  return tape.record(graph.add('MatMul', [a, b]), [a, b], (gradient, [wantsA, wantsB]) => [
    wantsA ? summedTo(tape, graph.add('FusedMatMul', [gradient, b], { transA: 0, transB: 1 }), a) : undefined,
    wantsB ? summedTo(tape, graph.add('FusedMatMul', [a, gradient], { transA: 1, transB: 0 }), b) : undefined,
  ]);
}

/** x·weightᵀ + bias; x [row, in], weight [out, in], bias [out] → [row, out]. */
export function dense(tape: Tape, x: Value, weight: Value, bias: Value | undefined): Value {
  const { graph } = tape;
  const product = graph.add('MatMul', [x, graph.add('Transpose', [weight], { perm: [1, 0] })]);
  const output = bias === undefined ? product : graph.add('Add', [product, bias]);
  return tape.record(output, bias === undefined ? [x, weight] : [x, weight, bias], (gradient, [wantsX]) => [
    wantsX ? graph.add('MatMul', [gradient, weight]) : undefined,
    weightGradient(tape, gradient, x, weight),
    bias === undefined ? undefined : overRows(tape, gradient, bias.shape),
  ]);
}

function weightGradient(tape: Tape, gradient: Value, x: Value, weight: Value): Value {
  const { graph } = tape;
  if (tape.perExample === undefined)
    return graph.add('MatMul', [graph.add('Transpose', [gradient], { perm: [1, 0] }), x]);
  const [rows = 1, out = 1] = gradient.shape;
  const outer = graph.add('Mul', [
    graph.add('Reshape', [gradient, graph.integers(rows, out, 1)]),
    graph.add('Reshape', [x, graph.integers(rows, 1, x.shape[1] ?? 1)]),
  ]);
  return overRows(tape, outer, weight.shape);
}
