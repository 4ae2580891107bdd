import { UnicaError } from '#base';
import { elementCount } from './graph-value.ts';
import type { Network } from './network.ts';
import { defineNetwork, type NetworkBuilder, type Node } from './network-builder.ts';
import { parameterTable } from './parameter-table.ts';
import { type OnnxAttribute, type OnnxFile, type OnnxNode, type OnnxTensor, readOnnx } from './read-onnx.ts';

/** A foreign network in the engine's terms. */
export interface ImportedNetwork {
  readonly network: Network;
  /** Its weights, flat, in the network's order. */
  readonly parameters: Float32Array;
}

/** How a foreign network is taken over. */
export interface ImportSettings {
  /** Shape of one example of its input; as the file says unless told. */
  readonly inputShape?: readonly number[] | undefined;
  /** Where to cut: the value that becomes the features; the file's first output unless told. */
  readonly features?: string | undefined;
  /** Leave its weights as they are; fine-tuning moves them. */
  readonly frozen: boolean;
  /** What comes behind the features [row, …]: answers, targets, the loss. Without, the features are the answer. */
  readonly head?: ((features: Node) => void) | undefined;
}

/**
 * Reads an ONNX image network (opset 7 to 21) as a feature extractor or for fine-tuning.
 * @throws UnicaError `engine.onnx-unreadable`, `engine.onnx-unsupported` naming the operator that has no gradient here
 */
export function importOnnx(bytes: Uint8Array, settings: ImportSettings): ImportedNetwork {
  const file = readOnnx(bytes);
  const weights = new Map<string, Float32Array>();
  const network = defineNetwork((builder) => {
    const importer = new Importer(builder, file, settings, weights);
    const features = importer.upTo(settings.features ?? file.outputs[0]?.name ?? '');
    if (settings.head === undefined) builder.output('features', features);
    else settings.head(features);
  });
  const table = parameterTable(network);
  const parameters = new Float32Array(table.total);
  network.parameters.forEach(({ name, initial }, index) => {
    const { offset = 0, size = 0 } = table.entries[index] ?? {};
    const known = weights.get(name);
    if (known) parameters.set(known, offset);
    else if (initial.kind === 'constant') parameters.fill(initial.value, offset, offset + size);
  });
  return { network, parameters };
}

type Part = Node | OnnxTensor;

/** Translates the operators of a file one by one. */
class Importer {
  readonly #builder: NetworkBuilder;
  readonly #file: OnnxFile;
  readonly #settings: ImportSettings;
  readonly #weights: Map<string, Float32Array>;
  readonly #values = new Map<string, Part>();

  constructor(builder: NetworkBuilder, file: OnnxFile, settings: ImportSettings, weights: Map<string, Float32Array>) {
    this.#builder = builder;
    this.#file = file;
    this.#settings = settings;
    this.#weights = weights;
    for (const tensor of file.tensors) this.#values.set(tensor.name, tensor);
    const input = file.inputs.find(({ name }) => !this.#values.has(name));
    if (input === undefined) throw unreadable('it has no input');
    const shape = settings.inputShape ?? input.shape.slice(1);
    if (!shape.every((side) => side !== undefined))
      throw unreadable(`the size of its input ${input.name} is not fixed; name it`);
    this.#values.set(input.name, builder.input(input.name, shape as readonly number[]));
  }

  upTo(wanted: string): Node {
    for (const node of this.#needed(wanted)) this.#translate(node);
    const value = this.#values.get(wanted);
    if (value === undefined || !isNode(value)) throw unreadable(`it computes nothing called ${wanted}`);
    return value;
  }

  #needed(wanted: string): readonly OnnxNode[] {
    const names = new Set([wanted]);
    const nodes = this.#file.nodes.toReversed().filter(({ outputs, inputs }) => {
      if (!outputs.some((name) => names.has(name))) return false;
      for (const name of inputs) names.add(name);
      return true;
    });
    return nodes.toReversed();
  }

  #translate(node: OnnxNode): void {
    const { operator, outputs, attributes } = node;
    const first = outputs[0] ?? '';
    if (operator === 'Constant') {
      const tensor = attributes.get('value')?.tensor;
      if (tensor === undefined) throw this.#unsupported(node, 'a constant without a tensor');
      this.#values.set(first, { ...tensor, name: first });
      return;
    }
    const write = TRANSLATIONS[operator];
    if (write === undefined || (node.domain !== '' && node.domain !== 'ai.onnx'))
      throw this.#unsupported(node, 'it has no gradient here');
    const made = write({
      node,
      apply: (operation, inputs, settings) =>
        this.#builder.apply(operation, inputs, settings ?? {}, this.#nameFor(node)),
      input: (index) => this.#input(node, index),
      optional: (index) => ((node.inputs[index] ?? '') === '' ? undefined : this.#input(node, index)),
      numbers: (index) => this.#numbers(node, index),
      parameter: (index, kind) => this.#parameter(node, index, kind),
      integers: (name, otherwise) => listOf(attributes.get(name), otherwise),
      integer: (name, otherwise) => attributes.get(name)?.integer ?? otherwise,
      refuse: (problem) => this.#unsupported(node, problem),
    });
    this.#values.set(first, made);
  }

  #nameFor({ outputs, name }: OnnxNode): string {
    return outputs[0] ?? name;
  }

  #input(node: OnnxNode, index: number): Node {
    const name = node.inputs[index] ?? '';
    const value = this.#values.get(name);
    if (value === undefined) throw unreadable(`${node.operator} reads ${name}, which is not there`);
    return isNode(value) ? value : this.#parameter(node, index, 'learned');
  }

  #numbers(node: OnnxNode, index: number): readonly number[] {
    const value = this.#values.get(node.inputs[index] ?? '');
    if (value === undefined || isNode(value)) throw this.#unsupported(node, 'its sizes are computed, not stored');
    return [...value.data];
  }

  /** A stored tensor as a parameter of the network, once. */
  #parameter(node: OnnxNode, index: number, kind: 'learned' | 'measured'): Node {
    const name = node.inputs[index] ?? '';
    const value = this.#values.get(name);
    if (value === undefined) throw unreadable(`${node.operator} reads ${name}, which is not there`);
    if (isNode(value)) return value;
    const shape = value.shape.length === 0 ? [1] : value.shape;
    this.#weights.set(name, Float32Array.from(value.data));
    const made = this.#builder.parameter(
      name,
      shape,
      { kind: 'constant', value: 0 },
      this.#settings.frozen || kind === 'measured' ? 'frozen' : 'learned',
    );
    this.#values.set(name, made);
    return made;
  }

  #unsupported({ operator, name, outputs }: OnnxNode, problem: string): UnicaError {
    return new UnicaError('engine.onnx-unsupported', {
      operator,
      name: name === '' ? (outputs[0] ?? '') : name,
      problem,
    });
  }
}

