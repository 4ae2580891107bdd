import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { type Database, forEachEngine, migrate } from '#store';
import {
  type AccessForm,
  accessFormSchema,
  accessRequestSchema,
  type DataUse,
  feeCents,
  feeSchema,
  PERMIT_TOKEN_LIMIT,
  type VoteInput,
  wordsSchema,
} from '#wire';
import { openAccessOffice } from './access-office.ts';
import { type AccessTables, accessMigrations } from './access-tables.ts';
import { networkMember, requester, type Visitor } from './visitor.ts';

const URL = process.env['UNICA_TEST_POSTGRES_URL'];
const DAY_MS = 86_400_000;
const RESEARCHER = 'person-researcher';

const USE: DataUse = {
  research: 'disease',
  diseases: ['CLIN1000060'],
  commercial: false,
  notForProfit: true,
  country: 'PT',
  publishes: true,
  returnsResults: false,
  collaborates: false,
};

const FORM: AccessForm = accessFormSchema.parse({
  title: 'Earlier cancers',
  purpose: 'To find early cancers.',
  operations: ['count-exact', 'train'],
  datasets: ['lisbon', 'athens', 'jena'].map((siteId) => ({ siteId, name: 'films' })),
  days: 30,
  use: USE,
});

/** Conditions of the three holders' datasets, and of one that states others. */
const CONDITIONS: Readonly<Record<string, readonly string[]>> = {
  lisbon: ['DUO:0000042'],
  athens: ['DUO_0000042', 'DUO_0000022'],
  'athens/described-at-length': Array.from({ length: 23 }, (_, index) => `${index + 10}${'漢'.repeat(38)}`),
  'athens/mammograms': ['DUO_0000026', 'DUO_0000021'],
  jena: ['ETHICS_APPROVAL_REQUIRED', 'RETURN_TO_DATABASE_OR_RESOURCE'],
};

const GRANT: VoteInput = { vote: 'grant', version: 1, because: 'sound', conditions: [], waivers: [] };
const REFUSE: VoteInput = { vote: 'refuse', version: 1, because: 'no', reason: 'disproportionate' };

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

function member(siteId: string, number = 1): Visitor {
  return {
    id: `member-${siteId}-${number}`,
    committeeOf: [siteId],
    isOfNetworkCommittee: false,
    readsAll: false,
    isProgram: false,
  };
}

function officeOver(
  database: Database<AccessTables & AuditTables>,
  house: { readonly seats?: Readonly<Record<string, number>>; readonly clock?: () => number } = {},
) {
  const keys = generateKeys();
  let ids = 0;
  const clock = house.clock ?? (() => 1_000_000);
  return openAccessOffice(database, {
    keys,
    journal: openJournal(database, { keys, clock }),
    clock,
    newId: (prefix) => `${prefix}-${String(++ids).padStart(12, '0')}`,
    issuer: 'hub',
    conditionsOf: async ({ siteId, name }) => ({
      conditions: CONDITIONS[`${siteId}/${name}`] ?? CONDITIONS[siteId] ?? [],
      disease: 'CLIN1000060',
    }),
    members: async () =>
      new Map(
        Object.entries(house.seats ?? {}).map(([siteId, seats]) => [
          siteId,
          Array.from({ length: seats }, (_, index) => member(siteId, index + 1).id),
        ]),
      ),
  });
}

const MIGRATIONS = [...auditMigrations, ...accessMigrations];

forEachEngine(test, URL, 'three holders: one grants, one asks back, one refuses', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { lisbon: 1, athens: 1, jena: 1 } });
  const { requestId } = await office.submit(FORM, RESEARCHER);
  const lisbon = await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
  assert.equal(lisbon.state, 'submitted', 'others have not decided');
  assert.deepEqual(
    lisbon.holders.map(({ siteId, state, turn }) => [siteId, state, turn]),
    [
      ['lisbon', 'granted', 'nobody'],
      ['athens', 'submitted', 'holder'],
      ['jena', 'submitted', 'holder'],
    ],
  );
  await office.ask(requestId, 'athens', 'Which countries?', member('athens'));
  await office.vote(requestId, 'jena', REFUSE, member('jena'));
  const seen = await office.request(requestId, requester(RESEARCHER));
  assert.deepEqual(
    seen.holders.map(({ siteId, state, turn, votes }) => [siteId, state, turn, votes.length]),
    [
      ['lisbon', 'granted', 'nobody', 0],
      ['athens', 'question-asked', 'requester', 0],
      ['jena', 'refused', 'nobody', 0],
    ],
    'the requester sees no votes',
  );
  assert.equal(seen.holders[1]?.question, 'Which countries?');
  const current = await office.currentPermits(requestId, 'train', requester(RESEARCHER));
  assert.deepEqual(
    current.map(({ siteId, dataset }) => [siteId, dataset]),
    [['lisbon', 'films']],
  );
  await assert.rejects(office.vote(requestId, 'athens', GRANT, member('athens')), codeIs('access.not-now'));
  const moved = await office.move(requestId, 'athens', { state: 'available', note: '' }, member('athens'));
  assert.deepEqual(
    [moved.holders[1]?.turn, moved.holders[1]?.question],
    ['holder', null],
    'nobody waits for an answer',
  );
  await office.ask(requestId, 'athens', 'Which countries?', member('athens'));
  await office.answer(requestId, 'athens', 'Portugal and Greece.', RESEARCHER);
  const granted = await office.vote(requestId, 'athens', GRANT, member('athens'));
  assert.equal(granted.state, 'granted');
  const permits = await office.permits();
  assert.deepEqual(permits.find(({ siteId }) => siteId === 'athens')?.judged, ['DUO_0000022'], 'people judged it');
  await assert.rejects(office.currentPermits(requestId, 'train', requester('person-other')), codeIs('http.not-found'));
  const program = { ...requester('token-1'), isProgram: true };
  assert.equal((await office.currentPermits(requestId, 'train', program)).length, 2, 'a program uses what was granted');
  assert.deepEqual((await office.request(requestId, program)).holders[0]?.votes, []);
});

