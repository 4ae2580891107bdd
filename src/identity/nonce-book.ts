import type { Clock } from '#base';
import { type Database, prepared } from '#store';
import { CLOCK_TOLERANCE_MS } from '#wire';
import type { IdentityTables } from './tables.ts';

/** Nonces that were used, kept in the database so that a restarted or a second hub refuses a replay too. */
export interface NonceBook {
  /** True the first time; false ever after, for as long as the request's clock could still be accepted. */
  use(siteId: string, nonce: string): Promise<boolean>;
}

/** A nonce older than this belongs to a request whose time is refused anyway. */
const KEPT_MS = 2 * CLOCK_TOLERANCE_MS;

/** Opens the nonce book over a migrated database. */
export function openNonceBook<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): NonceBook {
  const db = (database as unknown as Database<IdentityTables>).kysely;
  let sweptAtMs = 0;
  const noting = prepared(
    (siteId: string, nonce: string, atMs: number) =>
      db
        .insertInto('nonces')
        .values({ site_id: siteId, nonce, at_ms: atMs })
        .onConflict((conflict) => conflict.columns(['site_id', 'nonce']).doNothing()),
    3,
  );
  return {
    async use(siteId, nonce) {
      const nowMs = clock();
      if (nowMs - sweptAtMs > KEPT_MS) {
        sweptAtMs = nowMs;
        await db
          .deleteFrom('nonces')
          .where('at_ms', '<', nowMs - KEPT_MS)
          .execute();
      }
      return Number((await noting(db, siteId, nonce, nowMs)).numAffectedRows ?? 0) === 1;
    },
  };
}
