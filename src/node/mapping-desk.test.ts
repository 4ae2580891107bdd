import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zipSync } from 'fflate';
import { silentLog } from '#base';
import { loadOrCreateKeys } from '#identity';
import {
  conceptsSchema,
  type MappingEffect,
  mappingEffectSchema,
  mappingElementsSchema,
  mappingStudioSchema,
  mappingTableSchema,
  mappingTablesSchema,
  mappingValuesSchema,
  mappingVersionsSchema,
  warehouseViewSchema,
} from '#wire';
import { nodeConfig } from './config.ts';
import { keyPath, siteSecret, writeIdentityCard } from './identity-card.ts';
import { createNodeToken } from './node-commands.ts';
import { type RunningNode, startNode } from './start-node.ts';

let folder: string;
let node: RunningNode;
let curator: string;
let operator: string;

const TABLE = [
  'Patientennummer;Name;Geschlecht;Datum ED;Diagnose;Tumorgröße (cm);Bemerkung',
  '1001;Müller;w;12.03.2018;Mammakarzinom;1,8;alles gut bei uns hier im Haus',
  '1002;Schmidt;m;31.02.2019;Mammakarzinom;2,1;noch ein Satz mit vielen Worten',
  '1003;Weber;q;04.05.2020;C50;groß;und der dritte Satz dazu',
  ';Klein;w;04.05.2020;C50;1,0;und der vierte Satz dazu',
  '1004;Lang;w;05.05.2020;C50;3,2;und der fünfte Satz dazu',
  '1005;Kurz;w;06.05.2020;C50;0,9;und der sechste Satz dazu',
].join('\r\n');

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unica-mapping-'));
  const home = join(folder, 'node');
  const config = nodeConfig({ home, port: '0' });
  await siteSecret(home);
  const { publicKey: hubPublicKey } = await loadOrCreateKeys(keyPath(home));
  const hub = { hubUrl: 'http://127.0.0.1:9', hubName: 'none', hubPublicKey };
  await writeIdentityCard(home, { siteId: 'graz', country: 'AT', displayName: 'Graz', ...hub });
  curator = await createNodeToken(config, { name: 'c', roles: ['curator'], days: 1 });
  operator = await createNodeToken(config, { name: 'o', roles: ['operator'], days: 1 });
  node = await startNode(config, silentLog);
});

after(async () => {
  await node.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  body?: unknown,
  token = curator,
  type = 'application/json',
) {
  const response = await node.server.fastify.inject({
    method,
    url,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined ? {} : { payload: body as string | object }),
  });
  return { status: response.statusCode, text: response.body, json: () => JSON.parse(response.body) as unknown };
}

