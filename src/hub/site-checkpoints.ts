import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import type { HubTables } from './tables.ts';

/** Signed heads of the nodes' journals: with them in the hub's hands, a node cannot rewrite its past alone. */
export class SiteCheckpoints {
  readonly #db: Kysely<HubTables>;

  constructor(db: Kysely<HubTables>) {
    this.#db = db;
  }

  /** Keeps a head; the first for a sequence counts. */
  async put(
    siteId: string,
    head: {
      readonly sequence: number;
      readonly entrySha256: string;
      readonly signature: string;
      readonly atMs: ReturnType<Clock>;
    },
  ): Promise<void> {
    await this.#db
      .insertInto('site_checkpoints')
      .values({
        site_id: siteId,
        sequence: head.sequence,
        entry_sha256: head.entrySha256,
        signature: head.signature,
        at_ms: head.atMs,
      })
      .onConflict((conflict) => conflict.columns(['site_id', 'sequence']).doNothing())
      .execute();
  }
}
