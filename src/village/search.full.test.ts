import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import { createNodeToken, importIntoNode, initNode, nodeConfig, startNode } from '#node';
import { syntheticSite } from '#synth';
import { accessRequestSchema, type SearchView, searchViewSchema } from '#wire';

const NAME = 'chest-films';
const SITES = [
  { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' },
  { siteId: 'kyiv', displayName: 'Kyiv', country: 'UA' },
] as const;

/** A hub and two nodes in this process, one with sixty invented people; the other is switched off after publishing. */
async function network(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-search-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  context.after(async () => {
    await runningHub.close();
    await rm(home, { recursive: true, force: true });
  });
  const token = async (...roles: Parameters<typeof createHubToken>[1]['roles']) =>
    await createHubToken(hub, { name: roles.join(), roles, days: 1 });
  const call = async (bearer: string, method: string, path: string, body?: unknown) =>
    await fetch(`${runningHub.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const coordinator = await token('coordinator');
  const nodes = [];
  for (const [index, site] of SITES.entries()) {
    const invitation = await call(coordinator, 'POST', '/api/enrolment-codes', site);
    const { code } = z.object({ code: z.string() }).parse(await invitation.json());
    const flat = { home: join(home, site.siteId), port: '0', demonstration: 'true', logLevel: 'silent' };
    const node = nodeConfig({ ...flat, minimumCount: '5' });
    await initNode(node, { ...site, hubUrl: runningHub.url, code });
    const films = join(home, `films-${site.siteId}`);
    await mkdir(films);
    for (const file of syntheticSite({ siteId: site.siteId, country: site.country, persons: 60, seed: 5 + index })) {
      await writeFile(join(films, file.fileName), file.bytes);
    }
    await importIntoNode(node, { paths: [films] });
    const running = await startNode(node, silentLog);
    let open = true;
    const close = async () => {
      if (open) await running.close();
      open = false;
    };
    context.after(close);
    const curator = await createNodeToken(node, { name: 'curator', roles: ['curator'], days: 1 });
    const published = await fetch(`${running.url}/api/datasets/${NAME}/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${curator}`, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Films', description: 'Invented.', conditions: [] }),
    });
    assert.equal(published.status, 200);
    nodes.push({ close, node, url: running.url });
  }
  const [lisbon, kyiv] = nodes;
  assert.ok(lisbon && kyiv);
  await kyiv.close();
  const operator = await createNodeToken(lisbon.node, { name: 'operator', roles: ['operator'], days: 1 });
  const asOwner = async (method: string, path: string, body: unknown) =>
    await fetch(`${lisbon.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${operator}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { call, token, lisbon: { asOwner } };
}

async function events(answer: Response): Promise<readonly SearchView[]> {
  const views: SearchView[] = [];
  let text = '';
  for await (const piece of answer.body ?? []) {
    text += new TextDecoder().decode(piece as Uint8Array);
    const found = [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) =>
      searchViewSchema.parse(JSON.parse(data ?? '')),
    );
    views.splice(0, views.length, ...found);
    if (views.some(({ nodes }) => nodes.length > 0)) break;
  }
  return views;
}

test('a federated count, from every kind of question to facets, exact counts and a node that is silent', async (context) => {
  const { call, token, lisbon } = await network(context);
  const researcher = await token('researcher');
  const search = async (body: unknown, bearer = researcher): Promise<SearchView> => {
    const asked = await call(bearer, 'POST', '/api/searches', body);
    assert.equal(asked.status, 200, JSON.stringify(body));
    const { id } = searchViewSchema.parse(await asked.json());
    const beganMs = performance.now();
    for (;;) {
      const answer = await call(bearer, 'GET', `/api/searches/${id}?waitMs=200`);
      const view = searchViewSchema.parse(await answer.json());
      if (view.nodes.length > 0 || view.failed.length > 0) return view;
      assert.ok(performance.now() - beganMs < 20_000, 'the node that is up answers');
    }
  };

  const everyone = await search({ query: { all: [] }, facets: ['sex', 'ageYears'] });
  assert.deepEqual([everyone.pending, everyone.nodes.map(({ site }) => site)], [['kyiv'], ['lisbon']]);
  // The noise of the node's own secret is as wide as some tens of people; past 700 it comes once in a million runs.
  assert.ok(everyone.total.persons % 10 === 0 && everyone.total.persons < 700, 'sixty people, with noise, in tens');
  const sexes = everyone.facets?.find(({ field }) => field === 'sex')?.cells ?? [];
  assert.deepEqual(sexes.map((cell) => ('value' in cell ? cell.value : '')).sort(), ['COM1001366', 'COM1001370']);

  const ages = everyone.facets?.find(({ field }) => field === 'ageYears');
  assert.ok(ages !== undefined);
  const disclosed = ages.cells.reduce((sum, { persons }) => sum + persons, 0);
  assert.equal(ages.statistics?.persons ?? 0, disclosed, 'statistics are of the disclosed people, and of nobody else');

  const ast = {
    operand: 'OR',
    children: [
      {
        operand: 'AND',
        children: [
          {
            operand: 'OR',
            children: [
              { key: 'SNOMEDCT263495000', type: 'EQUALS', system: '', value: 'SNOMEDCT248152002' },
              { key: 'SNOMEDCT263495000', type: 'EQUALS', system: '', value: 'SNOMEDCT248153007' },
            ],
          },
          { operand: 'OR', children: [{ key: 'RID10311', type: 'EQUALS', system: '', value: 'RID10351' }] },
        ],
      },
    ],
  };
  const ben = await token('researcher');
  const byTree = await search({ query: { ast, id: 'a-query' } }, ben);
  const ours = {
    all: [
      { is: 'sex', in: ['F', 'M'] },
      { is: 'modality', in: ['DX'] },
    ],
  };
  assert.deepEqual((await search({ query: ours }, ben)).total, byTree.total, 'one question, put in two languages');

  const unknown = { operand: 'AND', children: [{ key: 'SHOE', type: 'EQUALS', value: '43' }] };
  const refused = async (query: unknown) => await call(researcher, 'POST', '/api/searches', { query });
  assert.equal((await refused(unknown)).status, 422);
  assert.match(await (await refused(unknown)).text(), /SHOE/);
  for (const query of [
    { is: 'sex', in: ['F'], or: 1 },
    { any: Array(10_000).fill({ is: 'sex', in: ['F'] }) },
    { operand: 'OR', children: Array(500).fill({ key: 'RID10311', type: 'EQUALS', value: 'RID10351' }) },
    { operand: 'OR', children: [{ operand: 'PERHAPS', children: [] }] },
  ]) {
    const beganMs = performance.now();
    assert.equal((await refused(query)).status, 400);
    assert.ok(performance.now() - beganMs < 2000);
  }

  const streamed = await call(ben, 'POST', '/api/searches', { query: { is: 'sex', in: ['F'] } });
  const { id } = searchViewSchema.parse(await streamed.json());
  const views = await events(await call(ben, 'GET', `/api/searches/${id}/events`));
  assert.deepEqual(views.at(-1)?.pending, ['kyiv']);
  assert.equal((await call(ben, 'GET', '/api/searches/search-0000000000/events')).status, 404);

  const committee = await token('committee');
  const submitted = await call(researcher, 'POST', '/api/access-requests', {
    title: 'Exactly how many',
    purpose: 'Sample size.',
    operations: ['count-exact'],
    datasets: [{ siteId: 'lisbon', name: NAME }],
    days: 10,
  });
  const { requestId } = accessRequestSchema.parse(await submitted.json());
  const early = await call(researcher, 'POST', '/api/searches', { query: { all: [] }, requestId });
  assert.equal(early.status, 403, 'nothing was granted yet');
  await call(committee, 'POST', `/api/access-requests/${requestId}/decision`, { decision: 'granted', because: 'fine' });
  const unasked = await search({ query: { all: [] }, requestId });
  const [refusal] = unasked.failed;
  assert.deepEqual([refusal?.site, unasked.nodes], ['lisbon', []], 'a permit is not yet the consent of the node');
  const permitId = refusal?.because.match(/permit-[0-9a-f]+/)?.[0];
  const rule = { scope: { kind: 'count', permitId }, because: 'Counts harm nobody.', days: 30 };
  assert.equal((await lisbon.asOwner('POST', '/api/standing-rules', rule)).status, 200);
  const exactly = await search({ query: { all: [] }, requestId });
  assert.deepEqual([exactly.failed, exactly.total.persons, exactly.nodes[0]?.exact], [[], 60, true]);
});
