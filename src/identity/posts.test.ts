import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { forEachEngine } from '#store';
import { openPeople } from './people.ts';
import { entitledTo, openPosts } from './posts.ts';
import { type IdentityTables, identityMigrations } from './tables.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];
const DAY_MS = 86_400_000;
const POST = { role: 'committee', siteId: 'lisbon' } as const;

const refused = (error: unknown) => error instanceof UnicaError && error.code === 'identity.post-code-refused';

forEachEngine(
  test,
  POSTGRES_URL,
  'an invitation is taken up once and in time, however its code is typed; a post that ends is over',
  async (open, context) => {
    const database = await open<IdentityTables>(context, identityMigrations);
    let nowMs = 1_000_000;
    const posts = openPosts(database, () => nowMs);
    const { code } = await posts.invite(POST);
    const taken = await Promise.allSettled(
      ['person-1', 'person-2'].map(
        async (person) => await posts.redeem(` ${code.replaceAll('-', '').toLowerCase()}`, person),
      ),
    );
    assert.equal(taken.filter(({ status }) => status === 'fulfilled').length, 1);
    await assert.rejects(posts.redeem(code, 'person-3'), refused, 'used');
    await assert.rejects(posts.redeem('AAAA-AAAA-AAAA-AAAA', 'person-3'), refused, 'unknown');
    const late = await posts.invite(POST);
    nowMs += 8 * DAY_MS;
    await assert.rejects(posts.redeem(late.code, 'person-3'), refused, 'too old');
    const [held, ...others] = await posts.held('lisbon');
    assert.equal(others.length, 0);
    assert.deepEqual(await posts.held('athens'), []);
    await posts.end(held?.postId ?? '');
    assert.deepEqual(await posts.held(), []);
    await assert.rejects(posts.end(held?.postId ?? ''));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a post is given to a stand-in from one day to another, and comes back by itself',
  async (open, context) => {
    const database = await open<IdentityTables>(context, identityMigrations);
    let nowMs = 100 * DAY_MS;
    const posts = openPosts(database, () => nowMs);
    const people = openPeople(database, () => nowMs);
    const cookieOf = async (subject: string) =>
      await people.signIn({ issuer: 'https://issuer.example', subject, name: subject, roles: [] });
    const cookies = { mara: await cookieOf('mara'), nils: await cookieOf('nils') };
    const idOf = async (cookie: string) => (await people.session(cookie))?.person.personId ?? '';
    const mara = await idOf(cookies.mara);
    const nils = await idOf(cookies.nils);
    await posts.redeem((await posts.invite(POST)).code, mara);
    const [seat] = await posts.held();
    const away = { fromMs: nowMs + DAY_MS, untilMs: nowMs + 9 * DAY_MS, standIn: true };
    await assert.rejects(posts.leave(seat?.postId ?? '', nils, away), 'a post of somebody else');
    const tooLong = { ...away, untilMs: nowMs + 400 * DAY_MS };
    await assert.rejects(posts.leave(seat?.postId ?? '', mara, tooLong), 'longer than a year');
    // Two days away, from tomorrow on.
    const { code } = await posts.leave(seat?.postId ?? '', mara, { ...away, untilMs: nowMs + 3 * DAY_MS });
    await assert.rejects(posts.leave(seat?.postId ?? '', mara, away), 'once at a time');
    await assert.rejects(posts.redeem(code ?? '', mara), refused, 'nobody stands in for themselves');
    await posts.redeem(code ?? '', nils);
    await assert.rejects(posts.redeem(code ?? '', 'person-3'), refused, 'used');
    const hour = 3_600_000;
    const acting = async () => {
      // Sessions end when nobody uses them for an hour.
      const sessions = { mara: await cookieOf('mara'), nils: await cookieOf('nils') };
      const seats = async (cookie: string) => (await people.session(cookie))?.person.posts.length;
      return [
        (await posts.acting()).map(({ personId }) => (personId === mara ? 'mara' : 'nils')),
        [await seats(sessions.mara), await seats(sessions.nils)],
      ];
    };
    assert.deepEqual(await acting(), [['mara'], [1, 0]], 'not yet');
    nowMs += DAY_MS + hour;
    assert.deepEqual(await acting(), [['nils'], [0, 1]]);
    assert.deepEqual(
      [
        (await posts.acting()).map(({ seatOf }) => seatOf),
        (await people.session(await cookieOf('nils')))?.person.posts,
      ],
      [[mara], [{ ...POST, standsInFor: mara }]],
      'in her seat',
    );
    assert.deepEqual(await posts.ended(), []);
    const standIn = (await posts.held()).find(({ personId }) => personId === nils);
    await assert.rejects(
      posts.leave(standIn?.postId ?? '', nils, { ...away, fromMs: nowMs, untilMs: nowMs + DAY_MS }),
      'a stand-in hands nothing on',
    );
    nowMs += 2 * DAY_MS;
    assert.deepEqual(await acting(), [['mara'], [1, 0]], 'back by herself');
    const ended = await posts.ended();
    assert.deepEqual(
      ended.map(({ personId, siteId }) => [personId, siteId]),
      [[mara, 'lisbon']],
    );
    assert.equal((await posts.ended()).length, 1, 'until it was told');
    for (const { absenceId } of ended) await posts.told(absenceId);
    assert.deepEqual(await posts.ended(), [], 'told once');
    const planned = { fromMs: nowMs + DAY_MS, untilMs: nowMs + 3 * DAY_MS };
    await posts.leave(seat?.postId ?? '', mara, { ...planned, standIn: false });
    const plannedNow = async () => (await posts.held()).find(({ personId }) => personId === mara)?.plannedAway;
    assert.deepEqual(await plannedNow(), planned);
    await posts.comeBack(seat?.postId ?? '', mara);
    assert.equal(await plannedNow(), null, 'taken back before it began');
    await posts.leave(seat?.postId ?? '', mara, { fromMs: nowMs, untilMs: nowMs + 9 * DAY_MS, standIn: false });
    assert.deepEqual(await acting(), [[], [0, 0]], 'away without anybody in her place');
    await posts.comeBack(seat?.postId ?? '', mara);
    nowMs += 1;
    assert.deepEqual(await acting(), [['mara'], [1, 0]]);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'whoever loses a post leaves nobody in it: a stand-in acts no longer, and a code that was not used is worth nothing',
  async (open, context) => {
    const database = await open<IdentityTables>(context, identityMigrations);
    let nowMs = 100 * DAY_MS;
    const posts = openPosts(database, () => nowMs);
    const away = { fromMs: nowMs, untilMs: nowMs + 9 * DAY_MS, standIn: true };
    const codes: string[] = [];
    for (const personId of ['person-1', 'person-2']) {
      await posts.redeem((await posts.invite(POST)).code, personId);
      const seat = (await posts.held()).find((one) => one.personId === personId);
      codes.push((await posts.leave(seat?.postId ?? '', personId, away)).code ?? '');
    }
    await posts.redeem(codes[0] ?? '', 'person-3');
    assert.deepEqual(
      (await posts.acting()).map(({ personId }) => personId),
      ['person-3'],
    );
    for (const { postId, standsInUntilMs } of await posts.held()) if (standsInUntilMs === null) await posts.end(postId);
    nowMs += 1;
    assert.deepEqual([await posts.acting(), await posts.held()], [[], []]);
    await assert.rejects(posts.redeem(codes[1] ?? '', 'person-4'), refused);
    assert.equal((await posts.ended()).length, 2, 'the journal is told');
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a post that was written down twice is one seat, and ends as one; a token that is over has none',
  async (open, context) => {
    const database = await open<IdentityTables>(context, identityMigrations);
    let nowMs = 1_000_000;
    const posts = openPosts(database, () => nowMs);
    const people = openPeople(database, () => nowMs);
    for (const post_id of ['post-00000001', 'post-00000002']) {
      const row = { person_id: 'person-1', role: 'committee', site_id: 'lisbon', source: 'claim' } as const;
      await database.kysely
        .insertInto('posts')
        .values({ ...row, post_id, since_ms: nowMs, until_ms: null })
        .execute();
    }
    const token = async (name: string, days: number) =>
      await people.createToken({ name, roles: [], posts: [POST], expiresAtMs: nowMs + days * DAY_MS });
    await token('short', 1);
    const long = await people.token(await token('long', 9));
    const names = async () => (await posts.held('lisbon')).map(({ name }) => name).sort();
    assert.deepEqual(await names(), ['long', 'person-1', 'short']);
    nowMs += 2 * DAY_MS;
    assert.deepEqual(await names(), ['long', 'person-1']);
    await people.revokeToken(long?.personId ?? '');
    const [one] = await posts.held('lisbon');
    await posts.end(one?.postId ?? '');
    assert.deepEqual(await names(), []);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'what an issuer says at a sign-in holds until the next one; what an invitation gave stays',
  async (open, context) => {
    const database = await open<IdentityTables>(context, identityMigrations);
    const people = openPeople(database, () => 1_000_000);
    const posts = openPosts(database, () => 1_000_000);
    const who = { issuer: 'https://issuer', subject: 'ana', name: 'Ana', roles: [] };
    const signedIn = async (siteIds: readonly string[]) => {
      const said = siteIds.map((siteId) => ({ role: 'committee' as const, siteId }));
      const session = await people.session(await people.signIn({ ...who, posts: said }));
      assert.ok(session !== undefined);
      return { id: session.person.personId, at: session.person.posts.map(({ siteId }) => siteId).sort() };
    };
    const { id, at } = await signedIn(['lisbon', 'athens']);
    assert.deepEqual(at, ['athens', 'lisbon']);
    await posts.redeem((await posts.invite({ ...POST, siteId: 'jena' })).code, id);
    assert.deepEqual((await signedIn(['athens'])).at, ['athens', 'jena']);
  },
);

test('entitlements say roles in the network and at organisations; what is none of ours says nothing', () => {
  const rows: readonly [string, string, 'roles' | 'posts' | 'nothing'][] = [
    ['in the network', 'urn:geant:x.eu:group:unica:role=auditor#idp.x.eu', 'roles'],
    ['at an organisation', 'urn:geant:x.eu:group:unica:lisbon:role=committee#idp.x.eu', 'posts'],
    ['another service', 'urn:geant:x.eu:group:other:lisbon:role=committee', 'nothing'],
    ['no role of ours', 'urn:geant:x.eu:group:unica:lisbon:role=emperor', 'nothing'],
    ['no organisation of ours', 'urn:geant:x.eu:group:unica:Lisbon:role=committee', 'nothing'],
    ['a group within an organisation', 'urn:geant:x.eu:group:unica:lisbon:ward:role=committee', 'nothing'],
  ];
  for (const [name, entitlement, kind] of rows) {
    const { roles, posts } = entitledTo([entitlement]);
    assert.deepEqual(roles, kind === 'roles' ? ['auditor'] : [], name);
    assert.deepEqual(posts, kind === 'posts' ? [POST] : [], name);
  }
});