test('mapping studio: uploaded, proposed, corrected, tried, saved and brought into the warehouse', async () => {
  const sent = await ask('POST', '/api/mapping/tables?name=register.csv', Buffer.from(TABLE), curator, 'text/csv');
  assert.equal(sent.status, 200, sent.text);
  const { tableId } = mappingTableSchema.parse(sent.json());
  assert.equal((await stat(join(folder, 'node', 'mapping', tableId, 'table'))).mode & 0o777, 0o600);
  const path = `/api/mapping/tables/${tableId}`;
  assert.equal(mappingTablesSchema.parse((await ask('GET', '/api/mapping/tables')).json()).items.length, 1);

  const studio = mappingStudioSchema.parse((await ask('GET', path)).json());
  const meanings = studio.columns.map(({ column, proposal }) => [column, proposal.element ?? proposal.decision]);
  assert.deepEqual(meanings.slice(0, 6), [
    ['Patientennummer', 'patient-id'],
    ['Name', 'leave-out'],
    ['Geschlecht', 'sex'],
    ['Datum ED', 'diagnosis-date'],
    ['Diagnose', 'diagnosis'],
    ['Tumorgröße (cm)', 'tumour-size'],
  ]);
  const date = studio.columns.find(({ column }) => column === 'Datum ED');
  assert.deepEqual(date?.profile.oddities, [{ row: 2, oddity: 'impossible-date' }]);
  assert.ok(studio.columns.every(({ proposal }) => proposal.confidence <= 1));

  const effectOf = async (document: unknown): Promise<MappingEffect> =>
    mappingEffectSchema.parse((await ask('POST', `${path}/effect`, { document })).json());
  const effect = await effectOf(studio.document);
  assert.equal(effect.persons, 5);
  assert.equal(effect.withoutPerson, 1);
  assert.deepEqual(effect.issues.map(({ row, column, problem }) => `${row} ${column} ${problem}`).sort(), [
    '2 Datum ED impossible-date',
    '3 Geschlecht value-unmapped',
    '3 Tumorgröße (cm) not-a-number',
    '4 Patientennummer no-person',
  ]);
  assert.equal(effect.issues.find(({ problem }) => problem === 'impossible-date')?.cell, '31.02.2019');
  assert.deepEqual(
    effect.byColumn.find(({ column }) => column === 'Tumorgröße (cm)'),
    { column: 'Tumorgröße (cm)', filled: 6, taken: 5, problems: { 'not-a-number': 1 } },
  );
  const asSex = await ask('GET', `${path}/values?column=Geschlecht&element=sex`);
  assert.deepEqual(
    mappingValuesSchema.parse(asSex.json()).items.map(({ value, count, code }) => [value, count, code]),
    [
      ['w', 4, 'COM1001370'],
      ['m', 1, 'COM1001366'],
      ['q', 1, null],
    ],
  );
  assert.equal((await ask('GET', `${path}/values?column=Horoskop&element=sex`)).status, 404);
  assert.equal((await ask('GET', `${path}/values?column=Geschlecht&element=sex`, undefined, operator)).status, 403);
  const corrected = structuredClone(studio.document);
  for (const column of corrected.columns)
    if (column.column === 'Geschlecht') column.values = { ...column.values, q: 'COM1002760' };
  const better = await effectOf(corrected);
  assert.equal(better.problems['value-unmapped'], undefined);
  assert.equal(better.cells.taken, effect.cells.taken + 1);

  assert.equal((await ask('POST', `${path}/run`)).status, 409, 'nothing was accepted yet');
  assert.equal((await ask('PUT', `${path}/mapping`, { document: corrected })).status, 200);
  const yaml = await ask('GET', `${path}/mapping`);
  assert.match(yaml.text, /column: Geschlecht/);
  assert.equal((await ask('PUT', `${path}/mapping`, { yaml: yaml.text })).status, 200, 'the same as text');
  const wrong = await ask('PUT', `${path}/mapping`, {
    document: { mapping: 1, columns: [{ column: 'x', element: 'horoscope' }] },
  });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /horoscope/);

  assert.equal((await ask('POST', `${path}/run`)).status, 200);
  const run = await settled(tableId);
  assert.equal(run?.state, 'done', run?.because ?? '');
  assert.equal(run?.rows, 6);
  const held = warehouseViewSchema.parse((await ask('GET', '/api/mapping/loads', undefined, operator)).json());
  assert.equal(held.loads[0]?.name, 'register.csv');
  assert.equal(held.build?.persons, 5);

  const rules = await ask('GET', '/api/mapping/rules');
  assert.match(rules.text, /patientennummer: patient-id/);
  assert.match(rules.text, /q: COM1002760/);
  for (const cell of ['1001', 'Müller', 'alles gut'])
    assert.ok(!new RegExp(`\\b${cell}\\b`, 'u').test(rules.text), `${cell} is of a person`);
  const taken = await ask('POST', '/api/mapping/rules', {
    yaml: 'rules: 1\nheadings:\n  knubbel: tumour-size\nvalues: {}\n',
  });
  assert.deepEqual(taken.json(), { headings: 1, values: 0 });
  assert.equal(
    (await ask('POST', '/api/mapping/rules', { yaml: 'rules: 1\nheadings: {a: b}\nvalues: {}' })).status,
    400,
  );
  const next = await ask(
    'POST',
    '/api/mapping/tables?name=next.csv',
    'Patientennummer;Knubbel\n1;3\n2;4\n',
    curator,
    'text/csv',
  );
  const other = mappingTableSchema.parse(next.json());
  const learnt = mappingStudioSchema.parse((await ask('GET', `/api/mapping/tables/${other.tableId}`)).json());
  assert.deepEqual(learnt.columns[1]?.proposal.reasons[0], { kind: 'accepted-before', heading: 'Knubbel' });

  assert.equal((await ask('DELETE', path)).status, 200);
  assert.equal((await ask('GET', path)).status, 404);
  assert.deepEqual((await ask('DELETE', '/api/mapping/loads/register.csv')).json(), { removed: true });
});

