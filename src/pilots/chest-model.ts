import { UnicaError } from '#base';
import type { ModelSpec } from '#engine';
import { chestLookOf } from '#films';
import type { ChestModel } from './chest-reader.ts';

/**
 * A stored model as one that reads chest films.
 * @throws UnicaError `pilots.model-unfit` when it is another kind of model or lacks its contract or gate
 */
export function chestModelOf(stored: {
  readonly spec: ModelSpec;
  readonly parameters: Float32Array;
  readonly parts?: Readonly<Record<string, Uint8Array | undefined>> | undefined;
}): ChestModel {
  const { spec, parameters, parts = {} } = stored;
  if (spec.architecture !== 'nodule') throw unfit(`it is a ${spec.architecture}, which does not look for nodules`);
  const look = chestLookOf(parts);
  const { rows, columns } = look.contract.frame;
  if (rows !== spec.rows || columns !== spec.columns) throw unfit('films are prepared for it in another size');
  return { spec, parameters, ...look };
}

function unfit(problem: string): UnicaError {
  return new UnicaError('pilots.model-unfit', { problem });
}
