import type { Kysely } from 'kysely';
import { type Clock, UnicaError } from '#base';
import { fingerprintOf } from '#identity';
import type { Migration } from '#store';

/** Identity keys of other sites, as this node first saw or its owner confirmed them. */
export interface PeerKeyTables {
  peer_keys: { site_id: string; public_key: string; confirmed: number; seen_at_ms: number };
}

/** The table of other sites' keys. */
export const peerKeyMigration: Migration = {
  id: 'node-030-peer-keys',
  async up(db) {
    await db.schema
      .createTable('peer_keys')
      .addColumn('site_id', 'text', (column) => column.primaryKey())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('confirmed', 'integer', (column) => column.notNull())
      .addColumn('seen_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Another site as this node knows it. */
export interface Peer {
  readonly siteId: string;
  /** Ed25519, base64url. */
  readonly publicKey: string;
  /** Whether the owner compared the fingerprint with that site. */
  readonly confirmed: boolean;
}

/**
 * Whose keys this node trusts when updates are masked. The hub passes them on, and could pass on its own: so the first key of a
 * site is kept, another one in its place refused, and the owner can compare fingerprints with the other hospital.
 */
export class PeerKeys {
  readonly #db: Kysely<PeerKeyTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<PeerKeyTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async list(): Promise<readonly Peer[]> {
    const rows = await this.#db.selectFrom('peer_keys').selectAll().orderBy('site_id').execute();
    return rows.map((row) => ({ siteId: row.site_id, publicKey: row.public_key, confirmed: row.confirmed === 1 }));
  }

  /**
   * Keeps the keys of a job's sites that this node sees for the first time.
   * @param rule `confirmed`: only keys that the owner has confirmed will do
   * @throws UnicaError `aggregation.peer-changed`, `aggregation.peer-unconfirmed`; nothing is kept then.
   */
  async pin(
    roster: readonly Pick<Peer, 'siteId' | 'publicKey'>[],
    { rule, own }: { readonly rule: 'first-seen' | 'confirmed'; readonly own: Pick<Peer, 'siteId' | 'publicKey'> },
  ): Promise<void> {
    const known = new Map((await this.list()).map((peer) => [peer.siteId, peer]));
    const fresh: Pick<Peer, 'siteId' | 'publicKey'>[] = [];
    for (const { siteId, publicKey } of roster) {
      const before = siteId === own.siteId ? { ...own, confirmed: true } : known.get(siteId);
      if (before !== undefined && before.publicKey !== publicKey)
        throw new UnicaError('aggregation.peer-changed', { siteId });
      if (before === undefined) fresh.push({ siteId, publicKey });
    }
    for (const { siteId, publicKey } of fresh) await this.#put({ siteId, publicKey, confirmed: false });
    const unconfirmed = roster.find(({ siteId }) => siteId !== own.siteId && known.get(siteId)?.confirmed !== true);
    if (rule === 'confirmed' && unconfirmed !== undefined) {
      throw new UnicaError('aggregation.peer-unconfirmed', { siteId: unconfirmed.siteId });
    }
  }

  /**
   * Marks a key as confirmed by its fingerprint; spaces and case do not matter.
   * @throws UnicaError `http.not-found`, `aggregation.fingerprint-wrong`
   */
  async confirm(siteId: string, fingerprint: string): Promise<void> {
    const peer = (await this.list()).find((one) => one.siteId === siteId);
    if (peer === undefined) throw new UnicaError('http.not-found', { what: `key of ${siteId} at this node` });
    if (plain(fingerprintOf(peer.publicKey)) !== plain(fingerprint)) {
      throw new UnicaError('aggregation.fingerprint-wrong', { siteId });
    }
    await this.#put({ ...peer, confirmed: true });
  }

  /** Forgets a key, after the other hospital has said that it made a new one: the next job's is kept in its place. */
  async forget(siteId: string): Promise<boolean> {
    const gone = await this.#db.deleteFrom('peer_keys').where('site_id', '=', siteId).executeTakeFirst();
    return Number(gone.numDeletedRows) > 0;
  }

  async #put({ siteId, publicKey, confirmed }: Peer): Promise<void> {
    const row = { public_key: publicKey, confirmed: confirmed ? 1 : 0, seen_at_ms: this.#clock() };
    await this.#db
      .insertInto('peer_keys')
      .values({ site_id: siteId, ...row })
      .onConflict((conflict) => conflict.column('site_id').doUpdateSet(row))
      .execute();
  }
}

function plain(fingerprint: string): string {
  return fingerprint.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
}
