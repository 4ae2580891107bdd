export {
  type AccessApplication,
  type AccessOffice,
  openAccessOffice,
} from './access-office.ts';
export { type AccessTables, accessMigrations } from './access-tables.ts';
export { type ConditionedDataset, matchPurpose } from './match-purpose.ts';
export { Permit } from './permit.ts';
export {
  openPermitVerifier,
  type PermitTables,
  type PermitVerifier,
  permitMigrations,
  type WantedUse,
} from './permit-verifier.ts';
export { isCharged, type RequestState } from './request-state.ts';
export { standingOf } from './request-view.ts';
export { networkMember, requester, type Visitor } from './visitor.ts';
