import { UnicaError } from '#base';
import type { Value } from './graph-value.ts';
import { add, affine, divide, multiply, subtract } from './operators/arithmetic.ts';
import { batchNorm } from './operators/batch-norm.ts';
import { binaryCrossEntropy } from './operators/binary-cross-entropy.ts';
import { convolution } from './operators/convolution.ts';
import { dropout } from './operators/dropout.ts';
import {
  clip,
  errorFunction,
  exponential,
  gelu,
  geluTanh,
  logarithm,
  relu,
  sigmoid,
  silu,
  softplus,
  squareRoot,
  tanh,
} from './operators/elementwise.ts';
import { atLeast, constant } from './operators/fixed.ts';
import { groupNorm } from './operators/group-norm.ts';
import { layerNorm } from './operators/layer-norm.ts';
import { dense, matMul } from './operators/matrix.ts';
import { averagePool, globalAveragePool, maxPool } from './operators/pooling.ts';
import { cumulativeSum, logSoftmax, logSumExp, maximum, softmax, sum } from './operators/reduction.ts';
import { concat, pad, reshape, slice, transpose } from './operators/shape.ts';
import type { Tape } from './tape.ts';

/** Numbers, lists and switches an operation is written with. */
export type Settings = Readonly<Record<string, number | boolean | readonly number[]>>;

/** Writes an operation behind its inputs. @throws UnicaError `engine.shape-mismatch` */
export type Operation = (tape: Tape, inputs: readonly Value[], settings: Settings) => Value;

type One = (tape: Tape, x: Value) => Value;
type Two = (tape: Tape, a: Value, b: Value) => Value;

const unary =
  (write: One): Operation =>
  (tape, inputs) =>
    write(tape, need(inputs, 0));
const binary =
  (write: Two): Operation =>
  (tape, inputs) =>
    write(tape, need(inputs, 0), need(inputs, 1));
const overAxes =
  (write: (tape: Tape, x: Value, axes: readonly number[], keep: boolean) => Value): Operation =>
  (tape, inputs, settings) =>
    write(tape, need(inputs, 0), numbers(settings, 'axes'), settings['keep'] === true);
const alongAxis =
  (write: (tape: Tape, x: Value, axis: number) => Value): Operation =>
  (tape, inputs, settings) =>
    write(tape, need(inputs, 0), number(settings, 'axis'));
const pooling = (settings: Settings) => ({
  kernel: number(settings, 'kernel'),
  stride: number(settings, 'stride'),
  padding: number(settings, 'padding'),
});

/** Everything a network can be made of; each has its gradient. */
export const OPERATIONS = {
  add: binary(add),
  subtract: binary(subtract),
  multiply: binary(multiply),
  divide: binary(divide),
  affine: (tape, inputs, settings) =>
    affine(tape, need(inputs, 0), number(settings, 'factor'), number(settings, 'offset')),
  constant: (tape, _inputs, settings) => constant(tape, numbers(settings, 'shape'), numbers(settings, 'values')),
  atLeast: binary(atLeast),
  relu: unary(relu),
  sigmoid: unary(sigmoid),
  tanh: unary(tanh),
  softplus: unary(softplus),
  exponential: unary(exponential),
  logarithm: unary(logarithm),
  squareRoot: unary(squareRoot),
  errorFunction: unary(errorFunction),
  silu: unary(silu),
  gelu: unary(gelu),
  geluTanh: unary(geluTanh),
  clip: (tape, inputs, settings) => clip(tape, need(inputs, 0), number(settings, 'low'), number(settings, 'high')),
  matMul: binary(matMul),
  dense: (tape, inputs) => dense(tape, need(inputs, 0), need(inputs, 1), inputs[2]),
  convolution: (tape, inputs, settings) =>
    convolution(tape, need(inputs, 0), need(inputs, 1), inputs[2], {
      stride: number(settings, 'stride'),
      padding: number(settings, 'padding'),
      dilation: number(settings, 'dilation'),
      groups: number(settings, 'groups'),
    }),
  groupNorm: (tape, inputs, settings) =>
    groupNorm(tape, need(inputs, 0), need(inputs, 1), need(inputs, 2), number(settings, 'groups')),
  layerNorm: (tape, inputs) => layerNorm(tape, need(inputs, 0), need(inputs, 1), inputs[2]),
  batchNorm: (tape, inputs) =>
    batchNorm(tape, need(inputs, 0), {
      scale: need(inputs, 1),
      bias: need(inputs, 2),
      mean: need(inputs, 3),
      variance: need(inputs, 4),
    }),
  dropout: (tape, inputs, settings) => dropout(tape, need(inputs, 0), number(settings, 'rate')),
  maxPool: (tape, inputs, settings) => maxPool(tape, need(inputs, 0), pooling(settings)),
  averagePool: (tape, inputs, settings) => averagePool(tape, need(inputs, 0), pooling(settings)),
  globalAveragePool: unary(globalAveragePool),
  sum: overAxes(sum),
  maximum: overAxes(maximum),
  logSumExp: overAxes(logSumExp),
  softmax: alongAxis(softmax),
  logSoftmax: alongAxis(logSoftmax),
  cumulativeSum: alongAxis(cumulativeSum),
  reshape: (tape, inputs, settings) => reshape(tape, need(inputs, 0), numbers(settings, 'shape')),
  transpose: (tape, inputs, settings) => transpose(tape, need(inputs, 0), numbers(settings, 'order')),
  concat: (tape, inputs, settings) => concat(tape, inputs, number(settings, 'axis')),
  slice: (tape, inputs, settings) =>
    slice(tape, need(inputs, 0), number(settings, 'axis'), number(settings, 'start'), number(settings, 'end')),
  pad: (tape, inputs, settings) => pad(tape, need(inputs, 0), numbers(settings, 'before'), numbers(settings, 'behind')),
  binaryCrossEntropy: binary(binaryCrossEntropy),
} as const satisfies Record<string, Operation>;

/** Names of the operations. */
export type OperationName = keyof typeof OPERATIONS;

function need(inputs: readonly Value[], index: number): Value {
  const value = inputs[index];
  if (value === undefined)
    throw new UnicaError('engine.spec-invalid', { problem: `an operation lacks its input ${index + 1}` });
  return value;
}

function number(settings: Settings, name: string): number {
  const value = settings[name];
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new UnicaError('engine.spec-invalid', { problem: `an operation lacks the number "${name}"` });
  return value;
}

function numbers(settings: Settings, name: string): readonly number[] {
  const value = settings[name];
  if (typeof value !== 'object')
    throw new UnicaError('engine.spec-invalid', { problem: `an operation lacks the list "${name}"` });
  return value;
}
