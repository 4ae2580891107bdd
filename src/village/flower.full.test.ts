import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { z } from 'zod';
import { type Log, type LogFacts, sha256Hex } from '#base';
import { initialParameters, parameterTable } from '#engine';
import { loadOrCreateNodeKey, pythonsToTry, startFlowerPeer } from '#flower';
import { createHubToken, hubConfig, startHub } from '#hub';
import { decodeParameters, writeJobFile } from '#learning';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { type SyntheticClinicalRow, syntheticClinicalCsv, syntheticSite } from '#synth';
import {
  accessRequestSchema,
  approvalsSchema,
  type JobSpec,
  type JobView,
  jobViewSchema,
  modelReportSchema,
  outgoingSchema,
  permitTokenSchema,
} from '#wire';
import { freePort } from './free-port.ts';
import { HouseClient } from './house-client.ts';
import { TINY_JOB } from './tiny-job.ts';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const DATASET = TINY_JOB.dataset;

const SPEC: JobSpec = {
  ...TINY_JOB,
  title: 'Opacities, by Flower',
  sites: [SITE.siteId],
  learningRate: 0.01,
  roundDeadlineMs: 200_000,
};

/** What hub and node wrote last, of the test that runs: it is told where a job does not end. */
const lastLines: string[] = [];
const noted = (who: string): Log => {
  const write = (event: string, facts: LogFacts = {}) => {
    lastLines.push(`${new Date().toISOString()} ${who} ${event} ${JSON.stringify(facts)}`);
    if (lastLines.length > 60) lastLines.shift();
  };
  return { info: write, warn: write, error: write };
};

/** A hub, a permit of its committee, and a node that joins a SuperLink which is not there yet. */
async function house(
  context: TestContext,
  how: {
    readonly superlink?: string;
    readonly flower?: Readonly<Record<string, string>>;
    readonly also?: readonly string[];
    /** A folder that is there already; the test's own otherwise. */
    readonly home?: string;
  },
) {
  const home = how.home ?? (await mkdtemp(join(tmpdir(), 'unica-flower-')));
  const port = how.superlink === undefined ? 0 : await freePort(20_000 + (process.pid % 20_000));
  const settings = { home: join(home, 'hub'), port: String(port), siteApproval: 'automatic', logLevel: 'silent' };
  const hub = hubConfig({ ...settings, ...how.flower });
  // A node that is met at a SuperLink is listed once it belongs to the network.
  let runningHub = await startHub(how.superlink === undefined ? hub : hubConfig(settings), noted('hub'));
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
      : {
          flowerSuperlink: how.superlink,
          ...(how.flower === undefined
            ? { flowerTls: 'none' }
            : { approval: 'automatic', flowerAuthorities: how.flower['flowerAuthorities'] }),
        }),
  });
  await initNode(config, { ...SITE, hubUrl, code });
  if (how.superlink !== undefined) {
    await runningHub.close();
    runningHub = await startHub(hub, noted('hub'));
  }
  const films = join(home, 'films');
  await mkdir(films);
  const rows: SyntheticClinicalRow[] = [];
  for (const { fileName, bytes, clinical } of syntheticSite({ ...SITE, persons: 320, seed: 5, secondFilmShare: 0 })) {
    await writeFile(join(films, fileName), bytes);
    rows.push(clinical);
  }
  await writeFile(join(home, 'clinical.csv'), syntheticClinicalCsv(rows));
  await importIntoNode(config, { paths: [films], clinical: join(home, 'clinical.csv') });
  const running = await startNode(config, noted('node'));
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
  const researcherToken = await createHubToken(hub, { name: 'script', roles: ['researcher'], days: 1 });
  const { permitIds } = granted;
  return { owner, token, shapes, researcher, researcherToken, committee, requestId, permitIds, flowerPort, hubUrl };
}

interface Result {
  readonly moved: readonly number[] | null;
  readonly phases: readonly {
    readonly type: string;
    readonly errors: readonly string[];
    readonly losses: readonly number[];
  }[];
}

