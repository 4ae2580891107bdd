export { Deidentified, reopen } from './deidentified.ts';
export { type CleaningMeans, deidentify, type Outcome } from './deidentify.ts';
export { ALL_OPTIONS, type DeidOption, type DeidOptions } from './options.ts';
export { type Origin, originOf } from './origin.ts';
export type { PixelMask } from './pixel-mask.ts';
export { pseudonymOf, pseudonymousUid, type SiteSecret, shiftDays, shiftedDate } from './pseudonyms.ts';
export type { Refusal } from './refusals.ts';
export { REGION_RULES, type RegionRule } from './region-rules.ts';
export { NO_SITE_WORDS, readSiteWords, type SiteWords } from './site-words.ts';
