import type { Generated } from 'kysely';
import type { Migration } from '#store';

/** Records of similar cases: what allows that they are shown, and what models made of studies while something did. */
export interface SimilarTables {
  similar_permits: {
    permit_id: string;
    dataset: string;
    /** Why it is allowed, as whoever gave it wrote it. */
    ground: string;
    granted_by: string;
    granted_at_ms: number;
    until_ms: number;
    withdrawn_by: string | null;
    withdrawn_at_ms: number | null;
  };
  case_vectors: {
    number: Generated<number>;
    model: string;
    version: string;
    digest: string;
    study: string;
    /** Of one film of the study; empty where the study is one example. */
    film: string;
    person: string;
    /** Numbers of 32 bits, lowest byte first, as base64url. */
    vector: string;
  };
}

/** The tables of similar cases. */
export const similarMigration: Migration = {
  id: 'node-175-similar-cases',
  async up(db) {
    await db.schema
      .createTable('similar_permits')
      .addColumn('permit_id', 'text', (column) => column.primaryKey())
      .addColumn('dataset', 'text', (column) => column.notNull())
      .addColumn('ground', 'text', (column) => column.notNull())
      .addColumn('granted_by', 'text', (column) => column.notNull())
      .addColumn('granted_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('until_ms', 'bigint', (column) => column.notNull())
      .addColumn('withdrawn_by', 'text')
      .addColumn('withdrawn_at_ms', 'bigint')
      .execute();
    await db.schema
      .createTable('case_vectors')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('model', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('study', 'text', (column) => column.notNull())
      .addColumn('film', 'text', (column) => column.notNull())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('vector', 'text', (column) => column.notNull())
      .addUniqueConstraint('case_vectors_key', ['model', 'version', 'digest', 'study', 'film'])
      .execute();
    await db.schema.createIndex('case_vectors_person').on('case_vectors').column('person').execute();
  },
};
