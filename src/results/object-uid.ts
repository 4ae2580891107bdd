import { uidFrom } from '#fhir';
import type { ModelResult, ReplacedResult } from './model-result.ts';

/** The objects that a result becomes. */
export type ObjectKind = 'cad-sr' | 'measurement-report' | 'segmentation' | 'heat-map' | 'manifest' | 'document';

/**
 * UID of an object of a result. The same inputs of the same person, read by the same weights of the same version, give the same UID, so
 * that a receiver who has it already knows; anything else gives another. @param of which one, where a result has several of a kind
 */
export function objectUid(result: ModelResult, kind: ObjectKind, of = '', model: Version = versionOf(result)): string {
  return uidFrom(['result object', kind, of, ...origin(result, model)].join('\n'));
}

/** UID of the series in which the objects of a kind lie. */
export function seriesUid(result: ModelResult, kind: ObjectKind, model: Version = versionOf(result)): string {
  return uidFrom(['result series', kind, ...origin(result, model)].join('\n'));
}

/** UID of a thing that a report names and follows: a finding, a device. */
export function thingUid(result: ModelResult, name: string): string {
  return uidFrom(['result thing', name, ...origin(result, versionOf(result))].join('\n'));
}

/** UID of the model as a device that observes: of its weights, whatever the examination. */
export function deviceUid({ name, version, digest }: ModelResult['model']): string {
  return uidFrom(['result device', name, version, digest].join('\n'));
}

type Version = Pick<ReplacedResult, 'version' | 'digest' | 'images' | 'inputsSha256'>;

function versionOf({ model: { version, digest }, inputsSha256 }: ModelResult): Version {
  return { version, digest, inputsSha256 };
}

function origin(result: ModelResult, { version, digest, images, inputsSha256 }: Version): readonly string[] {
  const read = (images ?? result.images.map(({ sopInstanceUid }) => sopInstanceUid)).toSorted();
  const of = [result.task, result.study.StudyInstanceUID, result.model.name, version, digest, ...read];
  return inputsSha256 === undefined ? of : [...of, `inputs ${inputsSha256}`];
}
