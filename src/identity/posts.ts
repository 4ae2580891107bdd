import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Clock, UnicaError } from '#base';
import type { Database } from '#store';
import { type Post, type Role, roleSchema, siteIdSchema } from '#wire';
import { enrolmentCodeDigest, newEnrolmentCode } from './enrolment-code.ts';
import type { IdentityTables } from './tables.ts';

/** An invitation to a post is good for this long. */
const INVITATION_MS = 7 * 86_400_000;

/** A post that somebody holds. */
export interface HeldPost extends Post {
  readonly postId: string;
  readonly personId: string;
  readonly name: string;
  readonly sinceMs: number;
}

/**
 * Roles at one organisation: who sits on a holder's committee, say. A person comes to one by an invitation that they redeem
 * themselves, so that nobody has to know an id, or by what their issuer says of them at each sign-in.
 */
export interface Posts {
  /** A one-time code, shown once and kept as a digest. */
  invite(post: Post): Promise<{ readonly code: string; readonly expiresAtMs: number }>;
  /** @throws UnicaError `identity.post-code-refused` for a code that is unknown, used or too old: the same for all. */
  redeem(code: string, personId: string): Promise<Post>;
  /** Posts that are held now, at one organisation or at all. */
  held(siteId?: string): Promise<readonly HeldPost[]>;
  /** @throws UnicaError `http.not-found`. */
  end(postId: string): Promise<HeldPost>;
}

/** Opens the register of posts over a migrated database. */
export function openPosts<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): Posts {
  const identity = database as unknown as Database<IdentityTables>;
  const db = identity.kysely;
  const held = async (siteId?: string) => {
    const rows = await db
      .selectFrom('posts')
      .leftJoin('people', 'people.person_id', 'posts.person_id')
      .leftJoin('api_tokens', 'api_tokens.token_id', 'posts.person_id')
      .select(['post_id', 'posts.person_id', 'role', 'site_id', 'since_ms', 'people.name', 'api_tokens.name as token'])
      .where('until_ms', 'is', null)
      // Nobody speaks with a token that is over.
      .where(({ eb, and, or }) =>
        or([
          eb('api_tokens.token_id', 'is', null),
          and([eb('api_tokens.revoked_at_ms', 'is', null), eb('api_tokens.expires_at_ms', '>', clock())]),
        ]),
      )
      .$if(siteId !== undefined, (query) => query.where('site_id', '=', siteId ?? ''))
      .orderBy('since_ms')
      .orderBy('post_id')
      .execute();
    const posts = rows.map((row) => ({
      postId: row.post_id,
      personId: row.person_id,
      role: roleSchema.parse(row.role),
      siteId: row.site_id,
      sinceMs: row.since_ms,
      name: row.name ?? row.token ?? row.person_id,
    }));
    // Of two sign-ins at once each may have written the same post down.
    const keyOf = ({ personId, role, siteId }: Omit<HeldPost, 'postId'>) => `${personId}/${role}/${siteId}`;
    return posts.filter((post, index) => posts.findIndex((one) => keyOf(one) === keyOf(post)) === index);
  };
  return {
    async invite({ role, siteId }) {
      const code = newEnrolmentCode();
      const expiresAtMs = clock() + INVITATION_MS;
      await db
        .insertInto('post_invitations')
        .values({
          code_sha256: enrolmentCodeDigest(code),
          role,
          site_id: siteId,
          expires_at_ms: expiresAtMs,
          used_at_ms: null,
        })
        .execute();
      return { code, expiresAtMs };
    },
    async redeem(code, personId) {
      const codeSha256 = enrolmentCodeDigest(code);
      return await identity.transaction(async (transaction) => {
        const nowMs = clock();
        const used = await transaction
          .updateTable('post_invitations')
          .set({ used_at_ms: nowMs })
          .where('code_sha256', '=', codeSha256)
          .where('used_at_ms', 'is', null)
          .where('expires_at_ms', '>', nowMs)
          .executeTakeFirst();
        if (Number(used.numUpdatedRows) !== 1) throw new UnicaError('identity.post-code-refused');
        const row = await transaction
          .selectFrom('post_invitations')
          .select(['role', 'site_id'])
          .where('code_sha256', '=', codeSha256)
          .executeTakeFirstOrThrow();
        const post = { role: roleSchema.parse(row.role), siteId: row.site_id };
        await addPosts(transaction, { personId, posts: [post], source: 'invitation', nowMs });
        return post;
      });
    },
    held,
    async end(postId) {
      const post = (await held()).find((one) => one.postId === postId);
      if (post === undefined) throw new UnicaError('http.not-found', { what: 'post of that number' });
      await db
        .updateTable('posts')
        .set({ until_ms: clock() })
        .where('person_id', '=', post.personId)
        .where('role', '=', post.role)
        .where('site_id', '=', post.siteId)
        .where('until_ms', 'is', null)
        .execute();
      return post;
    },
  };
}

