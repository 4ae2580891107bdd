import type { Attributes, Shape, Value, Yielded } from './graph-value.ts';
import { elementCount } from './graph-value.ts';

/** What an operator yields for these inputs. @throws RangeError with a plain sentence when they do not fit together. */
export type ShapeRule = (inputs: readonly Value[], attributes: Attributes) => readonly Yielded[];

const same: ShapeRule = ([x]) => [yielded(need(x))];
const broadcast: ShapeRule = ([a, b]) => [{ shape: broadcastShape(need(a).shape, need(b).shape), type: need(a).type }];

/**
 * One rule for each operator the engine writes: ONNX opset 17; FusedMatMul is com.microsoft; `nchwc.` ones are ONNX
 * Runtime's own for pictures whose channels lie in blocks (`feature-layout.ts`).
 */
export const SHAPE_RULES = {
  Add: broadcast,
  Sub: broadcast,
  Mul: broadcast,
  Div: broadcast,
  Equal: ([a, b]) => [{ shape: broadcastShape(need(a).shape, need(b).shape), type: 'bool' }],
  GreaterOrEqual: ([a, b]) => [{ shape: broadcastShape(need(a).shape, need(b).shape), type: 'bool' }],
  Cast: ([x]) => [{ shape: need(x).shape, type: 'float32' }],
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Erf: same,
  Tanh: same,
  Clip: same,
  Softmax: same,
  LogSoftmax: same,
  CumSum: same,
  Relu: same,
  HardSigmoid: same,
  Sigmoid: same,
  Softplus: same,
  MatMul: ([a, b]) => [{ shape: matMulShape(need(a).shape, need(b).shape), type: 'float32' }],
  FusedMatMul: ([a, b], attributes) => [
    {
      shape: matMulShape(
        attributes['transA'] === 1 ? lastTwoSwapped(need(a).shape) : need(a).shape,
        attributes['transB'] === 1 ? lastTwoSwapped(need(b).shape) : need(b).shape,
      ),
      type: 'float32',
    },
  ],
  Conv: ([x, weight, bias], attributes) => [convolved(need(x), need(weight), bias, attributes)],
  'nchwc.Conv': ([x, weight], attributes) => [convolved(need(x), need(weight), undefined, attributes)],
  'nchwc.MaxPool': ([x], attributes) => [pooled(need(x), attributes)],
  'nchwc.ReorderInput': same,
  'nchwc.ReorderOutput': same,
  BatchNormalization: same,
  ConvTranspose: ([x, weight], attributes) => [convolvedBack(need(x), need(weight), attributes)],
  MaxPool: ([x], attributes) => [pooled(need(x), attributes), { ...pooled(need(x), attributes), type: 'int64' }],
  AveragePool: ([x], attributes) => [pooled(need(x), attributes)],
  GlobalAveragePool: ([x]) => [yielded(need(x), [...need(x).shape.slice(0, 2), 1, 1])],
  LayerNormalization: ([x]) => {
    const { shape } = need(x);
    const statistics = [...shape.slice(0, -1), 1];
    return [yielded(need(x)), yielded(need(x), statistics), yielded(need(x), statistics)];
  },
  ReduceMax: ([x], attributes) => [yielded(need(x), reduced(need(x).shape, list(attributes, 'axes'), attributes))],
  ReduceSum: ([x, axes], attributes) => [yielded(need(x), reduced(need(x).shape, integers(axes), attributes))],
  Reshape: ([x, sides]) => [yielded(need(x), reshaped(need(x).shape, integers(sides)))],
  Expand: ([x, sides]) => [yielded(need(x), broadcastShape(need(x).shape, integers(sides)))],
  Transpose: ([x], attributes) => [yielded(need(x), transposed(need(x).shape, list(attributes, 'perm')))],
  Slice: ([x, starts, ends, axes, steps]) => [
    yielded(need(x), sliced(need(x).shape, integers(starts), integers(ends), integers(axes), integers(steps))),
  ],
  Split: ([x, sizes], attributes) => split(need(x), integers(sizes), number(attributes, 'axis')),
  Concat: (inputs, attributes) => [concatenated(inputs, number(attributes, 'axis'))],
  Gather: ([x, indices], attributes) => {
    const axis = number(attributes, 'axis');
    const { shape } = need(x);
    return [yielded(need(x), [...shape.slice(0, axis), ...need(indices).shape, ...shape.slice(axis + 1)])];
  },
  Pad: ([x, pads]) => {
    const { shape } = need(x);
    const amounts = integers(pads);
    if (amounts.length !== 2 * shape.length) throw new RangeError(`${amounts.length} pads for ${text(shape)}`);
    return [
      yielded(
        need(x),
        shape.map((side, axis) => side + at(amounts, axis) + at(amounts, axis + shape.length)),
      ),
    ];
  },
  ScatterElements: ([x, indices, updates]) => {
    if (text(need(indices).shape) !== text(need(updates).shape)) throw new RangeError('indices and updates differ');
    return [yielded(need(x))];
  },
} as const satisfies Record<string, ShapeRule>;

