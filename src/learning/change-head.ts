import { type ModelSpec, parameterTable, safetensorsHead } from '#engine';

/** What a file of this model's parameters begins with. */
export function headOf(spec: ModelSpec): Uint8Array {
  return safetensorsHead(parameterTable(spec), { architecture: spec.architecture });
}