forEachEngine(
  test,
  URL,
  'nobody decides for another holder, on their own request, or after standing aside',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { lisbon: 2, athens: 1 } });
    const { requestId } = await office.submit(FORM, RESEARCHER);
    const cases: readonly [string, string, Visitor, string][] = [
      ['another holder’s member', 'lisbon', member('athens'), 'access.other-committee'],
      [
        'a member of the network where there is an own committee',
        'lisbon',
        networkMember('n'),
        'access.other-committee',
      ],
      ['a member of nothing', 'lisbon', requester('x'), 'http.not-found'],
      ['the requester', 'lisbon', { ...member('lisbon'), id: RESEARCHER }, 'access.own-request'],
      ['a holder that was not asked', 'porto', member('lisbon'), 'http.not-found'],
    ];
    for (const [name, siteId, visitor, code] of cases) {
      await assert.rejects(office.vote(requestId, siteId, GRANT, visitor), codeIs(code), name);
    }
    const { text } = wordsSchema.parse({ text: 'My sister works there. '.repeat(86) });
    const aside = await office.recuse(requestId, 'lisbon', text, member('lisbon', 2));
    assert.equal(accessRequestSchema.parse(aside).holders[0]?.recused[0]?.because, text, 'as long as words may be');
    const sister = member('lisbon', 2);
    const acts: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['votes', () => office.vote(requestId, 'lisbon', GRANT, sister)],
      ['asks back', () => office.ask(requestId, 'lisbon', 'Why?', sister)],
      ['moves it', () => office.move(requestId, 'lisbon', { state: 'available', note: '' }, sister)],
      ['states a fee', () => office.stateFee(requestId, 'lisbon', null, sister)],
      ['comments', () => office.comment(requestId, { text: 'Good people.', internalTo: null }, sister)],
      ['comments inside', () => office.comment(requestId, { text: 'Good people.', internalTo: 'lisbon' }, sister)],
    ];
    for (const [name, act] of acts) await assert.rejects(act(), codeIs('access.stood-aside'), name);
    const own = await office.request(requestId, sister);
    assert.deepEqual(
      [own.mayDecideFor, own.holders[0]?.recused.length],
      [[], 1],
      'they see that they stand aside, and no more',
    );
    await office.comment(requestId, { text: 'Between us.', internalTo: 'lisbon' }, member('lisbon'));
    const inside = async (visitor: Visitor) => {
      const { holders, entries } = await office.request(requestId, visitor);
      return [holders[0]?.recused.length, entries.filter(({ internal }) => internal).length];
    };
    assert.deepEqual(await inside(member('lisbon')), [1, 2]);
    for (const seats of [{ committeeOf: ['lisbon'] }, { readsAll: true }]) {
      const asker = { ...requester(RESEARCHER), ...seats };
      assert.deepEqual(await inside(asker), [0, 0], 'whoever asked does not read what is said of it');
    }
    const jena = await office.vote(requestId, 'jena', REFUSE, networkMember('n'));
    assert.equal(jena.holders[2]?.state, 'refused', 'the network decides where there is no own committee');
  },
);

