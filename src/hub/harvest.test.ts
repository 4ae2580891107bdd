import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { z } from 'zod';
import { asUnicaError, sha256Hex, silentLog } from '#base';
import {
  datasetRecordSchema,
  foreignRecordsSchema,
  harvestSourceSchema,
  harvestSourcesSchema,
  networkViewSchema,
} from '#wire';
import { hubConfig } from './config.ts';
import { DatasetRegister } from './dataset-register.ts';
import { addCatalogue, removeCatalogue, withHubCatalogues } from './other-catalogues.ts';
import { openHubRecords } from './records.ts';
import { createHubToken, exportHubAudit, startHub } from './start-hub.ts';

const RECORD = datasetRecordSchema.parse({
  siteId: 'lisbon',
  name: 'chest-films',
  title: 'Chest films',
  description: 'Films of the chest.',
  country: 'PT',
  version: 1,
  contentSha256: sha256Hex('content'),
  publishedAtMs: Date.UTC(2026, 4, 3),
  persons: { count: 120 },
  studies: { count: 140 },
  images: { count: 141 },
  modalities: ['CR'],
  bodyParts: ['CHEST'],
  manufacturers: ['Agfa'],
  sexes: { F: { count: 70 }, M: { count: 48 } },
  findings: {},
  ageYears: { from: 20, to: 90 },
  conditions: ['DUO_0000042'],
  quality: { score: 97.5, checked: 141, findings: 12 },
  synthetic: false,
  acquiredYears: { from: 2015, to: 2024 },
  codes: { sexes: ['COM1001370'], modalities: ['IMG1000024'], manufacturers: ['IMG1000051'], bodyParts: ['BP1000067'] },
  card: {
    publisherName: 'Hospital',
    contactEmail: 'data@hospital.example',
    condition: 'CLIN1000065',
    collectionMethod: 'patient-based',
    hdabName: 'National body',
    hdabPage: 'https://hdab.example/',
  },
});

async function openHub(context: TestContext, settings: Readonly<Record<string, string>>, names: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), 'unica-harvest-hub-'));
  const config = hubConfig({ home, port: '0', logLevel: 'silent', ...settings });
  const records = await openHubRecords(config);
  const register = new DatasetRegister(records.kysely);
  for (const name of names) await register.put({ ...RECORD, name });
  await records.close();
  const hub = await startHub({ ...config, port: 0 }, silentLog);
  const token = await createHubToken(config, { name: 'test', roles: ['coordinator'], days: 1 });
  context.after(async () => {
    await hub.close();
    await rm(home, { recursive: true, force: true });
  });
  const address = hub.server.fastify.server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url,
    config,
    async ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
      const answer = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.status, body: (await answer.json()) as unknown };
    },
  };
}

