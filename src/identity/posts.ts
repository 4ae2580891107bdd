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
  /** Whose seat it is: of who is away, where somebody stands in. */
  readonly seatOf: string;
  readonly sinceMs: number;
  /** Epoch milliseconds: they are away from their post, or stand in for somebody, until then. */
  readonly awayUntilMs: number | null;
  /** They will be away. */
  readonly plannedAway: { readonly fromMs: number; readonly untilMs: number } | null;
  readonly standsInUntilMs: number | null;
}

/** Somebody is away from a post for a time (epoch milliseconds; at the second one they are back). */
export interface Absence extends Post {
  readonly absenceId: string;
  readonly personId: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The longest absence. */
const ABSENCE_MS = 366 * 86_400_000;

/**
 * Roles at one organisation: who sits on a holder's committee, say. A person comes to one by an invitation that they redeem
 * themselves, so that nobody has to know an id, or by what their issuer says of them at each sign-in.
 */
export interface Posts {
  /** A one-time code, shown once and kept as a digest. */
  invite(post: Post): Promise<{ readonly code: string; readonly expiresAtMs: number }>;
  /** @throws UnicaError `identity.post-code-refused` for a code that is unknown, used or too old: the same for all. */
  redeem(code: string, personId: string): Promise<Post>;
  /** Posts that somebody has now, at one organisation or at all; among them those of people who are away. */
  held(siteId?: string): Promise<readonly HeldPost[]>;
  /** Posts whose holders act now: nobody who is away, and whoever stands in for them. */
  acting(): Promise<readonly HeldPost[]>;
  /**
   * Somebody will be away from a post of theirs for a time: meanwhile they do not act there, and a stand-in may, who takes up the
   * seat by a one-time code. Both end by themselves.
   * @throws UnicaError `http.not-found` for a post of somebody else, `http.invalid-input`, `identity.away-already`.
   */
  leave(
    postId: string,
    personId: string,
    wish: { readonly fromMs: number; readonly untilMs: number; readonly standIn: boolean },
  ): Promise<Absence & { readonly code: string | null }>;
  /** Somebody is back before the day; who stood in acts no longer. @throws UnicaError `http.not-found`. */
  comeBack(postId: string, personId: string): Promise<Absence>;
  /** Absences that are over and that nobody was told of. */
  ended(): Promise<readonly Absence[]>;
  /** The end of an absence was told. */
  told(absenceId: string): Promise<void>;
  /** Whoever stands in at the post ends with it. @throws UnicaError `http.not-found`. */
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
      .leftJoin('post_absences', 'post_absences.absence_id', 'posts.absence_id')
      .select([
        'post_id',
        'posts.person_id',
        'posts.role',
        'posts.site_id',
        'since_ms',
        'people.name',
        'api_tokens.name as token',
        'post_absences.until_ms as stands_in_until_ms',
        'post_absences.person_id as stands_in_for',
      ])
      .where('posts.until_ms', 'is', null)
      .where(({ eb, or }) =>
        or([eb('post_absences.absence_id', 'is', null), eb('post_absences.until_ms', '>', clock())]),
      )
      // Nobody speaks with a token that is over.
      .where(({ eb, and, or }) =>
        or([
          eb('api_tokens.token_id', 'is', null),
          and([eb('api_tokens.revoked_at_ms', 'is', null), eb('api_tokens.expires_at_ms', '>', clock())]),
        ]),
      )
      .$if(siteId !== undefined, (query) => query.where('posts.site_id', '=', siteId ?? ''))
      .orderBy('since_ms')
      .orderBy('post_id')
      .execute();
    const away = await absencesNow(db, clock());
    const planned = await db
      .selectFrom('post_absences')
      .selectAll()
      .where('from_ms', '>', clock())
      .whereRef('until_ms', '>', 'from_ms')
      .orderBy('from_ms')
      .execute();
    const posts = rows.map((row) => ({
      postId: row.post_id,
      personId: row.person_id,
      role: roleSchema.parse(row.role),
      siteId: row.site_id,
      sinceMs: row.since_ms,
      name: row.name ?? row.token ?? row.person_id,
      seatOf: row.stands_in_for ?? row.person_id,
      awayUntilMs: away.find((one) => isOf(one, row))?.until_ms ?? null,
      plannedAway: plannedOf(planned.find((one) => isOf(one, row))),
      standsInUntilMs: row.stands_in_until_ms ?? null,
    }));
    // Of two sign-ins at once each may have written the same post down; whoever has a seat of their own sits in that.
    const keyOf = ({ personId, role, siteId }: Omit<HeldPost, 'postId'>) => `${personId}/${role}/${siteId}`;
    return posts.filter((post) => {
      const same = posts.filter((one) => keyOf(one) === keyOf(post));
      return post === (same.find(({ standsInUntilMs }) => standsInUntilMs === null) ?? same[0]);
    });
  };
  const invite = async ({ role, siteId }: Post, expiresAtMs: number, absenceId: string | null) => {
    const code = newEnrolmentCode();
    await db
      .insertInto('post_invitations')
      .values({
        code_sha256: enrolmentCodeDigest(code),
        role,
        site_id: siteId,
        expires_at_ms: expiresAtMs,
        used_at_ms: null,
        absence_id: absenceId,
      })
      .execute();
    return { code, expiresAtMs };
  };
  /** A post of somebody's own that they do not only stand in for. */
  const ownPost = async (postId: string, personId: string) => {
    const post = (await held()).find((one) => one.postId === postId && one.personId === personId);
    if (post === undefined || post.standsInUntilMs !== null) {
      throw new UnicaError('http.not-found', { what: 'post of that number that is yours' });
    }
    return post;
  };
  return {
    invite: async (post) => await invite(post, clock() + INVITATION_MS, null),
    async acting() {
      const nowMs = clock();
      const starting = new Map(
        (
          await db.selectFrom('post_absences').select(['absence_id', 'from_ms']).where('until_ms', '>', nowMs).execute()
        ).map((row) => [row.absence_id, row.from_ms]),
      );
      const rows = await db
        .selectFrom('posts')
        .select(['post_id', 'absence_id'])
        .where('absence_id', 'is not', null)
        .execute();
      const early = new Set(
        rows.filter((row) => (starting.get(row.absence_id ?? '') ?? 0) > nowMs).map(({ post_id }) => post_id),
      );
      return (await held()).filter(({ postId, awayUntilMs }) => awayUntilMs === null && !early.has(postId));
    },
    async leave(postId, personId, { fromMs, untilMs, standIn }) {
      const { role, siteId } = await ownPost(postId, personId);
      const nowMs = clock();
      if (untilMs <= Math.max(fromMs, nowMs) || untilMs - fromMs > ABSENCE_MS) {
        throw new UnicaError('http.invalid-input', { where: 'untilMs', problem: 'within a year, after it begins' });
      }
      const planned = await db
        .selectFrom('post_absences')
        .selectAll()
        .where('person_id', '=', personId)
        .where('until_ms', '>', nowMs)
        .execute();
      if (planned.some((one) => isOf(one, { person_id: personId, role, site_id: siteId }))) {
        throw new UnicaError('identity.away-already');
      }
      const absenceId = `absence-${randomBytes(10).toString('hex')}`;
      await db
        .insertInto('post_absences')
        .values({
          absence_id: absenceId,
          person_id: personId,
          role,
          site_id: siteId,
          from_ms: fromMs,
          until_ms: untilMs,
          told_ms: null,
        })
        .execute();
      const invitation = standIn ? await invite({ role, siteId }, untilMs, absenceId) : null;
      return { absenceId, personId, role, siteId, fromMs, untilMs, code: invitation?.code ?? null };
    },
    async comeBack(postId, personId) {
      const { role, siteId } = await ownPost(postId, personId);
      const nowMs = clock();
      const rows = await db
        .selectFrom('post_absences')
        .selectAll()
        .where('person_id', '=', personId)
        .where('until_ms', '>', nowMs)
        .execute();
      const row = rows.find((one) => isOf(one, { person_id: personId, role, site_id: siteId }));
      if (row === undefined) throw new UnicaError('http.not-found', { what: 'absence from that post' });
      await db
        .updateTable('post_absences')
        .set({ until_ms: nowMs, told_ms: nowMs })
        .where('absence_id', '=', row.absence_id)
        .execute();
      return absenceOf({ ...row, until_ms: nowMs });
    },
    async ended() {
      const rows = await db
        .selectFrom('post_absences')
        .selectAll()
        .where('told_ms', 'is', null)
        .where('until_ms', '<=', clock())
        .execute();
      return rows.map(absenceOf);
    },
    async told(absenceId) {
      await db.updateTable('post_absences').set({ told_ms: clock() }).where('absence_id', '=', absenceId).execute();
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
          .select(['role', 'site_id', 'absence_id'])
          .where('code_sha256', '=', codeSha256)
          .executeTakeFirstOrThrow();
        const post = { role: roleSchema.parse(row.role), siteId: row.site_id };
        const absenceId = row.absence_id ?? null;
        if (absenceId !== null) {
          const away = await transaction
            .selectFrom('post_absences')
            .select(['person_id', 'until_ms'])
            .where('absence_id', '=', absenceId)
            .executeTakeFirstOrThrow();
          // Nobody stands in for themselves, and nobody for somebody who is back.
          if (away.person_id === personId || away.until_ms <= nowMs) throw new UnicaError('identity.post-code-refused');
        }
        const source = absenceId === null ? 'invitation' : 'stand-in';
        await addPosts(transaction, { personId, posts: [post], source, nowMs, absenceId });
        return post;
      });
    },
    held,
    async end(postId) {
      const post = (await held()).find((one) => one.postId === postId);
      if (post === undefined) throw new UnicaError('http.not-found', { what: 'post of that number' });
      const nowMs = clock();
      await db
        .updateTable('posts')
        .set({ until_ms: nowMs })
        .where('person_id', '=', post.personId)
        .where('role', '=', post.role)
        .where('site_id', '=', post.siteId)
        .where('until_ms', 'is', null)
        .execute();
      await endAbsences(db, { person_id: post.personId, role: post.role, site_id: post.siteId }, nowMs);
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
    readonly absenceId?: string | null;
  },
): Promise<void> {
  const known = given.absenceId == null ? await ownPostsOf(db, given.personId) : [];
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
        absence_id: given.absenceId ?? null,
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
    await endAbsences(db, row, nowMs);
  }
  await addPosts(db, { personId, posts, source: 'claim', nowMs });
}

