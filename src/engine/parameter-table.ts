import { UnicaError } from '#base';
import { type Model, networkOf } from './model.ts';

/** One named tensor inside the flat parameter array. */
export interface ParameterEntry {
  /** `layer.weight`, `layer.bias`, `layer.scale`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Index of its first number in the flat array. */
  readonly offset: number;
  /** How many numbers it holds. */
  readonly size: number;
}

/** Where every parameter of a model lies in its one flat Float32Array. */
export interface ParameterTable {
  readonly entries: readonly ParameterEntry[];
  /** Length of the flat array. */
  readonly total: number;
}

/** The table of a model: same model, same table, everywhere. @throws UnicaError `engine.spec-invalid` */
export function parameterTable(model: Model): ParameterTable {
  return tableOf(networkOf(model).parameters);
}

/** Entries laid one after the other. */
export function tableOf(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): ParameterTable {
  let total = 0;
  const entries = tensors.map(({ name, shape }) => {
    const size = shape.reduce((product, side) => product * side, 1);
    const offset = total;
    total += size;
    return { name, shape, offset, size };
  });
  return { entries, total };
}

/** @throws UnicaError `engine.parameters-mismatch` when the flat array does not have the model's length. */
export function checkParameters(table: ParameterTable, parameters: Float32Array): void {
  if (parameters.length !== table.total)
    throw new UnicaError('engine.parameters-mismatch', { expected: table.total, actual: parameters.length });
}
