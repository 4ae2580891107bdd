export {
  type AuditEntry,
  type AuditEvent,
  type AuditTables,
  auditMigrations,
  type Checkpoint,
  checkpointText,
  type Journal,
  openJournal,
  type Verification,
} from './journal.ts';
