import type { Kysely, Transaction } from 'kysely';
import { type Clock, isoInstant, UnicaError } from '#base';
import { type Database, prepared } from '#store';
import { TWINS_REASON } from '#wire';
import { enrolmentCodeDigest, newEnrolmentCode } from './enrolment-code.ts';
import { type NonceBook, openNonceBook } from './nonce-book.ts';
import { type ReceivedRequest, type Signer, verifyRequest } from './signed-request.ts';
import { verifyText } from './site-keys.ts';
import type { IdentityTables } from './tables.ts';

/** Where a site stands: asked to join, enrolled and not yet let in, taking part, shut out for a while, shut out. */
export type SiteState = IdentityTables['sites']['state'];

/** A site as the hub knows it. */
export interface Site {
  readonly siteId: string;
  readonly displayName: string;
  readonly country: string;
  readonly state: SiteState;
  /** Why it is suspended or ejected; null otherwise. */
  readonly because: string | null;
  readonly software: string | null;
  readonly lastSeenAtMs: number | null;
  /** Its clock less the hub's, when it was last heard. */
  readonly clockOffsetMs: number | null;
  /** JSON, as it last said. */
  readonly readiness: string | null;
  /** Ed25519, base64url; null before it has enrolled. */
  readonly publicKey: string | null;
  readonly keySinceMs: number | null;
}

/** What a node says when it enrols. */
export interface Enrolment {
  readonly code: string;
  readonly siteId: string;
  readonly publicKey: string;
  readonly software: string;
  /** The enrolling request itself: it must be signed with the very key it brings. */
  readonly signed: ReceivedRequest;
  /** `ask`: it waits until the coordinator lets it in. */
  readonly approval: 'ask' | 'automatic';
}

/** What a coordinator may do with a site. */
export type StandingChange = 'approve' | 'suspend' | 'reinstate' | 'eject';

/** What a node says of itself with a poll. */
export interface SeenNode {
  readonly software: string;
  /** The node's own clock when it asked; absent where it did not say. */
  readonly clockMs?: number | undefined;
  readonly readiness?: string | undefined;
}

/** The hub's register of sites. */
export interface Membership {
  /**
   * Invites a site (or renews its invitation); the code is returned once and kept as a digest. One that was ejected may be
   * invited again: it is the same site with the same history.
   * @throws UnicaError `identity.site-exists`
   */
  createEnrolmentCode(invitation: {
    readonly siteId: string;
    readonly displayName: string;
    readonly country: string;
    readonly expiresAtMs: number;
  }): Promise<string>;
  /** A code for a member that has lost its key; its key of now stays good until the code is used. @throws UnicaError `http.not-found`, `identity.standing`. */
  createRenewalCode(siteId: string, expiresAtMs: number): Promise<string>;
  /** Whom a code was made for, so that nobody types it again. @throws UnicaError `identity.invitation-unknown`, `identity.code-used`, `identity.code-expired` */
  invitationOf(
    code: string,
  ): Promise<{ readonly siteId: string; readonly displayName: string; readonly country: string }>;
  /** @returns where the site stands now. @throws UnicaError `identity.code-refused`, `identity.code-used`, `identity.code-expired`, or what the signature check throws. */
  enrol(enrolment: Enrolment): Promise<SiteState>;
  /**
   * Puts a new key in the place of a site's key. The request that asks for it was signed with the old one; `signature` is the new
   * one's, under {@link newKeyText}. Asked again with the new key once it stands: nothing changes.
   * @throws UnicaError `identity.signature`
   */
  rotateKey(
    siteId: string,
    change: { readonly oldKey: string; readonly newKey: string; readonly signature: string },
  ): Promise<void>;
  /**
   * Lets a site take part that has no node of ours: it can sign no request here. Known already as such: nothing changes.
   * @throws UnicaError `identity.site-exists` where a node was invited or enrolled under that name.
   */
  admitWithoutNode(site: {
    readonly siteId: string;
    readonly displayName: string;
    readonly country: string;
  }): Promise<void>;
  /** The site a request was signed by. @throws UnicaError as `verifyRequest`, and as {@link checkStanding}. */
  identify(request: ReceivedRequest): Promise<Signer & { readonly publicKey: string }>;
  /**
   * Whether the site may go on speaking with the key it spoke with.
   * @throws UnicaError `identity.pending`, `identity.suspended`, `identity.twins`, `identity.ejected`, `identity.unknown-site`, `identity.signature`
   */
  checkStanding(siteId: string, publicKey: string): Promise<void>;
  sites(): Promise<readonly Site[]>;
  touch(siteId: string, seen: SeenNode): Promise<void>;
  /**
   * Notes which start of the site's node speaks. One that comes back after a later one has spoken is a second node: the site is
   * suspended, for both. @throws UnicaError `identity.twins`
   */
  noteRun(siteId: string, run: { readonly run: string; readonly signedAtMs: number }): Promise<void>;
  /** @returns where it stands now. @throws UnicaError `http.not-found`, `identity.standing` where it stands otherwise. */
  changeStanding(siteId: string, change: StandingChange, because: string): Promise<SiteState>;
}

