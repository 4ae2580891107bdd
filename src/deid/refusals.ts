import { ERROR_TABLE, type ErrorCode, UnicaError } from '#base';
import { type DataSet, TAGS } from '#dicom';
import { sopClassName, tagOf } from '#vocab';

/** Why a file is set aside instead of being cleaned. */
export interface Refusal {
  readonly kind: 'quarantined';
  readonly because: ErrorCode;
  readonly sentence: string;
  readonly mend: string;
}

/** A refusal in the words of the error table. */
export function refusal(failure: UnicaError): Refusal {
  const { mend } = ERROR_TABLE[failure.code];
  return { kind: 'quarantined', because: failure.code, sentence: failure.message.replace(mend, '').trim(), mend };
}

/** Modalities whose devices do not write patient data into the pixels unless they say so. */
const CLEAN_PIXELS: ReadonlySet<string> = new Set(['CR', 'DX', 'MG', 'CT', 'MR', 'PT', 'NM', 'RG', 'IO', 'PX']);

/** Objects that are text about a person rather than a picture. */
const TEXT_OBJECTS = /Structured|Report|SR Storage|Encapsulated|Waveform|Presentation State|Key Object|Procedure Log/;

/** The reason why this subset of the profile cannot vouch for a file, if there is one. */
export function refusalOf(dataset: DataSet): Refusal | undefined {
  if (dataset.text(tagOf('PatientID')) === undefined) return refusal(new UnicaError('deid.no-patient-id'));
  const sopClassUid = dataset.text(TAGS.sopClassUid) ?? '';
  if (TEXT_OBJECTS.test(sopClassName(sopClassUid) ?? '')) return refusal(new UnicaError('deid.text-object'));
  const burnedIn = dataset.text(tagOf('BurnedInAnnotation'))?.toUpperCase();
  if (burnedIn === 'YES') return refusal(new UnicaError('deid.burned-in-text'));
  const modality = dataset.text(tagOf('Modality')) ?? '';
  if (burnedIn !== 'NO' && !CLEAN_PIXELS.has(modality)) {
    return refusal(new UnicaError('deid.burned-in-unknown', { modality: modality === '' ? 'no modality' : modality }));
  }
  if (dataset.text(tagOf('RecognizableVisualFeatures'))?.toUpperCase() === 'YES') {
    return refusal(new UnicaError('deid.recognisable-face'));
  }
  return undefined;
}
