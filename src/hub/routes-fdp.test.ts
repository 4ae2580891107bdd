import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Quad } from '@rdfjs/types';
import { Parser, Store } from 'n3';
import SecondEngine from 'rdf-validate-shacl';
import { sha256Hex, silentLog } from '#base';
import { readRdf, validateRecord } from '#shacl';
import { type DatasetRecord, datasetRecordSchema, fairScoreSchema } from '#wire';
import { hubConfig } from './config.ts';
import { DatasetRegister } from './dataset-register.ts';
import { openHubRecords } from './records.ts';
import { startHub } from './start-hub.ts';

const DCAT = 'http://www.w3.org/ns/dcat#';
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';

const RECORD: DatasetRecord = datasetRecordSchema.parse({
  siteId: 'lisbon',
  name: 'chest-films',
  title: 'Chest films <script>alert(1)</script> "x"',
  description: 'Films & more.',
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
  findings: { Opacity: { count: 55 } },
  ageYears: { from: 20, to: 90 },
  conditions: ['DUO_0000042'],
  quality: { score: 97.5, checked: 141, findings: 12 },
  synthetic: false,
  acquiredYears: { from: 2015, to: 2024 },
  codes: {
    sexes: ['COM1001370', 'COM1001366'],
    modalities: ['IMG1000024'],
    manufacturers: ['IMG1000051'],
    bodyParts: ['BP1000067'],
  },
  card: {
    publisherName: 'Hospital',
    contactEmail: 'data@hospital.example',
    condition: 'CLIN1000065',
    collectionMethod: 'patient-based',
    hdabName: 'National body',
    hdabPage: 'https://hdab.example/',
  },
});

async function dataPoint(context: TestContext): Promise<string> {
  return (await openDataPoint(context)).hub;
}

