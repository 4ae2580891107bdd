import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { z } from 'zod';
import { stopNode } from '#node';
import {
  accessRequestSchema,
  auditViewSchema,
  type CohortQuery,
  checkedTableSchema,
  checkedTablesSchema,
  optOutExceptionsSchema,
  outgoingSchema,
  privacyLedgerSchema,
  searchViewSchema,
  standingRuleSchema,
  standingRulesSchema,
} from '#wire';
import { FILMS, openConsentRig, until } from './consent-rig.ts';
import { HouseClient } from './house-client.ts';

const anything = z.unknown();
const RIG = { siteIds: ['lisbon'], approval: 'ask' } as const;

/** Whether a process of this one trains now. */
function isTraining(): boolean {
  const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args=']).toString();
  return children.includes('trainer-main');
}

test('the owner reads what is asked, decides, agrees in advance, and every automatic yes names its rule', async (context) => {
  const { owner, submit, jobUntil, asked, granted, requestId } = await openConsentRig(context, RIG);

  const denied = await submit();
  const question = await asked(denied);
  assert.deepEqual(question.own, { persons: FILMS, films: FILMS });
  assert.equal(question.projectId, requestId);
  assert.equal(question.requestedBy, granted.requestedBy);
  assert.equal(question.permitId, granted.permitIds[0]);
  assert.deepEqual([question.operations, question.conditions], [['train'], ['DUO_0000042']]);
  const { tensors, parameters, bytesPerRound, sentBytesPerRound, bytesInAll, isMasked, privacy } = question.leaving;
  const numbers = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  assert.equal(parameters, numbers);
  assert.ok(bytesPerRound > 4 * numbers, 'what stands before the numbers is told too');
  // So small an update leaves inside its receipt, where three bytes are four letters.
  assert.deepEqual([sentBytesPerRound, bytesInAll], [Math.ceil(bytesPerRound / 3) * 4, 2 * sentBytesPerRound]);
  assert.deepEqual([isMasked, privacy], [false, null]);
  assert.match(question.codeSha256, /^[0-9a-f]{64}$/);
  await assert.rejects(owner.post(`/api/approvals/${denied}`, { decision: 'denied', because: ' ' }, anything), {
    code: 'village.house-refused',
  });
  await owner.post(`/api/approvals/${denied}`, { decision: 'denied', because: 'not this year' }, anything);
  const over = await jobUntil(denied, ({ state }) => state === 'failed');
  assert.equal(over.sites[0]?.because, 'not this year');

  const waiting = await submit();
  await asked(waiting);
  const rule = await owner.post(
    '/api/standing-rules',
    { scope: { kind: 'train', projectId: requestId, rounds: 3, epsilon: null }, because: 'known group', days: 10 },
    standingRuleSchema,
  );
  const finished = await jobUntil(waiting, ({ state }) => state === 'finished');
  assert.equal(finished.sites[0]?.decidedBy, `automatic (${rule.ruleId})`);
  assert.match(
    finished.sites[0]?.because ?? '',
    /^standing rule rule-\w+: training of project request-\w+ up to 3 rounds/,
  );
  assert.equal((await asked(waiting)).ruleId, rule.ruleId);

  const tooLong = await submit();
  assert.equal((await asked(tooLong)).decision, 'waiting', 'one of three rounds is left, the job wants two');
  await owner.post(`/api/standing-rules/${rule.ruleId}/withdrawal`, {}, standingRuleSchema);
  const { items } = await owner.get('/api/standing-rules', standingRulesSchema);
  assert.deepEqual(
    items.map(({ state, used }) => [state, used.rounds]),
    [['withdrawn', 2]],
  );
  const short = await submit({ rounds: 1 });
  assert.equal((await asked(short)).decision, 'waiting', 'withdrawn');

  const all = await owner.get('/api/outgoing?limit=5000', outgoingSchema);
  const ofJob = await owner.get(`/api/outgoing?limit=5000&jobId=${waiting}`, outgoingSchema);
  assert.ok(all.total > ofJob.total && all.jobs?.includes(waiting));
  const updates = ofJob.byKind.find(({ kind }) => kind === 'update');
  assert.equal(updates?.requests, 2);
  const rest = (updates?.bytes ?? 0) - bytesInAll;
  assert.ok(rest > 0 && rest < 2 * 2000, `${rest} bytes of two receipts beside what was told`);
  const table = new TextDecoder().decode(await owner.bytes(`/api/outgoing.csv?jobId=${waiting}`));
  assert.equal(table.trim().split('\r\n').length, 1 + ofJob.total);
});

