import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { silentLog } from '#base';
import { createHubToken, hubConfig, startHub } from '#hub';
import { readCsv } from '#intake';
import { createNodeToken, exportWarehouse, importWarehouse, initNode, nodeConfig, startNode } from '#node';
import { syntheticSite } from '#synth';
import { accessRequestSchema, type Role, type SearchView, searchViewSchema } from '#wire';
import { guidedRun } from './guided-run.ts';
import { HouseClient } from './house-client.ts';

const TABLES = fileURLToPath(new URL('../../conformance/cdm-fixture/', import.meta.url));
const NAME = 'chest-films';

interface Site {
  readonly siteId: string;
  readonly country: 'DE' | 'GR' | 'UA';
  readonly table: string;
  readonly condition: string;
  /** A variable that only the spreadsheet knows. */
  readonly variable: string;
}

/** Spreadsheets of three hospitals in their own languages, encodings and decimal marks. */
const SITES: readonly Site[] = [
  {
    siteId: 'berlin',
    country: 'DE',
    table: 'brust-register.csv',
    condition: 'CLIN1000060',
    variable: 'tumour_size',
  },
  {
    siteId: 'athens',
    country: 'GR',
    table: 'pnevmonas.csv',
    condition: 'CLIN1000065',
    variable: 'pack_years',
  },
  {
    siteId: 'kyiv',
    country: 'UA',
    table: 'prostata.csv',
    condition: 'CLIN1000075',
    variable: 'psa',
  },
];

async function networkOf(context: TestContext, { siteId, country, table }: Site) {
  const home = await mkdtemp(join(tmpdir(), 'unica-guided-'));
  const hub = hubConfig({ home: join(home, 'hub'), port: '0', demonstration: 'true', logLevel: 'silent' });
  const runningHub = await startHub(hub, silentLog);
  const atHub = async (role: Role) => {
    const token = await createHubToken(hub, { name: role, roles: [role], days: 1 });
    return new HouseClient({ house: 'hub', url: runningHub.url, token });
  };
  const coordinator = await atHub('coordinator');
  const invitation = { siteId, displayName: siteId, country };
  const { code } = await coordinator.post('/api/enrolment-codes', invitation, z.object({ code: z.string() }));
  const config = nodeConfig({ home: join(home, 'node'), port: '0', demonstration: 'true', logLevel: 'silent' });
  await initNode(config, { siteId, displayName: siteId, country, hubUrl: runningHub.url, code });
  const films = join(home, 'films');
  await mkdir(films);
  const people = new Set<string>();
  for (const file of syntheticSite({ siteId, country, persons: 40, seed: 5 })) {
    await writeFile(join(films, file.fileName), file.bytes);
    people.add(file.clinical.patientId);
  }
  const spreadsheet = join(home, table);
  await writeFile(spreadsheet, await withPeople(join(TABLES, table), [...people]));
  const running = await startNode(config, silentLog);
  context.after(async () => {
    await running.close();
    await runningHub.close();
    await rm(home, { recursive: true, force: true });
  });
  const atNode = async (role: Role) => {
    const token = await createNodeToken(config, { name: role, roles: [role], days: 1 });
    return new HouseClient({ house: 'node', url: running.url, token });
  };
  const [node, operator] = [await atNode('curator'), await atNode('operator')];
  return { home, films, spreadsheet, config, node, operator, atHub, people: people.size };
}

/** The rows of as many people as have films, with their numbers; bytes stay as they are otherwise. */
async function withPeople(path: string, people: readonly string[]): Promise<Buffer> {
  const [header = '', ...rows] = (await readFile(path, 'latin1')).split(/\r?\n/);
  const numbers = new Map<string, string>();
  const kept = rows.flatMap((row) => {
    const [own = ''] = row.split(/[;,]/, 1);
    if (!numbers.has(own) && numbers.size < people.length) numbers.set(own, people[numbers.size] ?? '');
    const person = numbers.get(own);
    return own === '' || person === undefined ? [] : [`${person}${row.slice(own.length)}`];
  });
  return Buffer.from([header, ...kept].join('\r\n'), 'latin1');
}

