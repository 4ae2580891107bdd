import type { Generated } from 'kysely';
import type { Migration } from '#store';

/** Records of the legal dossier: every document stays, the newest of an item counts. */
export interface DossierTables {
  dossier_documents: {
    /** SQLite counts it up. */
    number: Generated<number>;
    item: string;
    /** JSON of the document. */
    document: string;
    entered_by: string;
    at_ms: number;
  };
}

/** Table of the legal dossier. */
export const dossierMigration: Migration = {
  id: 'node-085-dossier',
  async up(db) {
    await db.schema
      .createTable('dossier_documents')
      .addColumn('number', 'integer', (column) => column.primaryKey())
      .addColumn('item', 'text', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('entered_by', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};
