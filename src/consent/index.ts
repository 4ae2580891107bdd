export { Cohort, type Member, sealCohort } from './cohort.ts';
export { type ConsentTables, consentMigrations, type OptOutDecision, type OptOuts, openOptOuts } from './opt-outs.ts';