forEachEngine(
  test,
  URL,
  'a quorum and a majority decide; what a purpose breaches is waived by all who grant, or not at all',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { jena: 3 } });
    await office.setQuorum('jena', 3, 'coordinator');
    const { requestId } = await office.submit(FORM, RESEARCHER);
    const jena = member('jena');
    await assert.rejects(office.vote(requestId, 'jena', GRANT, jena), codeIs('access.conditions-breached'));
    const waivers = ['DUO_0000021', 'DUO_0000029'].map((term) => ({ term, because: 'not needed for films' }));
    const grant: VoteInput = { ...GRANT, conditions: ['Name us.'], waivers };
    await office.vote(requestId, 'jena', grant, jena);
    const twice = await office.vote(requestId, 'jena', grant, jena);
    assert.equal(twice.holders[2]?.votes.length, 1, 'a second vote replaces the first');
    const tied = await office.vote(requestId, 'jena', REFUSE, member('jena', 2));
    assert.equal(tied.holders[2]?.turn, 'holder');
    const decided = await office.vote(requestId, 'jena', grant, member('jena', 3));
    assert.equal(decided.holders[2]?.state, 'granted');
    assert.deepEqual(decided.holders[2]?.decision?.conditions, ['Name us.']);
    const [permit] = await office.permits();
    assert.deepEqual(permit?.judged, ['DUO_0000021', 'DUO_0000029']);
  },
);

forEachEngine(
  test,
  URL,
  'a vote for several holders at once is in the journal as votes one by one are',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { lisbon: 2, athens: 1 } });
    await office.setQuorum('lisbon', 2, 'coordinator');
    const { requestId } = await office.submit(FORM, RESEARCHER);
    const both = { ...member('lisbon'), committeeOf: ['lisbon', 'athens'] };
    await office.decide(requestId, { decision: 'granted', because: 'sound' }, both);
    const { entries } = await openJournal(database, { keys: generateKeys(), clock: () => 0 }).view(10);
    assert.deepEqual(
      entries
        .filter(({ actor }) => actor === both.id)
        .map(({ action }) => action)
        .reverse(),
      ['access.voted', 'access.voted', 'access.granted'],
    );
  },
);

forEachEngine(test, URL, 'what was judged of one dataset is not judged of another', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { athens: 1 } });
  const datasets = ['films', 'mammograms'].map((name) => ({ siteId: 'athens', name }));
  const { requestId } = await office.submit({ ...FORM, datasets }, RESEARCHER);
  const waivers = [{ term: 'DUO_0000021', because: 'not needed for films' }];
  await office.vote(requestId, 'athens', { ...GRANT, waivers }, member('athens'));
  const judged = (await office.permits()).map((permit) => [permit.dataset, permit.judged]);
  assert.deepEqual(Object.fromEntries(judged), {
    films: ['DUO_0000022'],
    mammograms: ['DUO_0000026', 'DUO_0000021'],
  });
});

forEachEngine(test, URL, 'the longest permit fits where permits travel', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { athens: 1 } });
  const within = (count: number) => ({
    any: Array.from({ length: count }, () => ({ is: 'finding', in: ['漢'.repeat(64)] })),
  });
  const form = {
    ...FORM,
    purpose: '漢'.repeat(1000),
    datasets: [{ siteId: 'athens', name: 'described-at-length' }],
    use: { ...USE, diseases: Array.from({ length: 20 }, (_, index) => `CLIN10000${index + 10}`) },
    cohort: within(17),
  };
  const { requestId } = await office.submit(accessFormSchema.parse(form), RESEARCHER);
  await office.vote(requestId, 'athens', GRANT, member('athens'));
  const [permit] = await office.permits();
  assert.equal(permit?.judged?.length, 23);
  assert.ok((await office.token(permit.permitId)).length <= PERMIT_TOKEN_LIMIT);
  assert.equal(accessFormSchema.safeParse({ ...form, cohort: within(19) }).success, false);
});

forEachEngine(
  test,
  URL,
  'members who vote in the same moment all count, and one decision comes of it',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { lisbon: 5, athens: 1 } });
    await office.setQuorum('lisbon', 5, 'coordinator');
    const { requestId } = await office.submit(FORM, RESEARCHER);
    const votes = [1, 2, 3, 4, 5].map((number) =>
      office.vote(requestId, 'lisbon', number < 4 ? GRANT : REFUSE, member('lisbon', number)),
    );
    const both = await Promise.allSettled([...votes, office.vote(requestId, 'athens', GRANT, member('athens'))]);
    assert.deepEqual(new Set(both.map(({ status }) => status)), new Set(['fulfilled']));
    const seen = await office.request(requestId, { ...requester('auditor'), readsAll: true });
    assert.equal(seen.holders[0]?.votes.length, 5);
    assert.deepEqual(
      seen.entries
        .filter(({ kind }) => kind === 'decided')
        .map(({ siteId }) => siteId)
        .sort(),
      ['athens', 'lisbon'],
    );
    assert.equal((await office.permits()).length, 2);
  },
);