/** What a translation can ask of its operator. */
interface Translated {
  readonly node: OnnxNode;
  readonly apply: (
    operation: Parameters<NetworkBuilder['apply']>[0],
    inputs: readonly Node[],
    settings?: Parameters<NetworkBuilder['apply']>[2],
  ) => Node;
  readonly input: (index: number) => Node;
  readonly optional: (index: number) => Node | undefined;
  readonly numbers: (index: number) => readonly number[];
  readonly parameter: (index: number, kind: 'learned' | 'measured') => Node;
  readonly integers: (name: string, otherwise: readonly number[]) => readonly number[];
  readonly integer: (name: string, otherwise: number) => number;
  readonly refuse: (problem: string) => UnicaError;
}

type Translation = (of: Translated) => Node;

const unary =
  (
    operation: 'relu' | 'sigmoid' | 'tanh' | 'softplus' | 'exponential' | 'logarithm' | 'squareRoot' | 'errorFunction',
  ): Translation =>
  ({ apply, input }) =>
    apply(operation, [input(0)]);
const binary =
  (operation: 'add' | 'subtract' | 'multiply' | 'divide' | 'matMul'): Translation =>
  ({ apply, input }) =>
    apply(operation, [input(0), input(1)]);
const same: Translation = ({ input }) => input(0);
/** The first side grows with the batch. */
const reshaped = (of: Translated, shape: readonly number[]): Node =>
  of.apply('reshape', [of.input(0)], { shape: [-1, ...shape] });

