export { verifyExport, writeExport } from './audit-export.ts';
export { type Checkpoint, checkpointText, type Verification } from './chain.ts';
export {
  type AuditEntry,
  type AuditEvent,
  type AuditTables,
  auditMigrations,
  type Journal,
  type JournalFilter,
  openJournal,
} from './journal.ts';
