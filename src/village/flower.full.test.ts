import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { parameterTable } from '#engine';
import { startFlowerPeer } from '#flower';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';
import { accessRequestSchema, approvalsSchema, type JobSpec, outgoingSchema, permitTokenSchema } from '#wire';
import { freePort } from './free-port.ts';
import { HouseClient } from './house-client.ts';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const DATASET = 'chest-films';
const PYTHON = process.env['UNICA_FLOWER'];

const SPEC: JobSpec = {
  title: 'Opacities, by Flower',
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
  learningRate: 0.01,
  optimiser: { kind: 'sgd' },
  seed: 1,
  quorum: 1,
  roundDeadlineMs: 60_000,
};

const portOf = (server: { address(): unknown }) => (server.address() as { readonly port: number }).port;

/** A hub, a permit of its committee, and a node that joins a SuperLink which is not there yet. */
async function house(context: TestContext, superlink: string) {
  const home = await mkdtemp(join(tmpdir(), 'unica-flower-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const hubUrl = `http://127.0.0.1:${portOf(runningHub.server.fastify.server)}`;
  const person = async (role: 'coordinator' | 'researcher' | 'committee') =>
    new HouseClient({ house: 'hub', url: hubUrl, token: await createHubToken(hub, { name: role, roles: [role], days: 1 }) });
  const researcher = await person('researcher');
  const { code } = await (await person('coordinator')).post('/api/enrolment-codes', SITE, z.object({ code: z.string() }));
  const config = nodeConfig({
    home: join(home, 'node'),
    port: '0',
    logLevel: 'silent',
    flowerSuperlink: superlink,
    flowerTls: 'none',
  });
  await initNode(config, { ...SITE, hubUrl, code });
  const films = join(home, 'films');
  await mkdir(films);
  const rows: SyntheticClinicalRow[] = [];
  for (const { fileName, bytes, clinical } of syntheticSite({ ...SITE, persons: 160, seed: 5, secondFilmShare: 0 })) {
    await writeFile(join(films, fileName), bytes);
    rows.push(clinical);
  }
  await writeFile(join(home, 'clinical.csv'), syntheticClinicalCsv(rows));
  await importIntoNode(config, { paths: [films], clinical: join(home, 'clinical.csv') });
  const running = await startNode(config, silentLog);
  context.after(async () => {
    await running.close();
    await runningHub.close();
    await rm(home, { recursive: true, force: true });
  });
  const owner = new HouseClient({
    house: 'node',
    url: `http://127.0.0.1:${portOf(running.server.fastify.server)}`,
    token: await createNodeToken(config, { name: 'owner', roles: ['operator', 'curator', 'auditor'], days: 1 }),
  });
  const { requestId } = await researcher.post(
    '/api/access-requests',
    {
      title: 'Opacities',
      purpose: 'To learn opacities.',
      operations: ['train'],
      datasets: [{ siteId: SITE.siteId, name: DATASET }],
      days: 30,
    },
    accessRequestSchema,
  );
  const granted = await (await person('committee')).post(
    `/api/access-requests/${requestId}/decision`,
    { decision: 'granted', because: 'sound' },
    accessRequestSchema,
  );
  const { token } = await researcher.get(`/api/permits/${granted.permitIds[0]}/token`, permitTokenSchema);
  const shapes = join(home, 'shapes.json');
  const { entries } = parameterTable(SPEC.model);
  await writeFile(shapes, JSON.stringify(entries.map(({ name, shape }) => [name, shape])));
  return { owner, token, shapes };
}

interface Result {
  readonly moved: readonly number[] | null;
  readonly phases: readonly {
    readonly type: string;
    readonly errors: readonly string[];
    readonly losses: readonly number[];
  }[];
}

test('a node answers a stock SuperLink under its own permit, approval, cohort and ledger, and refuses without a permit, saying why', {
  timeout: 300_000,
}, async (context) => {
  const probe = await startFlowerPeer(PYTHON, ['version']);
  if (typeof probe === 'string') return context.skip(probe);
  await probe.close();
  const port = await freePort(9092);
  const { owner, token, shapes } = await house(context, `127.0.0.1:${port}`);
  const run = async (config: Readonly<Record<string, string>>, rounds: number) => {
    const verb = ['federation', '--stock', '0', '--nodes', '1', '--port', String(port), '--arrays', shapes];
    const peer = await startFlowerPeer(PYTHON, [...verb, '--rounds', String(rounds), '--config', JSON.stringify(config)]);
    assert.ok(typeof peer !== 'string');
    context.after(async () => await peer.close());
    return peer;
  };

  // The owner is asked; nothing is answered before.
  const asked = await run(
    { 'unica.job': JSON.stringify(SPEC), 'unica.permits': JSON.stringify({ [SITE.siteId]: token }) },
    1,
  );
  const question = await until(async () => (await owner.get('/api/approvals', approvalsSchema)).items[0]);
  assert.match(question.jobId, /^flower-[0-9a-f]{16}$/);
  assert.equal(question.title, SPEC.title);
  await owner.post(`/api/approvals/${question.jobId}`, { decision: 'approved', because: 'sound' }, z.unknown());
  const { moved, phases } = (await asked.next('result'))['result'] as Result;
  await asked.close();
  assert.deepEqual(phases.map(({ type }) => type), ['train', 'evaluate']);
  assert.deepEqual(phases.flatMap(({ errors }) => errors), []);
  assert.ok(moved?.some((most) => most > 1e-4) && moved.every((most) => most < 1), 'the model has moved');
  assert.ok((phases[1]?.losses[0] ?? 0) > 0, 'the model was scored');
  const { items } = await owner.get('/api/outgoing?limit=200', outgoingSchema);
  const answers = items.filter(({ kind }) => kind === 'flower-answer');
  assert.ok(answers.length > 8 && answers.some(({ path }) => path === '/flwr.proto.Fleet/PushObject'));

  // The SuperLink is started anew, as another one; this app brings no permit.
  const bare = await run({ 'unica.job': JSON.stringify(SPEC) }, 1);
  const refused = (await bare.next('result'))['result'] as Result;
  assert.match(refused.phases[0]?.errors[0] ?? '', /^access\.permit-refused: .*there is none in the message/);
  assert.equal((await owner.get('/api/approvals', approvalsSchema)).items.length, 1, 'nobody is asked about it');
});

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (const untilMs = Date.now() + 60_000; ; ) {
    const value = await look();
    if (value !== undefined) return value;
    assert.ok(Date.now() < untilMs, 'it did not happen within 60 s');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