forEachEngine(test, URL, 'a vote for what was asked before is none for what is asked now', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { lisbon: 2, athens: 1 } });
  await office.setQuorum('lisbon', 2, 'coordinator');
  const form: AccessForm = { ...FORM, operations: ['count-exact'] };
  const { requestId } = await office.submit(form, RESEARCHER);
  await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
  await office.ask(requestId, 'athens', 'Which countries?', member('athens'));
  await office.revise(requestId, FORM, RESEARCHER);
  const voteFor = (version: number, number: number) =>
    office.vote(requestId, 'lisbon', { ...GRANT, version }, member('lisbon', number));
  await assert.rejects(voteFor(1, 2), codeIs('access.version-passed'), 'they have read what was asked before');
  const stale = { decision: 'granted', because: 'sound', version: 1 } as const;
  await assert.rejects(office.decide(requestId, stale, member('lisbon', 2)), codeIs('access.version-passed'));
  const one = await voteFor(2, 2);
  assert.deepEqual([one.holders[0]?.state, one.holders[0]?.votes.length], ['submitted', 1]);
  assert.deepEqual(await office.permits(), []);
  await voteFor(2, 1);
  assert.deepEqual(
    (await office.permits()).map(({ operations }) => operations),
    [FORM.operations],
  );
});

forEachEngine(
  test,
  URL,
  'an appeal is heard once, by others, in time; the holder’s clock stands while the requester is waited for',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    let nowMs = 1_000_000;
    const office = officeOver(database, { seats: { lisbon: 1 }, clock: () => nowMs });
    const { requestId } = await office.submit({ ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] }, RESEARCHER);
    nowMs += 10 * DAY_MS;
    await office.ask(requestId, 'lisbon', 'Why?', member('lisbon'));
    nowMs += 40 * DAY_MS;
    const waiting = await office.request(requestId, requester(RESEARCHER));
    assert.deepEqual([waiting.holders[0]?.holderSpentMs, waiting.holders[0]?.dueAtMs], [10 * DAY_MS, null]);
    await office.answer(requestId, 'lisbon', 'Because.', RESEARCHER);
    const running = await office.request(requestId, requester(RESEARCHER));
    assert.equal(running.holders[0]?.dueAtMs, nowMs + 80 * DAY_MS);
    await office.vote(requestId, 'lisbon', REFUSE, member('lisbon'));
    await office.appeal(requestId, 'lisbon', 'You have misread us.', RESEARCHER);
    await assert.rejects(office.vote(requestId, 'lisbon', GRANT, member('lisbon')), codeIs('access.sat-before'));
    const heard = await office.vote(requestId, 'lisbon', REFUSE, networkMember('n'));
    assert.equal(heard.state, 'refused');
    await assert.rejects(office.appeal(requestId, 'lisbon', 'Again.', RESEARCHER), codeIs('access.not-now'));
    const second = await office.submit({ ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] }, RESEARCHER);
    await office.vote(second.requestId, 'lisbon', REFUSE, member('lisbon'));
    nowMs += 31 * DAY_MS;
    await assert.rejects(office.appeal(second.requestId, 'lisbon', 'Late.', RESEARCHER), codeIs('access.appeal-over'));
  },
);

forEachEngine(
  test,
  URL,
  'a renewal replaces the permit when it is granted, and leaves it where it is refused',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { lisbon: 1 } });
    const form: AccessForm = { ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] };
    const { requestId } = await office.submit(form, RESEARCHER);
    await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
    const [first] = await office.currentPermits(requestId, 'train', requester(RESEARCHER));
    const renewed = await office.amend(requestId, { form: { ...form, days: 90 }, because: 'longer' }, RESEARCHER);
    assert.equal(renewed.entries.at(-1)?.kind, 'renewed');
    assert.equal(
      (await office.currentPermits(requestId, 'train', requester(RESEARCHER))).length,
      1,
      'until then the old one holds',
    );
    await office.vote(requestId, 'lisbon', { ...GRANT, version: 2 }, member('lisbon'));
    await assert.rejects(office.token(first?.permitId ?? ''), codeIs('access.permit-refused'), 'it was replaced');
    const [second, ...others] = await office.currentPermits(requestId, 'train', requester(RESEARCHER));
    assert.notEqual(second?.permitId, first?.permitId);
    assert.equal(others.length, 0);
    assert.deepEqual(await office.revocationsToSend(), [{ permitId: first?.permitId, siteId: 'lisbon' }]);
    await office.amend(requestId, { form: { ...form, operations: ['evaluate'] }, because: 'less' }, RESEARCHER);
    await office.vote(requestId, 'lisbon', { ...REFUSE, version: 3 }, member('lisbon'));
    assert.equal(
      (await office.currentPermits(requestId, 'train', requester(RESEARCHER)))[0]?.permitId,
      second?.permitId,
    );
    await office.withdraw(requestId, 'done', RESEARCHER);
    assert.deepEqual(await office.currentPermits(requestId, 'train', requester(RESEARCHER)), []);
    await assert.rejects(office.token(second?.permitId ?? ''), codeIs('access.permit-refused'));
  },
);

