import assert from 'node:assert/strict';
import { createHash, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { forEachEngine, migrate, type OpenFresh, openDatabase } from '#store';
import { CLOCK_TOLERANCE_MS, TWINS_REASON } from '#wire';
import { newKeyText, openMembership } from './membership.ts';
import { type ReceivedRequest, signRequest } from './signed-request.ts';
import { generateKeys, type SiteKeys, signText } from './site-keys.ts';
import { type IdentityTables, identityMigrations } from './tables.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];
const START_MS = 1_800_000_000_000;
const WEEK_MS = 604_800_000;

type Context = Parameters<OpenFresh>[0];

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

async function freshRegister(open: OpenFresh, context: Context) {
  const database = await open<IdentityTables>(context, identityMigrations);
  const time = { nowMs: START_MS };
  const clock = () => time.nowMs;
  return { database, time, clock, membership: openMembership(database, clock) };
}
type Register = Awaited<ReturnType<typeof freshRegister>>;

function request(
  keys: SiteKeys,
  siteId: string,
  { nowMs = START_MS, nonce = randomBytes(16).toString('hex'), path = '/api/v1/work?max=2', body = '{"max":2}' } = {},
): ReceivedRequest {
  const bytes = Buffer.from(body);
  const headers = signRequest({ keys, siteId, method: 'POST', path, body: bytes, nowMs, nonce });
  return { method: 'POST', path, headers, body: bytes };
}

const invitation = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT', expiresAtMs: START_MS + WEEK_MS };

async function enrolled({ membership }: Register, siteId: string): Promise<SiteKeys> {
  const keys = generateKeys();
  const code = await membership.createEnrolmentCode({ ...invitation, siteId });
  await membership.enrol(enrolment(keys, code, siteId));
  return keys;
}

function enrolment(keys: SiteKeys, code: string, siteId: string, nowMs = START_MS) {
  const signed = request(keys, siteId, { nowMs });
  return { code, siteId, publicKey: keys.publicKey, software: '1.0', signed, approval: 'automatic' as const };
}

forEachEngine(
  test,
  POSTGRES_URL,
  'a code enrols its site once, however it is typed, and is kept nowhere',
  async (open, context) => {
    const { database, membership } = await freshRegister(open, context);
    const code = await membership.createEnrolmentCode(invitation);
    assert.match(code, /^[2-9A-HJKMNP-TV-Z]{4}(-[2-9A-HJKMNP-TV-Z]{4}){3}$/);
    const kept = await database.kysely.selectFrom('enrolment_codes').selectAll().execute();
    assert.equal(JSON.stringify(kept).includes(code.replaceAll('-', '')), false);
    assert.equal(kept[0]?.code_sha256, createHash('sha256').update(code.replaceAll('-', '')).digest('hex'));
    const keys = generateKeys();
    await membership.enrol(enrolment(keys, ` ${code.toLowerCase().replaceAll('-', ' ')}`, 'lisbon'));
    assert.equal((await membership.identify(request(keys, 'lisbon'))).siteId, 'lisbon');
    const other = generateKeys();
    await assert.rejects(membership.enrol(enrolment(other, code, 'lisbon')), codeIs('identity.code-used'));
    await assert.rejects(membership.identify(request(other, 'lisbon')), codeIs('identity.signature'));
    await assert.rejects(membership.createEnrolmentCode(invitation), codeIs('identity.site-exists'));
  },
);

forEachEngine(test, POSTGRES_URL, 'of two who hold a code at once, one enrols', async (open, context) => {
  const { membership } = await freshRegister(open, context);
  const code = await membership.createEnrolmentCode(invitation);
  const pairs = [generateKeys(), generateKeys(), generateKeys()];
  const ends = await Promise.allSettled(pairs.map((keys) => membership.enrol(enrolment(keys, code, 'lisbon'))));
  assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1);
  const known = await Promise.allSettled(pairs.map((keys) => membership.identify(request(keys, 'lisbon'))));
  assert.deepEqual(
    known.map((end) => end.status),
    ends.map((end) => end.status),
    'and that one is known',
  );
});