/** A post in which somebody acts, and for whom; undefined where it is their own. */
export interface ActingPost extends Post {
  readonly standsInFor?: string;
}

/** Posts in which somebody acts now: not those they are away from, and those of people they stand in for. */
export async function postsOf(
  db: Kysely<IdentityTables>,
  personId: string,
  nowMs: number,
): Promise<readonly ActingPost[]> {
  const rows = await db
    .selectFrom('posts')
    .leftJoin('post_absences', 'post_absences.absence_id', 'posts.absence_id')
    .select([
      'posts.role',
      'posts.site_id',
      'posts.absence_id',
      'from_ms',
      'post_absences.until_ms as to_ms',
      'post_absences.person_id as stands_in_for',
    ])
    .where('posts.person_id', '=', personId)
    .where('posts.until_ms', 'is', null)
    .execute();
  if (rows.length === 0) return [];
  const away = await absencesNow(db, nowMs);
  const acting = rows.filter(
    (row) =>
      (row.absence_id == null || ((row.from_ms ?? 0) <= nowMs && (row.to_ms ?? 0) > nowMs)) &&
      !away.some((one) => row.absence_id == null && isOf(one, { ...row, person_id: personId })),
  );
  return acting.map((row) => ({
    role: roleSchema.parse(row.role),
    siteId: row.site_id,
    ...(row.stands_in_for === null ? {} : { standsInFor: row.stands_in_for }),
  }));
}

