import type { Kysely } from 'kysely';
import { canonicalJson } from '#base';
import type { IdentityTables } from '#identity';
import { type DatasetRecord, datasetRecordSchema } from '#wire';
import type { HubTables } from './tables.ts';

/** What nodes have published: aggregates only. A version never changes; the newest of each dataset is current. */
export class DatasetRegister {
  readonly #db: Kysely<HubTables & IdentityTables>;

  constructor(db: Kysely<HubTables & IdentityTables>) {
    this.#db = db;
  }

  /** Keeps a record; the same version again changes nothing. */
  async put(record: DatasetRecord): Promise<void> {
    await this.#db
      .insertInto('datasets')
      .values({
        site_id: record.siteId,
        name: record.name,
        version: record.version,
        record: canonicalJson(record),
        published_at_ms: record.publishedAtMs,
      })
      .onConflict((conflict) => conflict.columns(['site_id', 'name', 'version']).doNothing())
      .execute();
  }

  /** The current version of every dataset, by site and name; none of a site that was ejected. */
  async current(): Promise<readonly DatasetRecord[]> {
    const rows = await this.#db
      .selectFrom('datasets')
      .select(['site_id', 'name', 'record'])
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('sites')
              .select('sites.site_id')
              .whereRef('sites.site_id', '=', 'datasets.site_id')
              .where('state', '=', 'ejected'),
          ),
        ),
      )
      .orderBy('site_id')
      .orderBy('name')
      .orderBy('version')
      .execute();
    const newest = new Map(rows.map((row) => [`${row.site_id}/${row.name}`, row.record]));
    return [...newest.values()].map((text) => datasetRecordSchema.parse(JSON.parse(text)));
  }

  /** The current version of one dataset. */
  async newest(siteId: string, name: string): Promise<DatasetRecord | undefined> {
    const row = await this.#db
      .selectFrom('datasets')
      .select('record')
      .where('site_id', '=', siteId)
      .where('name', '=', name)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : datasetRecordSchema.parse(JSON.parse(row.record));
  }
}
