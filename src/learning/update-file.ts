import { UnicaError } from '#base';
import { decodeSafetensors, encodeSafetensors, type ModelSpec, parameterTable } from '#engine';
import type { JobSpec } from '#wire';
import { decompress, isCompressing, isMadeSmaller } from './compressed-change.ts';
import { checkChange } from './fixed-point.ts';

/** Parameters or changes of a model as they travel: safetensors, little endian. */
export function encodeParameters(spec: ModelSpec, parameters: Float32Array): Uint8Array {
  return encodeSafetensors(parameterTable(spec), parameters, { architecture: spec.architecture });
}

/** The parameters of a model from its file. @throws UnicaError `learning.update-refused` when they are another model's. */
export function decodeParameters(spec: ModelSpec, bytes: Uint8Array): Float32Array {
  const expected = parameterTable(spec);
  const { table, parameters } = decoded(bytes);
  const same =
    table.total === expected.total &&
    table.entries.length === expected.entries.length &&
    table.entries.every((entry, index) => {
      const other = expected.entries[index];
      return entry.name === other?.name && entry.shape.join() === other.shape.join();
    });
  if (!same) throw new UnicaError('learning.update-refused', { problem: 'it is of another model' });
  return parameters;
}

/** A change a site sent: made smaller as the job says, or whole. @throws UnicaError `learning.update-refused`. */
export function decodeChange(spec: Pick<JobSpec, 'model' | 'compression'>, bytes: Uint8Array): Float32Array {
  const change =
    isCompressing(spec) && isMadeSmaller(bytes) ? decompress(spec, bytes) : decodeParameters(spec.model, bytes);
  checkChange(change);
  return change;
}

function decoded(bytes: Uint8Array) {
  try {
    return decodeSafetensors(bytes);
  } catch (cause) {
    throw new UnicaError('learning.update-refused', { problem: 'it cannot be read' }, { cause });
  }
}
