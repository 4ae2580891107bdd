export { Cohort, type Member, sealCohort } from './cohort.ts';
export { CohortStream, streamCohort } from './cohort-stream.ts';
export { type ConsentText, type ConsentTexts, TEXT_LANGUAGES, type TextLanguage } from './consent-texts.ts';
export {
  brokenConsent,
  type ConsentDecision,
  type Consents,
  type ConsentWish,
  type GivenBy,
  openConsents,
} from './consents.ts';
export { type DatasetBases, openDatasetBases } from './dataset-bases.ts';
export type { DatasetBasis } from './dataset-basis.ts';
export { type LeftOutBy, leftOutBy } from './left-out-by.ts';
export { openStanding } from './open-standing.ts';
export { type OptOutExceptions, openOptOutExceptions } from './opt-out-exceptions.ts';
export { type ConsentTables, consentMigrations, type OptOutDecision, type OptOuts, openOptOuts } from './opt-outs.ts';
export { PURPOSE_TERMS } from './purposes.ts';
export { readabilityOfParts } from './readability.ts';
export { printedReceipt, receiptOf } from './receipt.ts';
export type { Standing } from './standing.ts';
export { type ConsentTextLedger, openConsentTexts, readabilities } from './text-ledger.ts';
