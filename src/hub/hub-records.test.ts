import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkMember, openAccessOffice, requester } from '#access';
import { openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys, openMembership, openPeople, signRequest } from '#identity';
import { openEventLog, openTaskTable } from '#jobs';
import { openModelRegister } from '#models';
import { openSearches } from '#search';
import { forEachEngine } from '#store';
import { type Activity, datasetRecordSchema } from '#wire';
import { ActivityRegister } from './activity-register.ts';
import { DatasetRegister } from './dataset-register.ts';
import { type AllHubTables, allHubMigrations } from './records.ts';
import { TargetBook } from './target-book.ts';

const URL = process.env['UNICA_TEST_POSTGRES_URL'];

function counter() {
  let count = 0;
  return (prefix: string) => {
    count += 1;
    return `${prefix}-${String(count).padStart(8, '0')}`;
  };
}

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

forEachEngine(test, URL, 'tasks: once by key, leased to one, renewed, offered again, ended', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  let nowMs = 1000;
  const tasks = openTaskTable(database, { clock: () => nowMs, newId: counter() });
  const task = { queue: 'site:a', key: 'k1', kind: 'count', payload: { n: 1 } };
  assert.equal(await tasks.enqueue(task), await tasks.enqueue(task));
  const wish = { queue: 'site:a', max: 5, leaseMs: 100, kinds: ['count'] };
  const both = await Promise.all([tasks.lease({ ...wish, holder: 'x' }), tasks.lease({ ...wish, holder: 'y' })]);
  assert.equal(both.flat().length, 1);
  const [leased] = both.flat();
  assert.ok(leased);
  const holder = leased.holder ?? '';
  const other = holder === 'x' ? 'y' : 'x';
  assert.deepEqual(leased.payload, { n: 1 });
  assert.equal(await tasks.renew(leased.id, other, 100), undefined);
  assert.equal(await tasks.renew(leased.id, holder, 100), 1100);
  assert.equal(await tasks.complete(leased.id, other, {}), false);
  nowMs = 1200;
  assert.deepEqual(
    (await tasks.lease({ ...wish, holder: other })).map((again) => [again.id, again.attempts]),
    [[leased.id, 2]],
  );
  assert.equal(await tasks.complete(leased.id, holder, {}), false, 'the lease was lost');
  assert.equal(await tasks.fail(leased.id, other, { because: 'busy', retryAfterMs: 50 }), true);
  assert.deepEqual(await tasks.lease({ ...wish, holder: 'x' }), [], 'not before its time');
  nowMs = 1250;
  const [third] = await tasks.lease({ ...wish, holder: 'x' });
  assert.equal(await tasks.complete(third?.id ?? '', 'x', { ok: true }), true);
  assert.equal((await tasks.get(leased.id))?.state, 'done');
  await tasks.enqueue({ ...task, key: 'job/1/a' });
  await tasks.cancel('job/1/');
  assert.deepEqual(await tasks.lease({ ...wish, holder: 'x' }), []);
  await tasks.enqueue({ ...task, key: 'late', expiresAtMs: 1240 });
  assert.deepEqual(await tasks.lease({ ...wish, holder: 'x' }), [], 'expired');
});

forEachEngine(test, URL, 'events: only after the version they were decided on', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  const log = openEventLog(database, () => 1);
  const heard: string[] = [];
  log.subscribe((stream) => heard.push(stream));
  assert.equal(await log.append('job/a', 0, [{ n: 1 }, { n: 2 }]), true);
  assert.equal(await log.append('job/a', 0, [{ n: 9 }]), false);
  const race = await Promise.all(
    [log.append('job/a', 2, [{ n: 3 }]), log.append('job/a', 2, [{ n: 4 }])].map((one) => one.catch(() => false)),
  );
  assert.equal(race.filter(Boolean).length, 1);
  const read = await log.read('job/a');
  assert.deepEqual(
    read.map(({ version }) => version),
    [1, 2, 3],
  );
  assert.deepEqual((await log.read('job/a', 2)).length, 1);
  assert.deepEqual(await log.streams('job/'), ['job/a']);
  assert.deepEqual(new Set(heard), new Set(['job/a']));
});

