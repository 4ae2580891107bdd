import { randomBytes } from 'node:crypto';
import { type Clock, sha256Hex, UnicaError } from '#base';
import type { Database } from '#store';
import { type NonceBook, openNonceBook } from './nonce-book.ts';
import { type ReceivedRequest, verifyRequest } from './signed-request.ts';
import type { IdentityTables } from './tables.ts';

/** A site as the hub knows it. */
export interface Site {
  readonly siteId: string;
  readonly displayName: string;
  readonly country: string;
  readonly state: 'invited' | 'active' | 'suspended';
  readonly software: string | null;
  readonly lastSeenAtMs: number | null;
  /** Ed25519, base64url; null before it has enrolled. */
  readonly publicKey: string | null;
}

/** What a node says when it enrols. */
export interface Enrolment {
  readonly code: string;
  readonly siteId: string;
  readonly publicKey: string;
  readonly software: string;
  /** The enrolling request itself: it must be signed with the very key it brings. */
  readonly signed: ReceivedRequest;
}

/** The hub's register of sites. */
export interface Membership {
  /** Invites a site (or renews its invitation); the code is returned once and kept as a digest. */
  createEnrolmentCode(invitation: {
    readonly siteId: string;
    readonly displayName: string;
    readonly country: string;
    readonly expiresAtMs: number;
  }): Promise<string>;
  /** @throws UnicaError `identity.code-refused`, or what the signature check throws. */
  enrol(enrolment: Enrolment): Promise<void>;
  /** The site a request was signed by. @throws UnicaError as `verifyRequest`. */
  identify(request: ReceivedRequest): Promise<{ readonly siteId: string; readonly nonce: string }>;
  sites(): Promise<readonly Site[]>;
  touch(siteId: string, seen: { readonly software: string }): Promise<void>;
  suspend(siteId: string): Promise<void>;
  /** Ends a suspension: the site is again what it was, active or invited. */
  reinstate(siteId: string): Promise<void>;
}

/** No letters or digits that are read or heard as another. */
const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Opens the register over a migrated database. */
export function openMembership<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): Membership {
  const db = (database as unknown as Database<IdentityTables>).kysely;
  const nonces: NonceBook = openNonceBook(database, clock);
  return {
    async createEnrolmentCode({ siteId, displayName, country, expiresAtMs }) {
      const code = newCode();
      await db.transaction().execute(async (transaction) => {
        const known = await transaction
          .selectFrom('sites')
          .select('state')
          .where('site_id', '=', siteId)
          .executeTakeFirst();
        if (known !== undefined && known.state !== 'invited') throw new UnicaError('identity.site-exists', { siteId });
        await transaction
          .insertInto('sites')
          .values({
            site_id: siteId,
            display_name: displayName,
            country,
            state: 'invited',
            public_key: null,
            software: null,
            last_seen_at_ms: null,
          })
          .onConflict((conflict) => conflict.column('site_id').doUpdateSet({ display_name: displayName, country }))
          .execute();
        await transaction.deleteFrom('enrolment_codes').where('site_id', '=', siteId).execute();
        await transaction
          .insertInto('enrolment_codes')
          .values({ code_sha256: digestOf(code), site_id: siteId, expires_at_ms: expiresAtMs, used_at_ms: null })
          .execute();
      });
      return code;
    },
    async enrol({ code, siteId, publicKey, software, signed }) {
      const signer = await verifyRequest(signed, { keyOf: async () => publicKey, nonces, clock });
      if (signer.siteId !== siteId) throw new UnicaError('identity.signature');
      await db.transaction().execute(async (transaction) => {
        const used = await transaction
          .updateTable('enrolment_codes')
          .set({ used_at_ms: clock() })
          .where('code_sha256', '=', digestOf(code))
          .where('site_id', '=', siteId)
          .where('used_at_ms', 'is', null)
          .where('expires_at_ms', '>', clock())
          .executeTakeFirst();
        if (Number(used.numUpdatedRows) !== 1) throw new UnicaError('identity.code-refused');
        const site = await transaction
          .updateTable('sites')
          .set({ state: 'active', public_key: publicKey, software, last_seen_at_ms: clock() })
          .where('site_id', '=', siteId)
          .where('state', '=', 'invited')
          .executeTakeFirst();
        if (Number(site.numUpdatedRows) !== 1) throw new UnicaError('identity.code-refused');
      });
    },
    identify: async (request) =>
      await verifyRequest(request, {
        nonces,
        clock,
        async keyOf(siteId) {
          const site = await db
            .selectFrom('sites')
            .select(['public_key', 'state'])
            .where('site_id', '=', siteId)
            .executeTakeFirst();
          if (site?.state === 'suspended') throw new UnicaError('identity.suspended', { siteId });
          return site?.public_key ?? undefined;
        },
      }),
    async sites() {
      const rows = await db.selectFrom('sites').selectAll().orderBy('site_id').execute();
      return rows.map((row) => ({
        siteId: row.site_id,
        displayName: row.display_name,
        country: row.country,
        state: row.state,
        software: row.software,
        lastSeenAtMs: row.last_seen_at_ms,
        publicKey: row.public_key,
      }));
    },
    async touch(siteId, { software }) {
      await db.updateTable('sites').set({ software, last_seen_at_ms: clock() }).where('site_id', '=', siteId).execute();
    },
    async suspend(siteId) {
      await db.updateTable('sites').set({ state: 'suspended' }).where('site_id', '=', siteId).execute();
    },
    async reinstate(siteId) {
      const suspended = db.updateTable('sites').where('site_id', '=', siteId).where('state', '=', 'suspended');
      await suspended.set({ state: 'active' }).where('public_key', 'is not', null).execute();
      await suspended.set({ state: 'invited' }).where('public_key', 'is', null).execute();
    },
  };
}

function newCode(): string {
  const letters: string[] = [];
  while (letters.length < 16) {
    for (const byte of randomBytes(16)) {
      if (byte < 8 * CODE_ALPHABET.length && letters.length < 16)
        letters.push(CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length));
    }
  }
  return [0, 4, 8, 12].map((start) => letters.slice(start, start + 4).join('')).join('-');
}

function digestOf(code: string): string {
  return sha256Hex(code.replaceAll(/[^0-9A-Za-z]/g, '').toUpperCase());
}
