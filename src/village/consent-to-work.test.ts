import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode, stopNode } from '#node';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';
import {
  accessRequestSchema,
  approvalsSchema,
  type JobSpec,
  type JobView,
  jobViewSchema,
  outgoingSchema,
  standingRuleSchema,
  standingRulesSchema,
} from '#wire';
import { HouseClient } from './house-client.ts';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const DATASET = 'chest-films';
const FILMS = 40;
const anything = z.unknown();

/** A hub and a node whose owner is asked about everything, with a permit to train on its films. */
async function network(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-consent-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const address = runningHub.server.fastify.server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const person = async (role: 'coordinator' | 'researcher' | 'committee') =>
    new HouseClient({ house: 'hub', url, token: await createHubToken(hub, { name: role, roles: [role], days: 1 }) });
  const [coordinator, researcher, committee] = await Promise.all([
    person('coordinator'),
    person('researcher'),
    person('committee'),
  ]);
  const { code } = await coordinator.post('/api/enrolment-codes', SITE, z.object({ code: z.string() }));
  const config = nodeConfig({ home: join(home, 'node'), port: '0', approval: 'ask', logLevel: 'silent' });
  await initNode(config, { ...SITE, hubUrl: url, code });
  const films = join(home, 'films');
  await mkdir(films);
  const rows: SyntheticClinicalRow[] = [];
  for (const file of syntheticSite({
    siteId: SITE.siteId,
    country: 'PT',
    persons: FILMS,
    seed: 5,
    secondFilmShare: 0,
  })) {
    await writeFile(join(films, file.fileName), file.bytes);
    rows.push(file.clinical);
  }
  const clinical = join(home, 'clinical.csv');
  await writeFile(clinical, syntheticClinicalCsv(rows));
  await importIntoNode(config, { paths: [films], clinical });
  const running = await startNode(config, silentLog);
  const nodeAddress = running.server.fastify.server.address();
  const owner = new HouseClient({
    house: 'node',
    url: `http://127.0.0.1:${typeof nodeAddress === 'object' && nodeAddress !== null ? nodeAddress.port : 0}`,
    token: await createNodeToken(config, { name: 'owner', roles: ['operator', 'curator', 'auditor'], days: 1 }),
  });
  let hubIsUp = true;
  const closeHub = async () => {
    if (hubIsUp) await runningHub.close();
    hubIsUp = false;
  };
  context.after(async () => {
    await running.close();
    await closeHub();
    await rm(home, { recursive: true, force: true });
  });
  const described = { title: 'Films', description: '', conditions: ['DUO_0000042'] };
  await owner.post(`/api/datasets/${DATASET}/publish`, described, anything);
  const wish = {
    title: 'Opacities',
    purpose: 'To learn opacities.',
    operations: ['train'],
    datasets: [{ siteId: SITE.siteId, name: DATASET }],
    days: 30,
  };
  const { requestId } = await researcher.post('/api/access-requests', wish, accessRequestSchema);
  const granted = await committee.post(
    `/api/access-requests/${requestId}/decision`,
    { decision: 'granted', because: 'sound' },
    accessRequestSchema,
  );
  const submit = async (change: Partial<JobSpec> = {}): Promise<string> =>
    (await researcher.post('/api/jobs', { spec: { ...SPEC, ...change }, requestId }, jobViewSchema)).jobId;
  const jobUntil = async (jobId: string, fits: (view: JobView) => boolean): Promise<JobView> =>
    await until(async () => {
      const view = await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
      return fits(view) ? view : undefined;
    });
  const asked = async (jobId: string) =>
    await until(async () =>
      (await owner.get('/api/approvals', approvalsSchema)).items.find((item) => item.jobId === jobId),
    );
  return { config, owner, researcher, granted, requestId, submit, jobUntil, asked, closeHub };
}

const SPEC: JobSpec = {
  title: 'Opacities',
  task: 'chest-28',
  purpose: 'To learn opacities.',
  sites: [SITE.siteId],
  dataset: DATASET,
  cohort: { all: [] },
  model: { architecture: 'resnet8', inputSize: 28, channels: 1, outputs: 1, widths: [4, 4, 4], stemStride: 1 },
  strategy: { kind: 'fedavg' },
  rounds: 2,
  localEpochs: 1,
  batchSize: 16,
  learningRate: 0.001,
  optimiser: { kind: 'sgd' },
  seed: 1,
  quorum: 1,
  roundDeadlineMs: 60_000,
};

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (const untilMs = Date.now() + 30_000; ; ) {
    const value = await look();
    if (value !== undefined) return value;
    assert.ok(Date.now() < untilMs, 'it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process of this one trains now. */
function isTraining(): boolean {
  const children = execFileSync('ps', ['--ppid', String(process.pid), '-o', 'args=']).toString();
  return children.includes('trainer-main');
}

test('the owner reads what is asked, decides, agrees in advance, and every automatic yes names its rule', async (context) => {
  const { owner, submit, jobUntil, asked, granted, requestId } = await network(context);

  const denied = await submit();
  const question = await asked(denied);
  assert.deepEqual(question.own, { persons: FILMS, films: FILMS });
  assert.equal(question.projectId, requestId);
  assert.equal(question.requestedBy, granted.requestedBy);
  assert.equal(question.permitId, granted.permitIds[0]);
  assert.deepEqual([question.operations, question.conditions], [['train'], ['DUO_0000042']]);
  const { tensors, parameters, bytesPerRound, bytesInAll, isMasked, privacy } = question.leaving;
  const numbers = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  assert.deepEqual([parameters, bytesPerRound, bytesInAll], [numbers, 4 * numbers, 8 * numbers]);
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
  const table = new TextDecoder().decode(await owner.bytes(`/api/outgoing.csv?jobId=${waiting}`));
  assert.equal(table.trim().split('\r\n').length, 1 + ofJob.total);
});

test('the kill switch ends running training within a second, from another program and without the hub', async (context) => {
  const { config, owner, submit, asked, closeHub, jobUntil } = await network(context);
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
