import { UnicaError } from '#base';
import { type Model, type ParameterTable, parameterTable, readNpy, writeNpy } from '#engine';
import type { FlowerArray } from './records.ts';

/** Tensors by name, in order. */
export type Arrays = ReadonlyMap<string, FlowerArray>;

/** A model's parameters read from Flower's arrays, and how to answer in the same way. */
export interface ReceivedParameters {
  /** In the order of the model's table. */
  readonly parameters: Float64Array;
  /** Other values of the same model as arrays of the same names, order and precision. */
  answer(parameters: Float32Array | Float64Array): Arrays;
}

const PRECISIONS = { '<f4': 'float32', '<f8': 'float64' } as const;

/**
 * Reads a model's parameters from Flower's arrays. Where every name is one of the model's table they are matched by name;
 * else by order, as frameworks that number their tensors send them: then every shape must agree in its place. Precision is
 * float32 or float64. Nothing is reshaped, transposed, padded or left out.
 * @throws UnicaError `flower.weights-refused` naming the first tensor that does not fit.
 */
export function readParameters(model: Model, arrays: Arrays): ReceivedParameters {
  const table = parameterTable(model);
  const names = [...arrays.keys()];
  if (names.length !== table.entries.length)
    throw refused(`it has ${names.length} tensors, the model has ${table.entries.length}`);
  const byName = table.entries.every(({ name }) => arrays.has(name));
  const nameOf = (index: number, name: string) => (byName ? name : (names[index] ?? name));
  const parameters = new Float64Array(table.total);
  const precisions = new Map<string, keyof typeof PRECISIONS>();
  for (const [index, { name, shape, offset }] of table.entries.entries()) {
    const theirs = nameOf(index, name);
    const array = arrays.get(theirs);
    if (array === undefined || array.stype !== 'numpy.ndarray') throw refused(`"${theirs}" is not a NumPy array`);
    const npy = readArray(theirs, array);
    if (npy.shape.join() !== shape.join())
      throw refused(`"${theirs}" is ${sides(npy.shape)}, "${name}" of the model is ${sides(shape)}`);
    if (!npy.data.every(Number.isFinite)) throw refused(`"${theirs}" holds a value that is not a number`);
    parameters.set(npy.data, offset);
    precisions.set(theirs, npy.dtype);
  }
  return {
    parameters,
    answer: (values) => arraysOf(table, values, { order: names, nameOf, precisions }),
  };
}

/** A model's parameters as arrays of float32 under the names of its table. */
export function writeParameters(model: Model, parameters: Float32Array): Arrays {
  const table = parameterTable(model);
  return arraysOf(table, parameters, { order: [], nameOf: (_, name) => name, precisions: new Map() });
}

function arraysOf(
  table: ParameterTable,
  values: Float32Array | Float64Array,
  how: {
    readonly order: readonly string[];
    readonly nameOf: (index: number, name: string) => string;
    readonly precisions: ReadonlyMap<string, keyof typeof PRECISIONS>;
  },
): Arrays {
  const made = new Map(
    table.entries.map(({ name, shape, offset, size }, index) => {
      const theirs = how.nameOf(index, name);
      const part = values.subarray(offset, offset + size);
      const precision = how.precisions.get(theirs) ?? '<f4';
      const data = precision === '<f8' ? Float64Array.from(part) : Float32Array.from(part);
      const array = { dtype: PRECISIONS[precision], shape, stype: 'numpy.ndarray', data: writeNpy(shape, data) };
      return [theirs, array] as const;
    }),
  );
  if (how.order.length === 0) return made;
  return new Map(
    how.order.flatMap((name) => {
      const array = made.get(name);
      return array === undefined ? [] : [[name, array] as const];
    }),
  );
}

function readArray(name: string, { data }: FlowerArray) {
  try {
    const { dtype, shape, data: values } = readNpy(name, data);
    if ((dtype === '<f4' || dtype === '<f8') && (values instanceof Float32Array || values instanceof Float64Array))
      return { dtype, shape, data: values };
  } catch (cause) {
    if (!(cause instanceof UnicaError)) throw cause;
    throw refused(String(cause.facts['problem'] ?? `"${name}" cannot be read`), cause);
  }
  throw refused(`"${name}" is not of float32 or float64`);
}

function sides(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single number' : shape.join(' × ');
}

function refused(problem: string, cause?: unknown): UnicaError {
  return new UnicaError('flower.weights-refused', { problem }, { cause });
}
