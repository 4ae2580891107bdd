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
