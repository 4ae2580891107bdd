import { randomBytes } from 'node:crypto';
import { type Clock, sha256Hex, UnicaError } from '#base';
import type { Database } from '#store';
import { type Post, type Role, roleSchema, type Visa, visaSchema } from '#wire';
import { type ActingPost, addPosts, postsOf, replaceClaimedPosts } from './posts.ts';
import type { IdentityTables } from './tables.ts';

/** Somebody who signed in, or a program holding a token. */
export interface Person {
  readonly personId: string;
  readonly name: string;
  /** In the network, or at the one organisation whose house this is. */
  readonly roles: readonly Role[];
  /** At organisations of the network, one by one. */
  readonly posts: readonly ActingPost[];
}

/** A session found by its cookie. */
export interface Session {
  readonly person: Person;
  readonly csrfToken: string;
}

/** A session ends after this time whatever happens … */
const SESSION_MS = 12 * 3_600_000;
/** … and after this time without a request. */
const IDLE_MS = 3_600_000;
/** A sign-in link that nobody followed is good for so long. */
const LINK_MS = 900_000;
/** Kept beside the API tokens, and never taken for one. */
const LINK_PREFIX = 'link-';

/** People, their sessions and their API tokens. */
export interface People {
  /** Begins a session for somebody the issuer vouched for; returns the cookie's value, shown once. */
  signIn(claims: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string;
    readonly roles: readonly Role[];
    readonly posts?: readonly Post[];
    readonly visas?: readonly Visa[];
  }): Promise<string>;
  /** What others vouch for of a person, in force now, as of their last sign-in. */
  visasOf(personId: string): Promise<readonly Visa[]>;
  session(cookie: string): Promise<Session | undefined>;
  signOut(cookie: string): Promise<void>;
  /** An API token; the text is returned once and kept as a digest. */
  createToken(token: {
    readonly name: string;
    readonly roles: readonly Role[];
    readonly posts?: readonly Post[];
    readonly expiresAtMs: number;
  }): Promise<string>;
  token(bearer: string): Promise<Person | undefined>;
  /**
   * The secret of a sign-in link for somebody at the machine itself; it opens one session, within a quarter of an hour. Nobody vouches for who
   * that is, so all who come by links of one name are one person, and never the two that a decision may need.
   */
  createLink(link: { readonly name: string; readonly roles: readonly Role[] }): Promise<string>;
  /** Begins the session that a link is for and uses the link up; returns the cookie's value. @throws UnicaError `identity.link-refused` */
  redeemLink(secret: string): Promise<string>;
  revokeToken(tokenId: string): Promise<void>;
}

