import type { Migration } from '#store';

/** Records of other catalogues, kept apart from everything of the network's own. */
export interface HarvestTables {
  harvest_sources: {
    source_id: string;
    address: string;
    title: string;
    every_hours: number;
    added_at_ms: number;
    visited_at_ms: number | null;
    next_at_ms: number;
    /** A hub that reads it has it until then; another takes over afterwards. */
    claimed_until_ms: number;
    outcome: 'never' | 'complete' | 'partial' | 'failed';
    documents: number;
    unchanged: number;
    /** JSON HarvestProblem[]. */
    problems: string;
    /** Visits that failed since the last that did not. */
    failures: number;
  };
  harvest_documents: {
    source_id: string;
    address: string;
    /** Where it came from in the end: what its relative addresses are relative to. */
    base: string;
    syntax: 'turtle' | 'json-ld';
    etag: string | null;
    last_modified: string | null;
    sha256: string;
    body: string;
    seen_at_ms: number;
  };
  foreign_records: {
    record_id: string;
    source_id: string;
    iri: string;
    sha256: string;
    /** JSON RecordSummary. */
    summary: string;
    /** What the record is found by, in small letters. */
    words: string;
    title: string;
    state: 'draft' | 'eucaim-valid' | 'r8-valid';
    /** JSON: what it lacks, by profile, with how much in all. */
    lacks: string;
    first_seen_ms: number;
    changed_ms: number;
    seen_ms: number;
  };
}

/** Tables of other catalogues. */
export const harvestMigrations: readonly Migration[] = [
  {
    id: 'harvest-001-sources',
    async up(db) {
      await db.schema
        .createTable('harvest_sources')
        .addColumn('source_id', 'text', (column) => column.primaryKey())
        .addColumn('address', 'text', (column) => column.notNull().unique())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('every_hours', 'integer', (column) => column.notNull())
        .addColumn('added_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('visited_at_ms', 'bigint')
        .addColumn('next_at_ms', 'bigint', (column) => column.notNull())
        .addColumn('claimed_until_ms', 'bigint', (column) => column.notNull())
        .addColumn('outcome', 'text', (column) => column.notNull())
        .addColumn('documents', 'integer', (column) => column.notNull())
        .addColumn('unchanged', 'integer', (column) => column.notNull())
        .addColumn('problems', 'text', (column) => column.notNull())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('harvest_documents')
        .addColumn('source_id', 'text', (column) => column.notNull())
        .addColumn('address', 'text', (column) => column.notNull())
        .addColumn('base', 'text', (column) => column.notNull())
        .addColumn('syntax', 'text', (column) => column.notNull())
        .addColumn('etag', 'text')
        .addColumn('last_modified', 'text')
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('body', 'text', (column) => column.notNull())
        .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('harvest_documents_key', ['source_id', 'address'])
        .execute();
      await db.schema
        .createTable('foreign_records')
        .addColumn('record_id', 'text', (column) => column.primaryKey())
        .addColumn('source_id', 'text', (column) => column.notNull())
        .addColumn('iri', 'text', (column) => column.notNull())
        .addColumn('sha256', 'text', (column) => column.notNull())
        .addColumn('summary', 'text', (column) => column.notNull())
        .addColumn('words', 'text', (column) => column.notNull())
        .addColumn('title', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('lacks', 'text', (column) => column.notNull())
        .addColumn('first_seen_ms', 'bigint', (column) => column.notNull())
        .addColumn('changed_ms', 'bigint', (column) => column.notNull())
        .addColumn('seen_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('foreign_records_by_source').on('foreign_records').column('source_id').execute();
    },
  },
];