test('one hub harvests the data point of another, and counts none of it as its own', async (context) => {
  const there = await openHub(context, { name: 'Their network' }, ['chest-films', 'mammograms', 'prostate']);
  const here = await openHub(context, { name: 'Our network', harvestHosts: '127.0.0.1' }, ['own-films']);
  const network = async () => networkViewSchema.parse((await here.ask('GET', '/api/network')).body);
  const surface = async () => await (await fetch(`${here.url}/fdp/catalog/datasets`)).text();
  const before = { network: await network(), surface: await surface() };

  const added = await here.ask('POST', '/api/harvest-sources', { address: `${there.url}/fdp`, everyHours: 12 });
  const { sourceId } = harvestSourceSchema.parse(added.body);
  const source = await read(here, sourceId);
  assert.deepEqual(
    [source.outcome, source.records, source.title, source.problems],
    ['complete', 3, 'Their network', []],
  );
  const list = foreignRecordsSchema.parse(await (await fetch(`${here.url}/api/foreign-records?words=films`)).json());
  assert.equal(list.found, 3, 'everybody may look, without signing in');
  for (const record of list.records) {
    assert.equal(record.state, 'r8-valid', 'what is valid there is valid here');
    assert.deepEqual(record.lacks, { eucaim: 0, r8: 0 });
    assert.equal(record.accessRights, 'non-public');
    assert.equal(record.sourceTitle, 'Their network');
    assert.ok(record.page.startsWith(`${there.url}/fdp/page/`), 'it leads to its source');
    const told = await fetch(record.iri, { headers: { accept: 'text/turtle' } });
    assert.equal(
      record.sha256,
      sha256Hex(new Uint8Array(await told.arrayBuffer())),
      'the digest is that of what is told there',
    );
  }
  assert.deepEqual(await network(), before.network, 'our totals are ours');
  assert.equal(await surface(), before.surface, 'and our data point tells of our own alone');
  assert.equal(
    z.object({ datasets: z.array(z.unknown()) }).parse((await here.ask('GET', '/api/datasets')).body).datasets.length,
    1,
  );

  assert.equal(
    (await here.ask('POST', `/api/harvest-sources/${sourceId}/now`)).status,
    429,
    'not twice within a minute',
  );
  assert.equal((await here.ask('DELETE', `/api/harvest-sources/${sourceId}`)).status, 200);
  assert.equal(foreignRecordsSchema.parse((await here.ask('GET', '/api/foreign-records')).body).found, 0);
  const journal = [];
  for await (const line of exportHubAudit(here.config)) journal.push(line);
  for (const action of ['harvest.added', 'harvest.read', 'harvest.removed']) {
    assert.equal(journal.filter((line) => line.includes(`"${action}"`)).length, 1, action);
  }
});

test('without the operator’s word no hub looks into its own network, and what is no address is refused at the door', async (context) => {
  const here = await openHub(context, {}, []);
  for (const [address, code] of [
    ['https://127.0.0.1/fdp', 'harvest.private-address'],
    ['http://127.0.0.1:5432/', 'harvest.address'],
    ['https://user:word@fdp.example/', 'harvest.address'],
    ['javascript:alert(1)', 'http.invalid-input'],
  ] as const) {
    const answer = await here.ask('POST', '/api/harvest-sources', { address });
    assert.equal(z.object({ code: z.string() }).parse(answer.body).code, code, address);
  }
  assert.equal((await here.ask('GET', '/api/foreign-records?offset=-1')).status, 400);
  assert.equal((await here.ask('GET', '/api/foreign-records/record-00000000')).status, 404);
});

test('a host with a port is refused in the settings, with what to write instead', () => {
  assert.throws(
    () => hubConfig({ home: 'unused', logLevel: 'silent', harvestHosts: 'fdp.intern:8443' }),
    (error) => {
      const { code, sentence } = asUnicaError(error);
      assert.equal(code, 'config.invalid');
      assert.match(sentence, /harvestHosts.*write fdp\.intern, which stands for every port/);
      return true;
    },
  );
});

test('a command reads beside a running hub, and the journal names it', async (context) => {
  const there = await openHub(context, { name: 'Their network' }, ['chest-films']);
  const home = await mkdtemp(join(tmpdir(), 'unica-harvest-command-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const config = hubConfig({ home, logLevel: 'silent', harvestHosts: 'fdp.intern, 127.0.0.1' });
  await withHubCatalogues(config, async (catalogues) => {
    const { sourceId } = await addCatalogue(
      catalogues,
      { address: `${there.url}/fdp/catalog/datasets`, everyHours: 24 },
      'test',
    );
    assert.deepEqual((await catalogues.readNow(sourceId))?.added, 1);
    await assert.rejects(catalogues.readNow(sourceId), { code: 'harvest.too-soon' });
    assert.equal((await removeCatalogue(catalogues, sourceId, 'test')).records, 1);
  });
});

type Hub = Awaited<ReturnType<typeof openHub>>;

/** Waits until the hub has read a catalogue by itself. */
async function read(hub: Hub, sourceId: string) {
  for (;;) {
    const { sources } = harvestSourcesSchema.parse((await hub.ask('GET', '/api/harvest-sources')).body);
    const source = sources.find((one) => one.sourceId === sourceId);
    if (source === undefined || source.visitedAtMs !== null) return harvestSourceSchema.parse(source);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