/** Opens the register of people over a migrated database. */
export function openPeople<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): People {
  const db = (database as unknown as Database<IdentityTables>).kysely;
  const people: People = {
    async signIn({ issuer, subject, name, roles, posts = [], visas = [] }) {
      const personId = `person-${sha256Hex(`${issuer}\n${subject}`).slice(0, 20)}`;
      const row = { name, roles: JSON.stringify(roles) };
      await db
        .insertInto('people')
        .values({ person_id: personId, issuer, subject, ...row })
        .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doUpdateSet(row))
        .execute();
      const nowMs = clock();
      await replaceClaimedPosts(db, personId, posts, nowMs);
      await db.deleteFrom('person_visas').where('person_id', '=', personId).execute();
      if (visas.length > 0) {
        const rows = visas.map((visa, place) => ({
          person_id: personId,
          place,
          visa: JSON.stringify(visa),
          expires_at_ms: visa.expiresAtMs,
        }));
        // Of two sign-ins at once the later one's are kept.
        await db
          .insertInto('person_visas')
          .values(rows)
          .onConflict((conflict) =>
            conflict.columns(['person_id', 'place']).doUpdateSet((row) => ({
              visa: row.ref('excluded.visa'),
              expires_at_ms: row.ref('excluded.expires_at_ms'),
            })),
          )
          .execute();
      }
      await db
        .deleteFrom('sessions')
        .where('created_at_ms', '<', nowMs - SESSION_MS)
        .execute();
      const cookie = randomBytes(32).toString('base64url');
      await db
        .insertInto('sessions')
        .values({
          session_sha256: sha256Hex(cookie),
          person_id: personId,
          csrf_token: randomBytes(24).toString('base64url'),
          created_at_ms: nowMs,
          seen_at_ms: nowMs,
        })
        .execute();
      return cookie;
    },
    async visasOf(personId) {
      const rows = await db
        .selectFrom('person_visas')
        .select('visa')
        .where('person_id', '=', personId)
        .where('expires_at_ms', '>', clock())
        .orderBy('place')
        .execute();
      return rows.map(({ visa }) => visaSchema.parse(JSON.parse(visa)));
    },
    async session(cookie) {
      const nowMs = clock();
      const row = await db
        .selectFrom('sessions')
        .innerJoin('people', 'people.person_id', 'sessions.person_id')
        .select(['sessions.person_id', 'csrf_token', 'created_at_ms', 'seen_at_ms', 'name', 'roles'])
        .where('session_sha256', '=', sha256Hex(cookie))
        .executeTakeFirst();
      if (row === undefined) return undefined;
      if (nowMs - row.created_at_ms > SESSION_MS || nowMs - row.seen_at_ms > IDLE_MS) return undefined;
      if (nowMs - row.seen_at_ms > 60_000) {
        await db
          .updateTable('sessions')
          .set({ seen_at_ms: nowMs })
          .where('session_sha256', '=', sha256Hex(cookie))
          .execute();
      }
      return {
        person: {
          personId: row.person_id,
          name: row.name,
          roles: rolesOf(row.roles),
          posts: await postsOf(db, row.person_id, nowMs),
        },
        csrfToken: row.csrf_token,
      };
    },
    async signOut(cookie) {
      await db.deleteFrom('sessions').where('session_sha256', '=', sha256Hex(cookie)).execute();
    },
    async createToken({ name, roles, posts = [], expiresAtMs }) {
      const token = `unica_${randomBytes(32).toString('base64url')}`;
      const tokenId = `token-${randomBytes(8).toString('hex')}`;
      await db
        .insertInto('api_tokens')
        .values({
          token_sha256: sha256Hex(token),
          token_id: tokenId,
          name,
          roles: JSON.stringify(roles),
          expires_at_ms: expiresAtMs,
          revoked_at_ms: null,
        })
        .execute();
      await addPosts(db, { personId: tokenId, posts, source: 'token', nowMs: clock() });
      return token;
    },
    async token(bearer) {
      const row = await db
        .selectFrom('api_tokens')
        .selectAll()
        .where('token_sha256', '=', sha256Hex(bearer))
        .where('token_id', 'not like', `${LINK_PREFIX}%`)
        .where('expires_at_ms', '>', clock())
        .where('revoked_at_ms', 'is', null)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { token_id: personId, name, roles } = row;
      return { personId, name, roles: rolesOf(roles), posts: await postsOf(db, personId, clock()) };
    },
    async revokeToken(tokenId) {
      await db.updateTable('api_tokens').set({ revoked_at_ms: clock() }).where('token_id', '=', tokenId).execute();
    },
    async createLink({ name, roles }) {
      const secret = randomBytes(32).toString('base64url');
      await db
        .deleteFrom('api_tokens')
        .where('token_id', 'like', `${LINK_PREFIX}%`)
        .where('expires_at_ms', '<=', clock())
        .execute();
      await db
        .insertInto('api_tokens')
        .values({
          token_sha256: sha256Hex(secret),
          token_id: `${LINK_PREFIX}${randomBytes(8).toString('hex')}`,
          name,
          roles: JSON.stringify(roles),
          expires_at_ms: clock() + LINK_MS,
          revoked_at_ms: null,
        })
        .execute();
      return secret;
    },
    async redeemLink(secret) {
      const nowMs = clock();
      const link = await db
        .updateTable('api_tokens')
        .set({ revoked_at_ms: nowMs })
        .where('token_sha256', '=', sha256Hex(secret))
        .where('token_id', 'like', `${LINK_PREFIX}%`)
        .where('expires_at_ms', '>', nowMs)
        .where('revoked_at_ms', 'is', null)
        .returning(['name', 'roles'])
        .executeTakeFirst();
      if (link === undefined) throw new UnicaError('identity.link-refused');
      const { name, roles } = link;
      return await people.signIn({ issuer: 'unica:link', subject: name, name, roles: rolesOf(roles) });
    },
  };
  return people;
}

function rolesOf(text: string): readonly Role[] {
  return roleSchema.array().parse(JSON.parse(text));
}