/** ONNX operators in the engine's terms. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  Identity: same,
  Dropout: same,
  Relu: unary('relu'),
  Sigmoid: unary('sigmoid'),
  Tanh: unary('tanh'),
  Softplus: unary('softplus'),
  Exp: unary('exponential'),
  Log: unary('logarithm'),
  Sqrt: unary('squareRoot'),
  Erf: unary('errorFunction'),
  Add: binary('add'),
  Sub: binary('subtract'),
  Mul: binary('multiply'),
  Div: binary('divide'),
  MatMul: binary('matMul'),
  Neg: ({ apply, input }) => apply('affine', [input(0)], { factor: -1, offset: 0 }),
  Pow: ({ apply, input, numbers, refuse }) => {
    const [exponent] = numbers(1);
    if (exponent === 2) return apply('multiply', [input(0), input(0)]);
    if (exponent === 0.5) return apply('squareRoot', [input(0)]);
    throw refuse(`the exponent ${exponent} is neither 2 nor 0.5`);
  },
  LeakyRelu: (of) => {
    const x = of.input(0);
    const slope = of.node.attributes.get('alpha')?.float ?? 0.01;
    const kept = x.network.apply('affine', [x], { factor: slope, offset: 0 });
    const above = x.network.apply('relu', [x]);
    return of.apply('add', [kept, x.network.apply('affine', [above], { factor: 1 - slope, offset: 0 })]);
  },
  HardSigmoid: (of) => {
    const attribute = (name: string, otherwise: number): number => of.node.attributes.get(name)?.float ?? otherwise;
    return of.apply('clip', [leaning(of.input(0), attribute('alpha', 0.2), attribute('beta', 0.5))], {
      low: 0,
      high: 1,
    });
  },
  HardSwish: (of) => {
    const x = of.input(0);
    const gate = x.network.apply('clip', [leaning(x, 1 / 6, 0.5)], { low: 0, high: 1 });
    return of.apply('multiply', [x, gate]);
  },
  Clip: (of) => {
    const [low, high] = [1, 2].map((index) =>
      (of.node.inputs[index] ?? '') === '' ? undefined : of.numbers(index)[0],
    );
    const bound = (name: string): number | undefined => of.node.attributes.get(name)?.float;
    return of.apply('clip', [of.input(0)], {
      low: low ?? bound('min') ?? -3.4e38,
      high: high ?? bound('max') ?? 3.4e38,
    });
  },
  Conv: (of) => {
    const { integers, integer, refuse } = of;
    const [stride = 1, strideAcross = stride] = integers('strides', [1, 1]);
    const [dilation = 1, dilationAcross = dilation] = integers('dilations', [1, 1]);
    const pads = integers('pads', [0, 0, 0, 0]);
    const weight = of.input(1);
    const [, , rows = 1, columns = 1] = weight.shape;
    const automatic = of.node.attributes.get('auto_pad')?.text ?? 'NOTSET';
    if (weight.shape.length !== 4) throw refuse('its kernel has not two sides');
    if (stride !== strideAcross || dilation !== dilationAcross || rows !== columns)
      throw refuse('its kernel is not square');
    if (automatic !== 'NOTSET' && automatic !== 'VALID') throw refuse('its rim is chosen by auto_pad');
    const bias = of.optional(2);
    const even = pads.every((rim) => rim === pads[0]);
    const [top = 0, left = 0, bottom = 0, right = 0] = pads;
    const x = even ? of.input(0) : padded(of, [0, 0, top, left], [0, 0, bottom, right]);
    return of.apply('convolution', bias === undefined ? [x, weight] : [x, weight, bias], {
      stride,
      dilation,
      padding: even ? top : 0,
      groups: integer('group', 1),
    });
  },
  BatchNormalization: (of) => {
    // Running statistics of a foreign network stay: a small hospital's batches would only blur them.
    const [mean, variance] = [of.parameter(3, 'measured'), of.parameter(4, 'measured')];
    return fixedNorm(of, mean, variance, of.node.attributes.get('epsilon')?.float ?? 1e-5);
  },
  LayerNormalization: (of) => {
    const rank = of.input(0).shape.length;
    const axis = of.integer('axis', -1);
    if (axis !== -1 && axis !== rank - 1) throw of.refuse('it normalises more than the last axis');
    const bias = of.optional(2);
    return of.apply('layerNorm', bias === undefined ? [of.input(0), of.input(1)] : [of.input(0), of.input(1), bias]);
  },
  MaxPool: (of) => of.apply('maxPool', [of.input(0)], window(of)),
  AveragePool: (of) => {
    const settings = window(of);
    if (settings.padding !== 0 && of.integer('count_include_pad', 0) !== 1) throw of.refuse('its rim does not count');
    return of.apply('averagePool', [of.input(0)], settings);
  },
  GlobalAveragePool: (of) => {
    const pooled = of.input(0).network.apply('globalAveragePool', [of.input(0)]);
    return of.apply('reshape', [pooled], { shape: [-1, pooled.shape[1] ?? 1, 1, 1] });
  },
  Gemm: (of) => {
    if (of.integer('transA', 0) === 1 || (of.node.attributes.get('alpha')?.float ?? 1) !== 1)
      throw of.refuse('it is not a dense layer');
    const weight = of.input(1);
    const turned =
      of.integer('transB', 0) === 1 ? weight : weight.network.apply('transpose', [weight], { order: [1, 0] });
    const bias = of.optional(2);
    return of.apply('dense', bias === undefined ? [of.input(0), turned] : [of.input(0), turned, bias]);
  },
  Softmax: (of) => of.apply('softmax', [of.input(0)], { axis: fromFront(of, of.integer('axis', -1)) }),
  LogSoftmax: (of) => of.apply('logSoftmax', [of.input(0)], { axis: fromFront(of, of.integer('axis', -1)) }),
  Concat: (of) => {
    const parts = of.node.inputs.map((_, index) => of.input(index));
    return of.apply('concat', parts, { axis: fromFront(of, of.integer('axis', 0)) });
  },
  Flatten: (of) => {
    if (of.integer('axis', 1) !== 1) throw of.refuse('it joins examples');
    return reshaped(of, [elementCount(of.input(0).shape.slice(1))]);
  },
  Reshape: (of) => {
    const { shape } = of.input(0);
    const wanted = of.numbers(1).map((side, axis) => (side === 0 ? (shape[axis] ?? 1) : side));
    const known = elementCount(wanted.slice(1).filter((side) => side !== -1));
    return reshaped(
      of,
      wanted.slice(1).map((side) => (side === -1 ? elementCount(shape.slice(1)) / known : side)),
    );
  },
  Transpose: (of) => of.apply('transpose', [of.input(0)], { order: of.integers('perm', []) }),
  Squeeze: (of) => {
    const axes = axesOf(of).map((axis) => fromFront(of, axis));
    return reshaped(
      of,
      of.input(0).shape.filter((_, axis) => axis > 0 && !axes.includes(axis)),
    );
  },
  Unsqueeze: (of) => {
    const shape = [...of.input(0).shape];
    const rank = shape.length + axesOf(of).length;
    for (const axis of axesOf(of)
      .map((one) => (one < 0 ? one + rank : one))
      .sort((a, b) => a - b))
      shape.splice(axis, 0, 1);
    return reshaped(of, shape.slice(1));
  },
  ReduceMean: (of) => {
    const axes = axesOf(of).map((axis) => fromFront(of, axis));
    const count = elementCount(axes.map((axis) => of.input(0).shape[axis] ?? 1));
    const total = of.input(0).network.apply('sum', [of.input(0)], { axes, keep: of.integer('keepdims', 1) === 1 });
    return of.apply('affine', [total], { factor: 1 / count, offset: 0 });
  },
  Pad: (of) => {
    if ((of.node.attributes.get('mode')?.text ?? 'constant') !== 'constant') throw of.refuse('its rim is not of zeros');
    const pads = (of.node.inputs[1] ?? '') === '' ? of.integers('pads', []) : of.numbers(1);
    return padded(of, pads.slice(0, pads.length / 2), pads.slice(pads.length / 2), true);
  },
};

function leaning(x: Node, factor: number, offset: number): Node {
  return x.network.apply('affine', [x], { factor, offset });
}

/** scale · (x − mean) / √(variance + epsilon) + bias from fixed statistics, channel by channel. */
function fixedNorm(of: Translated, mean: Node, variance: Node, epsilon: number): Node {
  const x = of.input(0);
  const { network } = x;
  const along = (value: Node): Node =>
    network.apply('reshape', [value], { shape: [value.shape[0] ?? 1, ...x.shape.slice(2).map(() => 1)] });
  const spread = network.apply('squareRoot', [network.apply('affine', [variance], { factor: 1, offset: epsilon })]);
  const gain = along(network.apply('divide', [of.input(1), spread]));
  const centred = network.apply('subtract', [x, along(mean)]);
  return of.apply('add', [network.apply('multiply', [centred, gain]), along(of.input(2))]);
}

