import type { ColumnType, Generated } from 'kysely';
import type { Migration } from '#store';

/** As libsql takes bytes, and as it gives them back. */
type Blob = ColumnType<ArrayBuffer | Uint8Array, Uint8Array, Uint8Array>;

/** The vault's own records: nothing in them can be read without its key. */
export interface VaultTables {
  vault_header: {
    header_id: number;
    salt: Blob;
    key_check: Blob;
    wrapped_key: Blob;
    /** Sealed: how many links there are, and the sum of their digests. */
    tally: Blob;
  };
  vault_links: {
    number: Generated<number>;
    /** Keyed digests: of the whole link, of the original, of what stands for it, of the person's pseudonym. */
    identity: Blob;
    original: Blob;
    pseudonym: Blob;
    owner: Blob;
    sealed: Blob;
  };
}

export const vaultMigrations: readonly Migration[] = [
  {
    id: 'vault-001-links',
    async up(db) {
      await db.schema
        .createTable('vault_header')
        .addColumn('header_id', 'integer', (column) => column.primaryKey())
        .addColumn('salt', 'blob', (column) => column.notNull())
        .addColumn('key_check', 'blob', (column) => column.notNull())
        .addColumn('wrapped_key', 'blob', (column) => column.notNull())
        .addColumn('tally', 'blob', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('vault_links')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('identity', 'blob', (column) => column.notNull().unique())
        .addColumn('original', 'blob', (column) => column.notNull())
        .addColumn('pseudonym', 'blob', (column) => column.notNull())
        .addColumn('owner', 'blob', (column) => column.notNull())
        .addColumn('sealed', 'blob', (column) => column.notNull())
        .execute();
      for (const column of ['original', 'pseudonym', 'owner']) {
        await db.schema.createIndex(`vault_links_${column}`).on('vault_links').column(column).execute();
      }
    },
  },
];
