import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';
import { apart } from './layout.ts';
import { sameShape, summedTo } from './parameter-gradient.ts';

type Operator = 'Add' | 'Sub' | 'Mul' | 'Div';

/** a + b; shapes broadcast (ONNX, NumPy rules), as for the other three. */
export function add(tape: Tape, a: Value, b: Value): Value {
  return combined(tape, 'Add', a, b, (gradient) => [gradient, gradient]);
}

/** a − b */
export function subtract(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  return combined(tape, 'Sub', a, b, (gradient, [, wantsB]) => [
    gradient,
    wantsB ? graph.add('Neg', [gradient]) : undefined,
  ]);
}

/** a · b */
export function multiply(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  return combined(tape, 'Mul', a, b, (gradient, [wantsA, wantsB], left, right) => [
    wantsA ? graph.add('Mul', [gradient, right]) : undefined,
    wantsB ? graph.add('Mul', [gradient, left]) : undefined,
  ]);
}

/** a / b */
export function divide(tape: Tape, a: Value, b: Value): Value {
  const { graph } = tape;
  return combined(tape, 'Div', a, b, (gradient, [wantsA, wantsB], left, right) => {
    const share = graph.add('Div', [gradient, right]);
    const slope = (): Value => graph.add('Neg', [graph.add('Mul', [share, graph.add('Div', [left, right])])]);
    return [wantsA ? share : undefined, wantsB ? slope() : undefined];
  });
}

/** factor · x + offset, of fixed numbers. */
export function affine(tape: Tape, x: Value, factor: number, offset: number): Value {
  const { graph } = tape;
  const times = (value: Value): Value =>
    factor === 1 ? value : graph.add('Mul', [value, graph.floats([1], [factor])]);
  const scaled = times(x);
  const output = offset === 0 ? scaled : graph.add('Add', [scaled, graph.floats([1], [offset])]);
  if (output === x) return x;
  if (tape.isInBlocks(x)) tape.inBlocks(output);
  return tape.record(output, [x], (gradient) => [times(gradient)]);
}

function combined(
  tape: Tape,
  operator: Operator,
  a: Value,
  b: Value,
  shares: (
    gradient: Value,
    wanted: readonly boolean[],
    a: Value,
    b: Value,
  ) => readonly [Value | undefined, Value | undefined],
): Value {
  const alike = sameShape(a.shape, b.shape) && tape.isInBlocks(a) === tape.isInBlocks(b);
  const [left, right] = alike ? [a, b] : [apart(tape, a), apart(tape, b)];
  const output = tape.graph.add(operator, [left, right]);
  if (tape.isInBlocks(left)) tape.inBlocks(output);
  return tape.record(output, [left, right], (gradient, wanted) => {
    const [forLeft, forRight] = shares(gradient, wanted, left, right);
    return [
      forLeft && wanted[0] ? summedTo(tape, forLeft, left) : undefined,
      forRight && wanted[1] ? summedTo(tape, forRight, right) : undefined,
    ];
  });
}
