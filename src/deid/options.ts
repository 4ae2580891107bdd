/** Options of PS3.15 section E.3 that can be chosen beside the Basic Profile. */
export type DeidOption = 'dates' | 'patient' | 'device' | 'descriptors' | 'structured' | 'private' | 'pixels';

/** A choice of options. */
export type DeidOptions = ReadonlySet<DeidOption>;

/** Code values and meanings of PS3.16 CID 7050, as they are written into each file. */
export const OPTION_CODES: Readonly<Record<DeidOption, readonly [value: string, meaning: string]>> = {
  dates: ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'],
  patient: ['113108', 'Retain Patient Characteristics Option'],
  device: ['113109', 'Retain Device Identity Option'],
  descriptors: ['113105', 'Clean Descriptors Option'],
  structured: ['113104', 'Clean Structured Content Option'],
  pixels: ['113101', 'Clean Pixel Data Option'],
  private: ['113111', 'Retain Safe Private Option'],
};

/** All of them: what research needs most and the standard says how to keep safely. */
export const ALL_OPTIONS: DeidOptions = new Set<DeidOption>([
  'dates',
  'patient',
  'device',
  'descriptors',
  'structured',
  'private',
  'pixels',
]);
