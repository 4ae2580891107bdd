import { UnicaError } from '#base';
import { type Attributes, elementCount, type Shape, type Value } from './graph-value.ts';
import { encodeOnnxModel, type Initializer, type Node } from './onnx-model.ts';
import { type Operator, SHAPE_RULES, type ShapeRule, text } from './shape-rules.ts';

/** Writes an ONNX graph operator by operator; every value has its shape at once, mistakes show where they are made. */
export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #inputs: Value[] = [];
  readonly #outputs: { readonly name: string; readonly value: Value }[] = [];
  readonly #constants = new Map<string, Value>();
  readonly #written = new Map<string, readonly Value[]>();
  /** What a reshaped value was made of, by its name. */
  readonly #reshaped = new Map<string, Value>();
  #count = 0;

  /** A tensor fed at each run. */
  input(name: string, shape: Shape): Value {
    const value: Value = { name, shape, type: 'float32' };
    this.#inputs.push(value);
    return value;
  }

  /** 32-bit numbers stored in the graph under a name. */
  initializer(name: string, shape: Shape, data: Float32Array): Value {
    if (data.length !== elementCount(shape))
      throw new UnicaError('engine.shape-mismatch', {
        operator: name,
        problem: `${data.length} numbers for ${text(shape)}`,
      });
    this.#initializers.push({ name, shape, data });
    return { name, shape, type: 'float32' };
  }

  /** 32-bit numbers stored in the graph, shared when asked for twice. */
  floats(shape: Shape, data: readonly number[]): Value {
    const key = `f${shape.join(',')}:${data.join(',')}`;
    return this.#shared(key, () => this.initializer(`constant${this.#next()}`, shape, Float32Array.from(data)));
  }

  /** A tensor of one repeated number. */
  filled(shape: Shape, value: number): Value {
    const key = `r${shape.join(',')}:${value}`;
    return this.#shared(key, () =>
      this.initializer(`constant${this.#next()}`, shape, new Float32Array(elementCount(shape)).fill(value)),
    );
  }

  /** A list of whole numbers stored in the graph: axes, sides, bounds. */
  integers(...list: readonly number[]): Value {
    return this.#shared(`i${list.join(',')}`, () => {
      const name = `constant${this.#next()}`;
      this.#initializers.push({ name, shape: [list.length], data: BigInt64Array.from(list, BigInt) });
      return { name, shape: [list.length], type: 'int64', integers: list };
    });
  }

  /** One number stored in the graph, without axes. */
  scalar(value: number): Value {
    return this.#shared(`s${value}`, () => this.initializer(`constant${this.#next()}`, [], Float32Array.of(value)));
  }

  /** One whole number stored in the graph, without axes. */
  integerScalar(value: number): Value {
    return this.#shared(`n${value}`, () => {
      const name = `constant${this.#next()}`;
      this.#initializers.push({ name, shape: [], data: BigInt64Array.of(BigInt(value)) });
      return { name, shape: [], type: 'int64', integers: [value] };
    });
  }

  /** One operator's first output. @throws UnicaError `engine.shape-mismatch` */
  add(operator: Operator, inputs: readonly Value[], attributes: Attributes = {}): Value {
    const [first] = this.addAll(operator, inputs, attributes, 1);
    if (!first) throw new UnicaError('engine.shape-mismatch', { operator, problem: 'it yields nothing' });
    return first;
  }

  /** The first `count` outputs of one operator. @throws UnicaError `engine.shape-mismatch` */
  addAll(operator: Operator, inputs: readonly Value[], attributes: Attributes, count: number): readonly Value[] {
    const yielded = this.#yields(operator, inputs, attributes).slice(0, count);
    // Equal operators on equal inputs are written once: every one of them is a function of its inputs.
    const key = `${operator}/${count}/${inputs.map(nameOf).join(',')}/${JSON.stringify(attributes)}`;
    const known = this.#written.get(key);
    if (known) return known;
    const outputs = yielded.map((one): Value => ({ ...one, name: `${operator}${this.#next()}` }));
    this.#nodes.push({ operator, inputs: inputs.map(nameOf), outputs: outputs.map(nameOf), attributes });
    this.#written.set(key, outputs);
    const [from] = inputs;
    const [to] = outputs;
    if (operator === 'Reshape' && from && to) this.#reshaped.set(to.name, from);
    return outputs;
  }

  /** The same numbers in the same order, without the copy that naming another shape last would cost. */
  beforeReshape(value: Value): Value {
    const made = this.#reshaped.get(value.name);
    return made === undefined ? value : this.beforeReshape(made);
  }

  /** Makes a value readable from outside under this name. */
  output(name: string, value: Value): void {
    this.#outputs.push({ name, value });
  }

  /** The finished model as ONNX bytes. `dynamicBatch`: the first axis of inputs and outputs may take any length. */
  encode(
    options: { readonly dynamicBatch?: boolean; readonly metadata?: Readonly<Record<string, string>> } = {},
  ): Uint8Array {
    const { nodes, initializers } = this.#needed();
    return encodeOnnxModel({
      nodes: [
        ...nodes,
        ...this.#outputs.map(({ name, value }) => ({
          operator: 'Identity',
          inputs: [value.name],
          outputs: [name],
          attributes: {},
        })),
      ],
      initializers,
      inputs: this.#inputs,
      outputs: this.#outputs.map(({ name, value }) => ({ ...value, name })),
      dynamicBatch: options.dynamicBatch ?? false,
      metadata: options.metadata ?? {},
    });
  }

  /** What the outputs depend on, in order; the rest is not written. */
  #needed(): { readonly nodes: readonly Node[]; readonly initializers: readonly Initializer[] } {
    const read = new Set(this.#outputs.map(({ value }) => value.name));
    const nodes = this.#nodes.toReversed().filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => read.has(name))) return false;
      for (const name of inputs) read.add(name);
      return true;
    });
    return { nodes: nodes.toReversed(), initializers: this.#initializers.filter(({ name }) => read.has(name)) };
  }

  #yields(operator: Operator, inputs: readonly Value[], attributes: Attributes): ReturnType<ShapeRule> {
    const rule: ShapeRule = SHAPE_RULES[operator];
    try {
      return rule(inputs, attributes);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new UnicaError('engine.shape-mismatch', { operator, problem: cause.message }, { cause });
    }
  }

  #shared(key: string, make: () => Value): Value {
    const known = this.#constants.get(key);
    if (known) return known;
    const made = make();
    this.#constants.set(key, made);
    return made;
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }
}

function nameOf(value: Value): string {
  return value.name;
}