test('mapping studio: an operator sees no table, what is no table is not kept, concepts are found', async () => {
  assert.equal((await ask('GET', '/api/mapping/tables', undefined, operator)).status, 403);
  const before = mappingTablesSchema.parse((await ask('GET', '/api/mapping/tables')).json()).items.length;
  const bad = await ask('POST', '/api/mapping/tables?name=x.csv', 'a;b\n1;2;3;4\n', curator, 'text/csv');
  const binary = await ask('POST', '/api/mapping/tables?name=x.csv', Buffer.alloc(100), curator, 'text/csv');
  assert.equal(binary.status, 422, binary.text);
  if (bad.status === 200) await ask('DELETE', `/api/mapping/tables/${mappingTableSchema.parse(bad.json()).tableId}`);
  assert.equal(mappingTablesSchema.parse((await ask('GET', '/api/mapping/tables')).json()).items.length, before);
  assert.equal((await ask('GET', '/api/mapping/tables/table-..%2F..')).status, 400);
  const concepts = conceptsSchema.parse(
    (await ask('GET', '/api/concepts?q=heterogenously%20dense', undefined, operator)).json(),
  );
  assert.equal(concepts.items[0]?.code, 'IMG1016692');
  const elements = mappingElementsSchema.parse((await ask('GET', '/api/mapping/elements', undefined, operator)).json());
  assert.ok(elements.items.some(({ element, answers }) => element === 'density' && answers.length === 4));
});