forEachEngine(
  test,
  URL,
  'a draft is its writer’s alone; texts that run formulas, HTML or SQL stay texts',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database);
    const nasty = `=HYPERLINK("http://x")'; DROP TABLE permits; -- <script>alert(1)</script>`;
    const draft = await office.draft({ ...FORM, title: nasty, purpose: nasty }, RESEARCHER);
    const reader = { ...requester('auditor'), readsAll: true };
    await assert.rejects(office.request(draft.requestId, reader), codeIs('http.not-found'));
    await assert.rejects(office.send(draft.requestId, 'person-other'), codeIs('http.not-found'));
    const revised = await office.revise(draft.requestId, { ...FORM, title: nasty, days: 9 }, RESEARCHER);
    assert.equal(revised.version, 2);
    await office.send(draft.requestId, RESEARCHER);
    const [read] = await office.requests(reader);
    assert.equal(read?.title, nasty);
    assert.deepEqual(await office.permits(), []);
    for (const text of ['a\u0000b', 'a\u202eb', 'a\u001b[31m']) {
      assert.equal(accessFormSchema.safeParse({ ...FORM, purpose: text }).success, false, JSON.stringify(text));
    }
    const request = { ...FORM, kind: 'data-request' };
    assert.equal(accessFormSchema.safeParse(request).success, false, 'a data request does not train');
    assert.equal(accessFormSchema.safeParse({ ...request, operations: ['count-exact'] }).success, true);
  },
);

forEachEngine(
  test,
  URL,
  'requests of the time of one committee go on, also those that forms no longer allow',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, [
      ...auditMigrations,
      ...accessMigrations.slice(0, 1),
    ]);
    const films = { siteId: 'lisbon', name: 'films' };
    const asked = { operations: ['train', 'train'], datasets: [films, films], days: 30, requestedBy: RESEARCHER };
    const refused = { state: 'refused', decidedBy: 'n', decidedAtMs: 900_000, because: 'no', permitIds: [] };
    const waiting = { state: 'submitted', decidedBy: null, decidedAtMs: null, because: null, permitIds: [] };
    const rows = [
      { ...asked, ...refused, requestId: 'request-00000001', title: 'a\u202eb', purpose: ' ', requestedAtMs: 1000 },
      { ...asked, ...waiting, requestId: 'request-00000002', title: 'T', purpose: 'a\u0007b', requestedAtMs: 2000 },
    ];
    for (const row of rows) {
      const { requestId, state, requestedAtMs } = row;
      await database.kysely
        .insertInto('access_requests')
        .values({ request_id: requestId, state, request: JSON.stringify(row), requested_at_ms: requestedAtMs })
        .execute();
    }
    await migrate(database, MIGRATIONS);
    const office = officeOver(database);
    const seen = await office.requests(networkMember('n'));
    assert.deepEqual(
      seen.map(({ title, purpose, state, operations, datasets }) => [title, purpose, state, operations, datasets]),
      [
        ['T', 'a b', 'submitted', ['train'], [films]],
        ['a b', '–', 'refused', ['train'], [films]],
      ],
    );
    await office.appeal('request-00000001', 'lisbon', 'You have misread us.', RESEARCHER);
    const again = (number: string) => office.vote('request-00000001', 'lisbon', GRANT, networkMember(number));
    await assert.rejects(again('n'), codeIs('access.sat-before'));
    assert.equal((await again('m')).state, 'granted');
  },
);

forEachEngine(
  test,
  URL,
  'a committee that lost members decides with those who are left, and the journal says so',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const seats: Record<string, number> = { lisbon: 3, athens: 2, jena: 2 };
    const office = officeOver(database, { seats });
    for (const siteId of ['lisbon', 'athens', 'jena']) await office.setQuorum(siteId, 3, 'coordinator');
    const { requestId } = await office.submit(FORM, RESEARCHER);
    const reader = { ...requester('auditor'), readsAll: true };
    const seen = async () =>
      (await office.request(requestId, reader)).holders.map(({ committee, quorum, voters, turn }) => [
        committee,
        quorum,
        voters,
        turn,
      ]);
    await office.vote(requestId, 'lisbon', GRANT, member('lisbon', 1));
    await office.vote(requestId, 'lisbon', GRANT, member('lisbon', 2));
    assert.deepEqual(await seen(), [
      ['own', 3, 3, 'holder'],
      ['own', 2, 2, 'holder'],
      ['own', 2, 2, 'holder'],
    ]);
    // The third of Lisbon leaves, who alone was waited for; Athens gets a third; in Jena one leaves, and the other stands aside.
    Object.assign(seats, { lisbon: 2, athens: 3, jena: 1 });
    await office.followSeats();
    await office.recuse(requestId, 'jena', 'My sister works there.', member('jena'));
    assert.deepEqual(await seen(), [
      ['own', 2, 2, 'nobody'],
      ['own', 3, 3, 'holder'],
      ['network', 1, null, 'holder'],
    ]);
    assert.equal((await office.permits()).length, 1, 'two of two granted');
    assert.equal((await office.request(requestId, networkMember('n'))).mayDecideFor.includes('jena'), true);
    const { entries } = await openJournal(database, { keys: generateKeys(), clock: () => 0 }).view(50, {
      action: 'access.reseated',
    });
    assert.deepEqual(entries.map(({ actor }) => actor).sort(), ['hub', 'hub', 'hub', 'member-jena-1']);
  },
);