test('exact counts leave once the owner has agreed to them in advance, and name the rule', async (context) => {
  const { owner, researcher, committee } = await openConsentRig(context, RIG);
  const wish = {
    title: 'Counts',
    purpose: 'To count.',
    operations: ['count-exact'],
    datasets: [{ siteId: 'lisbon', name: 'chest-films' }],
    days: 30,
  };
  const { requestId } = await researcher.post('/api/access-requests', wish, accessRequestSchema);
  const { permitIds } = await committee.post(
    `/api/access-requests/${requestId}/decision`,
    { decision: 'granted', because: 'sound' },
    accessRequestSchema,
  );
  const count = async () => {
    const { id } = await researcher.post('/api/searches', { query: { all: [] }, requestId }, searchViewSchema);
    return await until(async () => {
      const view = await researcher.get(`/api/searches/${id}`, searchViewSchema);
      return view.pending.length === 0 ? view : undefined;
    });
  };
  const refused = await count();
  assert.match(refused.failed[0]?.because ?? '', /has not agreed to exact counts under the permit permit-/);
  const scope = { kind: 'count' as const, permitId: permitIds[0] ?? '' };
  const rule = await owner.post('/api/standing-rules', { scope, because: 'harmless', days: 5 }, standingRuleSchema);
  const exact = await count();
  assert.deepEqual([exact.nodes[0]?.persons, exact.nodes[0]?.exact], [{ count: FILMS }, true]);
  const { entries } = await owner.get('/api/audit', auditViewSchema);
  assert.ok(entries.some(({ actor, action }) => actor === `rule:${rule.ruleId}` && action === 'count.agreed'));
});

test('a table under a permit for export leaves as two different people found it anonymous, and otherwise not', async (context) => {
  const { nodeToken, owner, nodeUrl, researcher, committee } = await openConsentRig(context, RIG);
  const token = await nodeToken('protection-officer');
  const colleague = new HouseClient({ house: 'node', url: nodeUrl, token });
  const wish = {
    title: 'Tables',
    purpose: 'To publish a table.',
    operations: ['export-aggregate'],
    datasets: [{ siteId: 'lisbon', name: 'chest-films' }],
    days: 30,
    cohort: { is: 'sex', in: ['F', 'M'] },
  };
  await assert.rejects(researcher.post('/api/access-requests', { ...wish, operations: ['in-place-view'] }, anything), {
    code: 'village.house-refused',
  });
  const { requestId } = await researcher.post('/api/access-requests', wish, accessRequestSchema);
  const decided = { decision: 'granted', because: 'sound' };
  await committee.post(`/api/access-requests/${requestId}/decision`, decided, accessRequestSchema);
  const table = async (query: CohortQuery = { all: [] }) => {
    const { id } = await researcher.post('/api/searches', { query, facets: ['sex'], requestId }, searchViewSchema);
    return await until(async () => {
      const view = await researcher.get(`/api/searches/${id}`, searchViewSchema);
      return view.pending.length === 0 ? view : undefined;
    });
  };
  const because = async (query?: CohortQuery) => (await table(query)).failed[0]?.because ?? 'answered';
  assert.match(await because(), /two people/);
  assert.match(await because(), /two people/, 'asking again makes no second one');
  const checks = await owner.get('/api/table-checks', checkedTablesSchema);
  assert.deepEqual(
    checks.items.map(({ state, query, answer }) => [state, query, answer.persons]),
    [['waiting', { all: [wish.cohort, { all: [] }] }, { count: FILMS }]],
    'of the people of the permit',
  );
  const passes = { verdict: 'anonymous', looked: { cells: true, purpose: true, others: true } };
  const path = `/api/table-checks/${checks.items[0]?.checkId}`;
  await assert.rejects(
    owner.post(path, { ...passes, looked: { cells: true, purpose: true, others: false } }, anything),
  );
  await owner.post(path, passes, checkedTableSchema);
  await assert.rejects(owner.post(path, passes, anything), { code: 'village.house-refused' });
  assert.match(await because(), /two people/, 'one person is not enough');
  assert.equal((await colleague.post(path, passes, checkedTableSchema)).state, 'released');
  const left = await table();
  assert.deepEqual([left.failed, left.nodes[0]?.persons, left.nodes[0]?.exact], [[], { count: FILMS }, true]);
  const cells = left.facets?.[0]?.cells.reduce((sum, { persons }) => sum + persons, 0);
  assert.equal(cells, FILMS);
  const women: CohortQuery = { is: 'sex', in: ['F'] };
  assert.match(await because(women), /two people/);
  const [second] = (await owner.get('/api/table-checks', checkedTablesSchema)).items;
  const refusal = { verdict: 'refused', because: 'the village is small' };
  await colleague.post(`/api/table-checks/${second?.checkId}`, refusal, checkedTableSchema);
  assert.match(await because(women), /the village is small/);
  const { entries } = await owner.get('/api/audit', auditViewSchema);
  const told = entries.map(({ action }) => action);
  assert.equal(told.filter((action) => action === 'table.found-anonymous').length, 2);
  assert.equal(told.filter((action) => action === 'count.answered-exactly').length, 1, 'nothing else left');
});

