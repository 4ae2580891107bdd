import type { Value } from '../graph-value.ts';
import type { Tape } from '../tape.ts';

/** max(x, 0); its gradient at 0 is 0. */
export function relu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  // The step function in one pass: 3e38·x is at least 1 for every positive normal float, then clipped to 1.
  return mapped(tape, x, graph.add('Relu', [x]), (output) =>
    graph.add('HardSigmoid', [output], { alpha: { float: 3e38 }, beta: { float: 0 } }),
  );
}

/** 1 / (1 + e^−x) */
export function sigmoid(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Sigmoid', [x]), (output) =>
    graph.add('Mul', [output, graph.add('Sub', [graph.floats([1], [1]), output])]),
  );
}

/** (e^x − e^−x) / (e^x + e^−x) */
export function tanh(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Tanh', [x]), (output) =>
    graph.add('Sub', [graph.floats([1], [1]), graph.add('Mul', [output, output])]),
  );
}

/** log(1 + e^x) */
export function softplus(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Softplus', [x]), () => graph.add('Sigmoid', [x]));
}

/** e^x */
export function exponential(tape: Tape, x: Value): Value {
  return mapped(tape, x, tape.graph.add('Exp', [x]), (output) => output);
}

/** Natural logarithm of positive numbers. */
export function logarithm(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Log', [x]), () => graph.add('Div', [graph.floats([1], [1]), x]));
}

/** Square root of positive numbers. */
export function squareRoot(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Sqrt', [x]), (output) => graph.add('Div', [graph.floats([1], [0.5]), output]));
}

/** The error function. */
export function errorFunction(tape: Tape, x: Value): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Erf', [x]), () => {
    const bell = graph.add('Exp', [graph.add('Neg', [graph.add('Mul', [x, x])])]);
    return graph.add('Mul', [bell, graph.floats([1], [2 / Math.sqrt(Math.PI)])]);
  });
}

/** x · sigmoid(x): SiLU, also called swish (Elfwing et al. 2018). */
export function silu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const gate = graph.add('Sigmoid', [x]);
  return mapped(tape, x, graph.add('Mul', [x, gate]), (output) => {
    // gate·(1 + x·(1 − gate)) = gate·(1 + x − output)
    const bracket = graph.add('Add', [graph.add('Sub', [x, output]), graph.floats([1], [1])]);
    return graph.add('Mul', [gate, bracket]);
  });
}

/** x · Φ(x): GELU with the exact normal distribution (Hendrycks & Gimpel 2016). */
export function gelu(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const half = graph.floats([1], [0.5]);
  const inner = graph.add('Erf', [graph.add('Mul', [x, graph.floats([1], [Math.SQRT1_2])])]);
  const share = graph.add('Add', [graph.add('Mul', [inner, half]), half]);
  return mapped(tape, x, graph.add('Mul', [x, share]), () => {
    const bell = graph.add('Exp', [graph.add('Mul', [graph.add('Mul', [x, x]), graph.floats([1], [-0.5])])]);
    const density = graph.add('Mul', [bell, graph.floats([1], [1 / Math.sqrt(2 * Math.PI)])]);
    return graph.add('Add', [share, graph.add('Mul', [x, density])]);
  });
}

/** GELU by the tanh formula, as many published networks use it. */
export function geluTanh(tape: Tape, x: Value): Value {
  const { graph } = tape;
  const number = (value: number): Value => graph.floats([1], [value]);
  const [scale, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const square = graph.add('Mul', [x, x]);
  const bracket = graph.add('Add', [graph.add('Mul', [square, number(cubic)]), number(1)]);
  const bent = graph.add('Tanh', [graph.add('Mul', [graph.add('Mul', [x, bracket]), number(scale)])]);
  const share = graph.add('Add', [graph.add('Mul', [bent, number(0.5)]), number(0.5)]);
  return mapped(tape, x, graph.add('Mul', [x, share]), () => {
    const inside = graph.add('Add', [graph.add('Mul', [square, number(3 * cubic)]), number(1)]);
    const slope = graph.add('Sub', [number(1), graph.add('Mul', [bent, bent])]);
    const steep = graph.add('Mul', [graph.add('Mul', [slope, inside]), number(scale / 2)]);
    return graph.add('Add', [share, graph.add('Mul', [x, steep])]);
  });
}

/** x held within bounds; its gradient is 0 outside. */
export function clip(tape: Tape, x: Value, low: number, high: number): Value {
  const { graph } = tape;
  return mapped(tape, x, graph.add('Clip', [x, graph.scalar(low), graph.scalar(high)]), (output) =>
    graph.add('Cast', [graph.add('Equal', [x, output])], { to: 1 }),
  );
}

/** Records an operator on each number alone, with its slope. */
function mapped(tape: Tape, x: Value, output: Value, slope: (output: Value) => Value): Value {
  if (tape.isInBlocks(x)) tape.inBlocks(output);
  return tape.record(output, [x], (gradient) => [tape.graph.add('Mul', [slope(output), gradient])]);
}
