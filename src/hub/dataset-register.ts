import type { Kysely } from 'kysely';
import { canonicalJson } from '#base';
import type { IdentityTables } from '#identity';
import { type PublishedVersion, publishedVersion, type RecordScores } from '#progress';
import { type DatasetRecord, datasetRecordSchema } from '#wire';
import type { HubTables } from './tables.ts';

/** What nodes have published: aggregates only. A version never changes; the newest of each dataset is current. */
export class DatasetRegister {
  readonly #db: Kysely<HubTables & IdentityTables>;
  /** What sums need of each version: it never changes, and reading a record takes longer than adding it up. */
  readonly #read = new Map<string, PublishedVersion>();
  /** False once every version that this hub knows of has its scores. */
  #maybeUnscored = true;

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
    this.#maybeUnscored = true;
  }

  /** Every version that was published, oldest first, with its scores; none of a site that was ejected. */
  async versions(): Promise<readonly PublishedVersion[]> {
    const rows = await this.#db
      .selectFrom('datasets')
      .leftJoin('dataset_scores', (join) =>
        join
          .onRef('dataset_scores.site_id', '=', 'datasets.site_id')
          .onRef('dataset_scores.name', '=', 'datasets.name')
          .onRef('dataset_scores.version', '=', 'datasets.version'),
      )
      .select(['datasets.site_id', 'datasets.name', 'datasets.version', 'fair', 'label'])
      .where('datasets.site_id', 'not in', this.#ejected())
      .orderBy('datasets.published_at_ms')
      .orderBy('datasets.site_id')
      .orderBy('datasets.name')
      .orderBy('datasets.version')
      .execute();
    await this.#readThose(rows.filter((row) => !this.#read.has(keyOf(row))).map((row) => row.site_id));
    return rows.flatMap((row) => {
      const version = this.#read.get(keyOf(row));
      return version === undefined ? [] : [{ ...version, fair: row.fair, label: row.label }];
    });
  }

  /** Some versions that have no scores yet; none where all have. */
  async unscored(most: number): Promise<readonly DatasetRecord[]> {
    if (!this.#maybeUnscored) return [];
    this.#maybeUnscored = false;
    const rows = await this.#db
      .selectFrom('datasets')
      .select('record')
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('dataset_scores')
              .select('dataset_scores.version')
              .whereRef('dataset_scores.site_id', '=', 'datasets.site_id')
              .whereRef('dataset_scores.name', '=', 'datasets.name')
              .whereRef('dataset_scores.version', '=', 'datasets.version'),
          ),
        ),
      )
      .limit(most)
      .execute();
    if (rows.length > 0) this.#maybeUnscored = true;
    return rows.map(({ record }) => datasetRecordSchema.parse(JSON.parse(record)));
  }

  /** Keeps how a version was scored; the first word counts. */
  async keepScores({ siteId, name, version }: DatasetRecord, scores: NonNullScores): Promise<void> {
    await this.#db
      .insertInto('dataset_scores')
      .values({ site_id: siteId, name, version, ...scores })
      .onConflict((conflict) => conflict.columns(['site_id', 'name', 'version']).doNothing())
      .execute();
  }

  async #readThose(siteIds: readonly string[]): Promise<void> {
    if (siteIds.length === 0) return;
    const rows = await this.#db
      .selectFrom('datasets')
      .select(['site_id', 'name', 'version', 'record'])
      .where('site_id', 'in', [...new Set(siteIds)])
      .execute();
    for (const row of rows) {
      const key = keyOf(row);
      if (this.#read.has(key)) continue;
      const record = datasetRecordSchema.parse(JSON.parse(row.record));
      this.#read.set(key, publishedVersion(record, { fair: null, label: null }));
    }
  }

  #ejected() {
    return this.#db.selectFrom('sites').select('site_id').where('state', '=', 'ejected');
  }

  /** The current version of every dataset, by site and name; none of a site that was ejected. */
  async current(): Promise<readonly DatasetRecord[]> {
    const rows = await this.#db
      .selectFrom('datasets')
      .select(['site_id', 'name', 'record'])
      .where('datasets.site_id', 'not in', this.#ejected())
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

/** How a version was scored. */
type NonNullScores = { readonly [Score in keyof RecordScores]: number };

function keyOf(row: { readonly site_id: string; readonly name: string; readonly version: number }): string {
  return `${row.site_id}/${row.name}/${row.version}`;
}