forEachEngine(
  test,
  URL,
  'membership: a code works once, for its site, in its time; requests by the key it enrolled',
  async (open, context) => {
    const database = await open<AllHubTables>(context, allHubMigrations);
    let nowMs = 1_000_000;
    const clock = () => nowMs;
    const membership = openMembership(database, clock);
    const keys = generateKeys();
    const body = new TextEncoder().encode('{"x":1}');
    let nonces = 0;
    const signed = (
      change: Partial<{ siteId: string; path: string; by: typeof keys; nowMs: number; body: Uint8Array }> = {},
    ) => {
      nonces += 1;
      const path = '/api/v1/node/poll';
      const headers = signRequest({
        keys: change.by ?? keys,
        siteId: change.siteId ?? 'lisbon',
        method: 'POST',
        path: change.path ?? path,
        body: change.body ?? body,
        nowMs: change.nowMs ?? nowMs,
        nonce: nonces.toString(16).padStart(32, '0'),
      });
      return { method: 'POST', path, headers, body };
    };
    const invite = async (siteId: string) =>
      await membership.createEnrolmentCode({ siteId, displayName: siteId, country: 'PT', expiresAtMs: nowMs + 1000 });
    const enrol = async (code: string, siteId = 'lisbon') =>
      await membership.enrol({
        code,
        siteId,
        publicKey: keys.publicKey,
        software: 'unica/test',
        signed: signed({ siteId }),
        approval: 'automatic',
      });

    await assert.rejects(membership.identify(signed()), codeIs('identity.unknown-site'));
    const stale = await invite('lisbon');
    nowMs += 2000;
    await assert.rejects(enrol(stale), codeIs('identity.code-expired'));
    const code = await invite('lisbon');
    await assert.rejects(enrol(await invite('porto')), codeIs('identity.code-refused'), "another site's");
    await enrol(code.toLowerCase().replaceAll('-', ' '));
    await assert.rejects(enrol(code), codeIs('identity.code-used'));
    await assert.rejects(invite('lisbon'), codeIs('identity.site-exists'));

    const request = signed();
    assert.equal((await membership.identify(request)).siteId, 'lisbon');
    await assert.rejects(membership.identify(request), codeIs('identity.replay'));
    await assert.rejects(
      openMembership(database, clock).identify(request),
      codeIs('identity.replay'),
      'after a restart',
    );
    await assert.rejects(membership.identify({ ...signed(), body: new Uint8Array(3) }), codeIs('identity.signature'));
    await assert.rejects(
      membership.identify({ ...signed(), path: '/api/v1/node/tasks' }),
      codeIs('identity.signature'),
    );
    await assert.rejects(membership.identify({ ...signed(), method: 'PUT' }), codeIs('identity.signature'));
    await assert.rejects(membership.identify(signed({ by: generateKeys() })), codeIs('identity.signature'));
    await assert.rejects(membership.identify(signed({ nowMs: nowMs - 121_000 })), codeIs('identity.clock'));
    await assert.rejects(membership.identify({ ...signed(), headers: {} }), codeIs('identity.signature'));
    await membership.changeStanding('lisbon', 'suspend', 'a test');
    await assert.rejects(membership.identify(signed()), codeIs('identity.suspended'));
    await membership.changeStanding('lisbon', 'reinstate', 'a test');
    assert.equal((await membership.identify(signed())).siteId, 'lisbon');
  },
);

forEachEngine(
  test,
  URL,
  'people: sessions end by age and idleness, tokens by date and revocation',
  async (open, context) => {
    const database = await open<AllHubTables>(context, allHubMigrations);
    let nowMs = 10_000_000;
    const people = openPeople(database, () => nowMs);
    const claims = { issuer: 'https://i', subject: 's', name: 'Ann', roles: ['researcher'] as const };
    const cookie = await people.signIn(claims);
    assert.deepEqual((await people.session(cookie))?.person.roles, ['researcher']);
    assert.equal(await people.session(`${cookie}x`), undefined);
    nowMs += 3_600_001;
    assert.equal(await people.session(cookie), undefined, 'idle');
    const busy = await people.signIn(claims);
    for (let minutes = 0; minutes < 12 * 60; minutes += 30) {
      nowMs += 30 * 60_000;
      if (minutes < 11 * 60) assert.ok(await people.session(busy));
    }
    nowMs += 1;
    assert.equal(await people.session(busy), undefined, 'too old');
    const left = await people.signIn(claims);
    await people.signOut(left);
    assert.equal(await people.session(left), undefined);
    const token = await people.createToken({ name: 't', roles: ['auditor'], expiresAtMs: nowMs + 100 });
    const holder = await people.token(token);
    assert.deepEqual(holder?.roles, ['auditor']);
    await people.revokeToken(holder?.personId ?? '');
    assert.equal(await people.token(token), undefined, 'revoked');
    const short = await people.createToken({ name: 't', roles: ['auditor'], expiresAtMs: nowMs + 100 });
    nowMs += 101;
    assert.equal(await people.token(short), undefined, 'expired');
  },
);