/** What a new key signs: whose it is, and which key it follows. */
export function newKeyText(siteId: string, change: { readonly oldKey: string; readonly newKey: string }): string {
  return ['unica-new-key-v1', siteId, change.oldKey, change.newKey].join('\n');
}

/**
 * Why a code that was made is good for nothing any more; undefined where none of ours is meant. Whoever has such a code has 80 bits that nobody guesses, so
 * that they may know: the fix is another one for each.
 */
async function spent(
  db: Kysely<IdentityTables> | Transaction<IdentityTables>,
  code: string,
  siteId?: string,
): Promise<UnicaError | undefined> {
  const row = await db
    .selectFrom('enrolment_codes')
    .select(['site_id', 'used_at_ms', 'expires_at_ms'])
    .where('code_sha256', '=', enrolmentCodeDigest(code))
    .executeTakeFirst();
  if (row === undefined || (siteId !== undefined && row.site_id !== siteId)) return undefined;
  if (row.used_at_ms !== null) return new UnicaError('identity.code-used', { usedAt: isoInstant(row.used_at_ms) });
  return new UnicaError('identity.code-expired', { expiredAt: isoInstant(row.expires_at_ms) });
}

/** Where a change leads from: other states have no such change. */
const FROM: Readonly<Record<StandingChange, readonly SiteState[]>> = {
  approve: ['pending'],
  suspend: ['invited', 'pending', 'active'],
  reinstate: ['suspended'],
  eject: ['invited', 'pending', 'active', 'suspended'],
};