forEachEngine(
  test,
  URL,
  'a fee is told before the vote, and the permits are issued once the requester has accepted it',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { athens: 1, lisbon: 1 } });
    const datasets = ['athens', 'lisbon'].map((siteId) => ({ siteId, name: 'films' }));
    const { requestId } = await office.submit({ ...FORM, datasets }, RESEARCHER);
    const items = [
      { kind: 'preparation', cents: 120_000, because: 'three days of a data manager' },
      { kind: 'processing', cents: 50_001, because: 'a year of the secure environment' },
    ] as const;
    const fee = feeSchema.parse({ currency: 'EUR', items, reduction: { reason: 'university', percent: 50 } });
    assert.equal(feeCents(fee), 85_000, 'half of it, without the half cent');
    const other = { ...fee, items: [{ kind: 'collection', cents: 1, because: 'x' }] } as const;
    await assert.rejects(office.stateFee(requestId, 'athens', fee, member('lisbon')), codeIs('access.other-committee'));
    await office.stateFee(requestId, 'athens', feeSchema.parse(other), member('athens'));
    await office.stateFee(requestId, 'athens', fee, member('athens'));
    await assert.rejects(office.vote(requestId, 'athens', GRANT, member('athens')), codeIs('access.version-passed'));
    const granted = await office.vote(requestId, 'athens', { ...GRANT, version: 3 }, member('athens'));
    await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
    assert.deepEqual(
      granted.holders.map(({ state, turn }) => [state, turn])[0],
      ['fee-asked', 'requester'],
      'granted, and waiting for whoever pays',
    );
    assert.deepEqual(
      (await office.permits()).map(({ siteId }) => siteId),
      ['lisbon'],
    );
    const answer = { accepts: true, cents: 85_000, currency: 'EUR' } as const;
    await assert.rejects(office.answerFee(requestId, 'athens', answer, 'person-other'), codeIs('http.not-found'));
    await assert.rejects(
      office.answerFee(requestId, 'athens', { ...answer, cents: 1 }, RESEARCHER),
      codeIs('access.version-passed'),
    );
    await assert.rejects(office.answerFee(requestId, 'lisbon', answer, RESEARCHER), codeIs('access.not-now'));
    const paid = await office.answerFee(requestId, 'athens', answer, RESEARCHER);
    assert.equal(paid.state, 'granted');
    assert.deepEqual(paid.holders[0]?.decision?.feeAnswer, { accepted: true, atMs: 1_000_000 });
    const permit = (await office.permits()).find(({ siteId }) => siteId === 'athens');
    assert.deepEqual(permit?.judged, ['DUO_0000022'], 'what was judged when it was granted');
    assert.deepEqual(paid.holders[0]?.decision?.permitIds, [permit?.permitId]);
    await assert.rejects(office.answerFee(requestId, 'athens', answer, RESEARCHER), codeIs('access.not-now'));
  },
);

forEachEngine(test, URL, 'what is asked anew is not what a fee was accepted for', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { athens: 1 } });
  const form: AccessForm = { ...FORM, datasets: [{ siteId: 'athens', name: 'films' }], operations: ['count-exact'] };
  const { requestId } = await office.submit(form, RESEARCHER);
  const fee = feeSchema.parse({ currency: 'EUR', items: [{ kind: 'assessment', cents: 100, because: 'an hour' }] });
  const answer = { accepts: true, cents: 100, currency: 'EUR' } as const;
  await office.stateFee(requestId, 'athens', fee, member('athens'));
  await office.vote(requestId, 'athens', { ...GRANT, version: 2 }, member('athens'));
  const more = await office.revise(requestId, { ...form, operations: ['count-exact', 'train'] }, RESEARCHER);
  assert.deepEqual([more.holders[0]?.turn, more.holders[0]?.state], ['holder', 'submitted']);
  await assert.rejects(office.answerFee(requestId, 'athens', answer, RESEARCHER), codeIs('access.not-now'));
  await office.vote(requestId, 'athens', { ...GRANT, version: 3 }, member('athens'));
  await office.answer(requestId, 'athens', 'That is too much.', RESEARCHER);
  await office.stateFee(requestId, 'athens', null, member('athens'));
  const free = await office.vote(requestId, 'athens', { ...GRANT, version: 4 }, member('athens'));
  assert.deepEqual([free.state, free.permitIds.length], ['granted', 1], 'nothing to wait for');
  const again = await office.submit(form, RESEARCHER);
  await office.stateFee(again.requestId, 'athens', fee, member('athens'));
  await office.vote(again.requestId, 'athens', { ...GRANT, version: 2 }, member('athens'));
  const declined = await office.answerFee(again.requestId, 'athens', { ...answer, accepts: false }, RESEARCHER);
  assert.deepEqual([declined.state, declined.permitIds], ['refused', []]);
});