for (const [release, python] of pythonsToTry(process.env, 'the wire')) {
  test(`a node answers a stock SuperLink under its own permit, approval, cohort and ledger, and refuses without a permit, saying why${release}`, {
    timeout: 900_000,
  }, async (context) => {
    const probe = await startFlowerPeer(python, ['version']);
    if (typeof probe === 'string') return context.skip(probe);
    await probe.close();
    const port = await freePort(9092);
    const { owner, token, shapes } = await house(context, { superlink: `127.0.0.1:${port}` });
    const run = async (config: Readonly<Record<string, string>>, rounds: number) => {
      const verb = ['federation', '--stock', '0', '--nodes', '1', '--port', String(port), '--arrays', shapes];
      const peer = await startFlowerPeer(python, [
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
    // By chance little, where as many films have the finding as the first weights say; a model that did not learn has not moved at all.
    assert.ok(moved?.some((most) => most > 1e-6) && moved.every((most) => most < 1), 'the model has moved');
    assert.ok((phases[1]?.losses[0] ?? 0) > 0, 'the model was scored');
    const { items } = await owner.get('/api/outgoing?limit=200', outgoingSchema);
    const answers = items.filter(({ kind }) => kind === 'flower-answer');
    const pushed = ['/flwr.proto.Fleet/PushObject', '/v1/fleet/push-object'];
    assert.ok(answers.length > 8 && answers.some(({ path }) => pushed.includes(path)));

    // The SuperLink is started anew, as another one; this app brings no permit.
    const bare = await run({ 'unica.job': JSON.stringify(SPEC) }, 1);
    const refused = (await bare.next('result'))['result'] as Result;
    assert.match(refused.phases[0]?.errors[0] ?? '', /^access\.permit-refused: .*there is none in the message/);
    assert.equal((await owner.get('/api/approvals', approvalsSchema)).items.length, 1, 'nobody is asked about it');
  });
}

for (const [release, python] of pythonsToTry(process.env, 'our side')) {
  test(`stock SuperNodes take part in a job of a UNICA hub, beside a UNICA node: marked, held to permits, and added up exactly${release}`, {
    timeout: 900_000,
  }, async (context) => {
    const home = await scratch(context);
    const sites = ['porto', 'braga'];
    const lines: string[] = [];
    for (const [index, siteId] of sites.entries()) {
      const made = await startFlowerPeer(python, ['keys', '--out', join(home, siteId)]);
      if (typeof made === 'string') return context.skip(made);
      await made.next('keys');
      const key = await readFile(join(home, siteId, 'node.pub'), 'utf8');
      lines.push(`${siteId} PT ${key.split(' ').slice(0, 2).join(' ').trim()} Hospital ${index + 1}`);
    }
    const bundle = await startFlowerPeer(python, ['app', '--out', join(home, 'app.fab')]);
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
      const node = await startFlowerPeer(python, ['supernode', ...address, ...secure]);
      assert.ok(typeof node !== 'string');
      context.after(async () => await node.close());
      await node.next('pid');
    }
    const finished = async (change: Partial<JobSpec>) => {
      const spec = { ...SPEC, learningRate: 0.1, ...change };
      const { jobId } = await researcher.post('/api/jobs', { spec, requestId }, jobViewSchema);
      return await ended(researcher, jobId);
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

  test(`a job is submitted for a stock SuperLink, on which a UNICA node and a stock SuperNode take part, and ends as a model of our register with its report${release}`, {
    timeout: 900_000,
  }, async (context) => {
    const home = await scratch(context);
    const made = await startFlowerPeer(python, ['keys', '--out', join(home, 'porto')]);
    if (typeof made === 'string') return context.skip(made);
    await made.next('keys');
    const bundle = await startFlowerPeer(python, ['app', '--out', join(home, 'app.fab')]);
    assert.ok(typeof bundle !== 'string');
    await bundle.next('app');
    const { publicKeyOpenssh } = await loadOrCreateNodeKey(join(home, 'node/flower.key'));
    await writeFile(join(home, 'lisbon.pub'), publicKeyOpenssh);
    const porto = (await readFile(join(home, 'porto/node.pub'), 'utf8')).split(' ').slice(0, 2).join(' ').trim();
    await writeFile(join(home, 'sites.txt'), `lisbon PT ${publicKeyOpenssh} Lisbon\nporto PT ${porto} Porto\n`);
    const keys = [join(home, 'lisbon.pub'), join(home, 'porto/node.pub')];
    const link = await startFlowerPeer(python, ['superlink', '--tls', join(home, 'porto'), '--keys', ...keys]);
    assert.ok(typeof link !== 'string');
    context.after(async () => await link.close());
    const { fleet, control } = (await link.next('fleet')) as { readonly fleet: string; readonly control: string };
    const authorities = join(home, 'porto/ca.pem');
    const stock = await startFlowerPeer(python, [
      ...['supernode', '--superlink', fleet, '--site', '2'],
      ...['--ca', authorities, '--key', join(home, 'porto/node')],
    ]);
    assert.ok(typeof stock !== 'string');
    context.after(async () => await stock.close());
    await stock.next('pid');
    const { owner, researcher, researcherToken, requestId, hubUrl } = await house(context, {
      home,
      superlink: fleet,
      also: ['porto'],
      flower: {
        flowerSuperlink: fleet,
        flowerControl: control,
        flowerAuthorities: authorities,
        flowerApp: join(home, 'app.fab'),
        flowerSites: join(home, 'sites.txt'),
      },
    });

    await writeFile(join(home, 'token.txt'), researcherToken);
    const spec = { ...SPEC, sites: ['lisbon', 'porto'], rounds: 2, learningRate: 0.1 };
    await writeFile(join(home, 'job.yaml'), writeJobFile(spec));
    const submit = async (...more: readonly string[]) => {
      const unica = new URL('../../bin/unica.js', import.meta.url).pathname;
      const words = ['learn', 'submit', join(home, 'job.yaml'), '--request', requestId, '--json', ...more];
      const where = ['--hub', hubUrl, '--token-file', join(home, 'token.txt')];
      const { stdout } = await promisify(execFile)(process.execPath, [unica, ...words, ...where]);
      return z.object({ jobId: z.string() }).parse(JSON.parse(stdout)).jobId;
    };
    const jobId = await submit('--engine', 'flower');
    const job = await ended(researcher, jobId);
    assert.equal(job.state, 'finished', job.because ?? '');
    assert.equal(job.spec.engine, 'flower');
    assert.deepEqual(
      job.sites.map(({ engine }) => engine),
      ['flower', 'flower'],
    );
    for (const { sites } of job.rounds)
      assert.deepEqual(
        sites.map(({ state }) => state),
        ['received', 'received'],
      );
    const left = (await owner.get('/api/outgoing?limit=200', outgoingSchema)).items;
    assert.ok(left.some(({ kind }) => kind === 'flower-answer') && !left.some(({ kind }) => kind === 'update'));
    const weights = await weightsOf(researcher, job);
    assert.ok(
      weights.some((value, at) => Math.abs(value - (initialParameters(SPEC.model, SPEC.seed)[at] ?? 0)) > 1e-3),
    );

    const report = await researcher.get(`/api/models/${job.modelId}/report`, modelReportSchema);
    assert.equal(report.job.spec.engine, 'flower');
    assert.equal(report.model.weightsSha256, sha256Hex(await researcher.bytes(`/api/models/${job.modelId}/weights`)));
    assert.match(writeJobFile(report.job.spec), /engine: flower/);

    // The same job of the same sites, where another hub has joined no SuperLink or does not know a site, is refused at once.
    await writeFile(join(home, 'sites.txt'), `porto PT ${porto} Porto\n`);
    await assert.rejects(async () => await submit('--engine', 'flower'), /no key is listed of lisbon/);
  });
}

async function weightsOf(researcher: HouseClient, { modelId }: JobView): Promise<Float32Array> {
  const bytes = await researcher.bytes(`/api/models/${modelId}/weights`);
  return decodeParameters(SPEC.model, bytes);
}

async function scratch(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-flower-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A job once it has ended; one that does not end says how far it came. */
async function ended(researcher: HouseClient, jobId: string): Promise<JobView> {
  const look = async () => await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
  return await until(
    async () => {
      const view = await look();
      return ['finished', 'failed', 'cancelled'].includes(view.state) ? view : undefined;
    },
    async () => {
      const { state, because, sites, rounds } = await look();
      const view = JSON.stringify({ state, because, sites, rounds: rounds.map((round) => round.sites) });
      return [view, ...lastLines].join('\n');
    },
  );
}

async function until<Value>(
  look: () => Promise<Value | undefined>,
  tell: () => Promise<string> = async () => 'nothing is known of it',
): Promise<Value> {
  for (const untilMs = Date.now() + 420_000; ; ) {
    const value = await look();
    if (value !== undefined) return value;
    if (Date.now() > untilMs) assert.fail(`it did not happen within seven minutes: ${await tell()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
