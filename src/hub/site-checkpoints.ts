import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import type { Witness } from '#wire';
import type { HubTables } from './tables.ts';

/** Signed heads of the nodes' journals: with them in the hub's hands, a node cannot rewrite its past alone. */
export class SiteCheckpoints {
  readonly #db: Kysely<HubTables>;
  /** Of each site the head by which it was last seen to be set back. */
  readonly #told = new Map<string, string>();

  constructor(db: Kysely<HubTables>) {
    this.#db = db;
  }

  /** The newest head that a site has left; undefined where it has left none. */
  async newest(siteId: string): Promise<Witness | undefined> {
    const row = await this.#db
      .selectFrom('site_checkpoints')
      .select(['sequence', 'entry_sha256'])
      .where('site_id', '=', siteId)
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : { sequence: Number(row.sequence), entrySha256: row.entry_sha256 };
  }

  /**
   * The newest head of a site that is not of the same journal as the one it leaves now, since it has fewer entries or others: its
   * journal was set back to an older state. Told once for each head; undefined where all is well.
   */
  async setBack(siteId: string, head: Witness): Promise<Witness | undefined> {
    const newest = await this.newest(siteId);
    if (newest === undefined || newest.sequence < head.sequence) return undefined;
    const held = await this.#db
      .selectFrom('site_checkpoints')
      .select('entry_sha256')
      .where('site_id', '=', siteId)
      .where('sequence', '=', head.sequence)
      .executeTakeFirst();
    // The same once more.
    if (held?.entry_sha256 === head.entrySha256 && newest.sequence === head.sequence) return undefined;
    const told = `${newest.sequence}/${newest.entrySha256}`;
    if (this.#told.get(siteId) === told) return undefined;
    this.#told.set(siteId, told);
    return newest;
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
