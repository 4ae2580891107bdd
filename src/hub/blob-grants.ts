import type { Kysely } from 'kysely';
import { prepared } from '#store';
import type { HubTables } from './tables.ts';

/** Which content a site may fetch: the global weights of rounds it was asked to train, never another site's update. */
export class BlobGrants {
  readonly #db: Kysely<HubTables>;
  readonly #granting = prepared(
    (siteId: string, sha256: string) =>
      this.#db
        .insertInto('blob_grants')
        .values({ site_id: siteId, sha256 })
        .onConflict((conflict) => conflict.columns(['site_id', 'sha256']).doNothing()),
    2,
  );

  constructor(db: Kysely<HubTables>) {
    this.#db = db;
  }

  async grant(siteId: string, sha256: string): Promise<void> {
    await this.#granting(this.#db, siteId, sha256);
  }

  async granted(siteId: string, sha256: string): Promise<boolean> {
    const row = await this.#db
      .selectFrom('blob_grants')
      .select('sha256')
      .where('site_id', '=', siteId)
      .where('sha256', '=', sha256)
      .executeTakeFirst();
    return row !== undefined;
  }
}