forEachEngine(test, URL, 'journal: every tampering is located', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  const keys = generateKeys();
  const journal = openJournal(database, { keys, clock: () => 5 });
  await Promise.all(
    Array.from({ length: 120 }, (_, index) =>
      journal.append({ actor: 'a', action: 'b', subject: String(index), facts: { index } }),
    ),
  );
  assert.deepEqual(await journal.verify(), { entries: 120, intact: true, broken_at: null });
  const db = database.kysely;
  const restoreAfter = async (change: () => Promise<unknown>, brokenAt: number) => {
    const rows = await db.selectFrom('audit_entries').selectAll().execute();
    await change();
    const { intact, broken_at } = await journal.verify();
    assert.deepEqual([intact, broken_at], [false, brokenAt]);
    await db.deleteFrom('audit_entries').execute();
    await db.insertInto('audit_entries').values(rows).execute();
  };
  await restoreAfter(() => db.updateTable('audit_entries').set({ actor: 'z' }).where('sequence', '=', 7).execute(), 7);
  await restoreAfter(
    () => db.updateTable('audit_entries').set({ facts: '{}' }).where('sequence', '=', 50).execute(),
    50,
  );
  await restoreAfter(() => db.deleteFrom('audit_entries').where('sequence', '=', 30).execute(), 30);
  await restoreAfter(() => db.deleteFrom('audit_entries').where('sequence', '>=', 90).execute(), 90);
  await db.updateTable('audit_checkpoints').set({ signature: 'AAAA' }).execute();
  assert.equal((await journal.verify()).intact, false, 'a forged checkpoint');
});

forEachEngine(test, URL, 'access: decided once, by somebody else; one permit a dataset', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  const keys = generateKeys();
  const journal = openJournal(database, { keys, clock: () => 5 });
  const office = openAccessOffice(database, { keys, journal, clock: () => 5000, newId: counter(), issuer: 'hub' });
  const request = await office.submit(
    {
      title: 'T',
      purpose: 'P',
      operations: ['train'],
      datasets: [
        { siteId: 'lisbon', name: 'chest-films' },
        { siteId: 'vilnius', name: 'chest-films' },
      ],
      days: 30,
    },
    'researcher-1',
  );
  const granted = { decision: 'granted', because: 'fits' } as const;
  await assert.rejects(
    office.decide(request.requestId, granted, networkMember('researcher-1')),
    codeIs('access.own-request'),
  );
  const decisions = await Promise.allSettled([
    office.decide(request.requestId, granted, networkMember('member-1')),
    office.decide(request.requestId, { decision: 'refused', because: 'no' }, networkMember('member-2')),
  ]);
  assert.equal(decisions.filter(({ status }) => status === 'fulfilled').length, 1);
  const [decided] = await office.requests(requester('researcher-1'));
  const permits = await office.permits();
  assert.equal(permits.length, decided?.state === 'granted' ? 2 : 0);
});

forEachEngine(
  test,
  URL,
  'searches: the first answer of a site counts, a silent site holds nobody up',
  async (open, context) => {
    const database = await open<AllHubTables>(context, allHubMigrations);
    let nowMs = 0;
    const searches = openSearches(database, () => nowMs);
    await searches.start({ searchId: 'search-00000001', query: { all: [] }, requester: 'r', sites: ['a', 'b', 'c'] });
    const answer = (count: number) => ({
      kind: 'counted' as const,
      persons: { count },
      studies: { count },
      milliseconds: 1,
    });
    await searches.answer('search-00000001', 'a', answer(20));
    await searches.answer('search-00000001', 'a', answer(90));
    await searches.answer('search-00000001', 'b', {
      kind: 'counted',
      persons: { below: 10 },
      studies: { below: 10 },
      milliseconds: 1,
    });
    const view = await searches.view('search-00000001');
    assert.deepEqual([view.total.persons, view.pending, view.nodes[1]?.suppressed], [20, ['c'], true]);
    nowMs = 61_000;
    const late = await searches.view('search-00000001');
    assert.deepEqual([late.pending, late.failed.map(({ site }) => site)], [[], ['c']]);
  },
);