test('opted-out people are learned from by a law of the country alone: entered, agreed to by two people, for one project, for all to read', async (context) => {
  const rig = await openConsentRig(context, RIG);
  const { owner, nodeUrl, nodeToken, patientId, requestId, submit, asked } = rig;
  const officer = new HouseClient({ house: 'node', url: nodeUrl, token: await nodeToken('protection-officer') });
  await officer.post('/api/opt-outs', { patientId, decision: 'opt-out' }, anything);
  const persons = async () => (await asked(await submit())).own?.persons;
  assert.equal(await persons(), FILMS - 1);
  const law = {
    law: 'An example law of this test',
    place: 'Article 1',
    url: 'https://law.example/1',
    projectId: requestId,
    reason: 'The disease is so rare that everybody is needed.',
    untilMs: Date.now() + 86_400_000,
  };
  const read = async () =>
    optOutExceptionsSchema.parse(await (await fetch(`${nodeUrl}/api/opt-out-exceptions`)).json()).items;
  assert.deepEqual(await read(), []);
  const tooLong = { ...law, untilMs: Date.now() + 800 * 86_400_000 };
  const script = { ...law, url: 'javascript:alert(1)' };
  for (const refused of [tooLong, script]) {
    await assert.rejects(owner.post('/api/opt-out-exceptions', refused, anything), { code: 'village.house-refused' });
  }
  await owner.post('/api/opt-out-exceptions', law, anything);
  const path = `/api/opt-out-exceptions/${(await read())[0]?.exceptionId}`;
  await owner.post(`${path}/owner-consent`, {}, anything);
  await assert.rejects(owner.post(`${path}/officer-consent`, {}, anything), { code: 'village.house-refused' });
  assert.equal(await persons(), FILMS - 1, 'the owner alone lifts nothing');
  await officer.post(`${path}/officer-consent`, {}, anything);
  assert.deepEqual(
    (await read()).map(({ state, country }) => [state, country]),
    [['in-force', 'PT']],
  );
  assert.equal(await persons(), FILMS);
  await officer.post(`${path}/end`, { text: 'enough people came' }, anything);
  assert.equal(await persons(), FILMS - 1);
});

