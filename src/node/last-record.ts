import type { Kysely } from 'kysely';
import { type DatasetRecord, datasetRecordSchema } from '#wire';
import type { NodeTables } from './tables.ts';

/** The last version of a dataset that was published. */
export async function lastRecord(db: Kysely<NodeTables>, name: string): Promise<DatasetRecord | undefined> {
  const row = await db
    .selectFrom('datasets')
    .select('record')
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : datasetRecordSchema.parse(JSON.parse(row.record));
}