forEachEngine(
  test,
  URL,
  'progress: versions with their scores, targets that are never overwritten, and when something was first seen',
  async (open, context) => {
    const database = await open<AllHubTables>(context, allHubMigrations);
    let nowMs = 1000;
    const clock = () => nowMs;
    const journal = openJournal(database, { keys: generateKeys(), clock });
    const membership = openMembership(database, clock);
    const invited = { siteId: 'porto', displayName: 'Hospital', country: 'PT' };
    const code = await membership.createEnrolmentCode({ ...invited, expiresAtMs: 2000 });
    assert.deepEqual(await membership.invitationOf(code), invited);
    await assert.rejects(membership.invitationOf('AAAA-AAAA-AAAA-AAAA'), codeIs('identity.invitation-unknown'));

    const register = new DatasetRegister(database.kysely);
    const record = (siteId: string, version: number) =>
      datasetRecordSchema.parse({
        siteId,
        name: 'films',
        title: 'Films',
        description: 'Films.',
        country: 'PT',
        version,
        contentSha256: '0'.repeat(64),
        publishedAtMs: version,
        persons: { count: 100 },
        studies: { below: 10 },
        images: { count: 800 },
        modalities: ['MG'],
        bodyParts: [],
        manufacturers: [],
        sexes: {},
        findings: {},
        ageYears: null,
        conditions: [],
        quality: { score: 97.5, checked: 1, findings: 0 },
        synthetic: false,
      });
    for (const one of [record('porto', 1), record('porto', 2), record('porto', 2), record('gone', 1)]) {
      await register.put(one);
    }
    assert.equal((await register.unscored(10)).length, 3);
    await register.keepScores(record('porto', 2), { fair: 81.25, label: 40 });
    await register.keepScores(record('porto', 2), { fair: 1, label: 1 });
    assert.equal((await register.unscored(10)).length, 2, 'what has its scores is not scored again');
    await membership.createEnrolmentCode({ ...invited, siteId: 'gone', expiresAtMs: 2000 });
    await database.kysely.updateTable('sites').set({ state: 'ejected' }).where('site_id', '=', 'gone').execute();
    assert.deepEqual(
      (await register.versions()).map(({ siteId, version, fair, label, persons }) => [
        siteId,
        version,
        fair,
        label,
        persons,
      ]),
      [
        ['porto', 1, null, null, { count: 100 }],
        ['porto', 2, 81.25, 40, { count: 100 }],
      ],
    );

    const targets = new TargetBook({ db: database.kysely, journal, clock, newId: counter() });
    const target = { measure: 'studies', scope: 'network', key: '', dueOn: null, because: 'agreed' } as const;
    await targets.set({ ...target, value: 1_000_000_000 }, 'coordinator');
    nowMs = 1500;
    await targets.set({ ...target, value: null }, 'coordinator');
    assert.deepEqual(
      (await targets.changes()).map(({ value, atMs }) => [value, atMs]),
      [
        [null, 1500],
        [1_000_000_000, 1000],
      ],
    );
    const [span, ...more] = await journal.spans(['target.set', 'site.invited'], 'actor');
    assert.deepEqual([span, more], [{ action: 'target.set', of: 'coordinator', firstAtMs: 1000, lastAtMs: 1500 }, []]);

    const searches = openSearches(database, clock);
    for (const searchId of ['search-00000001', 'search-00000002']) {
      await searches.start({ searchId, query: { all: [] }, requester: 'r', sites: ['porto', 'silent'] });
      const counts = { persons: { count: 20 }, studies: { count: 20 } };
      await searches.answer(searchId, 'porto', { kind: 'counted', ...counts, milliseconds: 1 });
      nowMs += 500;
    }
    assert.deepEqual([...(await searches.answering())], [['porto', 1500]]);
    await assert.rejects(membership.invitationOf(code), codeIs('identity.code-expired'));
  },
);

