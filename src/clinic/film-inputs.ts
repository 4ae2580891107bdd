import { createHash } from 'node:crypto';
import { canonicalJson } from '#base';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';

/** Of the header of a film, what decides how it is read; de-identification leaves these as they are. */
const WORDS = [
  'SOPClassUID',
  'Modality',
  'ConversionType',
  'PresentationIntentType',
  'BodyPartExamined',
  'ViewPosition',
  'PatientOrientation',
  'Laterality',
  'ImageLaterality',
  'BreastImplantPresent',
  'PhotometricInterpretation',
  'PresentationLUTShape',
  'PixelSpacing',
  'ImagerPixelSpacing',
  'RescaleSlope',
  'RescaleIntercept',
  'WindowCenter',
  'WindowWidth',
  'VOILUTFunction',
  'NumberOfFrames',
] as const;

const NUMBERS = [
  'SamplesPerPixel',
  'Rows',
  'Columns',
  'BitsAllocated',
  'BitsStored',
  'PixelRepresentation',
  'PixelPaddingValue',
] as const;

const PIXEL_DATA = 0x7fe00010;

/**
 * Digest, in hex, of what a model is given of a film: its pixels as they are stored and the elements that decide how they are
 * read. It knows neither the person nor the UIDs, so that a film and its de-identified copy have the same one, unless something
 * was blacked out in the copy. @note Not in it: the age, which a copy may have lost, and look-up tables.
 */
export function filmInputs({ dataset }: { readonly dataset: DataSet }): string {
  const words = WORDS.map((keyword) => dataset.strings(tagOf(keyword)).join('\\').trim());
  const numbers = NUMBERS.map((keyword) => dataset.number(tagOf(keyword)) ?? null);
  const hash = createHash('sha256').update(canonicalJson({ words, numbers }));
  const pixels = dataset.element(PIXEL_DATA);
  for (const part of pixels?.fragments ?? (pixels === undefined ? [] : [pixels.value])) hash.update(part);
  return hash.digest('hex');
}