function padded(of: Translated, before: readonly number[], behind: readonly number[], last = false): Node {
  const x = of.input(0);
  return last ? of.apply('pad', [x], { before, behind }) : x.network.apply('pad', [x], { before, behind });
}

function window(of: Translated): { readonly kernel: number; readonly stride: number; readonly padding: number } {
  const [kernel = 1, across = kernel] = of.integers('kernel_shape', []);
  const strides = of.integers('strides', [1, 1]);
  const pads = of.integers('pads', [0, 0, 0, 0]);
  const even = kernel === across && strides[0] === strides[1] && pads.every((rim) => rim === pads[0]);
  if (!even) throw of.refuse('its window is not square');
  if (of.integer('ceil_mode', 0) === 1) throw of.refuse('it rounds up');
  return { kernel, stride: strides[0] ?? 1, padding: pads[0] ?? 0 };
}

function axesOf(of: Translated): readonly number[] {
  return (of.node.inputs[1] ?? '') === '' ? of.integers('axes', []) : of.numbers(1);
}

function fromFront(of: Translated, axis: number): number {
  return axis < 0 ? axis + of.input(0).shape.length : axis;
}

function listOf(attribute: OnnxAttribute | undefined, otherwise: readonly number[]): readonly number[] {
  return attribute === undefined ? otherwise : attribute.integers;
}

function isNode(part: Part): part is Node {
  return 'network' in part;
}

function unreadable(problem: string): UnicaError {
  return new UnicaError('engine.onnx-unreadable', { problem });
}