async function settled(tableId: string) {
  for (;;) {
    const { items } = mappingTablesSchema.parse((await ask('GET', '/api/mapping/tables')).json());
    const run = items.find((item) => item.tableId === tableId)?.run;
    if (run?.state !== 'running') return run;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('mapping studio: every mapping that was saved can be had again, with who saved it and what changed', async () => {
  const sent = await ask('POST', '/api/mapping/tables?name=versions.csv', Buffer.from(TABLE), curator, 'text/csv');
  const { tableId } = mappingTableSchema.parse(sent.json());
  const path = `/api/mapping/tables/${tableId}`;
  const versions = async () => mappingVersionsSchema.parse((await ask('GET', `${path}/versions`)).json()).items;
  assert.deepEqual(await versions(), []);
  const { document } = mappingStudioSchema.parse((await ask('GET', path)).json());
  const without = {
    ...document,
    columns: document.columns.map((column) =>
      column.column === 'Diagnose' ? { column: 'Diagnose', leave_out: 'unneeded' as const } : column,
    ),
  };
  for (const wish of [document, document, without]) {
    const saved = await ask('PUT', `${path}/mapping`, { document: wish });
    assert.equal(saved.status, 200, saved.text);
  }
  const kept = await versions();
  assert.deepEqual(
    kept.map(({ version, columns, changed }) => [version, columns, changed]),
    [
      [2, document.columns.length, ['Diagnose']],
      [1, document.columns.length, []],
    ],
  );
  assert.ok(kept.every(({ actor, savedAtMs }) => actor !== '' && savedAtMs > 0));

  const first = await ask('GET', `${path}/versions/1`);
  assert.equal(first.status, 200);
  assert.notEqual(first.text, (await ask('GET', `${path}/mapping`)).text);
  assert.equal((await ask('PUT', `${path}/mapping`, { yaml: first.text })).status, 200);
  assert.equal((await ask('GET', `${path}/mapping`)).text, first.text, 'the first is the present one again');
  assert.deepEqual((await versions())[0]?.changed, ['Diagnose'], 'and that is a version too');
  for (const version of ['4', '0', 'x', '../1']) {
    const refused = await ask('GET', `${path}/versions/${encodeURIComponent(version)}`);
    assert.ok([400, 404].includes(refused.status), `${version}: ${refused.status}`);
  }
  assert.equal((await ask('GET', `${path}/versions`, undefined, operator)).status, 403);
});

test('mapping studio: FHIR, and the tables of an OMOP database as a zip, are tables like any other', async () => {
  const bundle = JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: ['1', '2', '3'].map((id) => ({ resource: { resourceType: 'Patient', id, gender: 'female' } })),
  });
  const fhir = await ask('POST', '/api/mapping/tables?name=people.json', Buffer.from(bundle), curator, 'text/plain');
  assert.equal(fhir.status, 200, fhir.text);
  const omop = zipOf({
    'export/person.csv': 'person_id,gender_concept_id,person_source_value\n1,8532,A\n2,8507,B\n',
    'export/death.csv': 'person_id,death_date\n2,2020-01-01\n',
    'export/notes.txt': 'not read',
    'other/measurement.csv': 'not read',
  });
  const sent = await ask('POST', '/api/mapping/tables?name=omop.zip', Buffer.from(omop), curator, 'application/zip');
  assert.equal(sent.status, 200, sent.text);
  const table = mappingTableSchema.parse(sent.json());
  assert.ok(table.sizeBytes > 0);
  const folderOf = join(folder, 'node', 'mapping', table.tableId, 'table');
  assert.deepEqual((await readdir(folderOf)).sort(), ['death.csv', 'person.csv']);
  assert.equal((await stat(join(folderOf, 'person.csv'))).mode & 0o777, 0o600);
  for (const [answer, expected] of [
    [fhir, [['sex', 'sex']]],
    [
      sent,
      [
        ['sex', 'sex'],
        ['deceased', 'deceased'],
      ],
    ],
  ] as const) {
    const { tableId } = mappingTableSchema.parse(answer.json());
    const { columns } = mappingStudioSchema.parse((await ask('GET', `/api/mapping/tables/${tableId}`)).json());
    const meant = columns.map(({ column, proposal }) => [column, proposal.element]);
    for (const pair of expected)
      assert.ok(
        meant.some((one) => one.join() === pair.join()),
        JSON.stringify(meant),
      );
  }
  const before = (await readdir(join(folder, 'node', 'mapping'))).length;
  for (const [name, bytes] of [
    ['a zip without people', zipOf({ 'a.txt': 'x' })],
    ['a zip that unpacks to very much more', zipOf({ 'person.csv': '0'.repeat(40_000_000) })],
    ['a zip that ends too early', omop.slice(0, -30)],
    ['JSON that is no bundle', Buffer.from('{"resourceType":"Bundle","entry":3}')],
  ] as const) {
    const refused = await ask('POST', '/api/mapping/tables?name=bad', Buffer.from(bytes), curator, 'application/zip');
    assert.ok(refused.status >= 400 && refused.status < 500, `${name}: ${refused.status} ${refused.text}`);
  }
  assert.equal((await readdir(join(folder, 'node', 'mapping'))).length, before, 'nothing of them stays');
});

function zipOf(files: Readonly<Record<string, string>>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)])));
}