/** Opens the register over a migrated database. */
export function openMembership<Tables extends IdentityTables>(database: Database<Tables>, clock: Clock): Membership {
  const own = database as unknown as Database<IdentityTables>;
  const db = own.kysely;
  const nonces: NonceBook = openNonceBook(database, clock);
  /** Starts of nodes that this process looked up lately. */
  const noted = new Map<string, { readonly run: string; readonly atMs: number }>();
  /** What sites said of themselves when it was last written down by this process. */
  const touched = new Map<
    string,
    { readonly atMs: number; readonly offsetMs: number | undefined } & Pick<SeenNode, 'software' | 'readiness'>
  >();
  const reading = prepared((siteId: string) => db.selectFrom('sites').selectAll().where('site_id', '=', siteId), 1);
  const rowOf = async (siteId: string) => (await reading(db, siteId)).rows[0];
  const keepCode = async (
    table: typeof db,
    { siteId, expiresAtMs, renews }: { readonly siteId: string; readonly expiresAtMs: number; readonly renews: 0 | 1 },
  ): Promise<string> => {
    const code = newEnrolmentCode();
    await table.deleteFrom('enrolment_codes').where('site_id', '=', siteId).execute();
    await table
      .insertInto('enrolment_codes')
      .values({
        code_sha256: enrolmentCodeDigest(code),
        site_id: siteId,
        expires_at_ms: expiresAtMs,
        used_at_ms: null,
        renews,
      })
      .execute();
    return code;
  };
  const keepKey = async (
    table: typeof db,
    siteId: string,
    key: { readonly publicKey: string; readonly how: IdentityTables['site_keys']['how'] },
  ): Promise<void> => {
    const nowMs = clock();
    await table
      .updateTable('site_keys')
      .set({ until_ms: nowMs })
      .where('site_id', '=', siteId)
      .where('until_ms', 'is', null)
      .execute();
    const row = { site_id: siteId, public_key: key.publicKey, since_ms: nowMs, until_ms: null, how: key.how };
    const kept = await table
      .insertInto('site_keys')
      .values(row)
      .onConflict((conflict) => conflict.columns(['site_id', 'public_key']).doNothing())
      .executeTakeFirst();
    // A key that was given up may be in other hands.
    if (Number(kept.numInsertedOrUpdatedRows ?? 0) !== 1) throw new UnicaError('identity.key-used', { siteId });
  };

  return {
    async createEnrolmentCode({ siteId, displayName, country, expiresAtMs }) {
      return await own.transaction(async (transaction) => {
        const known = await transaction
          .selectFrom('sites')
          .select('state')
          .where('site_id', '=', siteId)
          .executeTakeFirst();
        if (known !== undefined && known.state !== 'invited' && known.state !== 'ejected')
          throw new UnicaError('identity.site-exists', { siteId });
        const invited = { state: 'invited', because: null, public_key: null, approved_at_ms: null } as const;
        await transaction
          .insertInto('sites')
          .values({
            site_id: siteId,
            display_name: displayName,
            country,
            ...invited,
            software: null,
            last_seen_at_ms: null,
            clock_offset_ms: null,
            readiness: null,
          })
          .onConflict((conflict) =>
            conflict.column('site_id').doUpdateSet({ display_name: displayName, country, ...invited }),
          )
          .execute();
        return await keepCode(transaction, { siteId, expiresAtMs, renews: 0 });
      });
    },
    async invitationOf(code) {
      const row = await db
        .selectFrom('enrolment_codes as c')
        .innerJoin('sites as s', 's.site_id', 'c.site_id')
        .select(['s.site_id as siteId', 's.display_name as displayName', 's.country'])
        .where('c.code_sha256', '=', enrolmentCodeDigest(code))
        .where('c.used_at_ms', 'is', null)
        .where('c.expires_at_ms', '>', clock())
        .executeTakeFirst();
      if (row === undefined) throw (await spent(db, code)) ?? new UnicaError('identity.invitation-unknown');
      return row;
    },
    async createRenewalCode(siteId, expiresAtMs) {
      const site = await rowOf(siteId);
      if (site === undefined) throw notHere();
      if (site.public_key === null || (site.state !== 'active' && site.state !== 'pending'))
        throw new UnicaError('identity.standing', { siteId, state: site.state });
      return await own.transaction(
        async (transaction) => await keepCode(transaction, { siteId, expiresAtMs, renews: 1 }),
      );
    },
    async enrol({ code, siteId, publicKey, software, signed, approval }) {
      const signer = await verifyRequest(signed, { keyOf: async () => publicKey, nonces, clock });
      if (signer.siteId !== siteId) throw new UnicaError('identity.signature');
      return await own.transaction(async (transaction) => {
        const nowMs = clock();
        const digest = enrolmentCodeDigest(code);
        const used = await transaction
          .updateTable('enrolment_codes')
          .set({ used_at_ms: nowMs })
          .where('code_sha256', '=', digest)
          .where('site_id', '=', siteId)
          .where('used_at_ms', 'is', null)
          .where('expires_at_ms', '>', nowMs)
          .returning('renews')
          .executeTakeFirst();
        if (used === undefined)
          throw (await spent(transaction, code, siteId)) ?? new UnicaError('identity.code-refused');
        const renews = used.renews === 1;
        const letIn = approval === 'automatic';
        const state = letIn ? 'active' : 'pending';
        const before = await transaction
          .selectFrom('sites')
          .select('public_key')
          .where('site_id', '=', siteId)
          .executeTakeFirst();
        const site = await transaction
          .updateTable('sites')
          .set({
            state,
            public_key: publicKey,
            approved_at_ms: letIn ? nowMs : null,
            software,
            last_seen_at_ms: nowMs,
          })
          .where('site_id', '=', siteId)
          .where('state', 'in', renews ? ['active', 'pending'] : ['invited'])
          .executeTakeFirst();
        if (Number(site.numUpdatedRows) !== 1) throw new UnicaError('identity.code-refused');
        await transaction.deleteFrom('site_runs').where('site_id', '=', siteId).execute();
        // The very key that stands: its node never heard the answer to its first code.
        if (before?.public_key !== publicKey)
          await keepKey(transaction, siteId, { publicKey, how: renews ? 're-enrolled' : 'enrolled' });
        return state;
      });
    },
    async rotateKey(siteId, { oldKey, newKey, signature }) {
      if (!verifyText(newKey, newKeyText(siteId, { oldKey, newKey }), signature))
        throw new UnicaError('identity.signature');
      await own.transaction(async (transaction) => {
        const changed = await transaction
          .updateTable('sites')
          .set({ public_key: newKey })
          .where('site_id', '=', siteId)
          .where('public_key', '=', oldKey)
          .executeTakeFirst();
        if (Number(changed.numUpdatedRows) === 1) {
          await keepKey(transaction, siteId, { publicKey: newKey, how: 'rotated' });
          return;
        }
        const now = await transaction
          .selectFrom('sites')
          .select('public_key')
          .where('site_id', '=', siteId)
          .executeTakeFirst();
        if (now?.public_key !== newKey) throw new UnicaError('identity.signature');
      });
    },
    async admitWithoutNode({ siteId, displayName, country }) {
      await db
        .insertInto('sites')
        .values({
          site_id: siteId,
          display_name: displayName,
          country,
          state: 'active',
          because: null,
          public_key: null,
          approved_at_ms: clock(),
          software: null,
          last_seen_at_ms: null,
          clock_offset_ms: null,
          readiness: null,
        })
        .onConflict((conflict) => conflict.column('site_id').doNothing())
        .execute();
      const site = await db.selectFrom('sites').selectAll().where('site_id', '=', siteId).executeTakeFirstOrThrow();
      if (site.public_key !== null || site.approved_at_ms === null)
        throw new UnicaError('identity.site-exists', { siteId });
    },
    async identify(request) {
      let standing: Standing | undefined;
      const signer = await verifyRequest(request, {
        nonces,
        clock,
        async keyOf(siteId) {
          standing = await rowOf(siteId);
          return standing?.public_key ?? undefined;
        },
      });
      // Told only to whoever holds the site's key.
      checkState(standing);
      return { ...signer, publicKey: standing?.public_key ?? '' };
    },
    async checkStanding(siteId, publicKey) {
      const site = await rowOf(siteId);
      checkState(site);
      if (site?.public_key !== publicKey) throw new UnicaError('identity.signature');
    },
    async sites() {
      const rows = await db
        .selectFrom('sites')
        .leftJoin('site_keys', (join) =>
          join.onRef('site_keys.site_id', '=', 'sites.site_id').onRef('site_keys.public_key', '=', 'sites.public_key'),
        )
        .selectAll('sites')
        .select('site_keys.since_ms')
        .orderBy('sites.site_id')
        .execute();
      return rows.map((row) => ({
        siteId: row.site_id,
        displayName: row.display_name,
        country: row.country,
        state: row.state,
        because: row.because,
        software: row.software,
        lastSeenAtMs: row.last_seen_at_ms,
        clockOffsetMs: row.clock_offset_ms,
        readiness: row.readiness,
        publicKey: row.public_key,
        keySinceMs: row.since_ms,
      }));
    },
    async touch(siteId, { software, clockMs, readiness }) {
      const nowMs = clock();
      const offsetMs = clockMs === undefined ? undefined : clockMs - nowMs;
      const before = touched.get(siteId);
      // A node in the middle of rounds polls many times a second, and says the same.
      const isKnown =
        before !== undefined &&
        nowMs - before.atMs < TOUCHED_EVERY_MS &&
        before.software === software &&
        (readiness === undefined || before.readiness === readiness) &&
        Math.abs((offsetMs ?? 0) - (before.offsetMs ?? 0)) < TOUCHED_EVERY_MS;
      if (isKnown) return;
      await db
        .updateTable('sites')
        .set({
          software,
          last_seen_at_ms: nowMs,
          ...(offsetMs === undefined ? {} : { clock_offset_ms: offsetMs }),
          ...(readiness === undefined ? {} : { readiness }),
        })
        .where('site_id', '=', siteId)
        .execute();
      touched.set(siteId, { atMs: nowMs, software, readiness: readiness ?? before?.readiness, offsetMs });
    },
    async noteRun(siteId, { run, signedAtMs }) {
      const lately = noted.get(siteId);
      if (lately?.run === run && clock() - lately.atMs < NOTED_EVERY_MS) return;
      const twins = await own.transaction(async (transaction) => {
        const later = await transaction
          .selectFrom('site_runs')
          .selectAll()
          .where('site_id', '=', siteId)
          .orderBy('first_seen_ms', 'desc')
          .orderBy('run')
          .executeTakeFirst();
        if (later?.run === run) return false;
        const known = await transaction
          .selectFrom('site_runs')
          .select('run')
          .where('site_id', '=', siteId)
          .where('run', '=', run)
          .executeTakeFirst();
        if (known === undefined) {
          await transaction
            .insertInto('site_runs')
            .values({ site_id: siteId, run, first_seen_ms: clock(), first_signed_ms: signedAtMs })
            .execute();
          await keepNewestRuns(transaction, siteId);
          return false;
        }
        // Signed before the later start began to speak: it was only long on its way.
        if (later === undefined || signedAtMs <= later.first_signed_ms) return false;
        await transaction
          .updateTable('sites')
          .set({ state: 'suspended', because: TWINS_REASON })
          .where('site_id', '=', siteId)
          .where('state', '=', 'active')
          .execute();
        return true;
      });
      if (twins) throw new UnicaError('identity.twins', { siteId });
      noted.set(siteId, { run, atMs: clock() });
    },
    async changeStanding(siteId, change, because) {
      return await own.transaction(async (transaction) => {
        const site = await transaction.selectFrom('sites').selectAll().where('site_id', '=', siteId).executeTakeFirst();
        if (site === undefined) throw notHere();
        const state = stateAfter(site, change);
        const changed = await transaction
          .updateTable('sites')
          .set({
            state,
            because: change === 'suspend' || change === 'eject' ? because : null,
            ...(change === 'approve' ? { approved_at_ms: clock() } : {}),
          })
          .where('site_id', '=', siteId)
          .where('state', 'in', [...FROM[change]])
          .executeTakeFirst();
        if (Number(changed.numUpdatedRows) !== 1)
          throw new UnicaError('identity.standing', { siteId, state: site.state });
        if (change === 'reinstate') await transaction.deleteFrom('site_runs').where('site_id', '=', siteId).execute();
        if (change === 'eject') await transaction.deleteFrom('enrolment_codes').where('site_id', '=', siteId).execute();
        return state;
      });
    },
  };
}