forEachEngine(
  test,
  POSTGRES_URL,
  'codes are refused: wrong, of another site, renewed, too late',
  async (open, context) => {
    const { membership, time } = await freshRegister(open, context);
    const keys = generateKeys();
    const first = await membership.createEnrolmentCode(invitation);
    const elsewhere = await membership.createEnrolmentCode({ ...invitation, siteId: 'graz' });
    const renewed = await membership.createEnrolmentCode(invitation);
    for (const code of ['2222-2222-2222-2222', '', elsewhere, first]) {
      await assert.rejects(membership.enrol(enrolment(keys, code, 'lisbon')), codeIs('identity.code-refused'), code);
    }
    time.nowMs = invitation.expiresAtMs;
    await assert.rejects(
      membership.enrol(enrolment(keys, renewed, 'lisbon', time.nowMs)),
      codeIs('identity.code-expired'),
    );
    assert.deepEqual(
      (await membership.sites()).map((site) => [site.siteId, site.state]),
      [
        ['graz', 'invited'],
        ['lisbon', 'invited'],
      ],
    );
    time.nowMs -= 1;
    await membership.enrol(enrolment(keys, renewed, 'lisbon', time.nowMs));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'an enrolment must be signed with the key it brings, for the site it names',
  async (open, context) => {
    const { membership } = await freshRegister(open, context);
    const code = await membership.createEnrolmentCode(invitation);
    const [own, others] = [generateKeys(), generateKeys()];
    const good = enrolment(own, code, 'lisbon');
    await assert.rejects(membership.enrol({ ...good, publicKey: others.publicKey }), codeIs('identity.signature'));
    await assert.rejects(membership.enrol({ ...good, signed: request(own, 'graz') }), codeIs('identity.signature'));
    await membership.enrol({ ...good, signed: request(own, 'lisbon') });
  },
);

forEachEngine(test, POSTGRES_URL, 'suspension shuts a site out until it is reinstated', async (open, context) => {
  const register = await freshRegister(open, context);
  const { membership } = register;
  const keys = await enrolled(register, 'lisbon');
  await membership.changeStanding('lisbon', 'suspend', 'a test');
  await assert.rejects(membership.identify(request(keys, 'lisbon')), codeIs('identity.suspended'));
  await assert.rejects(membership.createEnrolmentCode(invitation), codeIs('identity.site-exists'));
  await membership.changeStanding('lisbon', 'reinstate', 'a test');
  await membership.identify(request(keys, 'lisbon'));
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a site suspended while invited cannot enrol with the code it still holds',
  async (open, context) => {
    const { membership } = await freshRegister(open, context);
    const keys = generateKeys();
    const code = await membership.createEnrolmentCode(invitation);
    await membership.changeStanding('lisbon', 'suspend', 'a test');
    await assert.rejects(membership.enrol(enrolment(keys, code, 'lisbon')), codeIs('identity.code-refused'));
    assert.equal((await membership.sites())[0]?.state, 'suspended');
    await membership.changeStanding('lisbon', 'reinstate', 'a test');
    assert.equal((await membership.sites())[0]?.state, 'invited', 'reinstated to where it was');
    await membership.enrol(enrolment(keys, code, 'lisbon'));
    await membership.identify(request(keys, 'lisbon'));
  },
);

forEachEngine(test, POSTGRES_URL, 'reinstating changes only a suspended site', async (open, context) => {
  const { membership } = await freshRegister(open, context);
  await membership.createEnrolmentCode(invitation);
  await assert.rejects(membership.changeStanding('lisbon', 'reinstate', 'a test'), codeIs('identity.standing'));
  assert.equal((await membership.sites())[0]?.state, 'invited');
  await membership.createEnrolmentCode(invitation);
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a signed request is refused when any part of it is another',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const keys = await enrolled(register, 'lisbon');
    const grazKeys = await enrolled(register, 'graz');
    const good = request(keys, 'lisbon');
    const { headers } = good;
    const withHeaders = (changed: Record<string, string | readonly string[] | undefined>) => ({
      ...good,
      headers: { ...headers, ...changed },
    });
    const rows: readonly [string, ReceivedRequest, string][] = [
      ['body swapped', { ...good, body: Buffer.from('{"max":3}') }, 'identity.signature'],
      ['body emptied', { ...good, body: new Uint8Array(0) }, 'identity.signature'],
      ['path swapped', { ...good, path: '/api/v1/receipts' }, 'identity.signature'],
      ['query swapped', { ...good, path: '/api/v1/work?max=3' }, 'identity.signature'],
      ['method swapped', { ...good, method: 'PUT' }, 'identity.signature'],
      ['site swapped', withHeaders({ 'unica-site': 'graz' }), 'identity.signature'],
      ['signed with the key of another site', request(grazKeys, 'lisbon'), 'identity.signature'],
      ['signed with a key nobody knows', request(generateKeys(), 'lisbon'), 'identity.signature'],
      ['site nobody knows', request(keys, 'porto'), 'identity.unknown-site'],
      ['time moved', withHeaders({ 'unica-time': String(START_MS + 1) }), 'identity.signature'],
      ['time not a number', withHeaders({ 'unica-time': 'now' }), 'identity.signature'],
      ['nonce moved', withHeaders({ 'unica-nonce': '0'.repeat(32) }), 'identity.signature'],
      ['nonce too short', request(keys, 'lisbon', { nonce: 'ab' }), 'identity.signature'],
      ['signature absent', withHeaders({ 'unica-signature': undefined }), 'identity.signature'],
      ['signature twice', withHeaders({ 'unica-signature': ['a', 'b'] }), 'identity.signature'],
      ['signature empty', withHeaders({ 'unica-signature': '' }), 'identity.signature'],
      ['clock behind', request(keys, 'lisbon', { nowMs: START_MS - CLOCK_TOLERANCE_MS - 1 }), 'identity.clock'],
      ['clock ahead', request(keys, 'lisbon', { nowMs: START_MS + CLOCK_TOLERANCE_MS + 1 }), 'identity.clock'],
    ];
    for (const [name, forged, code] of rows) {
      await assert.rejects(register.membership.identify(forged), codeIs(code), name);
    }
    await register.membership.identify(good);
    await register.membership.identify(request(keys, 'lisbon', { nowMs: START_MS + CLOCK_TOLERANCE_MS }));
  },
);

forEachEngine(test, POSTGRES_URL, 'an invited site without a key cannot speak', async (open, context) => {
  const { membership } = await freshRegister(open, context);
  await membership.createEnrolmentCode(invitation);
  await assert.rejects(membership.identify(request(generateKeys(), 'lisbon')), codeIs('identity.unknown-site'));
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a replay is refused for as long as its clock would be accepted, by any hub on the database',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { membership, database, time, clock } = register;
    const keys = await enrolled(register, 'lisbon');
    const grazKeys = await enrolled(register, 'graz');
    const nonce = 'ab'.repeat(16);
    // A site whose clock runs ahead: its request stays acceptable longest.
    const ahead = request(keys, 'lisbon', { nowMs: START_MS + CLOCK_TOLERANCE_MS, nonce });
    await membership.identify(ahead);
    await membership.identify(request(grazKeys, 'graz', { nonce }));
    for (const laterMs of [0, 1000, CLOCK_TOLERANCE_MS + 1, 2 * CLOCK_TOLERANCE_MS]) {
      time.nowMs = START_MS + laterMs;
      await assert.rejects(membership.identify(ahead), codeIs('identity.replay'));
      await assert.rejects(openMembership(database, clock).identify(ahead), codeIs('identity.replay'));
    }
    time.nowMs += 1;
    await assert.rejects(membership.identify(ahead), codeIs('identity.clock'));
    const twin = request(keys, 'lisbon', { nowMs: time.nowMs });
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => membership.identify(twin)));
    assert.equal(ends.filter((end) => end.status === 'fulfilled').length, 1, 'of simultaneous twins one passes');
  },
);

