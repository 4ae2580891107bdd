import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { initialParameters, parameterTable } from '#engine';
import { startFlowerPeer } from '#flower';
import { createHubToken, hubConfig, startHub } from '#hub';
import { decodeParameters } from '#learning';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';
import {
  accessRequestSchema,
  approvalsSchema,
  type JobSpec,
  type JobView,
  jobViewSchema,
  outgoingSchema,
  permitTokenSchema,
} from '#wire';
import { freePort } from './free-port.ts';
import { HouseClient } from './house-client.ts';
import { TINY_JOB } from './tiny-job.ts';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const DATASET = TINY_JOB.dataset;
const PYTHON = process.env['UNICA_FLOWER'];

const SPEC: JobSpec = {
  ...TINY_JOB,
  title: 'Opacities, by Flower',
  sites: [SITE.siteId],
  learningRate: 0.01,
  roundDeadlineMs: 200_000,
};

/** A hub, a permit of its committee, and a node that joins a SuperLink which is not there yet. */
async function house(
  context: TestContext,
  how: {
    readonly superlink?: string;
    readonly flower?: Readonly<Record<string, string>>;
    readonly also?: readonly string[];
  },
) {
  const home = await mkdtemp(join(tmpdir(), 'unica-flower-'));
  const hub = hubConfig({
    home: join(home, 'hub'),
    port: '0',
    siteApproval: 'automatic',
    logLevel: 'silent',
    ...how.flower,
  });
  const runningHub = await startHub(hub, silentLog);
  const hubUrl = runningHub.url;
  const person = async (role: 'coordinator' | 'researcher' | 'committee') =>
    new HouseClient({
      house: 'hub',
      url: hubUrl,
      token: await createHubToken(hub, { name: role, roles: [role], days: 1 }),
    });
  const researcher = await person('researcher');
  const { code } = await (await person('coordinator')).post(
    '/api/enrolment-codes',
    SITE,
    z.object({ code: z.string() }),
  );
  const config = nodeConfig({
    home: join(home, 'node'),
    port: '0',
    logLevel: 'silent',
    ...(how.superlink === undefined
      ? { approval: 'automatic' }
      : { flowerSuperlink: how.superlink, flowerTls: 'none' }),
  });
  await initNode(config, { ...SITE, hubUrl, code });
  const films = join(home, 'films');
  await mkdir(films);
  const rows: SyntheticClinicalRow[] = [];
  for (const { fileName, bytes, clinical } of syntheticSite({ ...SITE, persons: 320, seed: 5, secondFilmShare: 0 })) {
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
    url: running.url,
    token: await createNodeToken(config, { name: 'owner', roles: ['operator', 'curator', 'auditor'], days: 1 }),
  });
  const { requestId } = await researcher.post(
    '/api/access-requests',
    {
      title: 'Opacities',
      purpose: 'To learn opacities.',
      operations: ['train'],
      datasets: [SITE.siteId, ...(how.also ?? [])].map((siteId) => ({ siteId, name: DATASET })),
      days: 30,
    },
    accessRequestSchema,
  );
  const committee = await person('committee');
  const granted = await committee.post(
    `/api/access-requests/${requestId}/decision`,
    { decision: 'granted', because: 'sound' },
    accessRequestSchema,
  );
  const { token } = await researcher.get(`/api/permits/${granted.permitIds[0]}/token`, permitTokenSchema);
  const shapes = join(home, 'shapes.json');
  const { entries } = parameterTable(SPEC.model);
  await writeFile(shapes, JSON.stringify(entries.map(({ name, shape }) => [name, shape])));
  const { flowerPort } = runningHub;
  return { owner, token, shapes, researcher, committee, requestId, permitIds: granted.permitIds, flowerPort };
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
  timeout: 600_000,
}, async (context) => {
  const probe = await startFlowerPeer(PYTHON, ['version']);
  if (typeof probe === 'string') return context.skip(probe);
  await probe.close();
  const port = await freePort(9092);
  const { owner, token, shapes } = await house(context, { superlink: `127.0.0.1:${port}` });
  const run = async (config: Readonly<Record<string, string>>, rounds: number) => {
    const verb = ['federation', '--stock', '0', '--nodes', '1', '--port', String(port), '--arrays', shapes];
    const peer = await startFlowerPeer(PYTHON, [
      ...verb,
      '--rounds',
      String(rounds),
      '--config',
      JSON.stringify(config),
    ]);
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
  assert.deepEqual(
    phases.map(({ type }) => type),
    ['train', 'evaluate'],
  );
  assert.deepEqual(
    phases.flatMap(({ errors }) => errors),
    [],
  );
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

test('stock SuperNodes take part in a job of a UNICA hub, beside a UNICA node: marked, held to permits, and added up exactly', {
  timeout: 600_000,
}, async (context) => {
  const home = await scratch(context);
  const sites = ['porto', 'braga'];
  const lines: string[] = [];
  for (const [index, siteId] of sites.entries()) {
    const made = await startFlowerPeer(PYTHON, ['keys', '--out', join(home, siteId)]);
    if (typeof made === 'string') return context.skip(made);
    await made.next('keys');
    const key = await readFile(join(home, siteId, 'node.pub'), 'utf8');
    lines.push(`${siteId} PT ${key.split(' ').slice(0, 2).join(' ').trim()} Hospital ${index + 1}`);
  }
  const bundle = await startFlowerPeer(PYTHON, ['app', '--out', join(home, 'app.fab')]);
  assert.ok(typeof bundle !== 'string');
  await bundle.next('app');
  await writeFile(join(home, 'sites.txt'), `# who may come in\n\n${lines.join('\n')}\n`);
  const flower = {
    flowerPort: '0',
    flowerApp: join(home, 'app.fab'),
    flowerSites: join(home, 'sites.txt'),
    flowerCertificate: join(home, 'porto/server.pem'),
    flowerKey: join(home, 'porto/server.key'),
  };
  const { researcher, committee, requestId, permitIds, flowerPort } = await house(context, { flower, also: sites });
  for (const [index, siteId] of sites.entries()) {
    const secure = ['--ca', join(home, 'porto/ca.pem'), '--key', join(home, siteId, 'node')];
    const address = ['--superlink', `127.0.0.1:${flowerPort}`, '--site', String(index + 1)];
    const node = await startFlowerPeer(PYTHON, ['supernode', ...address, ...secure]);
    assert.ok(typeof node !== 'string');
    context.after(async () => await node.close());
  }
  const finished = async (change: Partial<JobSpec>) => {
    const spec = { ...SPEC, learningRate: 0.1, ...change };
    const { jobId } = await researcher.post('/api/jobs', { spec, requestId }, jobViewSchema);
    return await until(async () => {
      const view = await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
      return ['finished', 'failed', 'cancelled'].includes(view.state) ? view : undefined;
    });
  };

  const flowerOnly = await finished({ sites });
  assert.equal(flowerOnly.state, 'finished', flowerOnly.because ?? '');
  assert.deepEqual(
    flowerOnly.sites.map(({ engine }) => engine),
    ['flower', 'flower'],
  );
  const weights = await weightsOf(researcher, flowerOnly);
  // The app moves every weight a tenth of the way to 0.01 × site; 21 and 22 examples.
  const target = (21 * 0.01 + 22 * 0.02) / 43;
  const expected = initialParameters(SPEC.model, SPEC.seed).map((value) => target + 0.81 * (value - target));
  assert.equal(weights.length, expected.length);
  for (const [at, value] of weights.entries()) assert.ok(Math.abs(value - (expected[at] ?? 9)) < 1e-6);

  const mixed = await finished({ sites: ['lisbon', 'porto'], rounds: 1 });
  assert.equal(mixed.state, 'finished', mixed.because ?? '');
  assert.deepEqual(
    mixed.sites.map(({ engine }) => engine),
    [undefined, 'flower'],
  );
  assert.deepEqual(
    mixed.rounds[0]?.sites.map(({ state }) => state),
    ['received', 'received'],
  );

  const proximal = await finished({ sites: ['porto'], strategy: { kind: 'fedprox', mu: 0.1 } });
  assert.equal(proximal.state, 'failed');
  assert.match(proximal.sites[0]?.because ?? '', /the strategy fedprox cannot be had there/);

  const { jobId } = await researcher.post(
    '/api/jobs',
    { spec: { ...SPEC, sites: ['porto'], rounds: 50 }, requestId },
    jobViewSchema,
  );
  const now = async () => await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
  await until(async () => ((await now()).rounds.length > 1 ? true : undefined));
  await committee.post(`/api/permits/${permitIds[1]}/revocation`, {}, z.unknown());
  const revoked = await until(async () => ((await now()).state === 'failed' ? await now() : undefined));
  assert.match(revoked.rounds.at(-1)?.sites[0]?.because ?? '', /it is revoked/);
});

async function weightsOf(researcher: HouseClient, { modelId }: JobView): Promise<Float32Array> {
  const bytes = await researcher.bytes(`/api/models/${modelId}/weights`);
  return decodeParameters(SPEC.model, bytes);
}

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-flower-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  for (const untilMs = Date.now() + 240_000; ; ) {
    const value = await look();
    if (value !== undefined) return value;
    assert.ok(Date.now() < untilMs, 'it did not happen within four minutes');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