/** Gives somebody posts; one that they hold already stays as it is. */
export async function addPosts(
  db: Kysely<IdentityTables>,
  given: {
    readonly personId: string;
    readonly posts: readonly Post[];
    readonly source: IdentityTables['posts']['source'];
    readonly nowMs: number;
  },
): Promise<void> {
  const known = await postsOf(db, given.personId);
  for (const { role, siteId } of given.posts) {
    if (known.some((one) => one.role === role && one.siteId === siteId)) continue;
    await db
      .insertInto('posts')
      .values({
        post_id: `post-${randomBytes(10).toString('hex')}`,
        person_id: given.personId,
        role,
        site_id: siteId,
        source: given.source,
        since_ms: given.nowMs,
        until_ms: null,
      })
      .execute();
  }
}

/** What an issuer says at a sign-in holds until the next one. */
export async function replaceClaimedPosts(
  db: Kysely<IdentityTables>,
  personId: string,
  posts: readonly Post[],
  nowMs: number,
): Promise<void> {
  const rows = await db
    .selectFrom('posts')
    .selectAll()
    .where('person_id', '=', personId)
    .where('source', '=', 'claim')
    .where('until_ms', 'is', null)
    .execute();
  for (const row of rows) {
    if (posts.some(({ role, siteId }) => role === row.role && siteId === row.site_id)) continue;
    await db.updateTable('posts').set({ until_ms: nowMs }).where('post_id', '=', row.post_id).execute();
  }
  await addPosts(db, { personId, posts, source: 'claim', nowMs });
}

/** Posts that somebody holds now. */
export async function postsOf(db: Kysely<IdentityTables>, personId: string): Promise<readonly Post[]> {
  const rows = await db
    .selectFrom('posts')
    .select(['role', 'site_id'])
    .where('person_id', '=', personId)
    .where('until_ms', 'is', null)
    .execute();
  return rows.map((row) => ({ role: roleSchema.parse(row.role), siteId: row.site_id }));
}

/** What entitlements say in the form of AARC-G069: roles in the network, and at organisations (groups below `unica`). */
export function entitledTo(entitlements: readonly string[]): {
  readonly roles: readonly Role[];
  readonly posts: readonly Post[];
} {
  const found = entitlements.flatMap((entitlement) => {
    const [, site, name] =
      /^urn:[a-z0-9][a-z0-9-]{0,31}(?::[\w.-]{1,64}){1,6}:group:unica(?::([a-z][a-z0-9-]{1,31}))?:role=([a-z-]{1,32})(?:#[\w.:-]{1,120})?$/i.exec(
        entitlement,
      ) ?? [];
    const role = roleSchema.safeParse(name);
    // In capitals it is no organisation of ours.
    const siteId = siteIdSchema.optional().safeParse(site);
    return role.success && siteId.success ? [{ role: role.data, siteId: siteId.data }] : [];
  });
  return {
    roles: found.flatMap(({ role, siteId }) => (siteId === undefined ? [role] : [])),
    posts: found.flatMap(({ role, siteId }) => (siteId === undefined ? [] : [{ role, siteId }])),
  };
}
