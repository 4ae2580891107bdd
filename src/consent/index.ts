export { Cohort, type Member, sealCohort } from './cohort.ts';
export { CohortStream, streamCohort } from './cohort-stream.ts';
export { type ConsentTables, consentMigrations, type OptOutDecision, type OptOuts, openOptOuts } from './opt-outs.ts';
