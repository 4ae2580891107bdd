import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachEngine, type OpenFresh } from '#store';
import type { Visa } from '#wire';
import { openPeople } from './people.ts';
import { type IdentityTables, identityMigrations } from './tables.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];
const START_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const ana = { issuer: 'https://idp.example', subject: 'ana', name: 'Ana', roles: ['researcher'] } as const;

async function freshPeople(open: OpenFresh, context: Parameters<OpenFresh>[0]) {
  const database = await open<IdentityTables>(context, identityMigrations);
  const time = { nowMs: START_MS };
  return { database, time, people: openPeople(database, () => time.nowMs) };
}

forEachEngine(
  test,
  POSTGRES_URL,
  'a session is found by its cookie only, and ends with signing out',
  async (open, context) => {
    const { people } = await freshPeople(open, context);
    const [cookie, other] = [await people.signIn(ana), await people.signIn(ana)];
    assert.notEqual(cookie, other);
    const [session, otherSession] = [await people.session(cookie), await people.session(other)];
    assert.deepEqual([session?.person.name, session?.person.roles], ['Ana', ['researcher']]);
    assert.equal(session?.person.personId, otherSession?.person.personId);
    assert.notEqual(session?.csrfToken, otherSession?.csrfToken);
    for (const wrong of ['', cookie.slice(1), `${cookie} `]) assert.equal(await people.session(wrong), undefined);
    await people.signOut(cookie);
    assert.equal(await people.session(cookie), undefined);
    assert.notEqual(await people.session(other), undefined, 'the other browser stays signed in');
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'the same subject at another issuer is another person; a new sign-in brings new roles',
  async (open, context) => {
    const { people } = await freshPeople(open, context);
    const before = await people.signIn(ana);
    const elsewhere = await people.signIn({ ...ana, issuer: 'https://other.example' });
    const again = await people.signIn({ ...ana, roles: ['auditor'] });
    const personIdOf = async (cookie: string) => (await people.session(cookie))?.person.personId;
    assert.equal(await personIdOf(before), await personIdOf(again));
    assert.notEqual(await personIdOf(before), await personIdOf(elsewhere));
    assert.deepEqual(
      (await people.session(before))?.person.roles,
      ['auditor'],
      'older sessions lose what was taken away',
    );
  },
);

forEachEngine(test, POSTGRES_URL, 'of two sign-ins at once both hold, with visas', async (open, context) => {
  const { people } = await freshPeople(open, context);
  const visa: Visa = {
    type: 'ResearcherStatus',
    value: 'https://doi.org/10.1038/s41431-018-0219-y',
    source: 'https://university.example',
    by: 'so',
    issuer: 'https://idp.example',
    assertedAtMs: START_MS,
    expiresAtMs: START_MS + HOUR_MS,
  };
  const cookies = await Promise.all([1, 2, 3].map(async () => await people.signIn({ ...ana, visas: [visa] })));
  const session = await people.session(cookies[2] ?? '');
  assert.deepEqual(await people.visasOf(session?.person.personId ?? ''), [visa]);
});

forEachEngine(test, POSTGRES_URL, 'a session ends after an hour of rest', async (open, context) => {
  const { people, time } = await freshPeople(open, context);
  const cookie = await people.signIn(ana);
  time.nowMs += HOUR_MS;
  assert.notEqual(await people.session(cookie), undefined);
  time.nowMs += HOUR_MS;
  assert.notEqual(await people.session(cookie), undefined, 'being used keeps it');
  time.nowMs += HOUR_MS + 1;
  assert.equal(await people.session(cookie), undefined);
});

forEachEngine(test, POSTGRES_URL, 'a session ends after twelve hours, however busy', async (open, context) => {
  const { people, time } = await freshPeople(open, context);
  const cookie = await people.signIn(ana);
  while (time.nowMs < START_MS + 12 * HOUR_MS) {
    time.nowMs += 30 * MINUTE_MS;
    assert.notEqual(await people.session(cookie), undefined);
  }
  time.nowMs += 1;
  assert.equal(await people.session(cookie), undefined);
});

forEachEngine(
  test,
  POSTGRES_URL,
  'tokens end at their time or when revoked, and are kept nowhere',
  async (open, context) => {
    const { database, people, time } = await freshPeople(open, context);
    const make = (name: string) => people.createToken({ name, roles: ['operator'], expiresAtMs: START_MS + HOUR_MS });
    const [token, revoked] = [await make('nightly'), await make('lost')];
    const found = await people.token(token);
    assert.deepEqual([found?.name, found?.roles], ['nightly', ['operator']]);
    await people.revokeToken((await people.token(revoked))?.personId ?? '');
    assert.equal(await people.token(revoked), undefined);
    for (const wrong of ['', token.slice(0, -1), token.toUpperCase()])
      assert.equal(await people.token(wrong), undefined);
    assert.equal(await people.session(token), undefined, 'a token is no cookie');
    const kept = JSON.stringify(await database.kysely.selectFrom('api_tokens').selectAll().execute());
    assert.equal(kept.includes(token.replace('unica_', '')), false);
    time.nowMs += HOUR_MS - 1;
    assert.notEqual(await people.token(token), undefined);
    time.nowMs += 1;
    assert.equal(await people.token(token), undefined);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a sign-in link opens one session, in its time; it is no token, and two of them are not two people',
  async (open, context) => {
    const { database, people, time } = await freshPeople(open, context);
    const make = () => people.createLink({ name: 'At the machine', roles: ['operator'] });
    const refused = { code: 'identity.link-refused' };
    const [first, second, late] = [await make(), await make(), await make()];
    assert.equal(await people.token(first), undefined);
    const both = await Promise.allSettled([people.redeemLink(first), people.redeemLink(first)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    await assert.rejects(people.redeemLink(first), refused);
    const [one] = both.flatMap((tried) => (tried.status === 'fulfilled' ? [tried.value] : []));
    const sessions = [await people.session(one ?? ''), await people.session(await people.redeemLink(second))];
    assert.deepEqual(sessions[0]?.person.roles, ['operator']);
    assert.equal(sessions[0]?.person.personId, sessions[1]?.person.personId);
    assert.notEqual(sessions[0]?.csrfToken, sessions[1]?.csrfToken);
    const token = await people.createToken({ name: 'nightly', roles: ['operator'], expiresAtMs: START_MS + HOUR_MS });
    await assert.rejects(people.redeemLink(token), refused, 'a token is no link');
    time.nowMs += 15 * MINUTE_MS;
    await assert.rejects(people.redeemLink(late), refused);
    await make();
    const kept = await database.kysely.selectFrom('api_tokens').select('name').execute();
    assert.deepEqual(kept.map(({ name }) => name).sort(), ['At the machine', 'nightly'], 'old links are not kept');
  },
);