test('the kill switch ends running training within a second, from another program and without the hub', async (context) => {
  const { config, owner, submit, asked, closeHub, jobUntil } = await openConsentRig(context, RIG);
  const long = { localSteps: 100_000, roundDeadlineMs: 3_600_000 };
  const begin = async () => {
    const jobId = await submit(long);
    await asked(jobId);
    await owner.post(`/api/approvals/${jobId}`, { decision: 'approved', because: 'go on' }, anything);
    await until(async () => isTraining() || undefined);
    return jobId;
  };

  const jobId = await begin();
  await owner.post(`/api/approvals/${jobId}`, { decision: 'denied', because: 'changed our minds' }, anything);
  await until(async () => (isTraining() ? undefined : true));
  await jobUntil(jobId, ({ state }) => state === 'failed');

  await begin();
  await closeHub();
  const before = (await owner.get('/api/outgoing', outgoingSchema)).total;
  const status = await stopNode(config, true);
  assert.equal(status.stopped, true);
  const thrownMs = performance.now();
  await until(async () => (isTraining() ? undefined : true));
  assert.ok(performance.now() - thrownMs < 1000, `training went on for ${performance.now() - thrownMs} ms`);
  const after = await owner.get('/api/outgoing', outgoingSchema);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.equal((await owner.get('/api/outgoing', outgoingSchema)).total, after.total, 'nothing leaves');
  assert.ok(after.total - before <= 3);

  assert.equal((await stopNode(config, false)).stopped, false);
  await until(async () => {
    const { total } = await owner.get('/api/outgoing', outgoingSchema);
    return total > after.total || undefined;
  });
});

test('a job with differential privacy says what it costs here, pays it round by round, and stops at every limit', async (context) => {
  const { owner, submit, jobUntil, asked } = await openConsentRig(context, RIG);
  const ledger = async () => await owner.get('/api/privacy-ledger', privacyLedgerSchema);
  const approve = async (jobId: string) =>
    await owner.post(`/api/approvals/${jobId}`, { decision: 'approved', because: 'agreed' }, anything);
  const privacy = { noiseMultiplier: 2, clipNorm: 1, delta: 1e-5, epsilon: 8 };

  const jobId = await submit({ privacy, localSteps: 4, batchSize: 4 });
  const told = (await asked(jobId)).leaving.privacy;
  assert.ok(told !== null && told.epsilon > 0.5 && told.epsilon < 8);
  assert.deepEqual([told.limit, told.remaining], [8, 10]);
  assert.equal((await ledger()).spent, 0, 'asking costs nothing');
  await approve(jobId);
  const { rounds } = await jobUntil(jobId, ({ state }) => state === 'finished');
  const spent = rounds.map(({ sites }) => sites[0]?.metrics?.privacy?.epsilon ?? 0);
  assert.ok((spent[0] ?? 0) > 0 && (spent[0] ?? 0) < (spent[1] ?? 0) && (spent[1] ?? 0) < 2 * (spent[0] ?? 0));
  assert.ok(Math.abs((spent[1] ?? 0) - told.epsilon) < 1e-9, 'as it was told beforehand');
  const after = await ledger();
  assert.ok(Math.abs(after.spent - (spent[1] ?? 0)) < 1e-9 && after.intact);
  assert.deepEqual(
    after.jobs.map((job) => [job.jobId, job.rounds]),
    [[jobId, 2]],
  );

  const dear = await jobUntil(
    await submit({ privacy: { ...privacy, noiseMultiplier: 0.5 }, localSteps: 4, batchSize: 4 }),
    ({ state }) => state === 'failed',
  );
  assert.match(dear.sites[0]?.because ?? '', /more than the 8\.00 that the job promises/);
  const beyond = await jobUntil(
    await submit({ privacy: { ...privacy, epsilon: 900, noiseMultiplier: 0.5 }, localSteps: 4, batchSize: 4 }),
    ({ state }) => state === 'failed',
  );
  assert.match(beyond.sites[0]?.because ?? '', /the budget of this node is 10\.00/);
  assert.equal((await ledger()).spent, after.spent, 'a refused job costs nothing');
});
