import type { DataSet } from '#dicom';

/** What a pilot reads, as headers tell it. */
export interface FilmExpectation {
  /** As a person calls it: "chest films". */
  readonly what: string;
  readonly modalities: readonly string[];
  /** Words of which BodyPartExamined is one, where it is filled. */
  readonly bodyParts: readonly string[];
  /** ViewPosition that is not read, such as lateral films. */
  readonly refusedViews: readonly string[];
  /** Whether the side has to be told. */
  readonly needsLaterality: boolean;
}

/** Why a film gets no score (`refused`), or one that says what is wrong with it (`gated`). */
export interface GateReason {
  readonly effect: 'refused' | 'gated';
  readonly code:
    | 'modality'
    | 'body-part'
    | 'view'
    | 'for-processing'
    | 'laterality'
    | 'implant'
    | 'secondary-capture'
    | 'many-frames'
    | 'colour'
    | 'pixels'
    | 'unlike';
  /** In words for a report; names no person. */
  readonly because: string;
}

/** Frontal chest films. */
export const CHEST_FILMS: FilmExpectation = {
  what: 'frontal chest films',
  modalities: ['DX', 'CR'],
  bodyParts: ['CHEST', 'THORAX', 'LUNG', 'LUNGS'],
  refusedViews: ['LL', 'RL', 'LLD', 'RLD', 'LATERAL', 'LLO', 'RLO', 'LATERO'],
  needsLaterality: false,
};

/** Mammograms made to be looked at. */
export const MAMMOGRAMS: FilmExpectation = {
  what: 'mammograms',
  modalities: ['MG'],
  bodyParts: ['BREAST'],
  refusedViews: [],
  needsLaterality: true,
};

const TAG = {
  sopClass: 0x00080016,
  modality: 0x00080060,
  conversionType: 0x00080064,
  presentationIntent: 0x00080068,
  bodyPart: 0x00180015,
  view: 0x00185101,
  laterality: 0x00200060,
  imageLaterality: 0x00200062,
  implant: 0x00281300,
  samplesPerPixel: 0x00280002,
  frames: 0x00280008,
  floatPixels: 0x7fe00008,
  doublePixels: 0x7fe00009,
} as const;

/** Secondary captures, of one frame or many (PS3.4 table B.5-1). */
const SECONDARY_CAPTURE = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/;
/** Longest part of a header's word that is repeated in a reason. */
const LONGEST_WORD = 16;

/**
 * What speaks, by its header alone, against scoring a picture; empty when nothing does. A header that is silent about body part
 * or view is left to the look at the pixels.
 */
export function headerReasons(dataset: DataSet, expected: FilmExpectation): readonly GateReason[] {
  const reasons: GateReason[] = [];
  const say = (effect: GateReason['effect'], code: GateReason['code'], because: string): void => {
    reasons.push({ effect, code, because });
  };
  const word = (tag: number): string => (dataset.text(tag) ?? '').trim().toUpperCase().slice(0, LONGEST_WORD);
  const modality = word(TAG.modality);
  const capture = SECONDARY_CAPTURE.test(dataset.text(TAG.sopClass) ?? '') || word(TAG.conversionType) !== '';
  const isCaptured = capture && ['OT', 'SC', ''].includes(modality);
  if (!expected.modalities.includes(modality) && !isCaptured)
    say('refused', 'modality', `its modality is ${modality || 'not told'}; ${expected.what} are read`);
  const bodyPart = word(TAG.bodyPart);
  if (bodyPart !== '' && !expected.bodyParts.includes(bodyPart))
    say('refused', 'body-part', `it shows ${bodyPart}; ${expected.what} are read`);
  if (expected.refusedViews.includes(word(TAG.view)))
    say('refused', 'view', `its view is ${word(TAG.view)}; ${expected.what} are read`);
  if (word(TAG.presentationIntent) === 'FOR PROCESSING')
    say('refused', 'for-processing', 'it is raw (FOR PROCESSING); only pictures made to be looked at are read');
  if ((dataset.number(TAG.samplesPerPixel) ?? 1) !== 1) say('refused', 'colour', 'it is a colour picture');
  if ((dataset.number(TAG.frames) ?? 1) > 1) say('refused', 'many-frames', 'it has more than one frame');
  if (dataset.has(TAG.floatPixels) || dataset.has(TAG.doublePixels))
    say('refused', 'pixels', 'its pixels are floating-point numbers, which films do not have');
  const side = word(TAG.imageLaterality) || word(TAG.laterality);
  if (expected.needsLaterality && side !== 'L' && side !== 'R')
    say('refused', 'laterality', 'it does not say whether it shows the left or the right breast');
  if (word(TAG.implant) === 'YES')
    say('gated', 'implant', 'there is a breast implant in it, with which nothing was learned');
  if (capture)
    say('gated', 'secondary-capture', 'it is a secondary capture, whose greys are not those that the device measured');
  return reasons;
}
