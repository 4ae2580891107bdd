import type { Kysely } from 'kysely';
import { type DatasetRecord, datasetRecordSchema } from '#wire';
import type { NodeTables } from './tables.ts';

/** A version of a dataset as it was published; the last unless one is named. */
export async function lastRecord(
  db: Kysely<NodeTables>,
  name: string,
  version?: number,
): Promise<DatasetRecord | undefined> {
  const row = await db
    .selectFrom('datasets')
    .select('record')
    .where('name', '=', name)
    .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : datasetRecordSchema.parse(JSON.parse(row.record));
}
