import { sql } from 'kysely';
import type { Migration } from '#store';
import { CDM } from '#vocab';

/** Beside the 24 tables of the common data model, what they are made of and which versions there are. */
export interface WarehouseTables {
  /** Tables that were brought in, in this order. */
  clinical_loads: {
    load_no: number;
    name: string;
    /** `rows`: a table with its mapping; `cdm`: rows of the common data model as another warehouse wrote them. */
    kind: 'rows' | 'cdm';
    state: 'loading' | 'loaded';
    source_sha256: string;
    mapping_sha256: string;
    mapping: string;
    row_count: number;
    without_person: number;
    /** JSON: how often each problem was found. */
    problems: string;
    loaded_at_ms: number;
  };
  /** What a row says of a person: JSON of `[element, value, heading, what stood there]`, dates moved. */
  clinical_rows: { load_no: number; row_number: number; person: string; cells: string };
  clinical_issues: { load_no: number; row_number: number; heading: string; problem: string };
  /** A warehouse as it was made once; never changed, gone when nothing points to it. */
  warehouse_builds: {
    build: number;
    state: 'building' | 'built';
    revision: string;
    inputs_sha256: string;
    content_sha256: string;
    persons: number;
    row_count: number;
    /** JSON: how often each problem was found, and the first of them. */
    problems: string;
    built_at_ms: number;
  };
  /** Published versions of a dataset, and the build that each is. */
  warehouse_versions: { dataset: string; version: number; build: number; frozen_at_ms: number };
}

/** Tables of the common data model, parents before children. */
export const CDM_TABLE_NAMES: readonly string[] = [...new Set(CDM.map(({ table }) => table))];

/** A table of the model as it is called in the database, where others could have its name. */
export function sqlTable(table: string): string {
  return `cdm_${table}`;
}

/** What each row has beside the columns of the model: the build that it is of, whose it is, and where its values come from. */
export const ROW_MARKS = ['unica_build', 'unica_person', 'unica_origin'] as const;

/** The tables of the warehouse; columns of the model are named and typed as EUCAIM deploys them. */
export const warehouseMigrations: readonly Migration[] = [
  {
    id: 'warehouse-001-tables',
    async up(db, engine) {
      const integer = 'integer';
      // Pseudonyms are walked in the order of their bytes, on both engines.
      const ordered = engine === 'postgres' ? sql`text collate "C"` : ('text' as const);
      await db.schema
        .createTable('clinical_loads')
        .addColumn('load_no', integer, (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('source_sha256', 'text', (column) => column.notNull())
        .addColumn('mapping_sha256', 'text', (column) => column.notNull())
        .addColumn('mapping', 'text', (column) => column.notNull())
        .addColumn('row_count', integer, (column) => column.notNull())
        .addColumn('without_person', integer, (column) => column.notNull())
        .addColumn('problems', 'text', (column) => column.notNull())
        .addColumn('loaded_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('clinical_rows')
        .addColumn('load_no', integer, (column) => column.notNull())
        .addColumn('row_number', integer, (column) => column.notNull())
        .addColumn('person', ordered, (column) => column.notNull())
        .addColumn('cells', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('clinical_rows_person')
        .on('clinical_rows')
        .columns(['person', 'load_no', 'row_number'])
        .execute();
      await db.schema
        .createTable('clinical_issues')
        .addColumn('load_no', integer, (column) => column.notNull())
        .addColumn('row_number', integer, (column) => column.notNull())
        .addColumn('heading', 'text', (column) => column.notNull())
        .addColumn('problem', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('clinical_issues_load').on('clinical_issues').column('load_no').execute();
      await db.schema
        .createTable('warehouse_builds')
        .addColumn('build', integer, (column) => column.primaryKey())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('revision', 'text', (column) => column.notNull())
        .addColumn('inputs_sha256', 'text', (column) => column.notNull())
        .addColumn('content_sha256', 'text', (column) => column.notNull())
        .addColumn('persons', integer, (column) => column.notNull())
        .addColumn('row_count', integer, (column) => column.notNull())
        .addColumn('problems', 'text', (column) => column.notNull())
        .addColumn('built_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('warehouse_versions')
        .addColumn('dataset', 'text', (column) => column.notNull())
        .addColumn('version', integer, (column) => column.notNull())
        .addColumn('build', integer, (column) => column.notNull())
        .addColumn('frozen_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('warehouse_versions_key', ['dataset', 'version'])
        .execute();
      for (const table of CDM_TABLE_NAMES) {
        const columns = CDM.filter((column) => column.table === table);
        const key = columns.filter((column) => column.key).map(({ column }) => `"${column}"`);
        const lines = [
          '"unica_build" INTEGER NOT NULL',
          '"unica_person" TEXT NOT NULL',
          '"unica_origin" TEXT NOT NULL',
          ...columns.map(
            ({ column, sqlType, key: isKey, required }) =>
              `"${column}" ${sqlType}${isKey || required ? ' NOT NULL' : ''}`,
          ),
          `PRIMARY KEY ("unica_build", ${key.join(', ')})`,
        ];
        await sql.raw(`CREATE TABLE "${sqlTable(table)}" (${lines.join(', ')})`).execute(db);
        await sql
          .raw(`CREATE INDEX "${sqlTable(table)}_person" ON "${sqlTable(table)}" ("unica_build", "unica_person")`)
          .execute(db);
      }
    },
  },
];