/** Which start of a node speaks is looked up this often. */
const NOTED_EVERY_MS = 5_000;
/** That a site has been heard of is written down this often, where it says nothing new; its clock may wander by as much. */
const TOUCHED_EVERY_MS = 1_000;
/** Starts of a site's node that are remembered: one before them counts as new, and is found out at its second question. */
const MOST_RUNS = 100;

/** A node that starts over and over, or draws a number for every question, does not fill the table. */
async function keepNewestRuns(table: Kysely<IdentityTables>, siteId: string): Promise<void> {
  const newest = table
    .selectFrom('site_runs')
    .select('run')
    .where('site_id', '=', siteId)
    .orderBy('first_seen_ms', 'desc')
    .orderBy('run')
    .limit(MOST_RUNS);
  await table.deleteFrom('site_runs').where('site_id', '=', siteId).where('run', 'not in', newest).execute();
}

type Standing = Pick<IdentityTables['sites'], 'site_id' | 'state' | 'because' | 'public_key'>;

/** @throws UnicaError where a site in this state may not speak */
function checkState(site: Standing | undefined): void {
  if (site === undefined || site.state === 'invited') throw new UnicaError('identity.unknown-site');
  const { site_id: siteId, state, because } = site;
  if (state === 'pending') throw new UnicaError('identity.pending', { siteId });
  if (state === 'ejected') throw new UnicaError('identity.ejected', { siteId, because: because ?? '–' });
  if (state !== 'suspended') return;
  if (because === TWINS_REASON) throw new UnicaError('identity.twins', { siteId });
  throw new UnicaError('identity.suspended', { siteId, because: because ?? '–' });
}

function stateAfter(
  site: Pick<IdentityTables['sites'], 'public_key' | 'approved_at_ms'>,
  change: StandingChange,
): SiteState {
  switch (change) {
    case 'approve':
      return 'active';
    case 'suspend':
      return 'suspended';
    case 'eject':
      return 'ejected';
    case 'reinstate':
      // To where it was: one without a node of ours was let in without a key.
      if (site.approved_at_ms !== null) return 'active';
      return site.public_key === null ? 'invited' : 'pending';
  }
}

function notHere(): UnicaError {
  return new UnicaError('http.not-found', { what: 'site of that name' });
}
