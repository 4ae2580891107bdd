import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';

/** Sum over axes. With `keep`, they stay with side 1. */
export function sum(tape: Tape, value: Value, axes: readonly number[], keep: boolean): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const output = graph.add('ReduceSum', [x, graph.integers(...axes)], { keepdims: keep ? 1 : 0 });
  return tape.record(output, [x], (gradient) => [spread(tape, gradient, x, axes)]);
}

/** Largest value over axes; equal largest ones share its gradient. */
export function maximum(tape: Tape, value: Value, axes: readonly number[], keep: boolean): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const output = graph.add('ReduceMax', [x], { axes, keepdims: keep ? 1 : 0 });
  return tape.record(output, [x], (gradient) => {
    const kept = keptShape(x, axes);
    const largest = graph.add('Reshape', [output, graph.integers(...kept)]);
    const chosen = graph.add('Cast', [graph.add('Equal', [x, largest])], { to: 1 });
    const count = graph.add('ReduceSum', [chosen, graph.integers(...axes)], { keepdims: 1 });
    const share = graph.add('Div', [graph.add('Reshape', [gradient, graph.integers(...kept)]), count]);
    return [graph.add('Mul', [chosen, share])];
  });
}

/** log Σ e^x over axes, without overflow. */
export function logSumExp(tape: Tape, value: Value, axes: readonly number[], keep: boolean): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const largest = graph.add('ReduceMax', [x], { axes, keepdims: 1 });
  const raised = graph.add('Exp', [graph.add('Sub', [x, largest])]);
  const total = graph.add('ReduceSum', [raised, graph.integers(...axes)], { keepdims: 1 });
  const kept = graph.add('Add', [graph.add('Log', [total]), largest]);
  // The first side stays open where it is kept: an exported model answers for any number of examples.
  const shape = x.shape.flatMap((side, axis) => (axes.includes(axis) ? [] : [axis === 0 ? -1 : side]));
  const output = keep ? kept : graph.add('Reshape', [kept, graph.integers(...shape)]);
  return tape.record(output, [x], (gradient) => {
    const share = graph.add('Div', [graph.add('Reshape', [gradient, graph.integers(...keptShape(x, axes))]), total]);
    return [graph.add('Mul', [raised, share])];
  });
}

/** e^x / Σ e^x along an axis. */
export function softmax(tape: Tape, value: Value, axis: number): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const output = graph.add('Softmax', [x], { axis });
  return tape.record(output, [x], (gradient) => {
    const weighted = graph.add('Mul', [gradient, output]);
    const total = graph.add('ReduceSum', [weighted, graph.integers(axis)], { keepdims: 1 });
    return [graph.add('Sub', [weighted, graph.add('Mul', [output, total])])];
  });
}

/** x − log Σ e^x along an axis. */
export function logSoftmax(tape: Tape, value: Value, axis: number): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const output = graph.add('LogSoftmax', [x], { axis });
  return tape.record(output, [x], (gradient) => {
    const total = graph.add('ReduceSum', [gradient, graph.integers(axis)], { keepdims: 1 });
    return [graph.add('Sub', [gradient, graph.add('Mul', [graph.add('Exp', [output]), total])])];
  });
}

/** Running sum along an axis. */
export function cumulativeSum(tape: Tape, value: Value, axis: number): Value {
  const { graph } = tape;
  const x = apart(tape, value);
  const run = (of: Value, reverse: 0 | 1): Value => graph.add('CumSum', [of, graph.integerScalar(axis)], { reverse });
  return tape.record(run(x, 0), [x], (gradient) => [run(gradient, 1)]);
}

function keptShape(x: Value, axes: readonly number[]): readonly number[] {
  return x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
}

function spread(tape: Tape, gradient: Value, x: Value, axes: readonly number[]): Value {
  const { graph } = tape;
  const one = graph.add('Reshape', [gradient, graph.integers(...keptShape(x, axes))]);
  return graph.add('Expand', [one, graph.integers(...x.shape)]);
}