/** Operators the engine writes. */
export type Operator = keyof typeof SHAPE_RULES;

/** Shape two shapes broadcast to (ONNX, NumPy rules). */
function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) throw new RangeError(`${text(a)} and ${text(b)} do not broadcast`);
    return left === 1 ? right : left;
  });
}

/** A shape as people write it. */
export function text(shape: Shape): string {
  return `[${shape.join('×')}]`;
}

function matMulShape(a: Shape, b: Shape): Shape {
  if (a.length < 2 || b.length < 2) throw new RangeError(`${text(a)} by ${text(b)} needs two axes each`);
  if (a.at(-1) !== b.at(-2)) throw new RangeError(`inner sides of ${text(a)} and ${text(b)} differ`);
  return [...broadcastShape(a.slice(0, -2), b.slice(0, -2)), at(a, a.length - 2), at(b, b.length - 1)];
}

function convolved(x: Value, weight: Value, bias: Value | undefined, attributes: Attributes): Yielded {
  const [batch, channels, ...sides] = x.shape;
  const [filters, depth, ...kernel] = weight.shape;
  if (batch === undefined || filters === undefined || x.shape.length !== 4 || weight.shape.length !== 4)
    throw new RangeError(`${text(x.shape)} by ${text(weight.shape)} needs four axes each`);
  const groups = typeof attributes['group'] === 'number' ? attributes['group'] : 1;
  if (channels !== (depth ?? 0) * groups)
    throw new RangeError(`a picture of ${channels} channels meets a kernel of ${depth} in ${groups} groups`);
  if (bias && text(bias.shape) !== text([filters])) throw new RangeError(`bias is ${text(bias.shape)}`);
  return { shape: [batch, filters, ...windows(sides, kernel, attributes)], type: 'float32' };
}

function convolvedBack(x: Value, weight: Value, attributes: Attributes): Yielded {
  const [batch, channels, ...sides] = x.shape;
  const [depth, filters, ...kernel] = weight.shape;
  if (batch === undefined || filters === undefined || channels !== depth)
    throw new RangeError(`${text(x.shape)} by ${text(weight.shape)} do not fit`);
  const strides = list(attributes, 'strides');
  const pads = list(attributes, 'pads');
  const extra = list(attributes, 'output_padding');
  const dilations = 'dilations' in attributes ? list(attributes, 'dilations') : [1, 1];
  const groups = typeof attributes['group'] === 'number' ? attributes['group'] : 1;
  const grown = sides.map(
    (side, axis) =>
      (side - 1) * at(strides, axis) +
      (at(kernel, axis) - 1) * at(dilations, axis) +
      1 -
      at(pads, axis) -
      at(pads, axis + 2) +
      at(extra, axis),
  );
  return { shape: [batch, filters * groups, ...grown], type: 'float32' };
}

function pooled(x: Value, attributes: Attributes): Yielded {
  if (x.shape.length !== 4) throw new RangeError(`${text(x.shape)} is not a batch of pictures`);
  const kernel = list(attributes, 'kernel_shape');
  return yielded(x, [...x.shape.slice(0, 2), ...windows(x.shape.slice(2), kernel, attributes)]);
}

