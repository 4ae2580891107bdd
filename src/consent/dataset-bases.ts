import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json } from '#base';
import { type Database, type Migration, serially } from '#store';
import type { DatasetBasis } from './dataset-basis.ts';

/** Records of the legal bases of datasets: every one stays, the newest of a dataset counts. */
export interface DatasetBasisTables {
  dataset_bases: { version: number; dataset: string; basis: string; at_ms: number };
}

/** The legal bases of a node's datasets. */
export interface DatasetBases {
  /** The basis of a dataset; by law where nobody has said otherwise. */
  of(dataset: string): DatasetBasis;
  set(dataset: string, basis: DatasetBasis, actor: string): Promise<void>;
  version(): number;
  refresh(): Promise<void>;
}

const BY_LAW: DatasetBasis = { kind: 'law', reference: 'ehds-art-51' };

/** Table of the legal bases. */
export const datasetBasisMigration: Migration = {
  id: 'consent-003-dataset-bases',
  async up(db) {
    await db.schema
      .createTable('dataset_bases')
      .addColumn('version', 'bigint', (column) => column.primaryKey())
      .addColumn('dataset', 'text', (column) => column.notNull())
      .addColumn('basis', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Opens the legal bases over a migrated database. */
export async function openDatasetBases<Tables extends DatasetBasisTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<DatasetBases> {
  const db = (database as unknown as Database<DatasetBasisTables>).kysely;
  const inTurn = serially();
  const known = new Map<string, DatasetBasis>();
  let version = 0;
  const refresh = async () => {
    const rows = await db
      .selectFrom('dataset_bases')
      .selectAll()
      .where('version', '>', version)
      .orderBy('version')
      .execute();
    for (const row of rows) {
      known.set(row.dataset, JSON.parse(row.basis) as DatasetBasis);
      version = row.version;
    }
  };
  await refresh();
  return Object.freeze<DatasetBases>({
    of: (dataset) => known.get(dataset) ?? BY_LAW,
    set: (dataset, basis, actor) =>
      inTurn(async () => {
        await refresh();
        const row = { version: version + 1, dataset, basis: canonicalJson(basis as Json), at_ms: clock() };
        await db.insertInto('dataset_bases').values(row).execute();
        await refresh();
        await journal.append({
          actor,
          action: 'dataset.basis-set',
          subject: dataset,
          because: basis.reference,
          facts: { basis: basis as Json },
        });
      }),
    version: () => version,
    refresh: () => inTurn(refresh),
  });
}
