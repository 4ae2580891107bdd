import { randomBytes } from 'node:crypto';
import { type Clock, sha256Hex } from '#base';
import type { Database } from '#store';
import { type Post, type Role, roleSchema } from '#wire';
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

/** People, their sessions and their API tokens. */
export interface People {
  /** Begins a session for somebody the issuer vouched for; returns the cookie's value, shown once. */
  signIn(claims: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string;
    readonly roles: readonly Role[];
    readonly posts?: readonly Post[];
  }): Promise<string>;
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
  revokeToken(tokenId: string): Promise<void>;
}

/** Opens the register of people over a migrated database. */
export function openPeople<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): People {
  const db = (database as unknown as Database<IdentityTables>).kysely;
  return {
    async signIn({ issuer, subject, name, roles, posts = [] }) {
      const personId = `person-${sha256Hex(`${issuer}\n${subject}`).slice(0, 20)}`;
      const row = { name, roles: JSON.stringify(roles) };
      await db
        .insertInto('people')
        .values({ person_id: personId, issuer, subject, ...row })
        .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doUpdateSet(row))
        .execute();
      const nowMs = clock();
      await replaceClaimedPosts(db, personId, posts, nowMs);
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
  };
}

function rolesOf(text: string): readonly Role[] {
  return roleSchema.array().parse(JSON.parse(text));
}
