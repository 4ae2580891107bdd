import { initialParameters } from './initial-parameters.ts';
import type { Model } from './model.ts';
import type { ExamSpec } from './model-spec.ts';
import { parameterTable } from './parameter-table.ts';

/** The specification of what follows the encoder. */
export function headSpec(spec: ExamSpec): ExamSpec {
  return { ...spec, architecture: 'exam-head' };
}

/** Parameters of the head out of those of the whole network, or the whole with those of a head put in. */
export function headOfExam(
  spec: ExamSpec,
  whole: Float32Array,
  head?: Float32Array,
): { readonly whole: Float32Array; readonly head: Float32Array } {
  const [all, own] = [parameterTable({ ...spec, architecture: 'exam' }), parameterTable(headSpec(spec))];
  const places = new Map(all.entries.map(({ name, offset }) => [name, offset]));
  const result = { whole: whole.slice(), head: new Float32Array(own.total) };
  for (const { name, offset, size } of own.entries) {
    const at = places.get(name) ?? 0;
    if (head !== undefined) result.whole.set(head.subarray(offset, offset + size), at);
    result.head.set(result.whole.subarray(at, at + size), offset);
  }
  return result;
}

/** Fresh parameters of a model, with those of another wherever a name and its shape are the same: a start that keeps what was learned. */
export function carriedOver(
  from: { readonly model: Model; readonly parameters: Float32Array },
  to: Model,
  seed: number,
) {
  const learned = new Map(parameterTable(from.model).entries.map((entry) => [entry.name, entry]));
  const parameters = initialParameters(to, seed);
  for (const { name, shape, offset, size } of parameterTable(to).entries) {
    const known = learned.get(name);
    if (known === undefined || known.shape.join() !== shape.join()) continue;
    parameters.set(from.parameters.subarray(known.offset, known.offset + size), offset);
  }
  return parameters;
}
