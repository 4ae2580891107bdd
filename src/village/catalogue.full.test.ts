import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import {
  createNodeToken,
  exportDatasetRecord,
  importIntoNode,
  initNode,
  nodeConfig,
  nodeDataset,
  nodeDatasets,
  startNode,
} from '#node';
import { syntheticSite } from '#synth';
import { recordStandingSchema } from '#wire';

const SITE = { siteId: 'lisbon', displayName: 'Lisbon', country: 'PT' };
const NAME = 'chest-films';

/** The twelve fields that a person types, and no more. */
const DESCRIPTION = {
  title: 'Chest films of Lisbon',
  description: 'Synthetic films of the chest.',
  conditions: ['DUO_0000042'],
  card: {
    publisherName: 'Hospital of Lisbon',
    contactEmail: 'data@hospital.example',
    condition: 'CLIN1000065',
    collectionMethod: 'patient-based',
    populationCoverage: 'Invented people',
    legalBasis: ['A6-1-e', 'A9-2-j'],
    retentionUntil: '2040-12-31',
    hdabName: 'National health data access body',
    hdabPage: 'https://hdab.example/',
  },
} as const;

async function network(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-catalogue-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const address = runningHub.server.fastify.server.address();
  const hubUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const coordinator = await createHubToken(hub, { name: 'test', roles: ['coordinator'], days: 1 });
  const invitation = await fetch(`${hubUrl}/api/enrolment-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${coordinator}`, 'content-type': 'application/json' },
    body: JSON.stringify(SITE),
  });
  const { code } = z.object({ code: z.string() }).parse(await invitation.json());
  const node = nodeConfig({ home: join(home, 'node'), port: '0', demonstration: 'true', logLevel: 'silent' });
  await initNode(node, { ...SITE, hubUrl, code });
  const films = join(home, 'films');
  await mkdir(films);
  for (const file of syntheticSite({ siteId: SITE.siteId, country: 'PT', persons: 40, seed: 5 })) {
    await writeFile(join(films, file.fileName), file.bytes);
  }
  await importIntoNode(node, { paths: [films] });
  const runningNode = await startNode(node, silentLog);
  context.after(async () => {
    await runningNode.close();
    await runningHub.close();
    await rm(home, { recursive: true, force: true });
  });
  const token = await createNodeToken(node, { name: 'curator', roles: ['curator'], days: 1 });
  const post = async (path: string, body: unknown) =>
    await fetch(`${runningNode.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { home, hubUrl, node, post };
}

test('from films to a record that is valid by Release 8 in the catalogue, by twelve fields', async (context) => {
  const { home, hubUrl, node, post } = await network(context);

  const { card, ...words } = DESCRIPTION;
  const draft = recordStandingSchema.parse(await (await post(`/api/datasets/${NAME}/preview`, words)).json());
  assert.equal(draft.state, 'draft');
  assert.deepEqual(
    [...new Set(draft.missing.filter(({ profile }) => profile === 'eucaim-v2').map(({ field }) => field))].sort(),
    ['collectionMethod', 'condition', 'contactEmail', 'publisherName'],
  );
  assert.equal((await fetch(`${hubUrl}/fdp/dataset/lisbon/${NAME}`)).status, 404, 'a preview publishes nothing');

  const { hdabName: _name, hdabPage: _page, ...withoutBody } = card;
  const eucaim = await post(`/api/datasets/${NAME}/preview`, { ...words, card: withoutBody });
  const halfway = recordStandingSchema.parse(await eucaim.json());
  assert.equal(halfway.state, 'eucaim-valid');
  assert.deepEqual([...new Set(halfway.missing.map(({ field }) => field))], ['hdabName']);

  const whole = recordStandingSchema.parse(await (await post(`/api/datasets/${NAME}/preview`, DESCRIPTION)).json());
  assert.deepEqual([whole.state, whole.missing], ['r8-valid', []]);
  assert.equal((await post(`/api/datasets/${NAME}/publish`, DESCRIPTION)).status, 200);

  const served = await fetch(whole.address, { headers: { accept: 'text/turtle' } });
  assert.equal(served.status, 200);
  const published = await nodeDataset(node, NAME);
  assert.equal(await served.text(), published.turtle, 'the hub serves what the node shows');
  assert.equal(published.state, 'r8-valid');
  assert.deepEqual(
    (await nodeDatasets(node)).map(({ record }) => record.name),
    [NAME],
  );
  // Films of computed radiography tell the spacing of their pixels.
  assert.match(published.turtle, /dcat:spatialResolutionInMeters "0\.00\d+"/);
  assert.match(published.turtle, /completeness: [\d.]+ of 100/);

  const outPath = join(home, 'out');
  const files = await exportDatasetRecord(node, { name: NAME, form: 'healthdcat-r8', outPath });
  assert.deepEqual(files, [join(outPath, `${NAME}.healthdcat-r8.ttl`), join(outPath, `${NAME}.healthdcat-r8.jsonld`)]);
  assert.equal(await readFile(files[0] ?? '', 'utf8'), published.turtle);
});

test('a card with unknown or unusable fields is refused whole', async (context) => {
  const { post } = await network(context);
  const cards = [
    { publisher: 'x' },
    { contactEmail: 'nobody' },
    { condition: 'lung cancer' },
    { hdabPage: 'javascript:alert(1)' },
    { retentionUntil: '2026-02-31' },
    { publisherName: 'two\nlines' },
    { legalBasis: [] },
  ];
  for (const card of cards) {
    const answer = await post(`/api/datasets/${NAME}/publish`, { ...DESCRIPTION, card });
    assert.equal(answer.status, 400, JSON.stringify(card));
  }
});