/** Posts of somebody's own, whether they are away from them or not. */
async function ownPostsOf(db: Kysely<IdentityTables>, personId: string): Promise<readonly Post[]> {
  const rows = await db
    .selectFrom('posts')
    .select(['role', 'site_id'])
    .where('person_id', '=', personId)
    .where('until_ms', 'is', null)
    .where('absence_id', 'is', null)
    .execute();
  return rows.map((row) => ({ role: roleSchema.parse(row.role), siteId: row.site_id }));
}

async function absencesNow(db: Kysely<IdentityTables>, nowMs: number) {
  return await db
    .selectFrom('post_absences')
    .selectAll()
    .where('from_ms', '<=', nowMs)
    .where('until_ms', '>', nowMs)
    .execute();
}

type Seat = Pick<IdentityTables['posts'], 'person_id' | 'role' | 'site_id'>;

/** Nobody stands in for somebody who has the post no more, and their code is worth nothing. */
async function endAbsences(db: Kysely<IdentityTables>, seat: Seat, nowMs: number): Promise<void> {
  await db
    .updateTable('post_absences')
    .set({ until_ms: nowMs })
    .where('person_id', '=', seat.person_id)
    .where('role', '=', seat.role)
    .where('site_id', '=', seat.site_id)
    .where('until_ms', '>', nowMs)
    .execute();
}

function isOf(one: Seat, other: Seat): boolean {
  return one.person_id === other.person_id && one.role === other.role && one.site_id === other.site_id;
}

function plannedOf(row: IdentityTables['post_absences'] | undefined): HeldPost['plannedAway'] {
  return row === undefined ? null : { fromMs: row.from_ms, untilMs: row.until_ms };
}

function absenceOf(row: IdentityTables['post_absences']): Absence {
  return {
    absenceId: row.absence_id,
    personId: row.person_id,
    role: roleSchema.parse(row.role),
    siteId: row.site_id,
    fromMs: row.from_ms,
    untilMs: row.until_ms,
  };
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