/** Asks for an exact count under a permit that the committee grants and the node's operator agrees to. */
async function exactly(
  atHub: (role: Role) => Promise<HouseClient>,
  asOperator: HouseClient,
  site: Site,
): Promise<number> {
  const [researcher, committee] = [await atHub('researcher'), await atHub('committee')];
  const { requestId } = await researcher.post(
    '/api/access-requests',
    {
      title: 'Exactly how many',
      purpose: 'Sample size.',
      operations: ['count-exact'],
      datasets: [{ siteId: site.siteId, name: NAME }],
      days: 10,
    },
    accessRequestSchema,
  );
  const decision = { decision: 'granted', because: 'fine' };
  await committee.post(`/api/access-requests/${requestId}/decision`, decision, z.unknown());
  const ask = async (): Promise<SearchView> => {
    const query = { is: 'diagnosis', in: [site.condition] };
    let view = await researcher.post('/api/searches', { query, requestId }, searchViewSchema);
    while (view.nodes.length + view.failed.length === 0)
      view = await researcher.get(`/api/searches/${view.id}?waitMs=200`, searchViewSchema);
    return view;
  };
  const permitId = (await ask()).failed[0]?.because.match(/permit-[0-9a-f]+/)?.[0] ?? '';
  const rule = { scope: { kind: 'count', permitId }, because: 'Counts harm nobody.', days: 30 };
  await asOperator.post('/api/standing-rules', rule, z.unknown());
  const { total, nodes } = await ask();
  assert.equal(nodes[0]?.exact, true);
  return total.persons;
}

for (const site of SITES) {
  test(`guided: films and ${site.table} become a record that is valid by Release 8, by twelve fields`, async (context) => {
    const { home, films, spreadsheet, config, node, operator, atHub, people } = await networkOf(context, site);
    const announcement = {
      title: `Films of ${site.siteId}`,
      description: 'Synthetic films with the spreadsheet of a registry.',
      conditions: ['DUO_0000042'],
      card: {
        publisherName: 'Hospital',
        contactEmail: 'data@hospital.example',
        condition: site.condition,
        collectionMethod: 'patient-based' as const,
        populationCoverage: 'Invented people',
        legalBasis: ['A6-1-e' as const, 'A9-2-j' as const],
        retentionUntil: '2040-12-31',
        hdabName: 'National health data access body',
        hdabPage: 'https://hdab.example/',
      },
    };
    const wish = { name: NAME, images: [films], tables: [{ path: spreadsheet }], announcement, publish: true };
    const report = await guidedRun(node, wish, () => {});

    assert.equal(report.published, true);
    assert.deepEqual([report.standing.state, report.standing.missing], ['r8-valid', []]);
    assert.ok(Object.keys(announcement).length - 1 + Object.keys(announcement.card).length <= 12);
    const { record, turtle } = report.standing;
    assert.ok(record.variables?.some(({ name }) => name === site.variable));
    assert.match(turtle, new RegExp(`csvw:name "${site.variable}"`));
    assert.deepEqual(
      report.guide.steps.map(({ step, state }) => `${step} ${state}`),
      ['images done', 'tables done', 'warehouse done', 'dossier done', 'publish done'],
    );
    assert.equal(report.guide.published?.isCurrent, true);
    assert.deepEqual(report.guide.published?.announcement, announcement);
    const [table] = report.tables;
    assert.ok((table?.effect.columns.mapped ?? 0) > 5);
    assert.ok((table?.effect.persons ?? 0) <= people);

    // What was published does not change, and says the same wherever it is written down.
    const first = await exportWarehouse(config, { name: NAME, out: join(home, 'first'), version: record.version });
    await node.upload('/api/mapping/tables?name=more.csv', new Blob(['patient id;sex\nX1;f\n']), z.unknown());
    const later = await guidedRun(node, { ...wish, images: [], publish: false }, () => {});
    assert.equal(later.published, false);
    const again = await exportWarehouse(config, { name: NAME, out: join(home, 'again'), version: record.version });
    assert.equal(again.contentSha256, first.contentSha256);
    for (const file of await readdir(join(home, 'first')))
      assert.equal(
        await readFile(join(home, 'again', file), 'utf8'),
        await readFile(join(home, 'first', file), 'utf8'),
        file,
      );

    const dataset = await readFile(join(home, 'first', `${NAME}_dataset.csv`), 'utf8');
    assert.match(dataset, new RegExp(`${NAME},Films of ${site.siteId},`));

    // Federated search counts whom the spreadsheet has a diagnosis of.
    const conditions = readCsv(await readFile(join(home, 'first', `${NAME}_cancer_condition.csv`), 'utf8'));
    const [whose, what] = ['patient_id', 'cancer_condition_code'].map((column) => conditions.header.indexOf(column));
    const diagnosed = new Set(conditions.rows.filter((row) => row[what ?? 0] !== '').map((row) => row[whose ?? 0]));
    assert.ok(diagnosed.size > 10);
    assert.equal(await exactly(atHub, operator, site), diagnosed.size);

    // The tables alone make the same warehouse elsewhere.
    const other = nodeConfig({ home: join(home, 'other'), port: '0', logLevel: 'silent' });
    await copyOfSite(config.home, other.home);
    const back = await importWarehouse(other, { name: NAME, folder: join(home, 'first') });
    assert.equal(back.contentSha256, first.contentSha256);
  });
}

/** Another home of the same site, with nothing in it. */
async function copyOfSite(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    if (!/\.(json|key|secret)$/.test(name)) continue;
    await writeFile(join(to, name), await readFile(join(from, name)), { mode: 0o600 });
  }
}