forEachEngine(test, URL, 'a fee that nobody answers in time is not accepted, by itself', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  let nowMs = 1_000_000;
  const office = officeOver(database, { seats: { athens: 1 }, clock: () => nowMs });
  const form: AccessForm = { ...FORM, datasets: [{ siteId: 'athens', name: 'films' }] };
  const { requestId } = await office.submit(form, RESEARCHER);
  const fee = feeSchema.parse({ currency: 'EUR', items: [{ kind: 'assessment', cents: 100, because: 'an hour' }] });
  await office.stateFee(requestId, 'athens', fee, member('athens'));
  const granted = await office.vote(requestId, 'athens', { ...GRANT, version: 2 }, member('athens'));
  assert.equal(granted.holders[0]?.decision?.feeAnswerUntilMs, nowMs + 60 * DAY_MS);
  nowMs += 60 * DAY_MS;
  await office.lapseFees();
  assert.equal((await office.request(requestId, requester(RESEARCHER))).holders[0]?.state, 'fee-asked');
  nowMs += 3_600_000;
  const answer = { accepts: true, cents: 100, currency: 'EUR' } as const;
  await assert.rejects(office.answerFee(requestId, 'athens', answer, RESEARCHER), codeIs('access.fee-answer-over'));
  await office.lapseFees();
  const over = await office.request(requestId, requester(RESEARCHER));
  assert.deepEqual([over.holders[0]?.state, over.holders[0]?.turn, over.permitIds], ['withdrawn', 'nobody', []]);
});

forEachEngine(
  test,
  URL,
  'a holder that was left out and comes back does not count from the beginning',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { athens: 2, lisbon: 1 } });
    await office.setQuorum('athens', 2, 'coordinator');
    const both: AccessForm = { ...FORM, datasets: ['athens', 'lisbon'].map((siteId) => ({ siteId, name: 'films' })) };
    const without: AccessForm = { ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] };
    const { requestId } = await office.submit(both, RESEARCHER);
    const fee = feeSchema.parse({ currency: 'EUR', items: [{ kind: 'assessment', cents: 100, because: 'an hour' }] });
    for (let time = 0; time < 2; time += 1) await office.stateFee(requestId, 'athens', fee, member('athens'));
    await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
    for (const number of [1, 2]) {
      await office.vote(requestId, 'athens', { ...REFUSE, version: 3 }, member('athens', number));
    }
    await office.amend(requestId, { form: without, because: 'Athens refuses.' }, RESEARCHER);
    await office.vote(requestId, 'lisbon', { ...GRANT, version: 2 }, member('lisbon'));
    const back = await office.amend(requestId, { form: both, because: 'And yet.' }, RESEARCHER);
    const athens = back.holders.find(({ siteId }) => siteId === 'athens');
    assert.equal(athens?.version, 5, 'the third version of the request, after two fees');
    await assert.rejects(
      office.vote(requestId, 'athens', { ...GRANT, version: 3 }, member('athens')),
      codeIs('access.version-passed'),
    );
  },
);

forEachEngine(
  test,
  URL,
  'an appeal asks for no more votes than there are people who did not sit before',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const office = officeOver(database, { seats: { jena: 2 } });
    await office.setQuorum('jena', 2, 'coordinator');
    const { requestId } = await office.submit({ ...FORM, datasets: [{ siteId: 'jena', name: 'films' }] }, RESEARCHER);
    for (const number of [1, 2]) await office.vote(requestId, 'jena', REFUSE, member('jena', number));
    const appealed = await office.appeal(requestId, 'jena', 'You have misread us.', RESEARCHER);
    assert.deepEqual([appealed.holders[0]?.committee, appealed.holders[0]?.quorum], ['network', 1]);
    await assert.rejects(office.vote(requestId, 'jena', GRANT, member('jena', 2)), codeIs('access.sat-before'));
    const decided = await office.vote(requestId, 'jena', REFUSE, networkMember('m'));
    assert.equal(decided.state, 'refused', 'one vote of the network decides');
  },
);

