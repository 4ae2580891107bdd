export type { PixelMeans } from './clean-pixels.ts';
export { Deidentified, reopen } from './deidentified.ts';
export { deidentify, type Outcome } from './deidentify.ts';
export { ALL_OPTIONS, type DeidOption, type DeidOptions } from './options.ts';
export type { PixelMask } from './pixel-mask.ts';
export { pseudonymOf, pseudonymousUid, type SiteSecret, shiftedDate } from './pseudonyms.ts';
export type { Refusal } from './refusals.ts';
export { REGION_RULES, type RegionRule } from './region-rules.ts';
