import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import {
  createNodeToken,
  eucaimAnswerSchema,
  importIntoNode,
  initNode,
  nodeConfig,
  StandInBeamProxy,
  startNode,
} from '#node';
import { syntheticSite } from '#synth';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const NAME = 'chest-films';
const APP = 'unica.lisbon.broker.example';
const EXPLORER = 'focus.explorer.broker.example';

async function provider(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-eucaim-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const coordinator = await createHubToken(hub, { name: 'test', roles: ['coordinator'], days: 1 });
  const invitation = await fetch(`${runningHub.url}/api/enrolment-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${coordinator}`, 'content-type': 'application/json' },
    body: JSON.stringify(SITE),
  });
  const { code } = z.object({ code: z.string() }).parse(await invitation.json());
  const proxy = new StandInBeamProxy({ appId: APP, key: 'a-secret' });
  await writeFile(join(home, 'beam.key'), 'a-secret\n');
  const node = nodeConfig({
    home: join(home, 'node'),
    port: '0',
    demonstration: 'true',
    logLevel: 'silent',
    beamProxy: `${await proxy.listen()}/`,
    beamApp: APP,
    beamKeyFile: join(home, 'beam.key'),
  });
  await initNode(node, { ...SITE, hubUrl: runningHub.url, code });
  const films = join(home, 'films');
  await mkdir(films);
  for (const file of syntheticSite({ siteId: SITE.siteId, country: 'PT', persons: 40, seed: 5 })) {
    await writeFile(join(films, file.fileName), file.bytes);
  }
  await importIntoNode(node, { paths: [films] });
  const running = await startNode(node, silentLog);
  context.after(async () => {
    await running.close();
    await proxy.close();
    await runningHub.close();
    await rm(home, { recursive: true, force: true });
  });
  const token = async (role: 'researcher' | 'curator' | 'operator') =>
    await createNodeToken(node, { name: role, roles: [role], days: 1 });
  const post = async (path: string, body: unknown, bearer?: string, type = 'application/json') =>
    await fetch(`${running.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': type, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { post, token, proxy };
}

const leaf = (key: string, value: unknown, type = 'EQUALS') => ({ key, type, system: '', value });
const tree = (...leaves: readonly unknown[]) => ({
  operand: 'OR',
  children: [{ operand: 'AND', children: [{ operand: 'OR', children: leaves }] }],
});
const EVERYONE = { ast: { operand: 'OR', children: [] }, id: 'query-1' };

test('a node is a provider of the explorer of Cancer Image Europe: as a mediator, and behind a Beam proxy', async (context) => {
  const { post, token, proxy } = await provider(context);
  const researcher = await token('researcher');
  const search = async (question: unknown, type?: string) => await post('/eucaim/search', question, researcher, type);
  const answer = async (question: unknown) => eucaimAnswerSchema.parse(await (await search(question)).json());

  assert.deepEqual((await answer(EVERYONE)).collections, [], 'nothing is told of what was not published');
  const published = await post(
    `/api/datasets/${NAME}/publish`,
    { title: 'Films of Lisbon', description: 'Invented.', conditions: [] },
    await token('curator'),
  );
  assert.equal(published.status, 200);

  const all = await answer(EVERYONE);
  const [collection] = all.collections;
  assert.ok(collection !== undefined && collection.subjects_count >= 10 && collection.subjects_count % 10 === 0);
  assert.match(collection.id, /\/fdp\/dataset\/lisbon\/chest-films$/);
  assert.deepEqual(
    [collection.modality, collection.suppressed, all.unsupported],
    [['IMG1000024', 'IMG1000028'], false, []],
  );

  const unknown = await answer({ ast: tree(leaf('SHOE', '43'), leaf('RID10311', 'RID10351')) });
  assert.deepEqual(
    [unknown.collections[0]?.subjects_count, unknown.collections[0]?.studies_count, unknown.unsupported],
    [0, 0, ['SHOE']],
    'a criterion that cannot be honoured makes the count zero, also within an OR',
  );
  const noData = await answer({ ast: tree(leaf('SNOMEDCT439401001', 'SNOMEDCT254837009')) });
  assert.deepEqual([noData.collections[0]?.subjects_count, noData.unsupported], [0, ['SNOMEDCT439401001']]);
  const beside = await answer({ ...EVERYONE, site: 'porto' });
  assert.deepEqual(
    [beside.collections[0]?.subjects_count, beside.unsupported],
    [0, ['site']],
    'what stands beside the tree may narrow the question too',
  );
  const mammograms = await answer({ ast: tree(leaf('RID10311', 'SNOMEDCT71651007')) });
  assert.deepEqual([mammograms.collections[0]?.subjects_count, mammograms.unsupported], [0, []], 'modality is applied');

  assert.equal((await post('/eucaim/search', EVERYONE)).status, 401);
  assert.equal((await search('{"ast":', 'application/json')).status, 400);
  assert.equal((await search(EVERYONE, 'text/plain')).status, 400);
  for (const wrong of [
    {},
    { ast: { operand: 'MAYBE', children: [] } },
    { ast: { operand: 'OR', children: Array(10_000).fill(leaf('RID10311', 'RID10351')) } },
    {
      ast: Array.from({ length: 500 }).reduce(
        (inner: unknown) => ({ operand: 'OR', children: [inner] }),
        leaf('a', 'b'),
      ),
    },
  ]) {
    assert.equal((await search(wrong)).status, 422, JSON.stringify(wrong).slice(0, 80));
  }

  const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
  const give = (id: string, body: unknown, ttl = '60s') =>
    proxy.give({
      id,
      from: EXPLORER,
      to: [APP],
      body,
      ttl,
      failure_strategy: { retry: { backoff_millisecs: 1000, max_tries: 5 } },
      metadata: { project: 'eucaim' },
    });
  const results = async (id: string) => {
    for (let look = 0; look < 200; look += 1) {
      const found = proxy.results.filter(({ task }) => task === id);
      if (found.some(({ status }) => status !== 'claimed')) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`no result of ${id}`);
  };
  proxy.failures = 1;
  give('11111111-0000-4000-8000-000000000001', base64({ lang: 'ast', query: base64(EVERYONE) }));
  const packedResults = await results('11111111-0000-4000-8000-000000000001');
  assert.deepEqual(
    packedResults.map(({ status, from, to }) => [status, from, to]),
    [
      ['claimed', APP, [EXPLORER]],
      ['succeeded', APP, [EXPLORER]],
    ],
    'claimed although the proxy failed once, then answered',
  );
  const unpacked: unknown = JSON.parse(Buffer.from(packedResults[1]?.body ?? '', 'base64').toString());
  assert.deepEqual(eucaimAnswerSchema.parse(unpacked), all, 'the same numbers by both ways');

  give('11111111-0000-4000-8000-000000000002', JSON.stringify({ lang: 'ast', query: EVERYONE }));
  const plain = (await results('11111111-0000-4000-8000-000000000002')).at(-1);
  assert.deepEqual(eucaimAnswerSchema.parse(JSON.parse(plain?.body ?? '')), all, 'a body that is not packed');

  give('11111111-0000-4000-8000-000000000003', base64({ lang: 'cql', query: 'x' }));
  assert.equal((await results('11111111-0000-4000-8000-000000000003')).at(-1)?.status, 'permfailed');
  give('11111111-0000-4000-8000-000000000004', 'what is the answer?');
  assert.equal((await results('11111111-0000-4000-8000-000000000004')).at(-1)?.status, 'permfailed');
  give('11111111-0000-4000-8000-000000000005', base64({ lang: 'ast', query: base64({ ast: { operand: 'NOR' } }) }));
  assert.equal((await results('11111111-0000-4000-8000-000000000005')).at(-1)?.status, 'permfailed');
  assert.equal(proxy.unauthorised, 0);
});