forEachEngine(test, URL, 'nobody fills the book of requests: the limits are told', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { lisbon: 1 } });
  const { requestId } = await office.submit(FORM, RESEARCHER);
  const words = { text: 'And another thing.', internalTo: null };
  await office.comment(requestId, words, requester(RESEARCHER));
  const said = await database.kysely.selectFrom('access_events').selectAll().where('version', '=', 3).execute();
  const more = Array.from({ length: 299 }, (_, index) => said.map((row) => ({ ...row, version: 4 + index })));
  await database.kysely.insertInto('access_events').values(more.flat()).execute();
  await assert.rejects(office.comment(requestId, words, member('lisbon')), codeIs('access.too-many'));
  await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
  const draft = { kind: 'drafted', atMs: 1000, by: RESEARCHER, form: FORM } as const;
  const drafts = Array.from({ length: 99 }, (_, index) => `request-draft${index + 1000}`);
  await database.kysely
    .insertInto('access_requests')
    .values(drafts.map((id) => ({ request_id: id, state: 'events', request: '{}', requested_at_ms: 1000 })))
    .execute();
  await database.kysely
    .insertInto('access_events')
    .values(drafts.map((id) => ({ request_id: id, version: 1, event: JSON.stringify({ ...draft, requestId: id }) })))
    .execute();
  await assert.rejects(office.draft(FORM, RESEARCHER), codeIs('access.too-many'));
  await office.withdraw(requestId, 'done', RESEARCHER);
  const written = await office.draft(FORM, RESEARCHER);
  const changed = JSON.stringify({ kind: 'revised', atMs: 1000, by: RESEARCHER, form: FORM });
  const changes = Array.from({ length: 200 }, (_, index) => ({
    request_id: written.requestId,
    version: 2 + index,
    event: changed,
  }));
  await database.kysely.insertInto('access_events').values(changes).execute();
  await assert.rejects(office.revise(written.requestId, FORM, RESEARCHER), codeIs('access.too-many'));
});

forEachEngine(
  test,
  URL,
  'a request that somebody filled is in nobody’s way when a committee changes',
  async (open, context) => {
    const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
    const seats: Record<string, number> = { lisbon: 2 };
    const office = officeOver(database, { seats });
    await office.setQuorum('lisbon', 2, 'coordinator');
    const form: AccessForm = { ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] };
    const [filled, other] = [await office.submit(form, RESEARCHER), await office.submit(form, RESEARCHER)];
    await office.vote(filled.requestId, 'lisbon', GRANT, member('lisbon'));
    const event = JSON.stringify({
      kind: 'commented',
      atMs: 1000,
      by: RESEARCHER,
      text: 'And more.',
      internalTo: null,
    });
    const rows = Array.from({ length: 1997 }, (_, index) => ({
      request_id: filled.requestId,
      version: 4 + index,
      event,
    }));
    for (let at = 0; at < rows.length; at += 500) {
      await database.kysely
        .insertInto('access_events')
        .values(rows.slice(at, at + 500))
        .execute();
    }
    seats['lisbon'] = 1;
    await office.followSeats();
    const seen = async (requestId: string) => (await office.request(requestId, networkMember('n'))).holders[0];
    assert.equal((await seen(other.requestId))?.quorum, 1);
    assert.deepEqual([(await seen(filled.requestId))?.quorum, (await seen(filled.requestId))?.state], [1, 'granted']);
  },
);

forEachEngine(test, URL, 'a member and whoever stands in for them have one vote together', async (open, context) => {
  const database = await open<AccessTables & AuditTables>(context, MIGRATIONS);
  const office = officeOver(database, { seats: { lisbon: 3 } });
  await office.setQuorum('lisbon', 2, 'coordinator');
  const form: AccessForm = { ...FORM, datasets: [{ siteId: 'lisbon', name: 'films' }] };
  const standIn = (name: string): Visitor => ({
    ...member('lisbon'),
    id: name,
    standsInFor: new Map([['lisbon', member('lisbon').id]]),
  });
  const { requestId } = await office.submit(form, RESEARCHER);
  await office.vote(requestId, 'lisbon', GRANT, member('lisbon'));
  await office.vote(requestId, 'lisbon', GRANT, standIn('nils'));
  const again = await office.vote(requestId, 'lisbon', GRANT, standIn('olga'));
  assert.deepEqual([again.holders[0]?.state, again.holders[0]?.voters], ['submitted', 3]);
  assert.deepEqual(
    again.holders[0]?.votes.map(({ by }) => by),
    ['olga'],
    'the last of a seat counts',
  );
  const granted = await office.vote(requestId, 'lisbon', GRANT, member('lisbon', 2));
  assert.equal(granted.state, 'granted');

  const own = await office.submit(form, member('lisbon').id);
  await assert.rejects(office.vote(own.requestId, 'lisbon', GRANT, standIn('nils')), codeIs('access.own-request'));
  const seen = await office.request(own.requestId, standIn('nils'));
  assert.deepEqual(seen.mayDecideFor, [], 'nobody chooses who decides on their own request');

  const aside = await office.submit(form, RESEARCHER);
  await office.recuse(aside.requestId, 'lisbon', 'My sister works there.', member('lisbon'));
  await assert.rejects(office.vote(aside.requestId, 'lisbon', GRANT, standIn('nils')), codeIs('access.stood-aside'));

  const refused = await office.submit(form, RESEARCHER);
  await office.vote(refused.requestId, 'lisbon', REFUSE, standIn('nils'));
  await office.vote(refused.requestId, 'lisbon', REFUSE, member('lisbon', 2));
  await office.appeal(refused.requestId, 'lisbon', 'Please.', RESEARCHER);
  for (const before of [member('lisbon'), standIn('olga')]) {
    await assert.rejects(office.vote(refused.requestId, 'lisbon', GRANT, before), codeIs('access.sat-before'));
  }
});
