export {
  type AccessApplication,
  type AccessOffice,
  type AccessTables,
  accessMigrations,
  openAccessOffice,
} from './access-office.ts';
export { Permit } from './permit.ts';
export { openPermitVerifier, type PermitTables, type PermitVerifier, permitMigrations } from './permit-verifier.ts';