async function openDataPoint(context: TestContext) {
  const home = await mkdtemp(join(tmpdir(), 'unica-fdp-'));
  const config = hubConfig({ home, port: '0', logLevel: 'silent', name: 'Network' });
  const records = await openHubRecords(config);
  const register = new DatasetRegister(records.kysely);
  await register.put({ ...RECORD, title: 'An older title' });
  await register.put({ ...RECORD, version: 2 });
  await register.put({ ...RECORD, siteId: 'athens', version: 7, country: 'GR' });
  await records.close();
  const hub = await startHub({ ...config, port: 0 }, silentLog);
  const address = hub.server.fastify.server.address();
  context.after(async () => {
    await hub.close();
    await rm(home, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    hub: url,
    /** As another hub over the same records would. */
    async publish(record: DatasetRecord) {
      const others = await openHubRecords(config);
      await new DatasetRegister(others.kysely).put(record);
      await others.close();
    },
  };
}

async function get(address: string, accept?: string) {
  const answer = await fetch(address, accept === undefined ? {} : { headers: { accept } });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function statements(address: string, accept = 'text/turtle'): Promise<readonly Quad[]> {
  const { status, text } = await get(address, accept);
  assert.equal(status, 200, text);
  return await readRdf(new TextEncoder().encode(text), accept === 'text/turtle' ? 'turtle' : 'json-ld');
}

test('a harvester finds every dataset from the front door, and all is valid', async (context) => {
  const hub = await dataPoint(context);
  const front = await statements(`${hub}/fdp`);
  const [catalogue] = objects(front, 'https://w3id.org/fdp/fdp-o#metadataCatalog');
  assert.equal(catalogue, `${hub}/fdp/catalog/datasets`);
  const listed = await statements(catalogue ?? '');
  const datasets = objects(listed, `${DCAT}dataset`);
  assert.deepEqual(datasets, [`${hub}/fdp/dataset/athens/chest-films`, `${hub}/fdp/dataset/lisbon/chest-films`]);
  const harvested: Quad[] = [...front, ...listed];
  for (const dataset of datasets) {
    const record = await statements(dataset);
    assert.deepEqual((await validateRecord(record, 'healthdcat-r8')).violations, []);
    assert.deepEqual((await validateRecord(record, 'eucaim-v2')).violations, []);
    harvested.push(...record);
  }
  for (const profile of ['dcat-ap-3', 'healthdcat-r8', 'eucaim-v2'] as const) {
    assert.deepEqual((await validateRecord(harvested, profile)).violations, [], profile);
  }
  await context.test(
    'by the shapes of the FAIR Data Point',
    { skip: !existsSync(shapes) && `no ${shapes}` },
    async () => {
      assert.deepEqual(await againstFdpShapes(harvested), KNOWN_CONFLICTS);
    },
  );
});

/** What a stock reader of linked data sends: everything that it can parse, by how much it likes it (rdf-dereference). */
const STOCK_ACCEPT =
  'application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,text/html;q=0.2,application/xhtml+xml;q=0.18,*/*;q=0.1';
const LDP = 'http://www.w3.org/ns/ldp#';

/**
 * Walks a data point as a stock client does that knows nothing of it: from the root along everything that containers contain, and along
 * catalogues and datasets, each address once; what comes is parsed by the type that it says it has. An answer that is held is asked for with its tag.
 */
async function walk(root: string, accept: string, held: ReadonlyMap<string, string> = new Map()) {
  const tags = new Map<string, string>();
  const kinds = new Set<string>();
  const unchanged: string[] = [];
  const found: Quad[] = [];
  const open = [`${root}/fdp`];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (tags.has(at)) continue;
    const tag = held.get(at);
    const answer = await fetch(at, { headers: { accept, ...(tag === undefined ? {} : { 'if-none-match': tag }) } });
    tags.set(at, answer.headers.get('etag') ?? '');
    const text = await answer.text();
    if (answer.status === 304) {
      assert.equal(text, '');
      unchanged.push(at);
      // Where it leads to is known from before.
      open.push(...[...held.keys()].filter((one) => !tags.has(one)));
      continue;
    }
    assert.equal(answer.status, 200, `${at}: ${text}`);
    const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
    kinds.add(type);
    const quads = await readRdf(new TextEncoder().encode(text), type === 'text/turtle' ? 'turtle' : 'json-ld');
    found.push(...quads);
    for (const { predicate, object } of quads) {
      const leadsOn = [`${LDP}contains`, `${DCAT}dataset`, `${DCAT}catalog`, `${DCAT}distribution`].includes(
        predicate.value,
      );
      if (leadsOn && object.termType === 'NamedNode' && object.value.startsWith(root)) open.push(object.value);
    }
  }
  return { tags, kinds, unchanged, found };
}

test('a stock client walks the whole data point from its root, in each syntax, and asks again only for what changed', async (context) => {
  const { hub, publish } = await openDataPoint(context);
  const datasets = ['athens', 'lisbon'].map((site) => `${hub}/fdp/dataset/${site}/chest-films`);
  const walks = [];
  for (const [accept, type] of [
    ['text/turtle', 'text/turtle'],
    [STOCK_ACCEPT, 'application/ld+json'],
  ] as const) {
    const first = await walk(hub, accept);
    assert.deepEqual([...first.kinds], [type], accept);
    for (const dataset of datasets) {
      assert.ok(first.tags.has(dataset), dataset);
      const isDataset = ({ subject, predicate, object }: Quad) =>
        subject.value === dataset && predicate.value === TYPE && object.value === `${DCAT}Dataset`;
      assert.ok(first.found.some(isDataset), dataset);
    }
    assert.equal([...first.tags.values()].filter((tag) => !/^"[0-9a-f]{32}"$/.test(tag)).length, 0);
    const again = await walk(hub, accept, first.tags);
    assert.deepEqual(again.unchanged.toSorted(), [...first.tags.keys()].sort(), 'nothing changed, nothing is sent');
    assert.deepEqual(again.tags, first.tags);
    walks.push({ accept, first });
  }
  const turtleTag = walks[0]?.first.tags.get(datasets[0] ?? '');
  assert.notEqual(turtleTag, walks[1]?.first.tags.get(datasets[0] ?? ''), 'each syntax has its own tag');

  await publish({ ...RECORD, version: 3, title: 'Newer films', publishedAtMs: RECORD.publishedAtMs + 86_400_000 });
  for (const { accept, first } of walks) {
    const after = await walk(hub, accept, first.tags);
    const changed = [...after.tags.keys()].filter((one) => !after.unchanged.includes(one)).sort();
    const lisbon = [...first.tags.keys()].filter((one) => one.includes('/lisbon/'));
    assert.deepEqual(changed, [`${hub}/fdp/catalog/datasets`, ...lisbon].sort(), accept);
  }
});

const TYPES: readonly (readonly [string | undefined, string])[] = [
  [undefined, 'text/turtle; charset=utf-8'],
  ['*/*', 'text/turtle; charset=utf-8'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
  ['application/ld+json', 'application/ld+json'],
  ['text/turtle;q=0.2, application/ld+json;q=0.9', 'application/ld+json'],
  ['text/*', 'text/turtle; charset=utf-8'],
  ['text/turtle;q=0, */*', 'application/ld+json'],
];
test('the answer is of the kind that was asked for', async (context) => {
  const hub = await dataPoint(context);
  for (const path of ['/fdp', '/fdp/catalog/datasets', '/fdp/dataset/lisbon/chest-films']) {
    for (const [accept, contentType] of TYPES) {
      const { status, headers } = await get(`${hub}${path}`, accept ?? '');
      assert.deepEqual([status, headers.get('content-type')], [200, contentType], `${path} as ${accept}`);
      assert.equal(headers.get('vary'), 'accept');
    }
    assert.equal((await get(`${hub}${path}`, 'image/png')).status, 406);
    assert.equal(
      (await get(`${hub}${path}?format=jsonld`, 'text/html')).headers.get('content-type'),
      'application/ld+json',
    );
  }
  for (const path of ['/fdp/catalog/other', '/fdp/dataset/lisbon/none', '/fdp/page/nowhere/chest-films']) {
    assert.equal((await get(`${hub}${path}`)).status, 404, path);
  }
});

test('JSON-LD and Turtle of the catalogue and of a record say the same', async (context) => {
  const hub = await dataPoint(context);
  for (const path of ['/fdp', '/fdp/catalog/datasets', '/fdp/dataset/lisbon/chest-films']) {
    const turtle = await statements(`${hub}${path}`);
    const json = await statements(`${hub}${path}`, 'application/ld+json');
    assert.equal(json.length, turtle.length);
    const plain = (quads: readonly Quad[]) =>
      quads
        .filter(({ subject, object }) => subject.termType === 'NamedNode' && object.termType !== 'BlankNode')
        .map(({ subject, predicate, object }) => `${subject.value} ${predicate.value} ${object.value}`)
        .sort();
    assert.deepEqual(plain(json), plain(turtle));
  }
});

test('the landing page points to its record, and no text of a dataset becomes part of the page', async (context) => {
  const hub = await dataPoint(context);
  const { text, headers } = await get(`${hub}/fdp/page/lisbon/chest-films`);
  assert.ok(!text.includes('<script>alert'));
  const link = headers.get('link') ?? '';
  for (const relation of ['cite-as', 'describedby', 'type', 'license', 'item', 'collection']) {
    assert.ok(link.includes(`rel="${relation}"`), relation);
  }
  for (const [, address = ''] of link.matchAll(/<(http:\/\/127[^>]*)>/g)) {
    assert.equal((await get(address)).status, 200, address);
  }
  const [, embedded = ''] = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(text) ?? [];
  const data: unknown = JSON.parse(embedded);
  assert.ok(typeof data === 'object' && data !== null && 'name' in data && '@id' in data && '@type' in data);
  assert.deepEqual(
    [data['@type'], data['@id'], data.name],
    ['Dataset', `${hub}/fdp/dataset/lisbon/chest-films`, RECORD.title],
  );
});

test('the FAIR score says what would help, and that is a registered identifier only', async (context) => {
  const hub = await dataPoint(context);
  const { text } = await get(`${hub}/fdp/fair/lisbon/chest-films`);
  const { percent, metrics } = fairScoreSchema.parse(JSON.parse(text));
  const lacking = metrics.filter(({ improve }) => improve !== '').map(({ metric }) => metric);
  assert.deepEqual(lacking, ['FsF-F1-02MD']);
  assert.ok(percent > 90 && percent < 100);
});

test('counts and variables are tables', async (context) => {
  const hub = await dataPoint(context);
  const at = `${hub}/fdp/distribution/lisbon/chest-films`;
  const analytics = await get(`${at}/analytics`);
  assert.match(analytics.headers.get('content-type') ?? '', /^text\/csv/);
  assert.match(analytics.text, /^measure,value,count\r\npersons,,120\r\n/);
  assert.match((await get(`${at}/sample`, 'text/html')).text, /^name,title,description,datatype,concept\r\n/);
  assert.match((await get(`${at}/images`)).text, /a dcat:Distribution/);
  assert.equal((await get(`${at}/pixels`)).status, 400);
});

const shapes = join(process.env['UNICA_DATA'] ?? '../shared/data', '..', 'standards', 'fdp');

/**
 * Where the shapes of the FAIR Data Point and DCAT-AP exclude each other: the one wants a media type as text, the other
 * as an address. DCAT-AP goes first, as it is law.
 */
const KNOWN_CONFLICTS = [`Distribution ${DCAT}mediaType`];

async function againstFdpShapes(quads: readonly Quad[]): Promise<readonly string[]> {
  const files = ['catalog', 'dataset', 'distribution', 'fdp', 'data-service', 'metadata-service', 'resource'];
  const found = new Set<string>();
  for (const file of files) {
    const shape = new Parser().parse(readFileSync(join(shapes, `shape-${file}.ttl`), 'utf8'));
    const { results } = await new SecondEngine(new Store(shape)).validate(new Store([...quads]));
    for (const { focusNode, path } of results) {
      const types = quads.filter(
        ({ subject, predicate }) => focusNode && subject.equals(focusNode) && predicate.value === TYPE,
      );
      found.add(`${types[0]?.object.value.split(/[#/]/).at(-1)} ${path && 'value' in path ? path.value : ''}`);
    }
  }
  return [...found].sort();
}

function objects(quads: readonly Quad[], predicate: string): readonly string[] {
  return quads.filter((one) => one.predicate.value === predicate).map(({ object }) => object.value);
}
