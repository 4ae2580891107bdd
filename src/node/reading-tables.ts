import type { Generated } from 'kysely';
import type { Migration } from '#store';

/** Records of what clinicians read. Texts of people's own are none among them: they could name somebody. */
export interface ReadingTables {
  readings: {
    reading_id: string;
    study_instance_uid: string;
    reader: string;
    task: string;
    /** When it was opened last before the read was recorded. */
    opened_at_ms: number;
    /** JSON OwnRead; written once. */
    own_read: string | null;
    recorded_at_ms: number | null;
  };
  reading_opinions: {
    reading_id: string;
    model_digest: string;
    model_name: string;
    model_version: string;
    /** When it was given to the reader first. */
    released_at_ms: number;
    /** 1: the reader's own read was there before. */
    after_own_read: number;
  };
  reading_verdicts: {
    number: Generated<number>;
    reading_id: string;
    model_digest: string;
    verdict: string;
    reason: string | null;
    at_ms: number;
  };
  plan_sheets: {
    study_instance_uid: string;
    version: number;
    /** JSON of the plan, of what was proposed and of the facts it was proposed from. */
    sheet: string;
    confirmed_by: string;
    at_ms: number;
  };
  site_guidelines: {
    version: Generated<number>;
    /** JSON SiteTable; null: the site has none any more. */
    site_table: string | null;
    changed_by: string;
    at_ms: number;
  };
}

/** Tables of the reader view. */
export const readingMigration: Migration = {
  id: 'node-110-reading',
  async up(db) {
    await db.schema
      .createTable('readings')
      .addColumn('reading_id', 'text', (column) => column.primaryKey())
      .addColumn('study_instance_uid', 'text', (column) => column.notNull())
      .addColumn('reader', 'text', (column) => column.notNull())
      .addColumn('task', 'text', (column) => column.notNull())
      .addColumn('opened_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('own_read', 'text')
      .addColumn('recorded_at_ms', 'bigint')
      .addUniqueConstraint('readings_of_reader', ['study_instance_uid', 'reader'])
      .execute();
    await db.schema.createIndex('readings_reader').on('readings').columns(['reader', 'recorded_at_ms']).execute();
    await db.schema
      .createTable('reading_opinions')
      .addColumn('reading_id', 'text', (column) => column.notNull())
      .addColumn('model_digest', 'text', (column) => column.notNull())
      .addColumn('model_name', 'text', (column) => column.notNull())
      .addColumn('model_version', 'text', (column) => column.notNull())
      .addColumn('released_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('after_own_read', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('reading_opinions_key', ['reading_id', 'model_digest'])
      .execute();
    await db.schema
      .createTable('reading_verdicts')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('reading_id', 'text', (column) => column.notNull())
      .addColumn('model_digest', 'text', (column) => column.notNull())
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('reading_verdicts_reading').on('reading_verdicts').column('reading_id').execute();
    await db.schema
      .createTable('plan_sheets')
      .addColumn('study_instance_uid', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('sheet', 'text', (column) => column.notNull())
      .addColumn('confirmed_by', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('plan_sheets_key', ['study_instance_uid', 'version'])
      .execute();
    await db.schema
      .createTable('site_guidelines')
      .addColumn('version', 'integer', (column) => column.primaryKey())
      .addColumn('site_table', 'text')
      .addColumn('changed_by', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};
