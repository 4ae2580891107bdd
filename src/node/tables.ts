import type { Migration } from '#store';
import { type ApprovedOrderTables, approvedOrderMigration } from './approved-orders.ts';
import {
  type ClinicTables,
  clinicGivenMigration,
  clinicMigration,
  clinicQueueMigration,
  clinicReadsMigration,
} from './clinic-tables.ts';
import { type ClinicWatchTables, clinicWatchMigration } from './clinic-watch-tables.ts';
import { type DataUseTables, dataUseMigration } from './data-uses.ts';
import { acquisitionMigration, type DicomIndexTables, dicomIndexMigration } from './dicom-index-tables.ts';
import { type DossierTables, dossierMigration } from './dossier-tables.ts';
import { type FlowerTables, flowerMigration } from './flower-shelf.ts';
import { type LocalRuleTables, localRuleMigration } from './local-rules.ts';
import { type MaskReviewTables, maskReviewMigration } from './mask-review-tables.ts';
import { type PatientAccountTables, patientAccountMigration } from './patient-accounts.ts';
import { type PeerKeyTables, peerKeyMigration } from './peer-keys.ts';
import { type PixelMaskTables, pixelMaskMigration } from './pixel-mask-tables.ts';
import { type PrivacyLedgerTables, privacyLedgerMigration } from './privacy-ledger.ts';
import { type QualityTables, qualityMigration } from './quality-tables.ts';
import { type ReadingTables, readingMigration } from './reading-tables.ts';
import { type ResultDeliveryTables, resultDeliveryMigration } from './result-delivery-tables.ts';
import { type SimilarShownTables, similarShownMigration } from './similar-shown.ts';
import { type SimilarTables, similarMigration } from './similar-tables.ts';
import { type StandingRuleTables, standingRuleMigration } from './standing-rules.ts';
import { type StrategyStateTables, strategyStateMigration } from './strategy-states.ts';
import { type SumRoundTables, sumRoundMigration } from './sum-rounds.ts';
import { type TableCheckTables, tableCheckMigration } from './table-checks.ts';
import { type TrainingMemoryTables, trainingMemoryMigration } from './training-memory.ts';

/** Records of a node's archive, its imports and what left it. Times are milliseconds since the epoch. */
export interface NodeTables
  extends ApprovedOrderTables,
    ClinicTables,
    ClinicWatchTables,
    DataUseTables,
    DicomIndexTables,
    DossierTables,
    FlowerTables,
    MaskReviewTables,
    PatientAccountTables,
    PeerKeyTables,
    PixelMaskTables,
    PrivacyLedgerTables,
    QualityTables,
    ReadingTables,
    ResultDeliveryTables,
    SimilarTables,
    SimilarShownTables,
    StandingRuleTables,
    LocalRuleTables,
    StrategyStateTables,
    SumRoundTables,
    TableCheckTables,
    TrainingMemoryTables {
  instances: {
    sop_instance_uid: string;
    series_instance_uid: string;
    study_instance_uid: string;
    person: string;
    blob_sha256: string;
    size_bytes: number;
    /** Digest of the object as it arrived: the same file twice is one. */
    source_sha256: string;
    pixel_sha256: string | null;
    modality: string | null;
    body_part: string | null;
    manufacturer: string | null;
    sex: string | null;
    age_years: number | null;
    study_year: number | null;
    /** JSON array of quality findings. */
    quality: string;
    import_id: string;
    imported_at_ms: number;
  };
  clinical_findings: {
    /** Pseudonymised study, or the person where the table names no study. */
    subject: string;
    person: string;
    /** JSON array of finding labels. */
    findings: string;
    import_id: string;
  };
  imports: {
    import_id: string;
    state: 'running' | 'done' | 'failed';
    because: string | null;
    source: string;
    started_at_ms: number;
    ended_at_ms: number | null;
    received: number;
    accepted: number;
    quarantined: number;
    duplicates: number;
    opted_out: number;
    /** JSON array of {path, reason}. */
    rejected: string;
  };
  quarantine: {
    quarantine_id: string;
    source_sha256: string;
    code: string;
    sentence: string;
    mend: string;
    size_bytes: number;
    at_ms: number;
  };
  datasets: {
    name: string;
    version: number;
    /** JSON DatasetRecord as it was published. */
    record: string;
    content_sha256: string;
    published_at_ms: number;
  };
  outgoing: {
    sequence: number;
    at_ms: number;
    kind: string;
    method: string;
    path: string;
    bytes: number;
    body_sha256: string;
    job_id: string | null;
  };
  approvals: {
    job_id: string;
    spec: string;
    spec_sha256: string;
    permit_id: string;
    permit_expires_at_ms: number;
    persons: string;
    update_bytes: number;
    asked_at_ms: number;
    decision: 'waiting' | 'approved' | 'denied';
    decided_by: string | null;
    because: string | null;
    /** JSON of what else the owner is told; null for jobs that were asked before it was kept. */
    asked: string | null;
    /** The standing rule that decided. */
    rule_id: string | null;
    decided_at_ms: number | null;
  };
  finished_rounds: {
    job_id: string;
    round: number;
    weights_sha256: string;
    update_sha256: string;
    /** JSON SiteRound, released. */
    metrics: string;
  };
  settings: { key: string; value: string };
}

