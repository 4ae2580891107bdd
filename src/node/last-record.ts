import type { Kysely } from 'kysely';
import type { ConditionedDataset } from '#access';
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

/** The conditions of a dataset as it was last published; none where it never was. Looked up before every use, so little is read. */
export async function lastConditions(db: Kysely<NodeTables>, name: string): Promise<ConditionedDataset> {
  const row = await db
    .selectFrom('datasets')
    .select('record')
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return { conditions: [] };
  const record = JSON.parse(row.record) as Pick<DatasetRecord, 'conditions' | 'card'>;
  return { conditions: record.conditions, disease: record.card?.condition };
}