forEachEngine(
  test,
  URL,
  'activities: a change is a version more, nothing is written over, people are forgotten',
  async (open, context) => {
    const database = await open<AllHubTables>(context, allHubMigrations);
    const keys = generateKeys();
    let nowMs = 1000;
    const clock = () => nowMs;
    const journal = await openJournal(database, { keys, clock });
    const register = new ActivityRegister({ db: database.kysely, journal, clock, newId: counter() });
    const activity: Activity = {
      partner: 'ehds',
      partnerName: 'Health data access body',
      kind: 'meeting',
      title: 'How permits are told',
      startsOn: '2026-10-01',
      endsOn: null,
      state: 'planned',
      outcome: '',
      evidence: [],
      objectives: ['ehds-access'],
      isPublic: false,
      people: ['Jane Doe'],
    };
    const first = await register.enter(activity, 'coordinator');
    nowMs = 2000;
    const later = { ...activity, state: 'done' as const, outcome: 'Agreed.' };
    const change = { activity: later, basedOn: 1, because: 'it took place' };
    assert.deepEqual(await register.change(first.activityId, change, 'other'), { ...first, version: 2 });
    await assert.rejects(register.change(first.activityId, change, 'late'), codeIs('hub.activity-changed'));
    await assert.rejects(
      register.change(first.activityId, { ...change, basedOn: 7 }, 'x'),
      codeIs('hub.activity-changed'),
    );
    await assert.rejects(register.change('activity-nowhere0', change, 'x'), codeIs('http.not-found'));
    await assert.rejects(register.versions('activity-nowhere0'), codeIs('http.not-found'));
    await assert.rejects(
      register.enter({ ...later, isPublic: true, outcome: 'Told by Jane Doe.' }, 'x'),
      codeIs('hub.activity-names-people'),
    );
    const both = await Promise.allSettled(
      ['a', 'b'].map(async (by) => await register.change(first.activityId, { ...change, basedOn: 2, because: by }, by)),
    );
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'one of two at once is told');

    const versions = await register.versions(first.activityId);
    assert.deepEqual(
      versions.map(({ version, state, outcome, people }) => [version, state, outcome, people]),
      [
        [3, 'done', 'Agreed.', ['Jane Doe']],
        [2, 'done', 'Agreed.', ['Jane Doe']],
        [1, 'planned', '', ['Jane Doe']],
      ],
    );
    assert.deepEqual(
      (await register.newest()).map(({ activityId, version }) => [activityId, version]),
      [[first.activityId, 3]],
    );
    await register.forgetPeople(first.activityId, 'she asked for it', 'coordinator');
    assert.deepEqual(
      (await register.versions(first.activityId)).map(({ version, outcome, people }) => [version, outcome, people]),
      [
        [4, 'Agreed.', []],
        [3, 'Agreed.', []],
        [2, 'Agreed.', []],
        [1, '', []],
      ],
    );
    await assert.rejects(
      register.change(first.activityId, { ...change, basedOn: 3 }, 'late'),
      codeIs('hub.activity-changed'),
      'a form that was opened before does not bring the names back',
    );
    await register.forgetPeople(first.activityId, 'once more', 'coordinator');
    assert.equal((await register.versions(first.activityId)).length, 4, 'there was nothing to forget');
    await assert.rejects(register.forgetPeople('activity-nowhere0', 'x', 'x'), codeIs('http.not-found'));
    const { entries } = await journal.view(10, { subject: first.activityId });
    assert.deepEqual(entries.map(({ action, because }) => [action, because]).slice(0, 2), [
      ['activity.people-forgotten', 'once more'],
      ['activity.people-forgotten', 'she asked for it'],
    ]);
    assert.deepEqual(entries.map(({ action }) => action).slice(2), [
      'activity.changed',
      'activity.changed',
      'activity.entered',
    ]);
    assert.doesNotMatch(
      JSON.stringify(await database.kysely.selectFrom('audit_entries').selectAll().execute()),
      /Jane/,
    );
  },
);

forEachEngine(test, URL, 'models: one a job', async (open, context) => {
  const database = await open<AllHubTables>(context, allHubMigrations);
  const models = openModelRegister(database, { clock: () => 1, newId: counter() });
  const model = {
    jobId: 'job-00000001',
    spec: { title: 'T', task: 'chest-28', rounds: 3 } as never,
    specSha256: '0'.repeat(64),
    weightsSha256: '1'.repeat(64),
    parameters: 10,
    sites: ['a-site'],
  };
  assert.equal(await models.register(model), await models.register(model));
  assert.equal((await models.list()).length, 1);
});
