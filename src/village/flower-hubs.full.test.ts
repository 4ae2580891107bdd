import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { silentLog } from '#base';
import { initialParameters } from '#engine';
import { pythonsToTry, startFlowerPeer } from '#flower';
import { createHubToken, hubConfig, startHub } from '#hub';
import { decodeParameters } from '#learning';
import { accessRequestSchema, type JobSpec, jobViewSchema } from '#wire';
import { HouseClient } from './house-client.ts';
import { TINY_JOB } from './tiny-job.ts';

const POSTGRES = process.env['UNICA_TEST_POSTGRES_URL'];
const SITE = 'porto';
const SPEC: JobSpec = {
  ...TINY_JOB,
  title: 'Opacities, by Flower',
  sites: [SITE],
  rounds: 3,
  learningRate: 0.1,
  roundDeadlineMs: 300_000,
};

for (const [release, python] of pythonsToTry(process.env, 'our side')) {
  test(`a stock SuperNode takes part in a job of two hubs over one PostgreSQL, comes to the other when its own is gone, and no round is lost${release}`, {
    timeout: 600_000,
  }, async (context) => {
    if (POSTGRES === undefined) return context.skip('no PostgreSQL: UNICA_TEST_POSTGRES_URL is not set');
    const home = await mkdtemp(join(tmpdir(), 'unica-flower-hubs-'));
    context.after(async () => await rm(home, { recursive: true, force: true }));
    const made = await startFlowerPeer(python, ['keys', '--out', join(home, SITE)]);
    if (typeof made === 'string') return context.skip(made);
    await made.next('keys');
    const bundle = await startFlowerPeer(python, ['app', '--out', join(home, 'app.fab')]);
    assert.ok(typeof bundle !== 'string');
    await bundle.next('app');
    const key = (await readFile(join(home, SITE, 'node.pub'), 'utf8')).split(' ').slice(0, 2).join(' ').trim();
    await writeFile(join(home, 'sites.txt'), `${SITE} PT ${key} Porto\n`);

    const schema = `unica_test_${randomBytes(6).toString('hex')}`;
    await administer(POSTGRES, `create schema ${schema}`);
    context.after(async () => await administer(POSTGRES, `drop schema ${schema} cascade`));
    const databaseUrl = new URL(POSTGRES);
    databaseUrl.searchParams.set('options', `-c search_path=${schema}`);
    const settings = (name: string) =>
      hubConfig({
        home: join(home, name),
        port: '0',
        logLevel: 'silent',
        siteApproval: 'automatic',
        databaseUrl: databaseUrl.href,
        keyFile: join(home, 'hub.key'),
        objects: join(home, 'objects'),
        flowerPort: '0',
        flowerApp: join(home, 'app.fab'),
        flowerSites: join(home, 'sites.txt'),
        flowerCertificate: join(home, SITE, 'server.pem'),
        flowerKey: join(home, SITE, 'server.key'),
      });
    const first = await startHub(settings('first'), silentLog);
    const second = await startHub(settings('second'), silentLog);
    let isFirstOpen = true;
    const closeFirst = async () => {
      if (isFirstOpen) await first.close();
      isFirstOpen = false;
    };
    context.after(async () => {
      await closeFirst();
      await second.close();
    });
    const person = async (role: 'researcher' | 'committee') => {
      const token = await createHubToken(settings('second'), { name: role, roles: [role], days: 1 });
      return new HouseClient({ house: 'hub', url: second.url, token });
    };
    const researcher = await person('researcher');
    const { requestId } = await researcher.post(
      '/api/access-requests',
      {
        title: 'Opacities',
        purpose: 'To learn opacities.',
        operations: ['train'],
        datasets: [{ siteId: SITE, name: SPEC.dataset }],
        days: 30,
      },
      accessRequestSchema,
    );
    const decision = { decision: 'granted', because: 'sound' };
    await (await person('committee')).post(`/api/access-requests/${requestId}/decision`, decision, accessRequestSchema);

    const comeTo = async (port: number | undefined) => {
      const secure = ['--ca', join(home, SITE, 'ca.pem'), '--key', join(home, SITE, 'node')];
      const node = await startFlowerPeer(python, [
        'supernode',
        '--superlink',
        `127.0.0.1:${port}`,
        '--site',
        '2',
        ...secure,
      ]);
      assert.ok(typeof node !== 'string');
      context.after(async () => await node.close());
      await node.next('pid');
      return node;
    };
    const atFirst = await comeTo(first.flowerPort);
    // Asked at one hub, trained by way of the other.
    const { jobId } = await researcher.post('/api/jobs', { spec: SPEC, requestId }, jobViewSchema);
    const view = async () => await researcher.get(`/api/jobs/${jobId}`, jobViewSchema);
    const until = async (isSo: (seen: Awaited<ReturnType<typeof view>>) => boolean) => {
      for (const untilMs = Date.now() + 240_000; ; ) {
        const seen = await view();
        if (isSo(seen)) return seen;
        assert.ok(Date.now() < untilMs, 'it did not happen within four minutes');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    await until(({ rounds }) => rounds.some(({ state }) => state === 'closed'));
    await Promise.all([closeFirst(), atFirst.close()]);
    await comeTo(second.flowerPort);
    const finished = await until(({ state }) => state === 'finished' || state === 'failed');
    assert.equal(finished.state, 'finished', finished.because ?? '');
    assert.deepEqual(
      finished.rounds.map(({ sites }) => sites.map(({ state }) => state)),
      [['received'], ['received'], ['received']],
    );
    // The app moves every weight a tenth of the way to 0.02 in each round.
    const weights = decodeParameters(SPEC.model, await researcher.bytes(`/api/models/${finished.modelId}/weights`));
    const start = initialParameters(SPEC.model, SPEC.seed);
    for (const [at, value] of weights.entries())
      assert.ok(Math.abs(value - (0.02 + 0.729 * ((start[at] ?? 9) - 0.02))) < 1e-6);
  });
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