/** How many windows of a kernel fit along each side. */
function windows(sides: Shape, kernel: Shape, attributes: Attributes): Shape {
  const strides = list(attributes, 'strides');
  const pads = list(attributes, 'pads');
  const dilations = 'dilations' in attributes ? list(attributes, 'dilations') : [1, 1];
  return sides.map((side, axis) => {
    const reach = (at(kernel, axis) - 1) * at(dilations, axis) + 1;
    const room = side + at(pads, axis) + at(pads, axis + 2) - reach;
    if (room < 0) throw new RangeError(`a kernel of ${reach} does not fit into ${side} pixels`);
    return Math.floor(room / at(strides, axis)) + 1;
  });
}

function reduced(shape: Shape, axes: readonly number[], attributes: Attributes): Shape {
  const gone = new Set(axes.map((axis) => (axis < 0 ? axis + shape.length : axis)));
  if (attributes['keepdims'] === 0) return shape.filter((_, axis) => !gone.has(axis));
  return shape.map((side, axis) => (gone.has(axis) ? 1 : side));
}

function reshaped(shape: Shape, wanted: readonly number[]): Shape {
  const kept = wanted.map((side, axis) => (side === 0 ? at(shape, axis) : side));
  const known = elementCount(kept.filter((side) => side !== -1));
  const sides = kept.map((side) => (side === -1 ? elementCount(shape) / known : side));
  if (elementCount(sides) !== elementCount(shape) || sides.some((side) => !Number.isInteger(side)))
    throw new RangeError(`${text(shape)} cannot become ${text(wanted)}`);
  return sides;
}

function transposed(shape: Shape, order: readonly number[]): Shape {
  if (order.length !== shape.length || new Set(order).size !== shape.length)
    throw new RangeError(`${text(shape)} cannot be reordered by ${text(order)}`);
  return order.map((axis) => at(shape, axis));
}

function sliced(
  shape: Shape,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps: readonly number[],
): Shape {
  const sides = [...shape];
  axes.forEach((axis, index) => {
    const side = at(shape, axis);
    const start = at(starts, index);
    const end = Math.min(side, at(ends, index));
    const step = at(steps, index);
    if (start < 0 || start >= end || step < 1) throw new RangeError(`no slice ${start}…${end} by ${step} of ${side}`);
    sides[axis] = Math.ceil((end - start) / step);
  });
  return sides;
}

function split(x: Value, sizes: readonly number[], axis: number): readonly Yielded[] {
  if (sizes.reduce((sum, size) => sum + size, 0) !== at(x.shape, axis))
    throw new RangeError(`${text(sizes)} do not add up to ${at(x.shape, axis)}`);
  return sizes.map((size) => yielded(x, x.shape.with(axis, size)));
}

function concatenated(inputs: readonly Value[], axis: number): Yielded {
  const first = need(inputs[0]);
  const elsewhere = (shape: Shape): string => text(shape.with(axis, 0));
  for (const { shape } of inputs) {
    if (elsewhere(shape) !== elsewhere(first.shape))
      throw new RangeError(`${text(first.shape)} and ${text(shape)} cannot be joined along axis ${axis}`);
  }
  const side = inputs.reduce((sum, { shape }) => sum + at(shape, axis), 0);
  return yielded(first, first.shape.with(axis, side));
}

function lastTwoSwapped(shape: Shape): Shape {
  return [...shape.slice(0, -2), at(shape, shape.length - 1), at(shape, shape.length - 2)];
}

function yielded(like: Value, shape: Shape = like.shape): Yielded {
  return { shape, type: like.type };
}

function need(value: Value | undefined): Value {
  if (!value) throw new RangeError('an input is missing');
  return value;
}

function integers(value: Value | undefined): readonly number[] {
  const { integers: known } = need(value);
  if (!known) throw new RangeError(`${need(value).name} is not known when the graph is written`);
  return known;
}

function list(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name];
  if (!Array.isArray(value)) throw new RangeError(`${name} is missing`);
  return value;
}

function number(attributes: Attributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== 'number') throw new RangeError(`${name} is missing`);
  return value;
}

function at(sides: readonly number[], axis: number): number {
  const side = sides[axis];
  if (side === undefined) throw new RangeError(`there is no axis ${axis} in ${text(sides)}`);
  return side;
}
