import { canonicalJson, sha256Hex } from '#base';
import type { StoredModel } from '#models';
import type { ResultModel } from '#results';

/** Parts of a model that change what it says with the same weights. */
const DECISIVE = ['preprocessing.json', 'gate.json', 'calibration.json', 'heads.safetensors'] as const;

/** A stored model as results name it. */
export function resultModelOf(name: string, stored: StoredModel): ResultModel {
  const digest = sha256Hex(new Uint8Array(stored.parameters.slice().buffer));
  return { name, version: versionOf(stored, digest), digest, manufacturer: 'UNICA' };
}

/**
 * Names all that decides what a model says: objects of the same version are the same object to a receiver, so that a new gate
 * is a new version.
 */
function versionOf({ spec, parts }: StoredModel, weights: string): string {
  const read = DECISIVE.map((name) => [name, sha256Hex(parts?.[name] ?? new Uint8Array())]);
  return sha256Hex(canonicalJson({ spec: JSON.stringify(spec), weights, parts: Object.fromEntries(read) })).slice(
    0,
    12,
  );
}