test('a replay is still refused after the hub was closed and its records opened again', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-replay-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const reopen = async () => {
    const database = await openDatabase<IdentityTables>({ engine: 'sqlite', path: join(folder, 'hub.sqlite') });
    await migrate(database, identityMigrations);
    return {
      database,
      time: { nowMs: START_MS },
      clock: () => START_MS,
      membership: openMembership(database, () => START_MS),
    };
  };
  const before = await reopen();
  const keys = await enrolled(before, 'lisbon');
  const sent = request(keys, 'lisbon');
  await before.membership.identify(sent);
  await before.database.close();
  const after = await reopen();
  await assert.rejects(after.membership.identify(sent), codeIs('identity.replay'));
  await after.membership.identify(request(keys, 'lisbon'));
  await after.database.close();
});

test('the signature is Ed25519 over the lines that the protocol document shows', () => {
  const keys = generateKeys();
  const body = Buffer.from('{}');
  const nonce = '0123456789abcdef0123456789abcdef';
  const headers = signRequest({ keys, siteId: 'lisbon', method: 'POST', path: '/a?b=c', body, nowMs: 12, nonce });
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  const text = `unica-request-v1\nlisbon\nPOST\n/a?b=c\n${bodySha256}\n${nonce}\n12`;
  assert.equal(headers['unica-signature'], sign(null, Buffer.from(text), keys.privateKey).toString('base64url'));
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a site that enrolled speaks only when the coordinator has approved it',
  async (open, context) => {
    const { membership } = await freshRegister(open, context);
    const keys = generateKeys();
    const code = await membership.createEnrolmentCode(invitation);
    assert.equal(await membership.enrol({ ...enrolment(keys, code, 'lisbon'), approval: 'ask' }), 'pending');
    await assert.rejects(membership.identify(request(keys, 'lisbon')), codeIs('identity.pending'));
    await assert.rejects(
      membership.identify(request(generateKeys(), 'lisbon')),
      codeIs('identity.signature'),
      'where a site stands is told to whoever holds its key',
    );
    await membership.changeStanding('lisbon', 'suspend', 'a test');
    await membership.changeStanding('lisbon', 'reinstate', 'a test');
    await assert.rejects(
      membership.identify(request(keys, 'lisbon')),
      codeIs('identity.pending'),
      'still not approved',
    );
    assert.equal(await membership.changeStanding('lisbon', 'approve', 'known'), 'active');
    await membership.identify(request(keys, 'lisbon'));
    await assert.rejects(membership.changeStanding('lisbon', 'approve', 'again'), codeIs('identity.standing'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'an ejected site is out with its reason, and comes back by an invitation as the same site with a new key',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { membership } = register;
    const keys = await enrolled(register, 'lisbon');
    await membership.changeStanding('lisbon', 'eject', 'the agreement has ended');
    await assert.rejects(membership.identify(request(keys, 'lisbon')), (error) => {
      return (
        error instanceof UnicaError && error.code === 'identity.ejected' && /agreement has ended/.test(error.message)
      );
    });
    await assert.rejects(membership.changeStanding('lisbon', 'reinstate', 'no'), codeIs('identity.standing'));
    const code = await membership.createEnrolmentCode(invitation);
    await assert.rejects(membership.enrol(enrolment(keys, code, 'lisbon')), codeIs('identity.key-used'));
    const later = generateKeys();
    await membership.enrol(enrolment(later, code, 'lisbon'));
    await membership.identify(request(later, 'lisbon'));
    await assert.rejects(membership.identify(request(keys, 'lisbon')), codeIs('identity.signature'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a key is rotated by both keys, once; the old one is worthless from then on',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { membership } = register;
    const old = await enrolled(register, 'lisbon');
    const next = generateKeys();
    const change = { oldKey: old.publicKey, newKey: next.publicKey };
    const signature = signText(next, newKeyText('lisbon', change));
    const rows: readonly [string, Parameters<typeof membership.rotateKey>[1]][] = [
      ['signed by another than the new key', { ...change, signature: signText(old, newKeyText('lisbon', change)) }],
      ['for another site', { ...change, signature: signText(next, newKeyText('graz', change)) }],
      ['from a key that is not the present one', { oldKey: next.publicKey, newKey: old.publicKey, signature }],
    ];
    for (const [name, wrong] of rows) {
      await assert.rejects(membership.rotateKey('lisbon', wrong), codeIs('identity.signature'), name);
    }
    await membership.rotateKey('lisbon', { ...change, signature });
    await membership.rotateKey('lisbon', { ...change, signature });
    await membership.identify(request(next, 'lisbon'));
    await assert.rejects(membership.identify(request(old, 'lisbon')), codeIs('identity.signature'));
    await assert.rejects(membership.checkStanding('lisbon', old.publicKey), codeIs('identity.signature'));
    const back = { oldKey: next.publicKey, newKey: old.publicKey };
    await assert.rejects(
      membership.rotateKey('lisbon', { ...back, signature: signText(old, newKeyText('lisbon', back)) }),
      codeIs('identity.key-used'),
    );
    await membership.identify(request(next, 'lisbon'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a site that lost its key enrols again with a code for that, as the same site; until then the old key holds',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { membership } = register;
    const lost = await enrolled(register, 'lisbon');
    const code = await membership.createRenewalCode('lisbon', START_MS + WEEK_MS);
    await membership.identify(request(lost, 'lisbon'));
    const keys = generateKeys();
    await membership.enrol(enrolment(keys, code, 'lisbon'));
    await membership.identify(request(keys, 'lisbon'));
    await assert.rejects(membership.identify(request(lost, 'lisbon')), codeIs('identity.signature'));
    const [site] = await membership.sites();
    assert.deepEqual([site?.siteId, site?.keySinceMs], ['lisbon', START_MS]);
    await membership.changeStanding('lisbon', 'suspend', 'a test');
    await assert.rejects(membership.createRenewalCode('lisbon', START_MS + WEEK_MS), codeIs('identity.standing'));
    await assert.rejects(membership.createRenewalCode('porto', START_MS + WEEK_MS), codeIs('http.not-found'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a node that never heard the answer to its code joins with a new one and the key that it has',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { membership } = register;
    const keys = await enrolled(register, 'lisbon');
    const code = await membership.createRenewalCode('lisbon', START_MS + WEEK_MS);
    assert.equal((await membership.invitationOf(code)).siteId, 'lisbon');
    assert.equal(await membership.enrol(enrolment(keys, code, 'lisbon')), 'active');
    await membership.identify(request(keys, 'lisbon'));
    await assert.rejects(membership.enrol(enrolment(keys, code, 'lisbon')), codeIs('identity.code-used'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a code tells whom it was made for until it is used, replaced or has expired',
  async (open, context) => {
    const { membership, time } = await freshRegister(open, context);
    const unknown = codeIs('identity.invitation-unknown');
    const replaced = await membership.createEnrolmentCode(invitation);
    const code = await membership.createEnrolmentCode(invitation);
    await assert.rejects(membership.invitationOf(replaced), unknown);
    assert.deepEqual(await membership.invitationOf(code.toLowerCase()), {
      siteId: 'lisbon',
      displayName: 'Lisbon',
      country: 'PT',
    });
    time.nowMs = invitation.expiresAtMs;
    await assert.rejects(membership.invitationOf(code), codeIs('identity.code-expired'));
    time.nowMs = START_MS;
    await membership.enrol(enrolment(generateKeys(), code, 'lisbon'));
    await assert.rejects(membership.invitationOf(code), codeIs('identity.code-used'));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'two starts of a node that speak in turn are two nodes; one after another, or one long on its way, are not',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { database, membership, time, clock } = register;
    const keys = await enrolled(register, 'lisbon');
    const at = (run: string, signedAtMs: number) => ({ run: run.repeat(16), signedAtMs });
    /** Another hub over the same records. */
    const other = openMembership(database, clock);
    await membership.noteRun('lisbon', at('a', START_MS));
    time.nowMs += 60_000;
    await other.noteRun('lisbon', at('b', time.nowMs));
    await membership.noteRun('lisbon', at('a', START_MS + 59_000));
    await membership.identify(request(keys, 'lisbon', { nowMs: time.nowMs }));
    time.nowMs += 60_000;
    await assert.rejects(membership.noteRun('lisbon', at('a', time.nowMs)), codeIs('identity.twins'));
    await assert.rejects(membership.identify(request(keys, 'lisbon', { nowMs: time.nowMs })), codeIs('identity.twins'));
    assert.deepEqual(
      (await other.sites()).map(({ state, because }) => [state, because]),
      [['suspended', TWINS_REASON]],
    );
    await membership.changeStanding('lisbon', 'reinstate', 'the copy is off');
    time.nowMs += 60_000;
    await membership.noteRun('lisbon', at('a', time.nowMs));
    await other.noteRun('lisbon', at('a', time.nowMs));
    await membership.identify(request(keys, 'lisbon', { nowMs: time.nowMs }));
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a node that draws a number for every question does not fill the table, and a copy is still found out',
  async (open, context) => {
    const register = await freshRegister(open, context);
    const { database, membership, time } = register;
    await enrolled(register, 'lisbon');
    const note = async (run: number) => {
      time.nowMs += 6000;
      await membership.noteRun('lisbon', { run: run.toString(16).padStart(16, '0'), signedAtMs: time.nowMs });
    };
    for (let run = 0; run < 120; run += 1) await note(run);
    const { rows } = await database.kysely
      .selectFrom('site_runs')
      .select((select) => select.fn.countAll().as('rows'))
      .executeTakeFirstOrThrow();
    assert.equal(Number(rows), 100);
    await note(0);
    await assert.rejects(note(119), codeIs('identity.twins'));
  },
);
