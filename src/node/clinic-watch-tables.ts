import type { Migration } from '#store';

/** What the network asked of models in the clinic, what it was told, and what it suggested. */
export interface ClinicWatchTables {
  clinic_watches: {
    watch_id: string;
    model: string;
    requester: string;
    because: string;
    asked_at_ms: number;
    state: 'waiting' | 'approved' | 'denied';
    decided_by: string | null;
    decided_at_ms: number | null;
    /** JSON WatchAnswer as it would leave, or left. */
    answer: string | null;
  };
  /** Months, or batches of outcomes, that were told; never counted anew. */
  clinic_watch_parts: {
    model: string;
    version: string;
    kind: 'period' | 'outcomes';
    number: number;
    /** JSON WatchPeriod or WatchOutcomes. */
    part: string;
    told_at_ms: number;
  };
  /** Studies whose outcome was told. */
  clinic_watch_outcomes: { study: string; model: string; version: string };
  clinic_corrections: {
    watch_id: string;
    model: string;
    version: string;
    digest: string;
    intercept: number;
    slope: number;
    at_ms: number;
    state: 'suggested' | 'accepted' | 'declined' | 'replaced';
    decided_by: string | null;
    decided_at_ms: number | null;
  };
}

/** The tables of questions about models in the clinic. */
export const clinicWatchMigration: Migration = {
  id: 'node-166-clinic-watch',
  async up(db) {
    await db.schema
      .createTable('clinic_watches')
      .addColumn('watch_id', 'text', (column) => column.primaryKey())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('requester', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('decided_by', 'text')
      .addColumn('decided_at_ms', 'bigint')
      .addColumn('answer', 'text')
      .execute();
    await db.schema
      .createTable('clinic_watch_parts')
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('part', 'text', (column) => column.notNull())
      .addColumn('told_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('clinic_watch_parts_key', ['model', 'version', 'kind', 'number'])
      .execute();
    await db.schema
      .createTable('clinic_watch_outcomes')
      .addColumn('study', 'text', (column) => column.notNull())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('clinic_watch_outcomes_key', ['study', 'model', 'version'])
      .execute();
    await db.schema
      .createTable('clinic_corrections')
      .addColumn('watch_id', 'text', (column) => column.primaryKey())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('intercept', 'double precision', (column) => column.notNull())
      .addColumn('slope', 'double precision', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('decided_by', 'text')
      .addColumn('decided_at_ms', 'bigint')
      .execute();
    // JSON ScoreCorrection that a score was made with; null where it is the model's own.
    await db.schema.alterTable('clinic_results').addColumn('correction', 'text').execute();
  },
};