/** The node's own tables, oldest first. */
export const nodeMigrations: readonly Migration[] = [
  {
    id: 'node-001-archive',
    async up(db) {
      await db.schema
        .createTable('instances')
        .addColumn('sop_instance_uid', 'text', (column) => column.primaryKey())
        .addColumn('series_instance_uid', 'text', (column) => column.notNull())
        .addColumn('study_instance_uid', 'text', (column) => column.notNull())
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('blob_sha256', 'text', (column) => column.notNull())
        .addColumn('size_bytes', 'bigint', (column) => column.notNull())
        .addColumn('source_sha256', 'text', (column) => column.notNull())
        .addColumn('pixel_sha256', 'text')
        .addColumn('modality', 'text')
        .addColumn('body_part', 'text')
        .addColumn('manufacturer', 'text')
        .addColumn('sex', 'text')
        .addColumn('age_years', 'integer')
        .addColumn('study_year', 'integer')
        .addColumn('quality', 'text', (column) => column.notNull())
        .addColumn('import_id', 'text', (column) => column.notNull())
        .addColumn('imported_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('instances_person').on('instances').column('person').execute();
      await db.schema.createIndex('instances_study').on('instances').column('study_instance_uid').execute();
      await db.schema.createIndex('instances_source').on('instances').column('source_sha256').execute();
      await db.schema
        .createTable('clinical_findings')
        .addColumn('subject', 'text', (column) => column.primaryKey())
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('findings', 'text', (column) => column.notNull())
        .addColumn('import_id', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('imports')
        .addColumn('import_id', 'text', (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('because', 'text')
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('ended_at_ms', 'bigint')
        .addColumn('received', 'integer', (column) => column.notNull())
        .addColumn('accepted', 'integer', (column) => column.notNull())
        .addColumn('quarantined', 'integer', (column) => column.notNull())
        .addColumn('duplicates', 'integer', (column) => column.notNull())
        .addColumn('opted_out', 'integer', (column) => column.notNull())
        .addColumn('rejected', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('quarantine')
        .addColumn('quarantine_id', 'text', (column) => column.primaryKey())
        .addColumn('source_sha256', 'text', (column) => column.notNull().unique())
        .addColumn('code', 'text', (column) => column.notNull())
        .addColumn('sentence', 'text', (column) => column.notNull())
        .addColumn('mend', 'text', (column) => column.notNull())
        .addColumn('size_bytes', 'bigint', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 'node-002-outside',
    async up(db) {
      await db.schema
        .createTable('datasets')
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('record', 'text', (column) => column.notNull())
        .addColumn('content_sha256', 'text', (column) => column.notNull())
        .addColumn('published_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('datasets_key', ['name', 'version'])
        .execute();
      await db.schema
        .createTable('outgoing')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('method', 'text', (column) => column.notNull())
        .addColumn('path', 'text', (column) => column.notNull())
        .addColumn('bytes', 'bigint', (column) => column.notNull())
        .addColumn('body_sha256', 'text', (column) => column.notNull())
        .addColumn('job_id', 'text')
        .execute();
      await db.schema
        .createTable('approvals')
        .addColumn('job_id', 'text', (column) => column.primaryKey())
        .addColumn('spec', 'text', (column) => column.notNull())
        .addColumn('spec_sha256', 'text', (column) => column.notNull())
        .addColumn('permit_id', 'text', (column) => column.notNull())
        .addColumn('permit_expires_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('persons', 'text', (column) => column.notNull())
        .addColumn('update_bytes', 'bigint', (column) => column.notNull())
        .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('decision', 'text', (column) => column.notNull())
        .addColumn('decided_by', 'text')
        .addColumn('because', 'text')
        .execute();
      await db.schema
        .createTable('finished_rounds')
        .addColumn('job_id', 'text', (column) => column.notNull())
        .addColumn('round', 'integer', (column) => column.notNull())
        .addColumn('weights_sha256', 'text', (column) => column.notNull())
        .addColumn('update_sha256', 'text', (column) => column.notNull())
        .addColumn('metrics', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('finished_rounds_key', ['job_id', 'round'])
        .execute();
      await db.schema
        .createTable('questions')
        .addColumn('requester', 'text', (column) => column.notNull())
        .addColumn('question', 'text', (column) => column.notNull())
        .addColumn('data_version', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('questions_key', ['requester', 'question', 'data_version'])
        .execute();
      await db.schema
        .createTable('settings')
        .addColumn('key', 'text', (column) => column.primaryKey())
        .addColumn('value', 'text', (column) => column.notNull())
        .execute();
    },
  },
  dicomIndexMigration,
  pixelMaskMigration,
  qualityMigration,
  maskReviewMigration,
  strategyStateMigration,
  peerKeyMigration,
  sumRoundMigration,
  standingRuleMigration,
  localRuleMigration,
  tableCheckMigration,
  flowerMigration,
  trainingMemoryMigration,
  privacyLedgerMigration,
  dossierMigration,
  dataUseMigration,
  patientAccountMigration,
  acquisitionMigration,
  resultDeliveryMigration,
  clinicMigration,
  clinicQueueMigration,
  clinicReadsMigration,
  approvedOrderMigration,
  readingMigration,
  clinicGivenMigration,
  clinicWatchMigration,
  similarMigration,
  similarShownMigration,
];
