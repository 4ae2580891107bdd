import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTable, readCsv } from '#intake';
import { type MappingDocument, type MappingMeans, mappingOf, profileTable, proposeMapping } from '#mapping';
import { forEachEngine, type OpenFresh } from '#store';
import {
  CDM_TABLE_NAMES,
  ClinicalWarehouse,
  type ImagedStudy,
  type WarehouseTables,
  warehouseMigrations,
} from '#warehouse';
import { loadCdmFiles, writeCdmFiles } from './cdm-files.ts';
import { imagesIndex, tablesWarehouse } from './warehouse-fixture.ts';

const FIXTURE = fileURLToPath(new URL('../../conformance/cdm-fixture/', import.meta.url));
const FILES = ['brust-register.csv', 'pnevmonas.csv', 'prostata.csv'];

const MEANS: MappingMeans = {
  personOf: (identifier) => `P${identifier}`,
  uidOf: (uid) => uid,
  daysBackOf: (person) => Number(person.slice(1)) % 40,
  datasetId: 'set',
  today: '2026-11-24',
};

async function warehouseIn(open: OpenFresh, context: TestContext, images: ReadonlyMap<string, readonly ImagedStudy[]>) {
  return new ClinicalWarehouse({
    database: await open<WarehouseTables>(context, warehouseMigrations),
    imaging: imagesIndex(images),
    standing: { refresh: async () => {}, isLeftOut: () => false, version: () => 0 },
    clock: () => 1,
    datasetId: 'set',
  });
}

/** A mapping as the labels beside the tables say. */
async function labelled(name: string): Promise<MappingDocument> {
  const labels = JSON.parse(await readFile(join(FIXTURE, 'labels.json'), 'utf8'));
  const { columns, values } = labels[name] as {
    columns: Record<string, string>;
    values: Record<string, Record<string, string>>;
  };
  return {
    mapping: 1,
    columns: Object.entries(columns).map(([column, element]) =>
      element === 'leave-out' || element === 'none'
        ? { column, leave_out: 'unneeded' as const }
        : { column, element, ...(values[column] === undefined ? {} : { values: values[column] }) },
    ),
  };
}

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-cdm-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'cdm-csv: 200 people of three registries become what an independent program says, column by column, and come back as they went',
  async (open, context) => {
    const images = new Map(
      Object.entries(JSON.parse(await readFile(join(FIXTURE, 'images.json'), 'utf8')) as Record<string, ImagedStudy[]>),
    );
    const warehouse = await warehouseIn(open, context, images);
    for (const name of FILES) {
      const table = await openTable(join(FIXTURE, name));
      await warehouse.load({ name, table, mapping: await labelled(name), means: MEANS });
    }
    const build = await warehouse.current();
    const out = await folderOf(context);
    await writeCdmFiles(warehouse, build, { out, datasetId: 'set' });
    assert.equal((await readdir(out)).length, CDM_TABLE_NAMES.length + 1);
    for (const table of CDM_TABLE_NAMES) {
      const expected = readCsv(await readFile(join(FIXTURE, 'expected', `set_${table}.csv`), 'utf8'));
      const found = readCsv(await readFile(join(out, `set_${table}.csv`), 'utf8'));
      assert.deepEqual(found.header, expected.header, table);
      for (const [at, column] of expected.header.entries()) {
        assert.deepEqual(
          found.rows.map((row) => row[at]),
          expected.rows.map((row) => row[at]),
          `${table}.${column}`,
        );
      }
    }
    // Into another warehouse, which has none of the images, and out again.
    const other = await warehouseIn(open, context, new Map());
    const report = await loadCdmFiles(other, out, 'set');
    assert.equal(report.rows, build.rows - 1, 'every row but that of the dataset');
    const again = await other.current();
    const back = await folderOf(context);
    await writeCdmFiles(other, again, { out: back, datasetId: 'set' });
    for (const name of await readdir(out))
      assert.equal(await readFile(join(back, name), 'utf8'), await readFile(join(out, name), 'utf8'), name);
    assert.equal(again.contentSha256, build.contentSha256, 'the same rows, and the same original values');
    assert.equal((await loadCdmFiles(other, out, 'set')).isKnown, true);
  },
);

test('cdm-csv: text that a spreadsheet would run gets an apostrophe and comes back without', async (context) => {
  const folder = await folderOf(context);
  const warehouse = await tablesWarehouse(context, folder);
  const evil = ['=HYPERLINK("http://x")', '+1', '-2+3', '@SUM(A1)', "'=quoted", "plain, 'text'"];
  await warehouse.load({
    name: 'a.csv',
    table: {
      header: ['nr', 'death'],
      sha256: 'a'.repeat(64),
      async *rows() {
        yield evil.map((cell, at) => ({ row: at + 1, cells: [`${at + 1}`, cell] }));
      },
    },
    mapping: {
      mapping: 1,
      columns: [
        { column: 'nr', element: 'patient-id' },
        { column: 'death', element: 'cause-of-death' },
      ],
    },
    means: MEANS,
  });
  const out = join(folder, 'out');
  const build = await warehouse.current();
  await writeCdmFiles(warehouse, build, { out, datasetId: 'set' });
  const { header, rows } = readCsv(await readFile(join(out, 'set_patient.csv'), 'utf8'));
  const at = header.indexOf('patient_cause_of_death');
  assert.ok(
    rows.every((row) => !/^[=+\-@\t\r]/.test(row[at] ?? '')),
    'nothing begins like a formula',
  );
  await warehouse.removeLoad('a.csv');
  await loadCdmFiles(warehouse, out, 'b');
  assert.equal((await warehouse.current()).contentSha256, build.contentSha256);
});

test('cdm-csv: what belongs to nobody, and what the model does not have, is refused and nothing stays', async (context) => {
  const folder = await folderOf(context);
  const profile = profileTable({ header: ['nr'], rows: [['1'], ['2'], ['3']] }, '2026-01-01');
  assert.equal(mappingOf(proposeMapping(profile)).columns[0]?.element, 'patient-id', 'the first column is the person');
  await assert.rejects(loadCdmFiles({} as ClinicalWarehouse, join(folder, 'none'), 'x'), /There is no file or folder/);
  const warehouse = await tablesWarehouse(context, folder);
  for (const [table, text, sentence] of [
    ['tumor', 'tumor_id,patient_id\n1,\n', /belongs to nobody/],
    ['patient', 'patient_id,shoe_size\nP1,40\n', /no such column/],
    ['image_study', 'study_id,patient_id,study_uid\n1,P1,\n', /image_study.*study_uid: it is empty and must not be/],
  ] as const) {
    const out = join(folder, `${table} refused`);
    await mkdir(out);
    await writeFile(join(out, 'set_patient.csv'), 'patient_id,dataset_id\nP1,set\n');
    await writeFile(join(out, `set_${table}.csv`), text);
    await assert.rejects(loadCdmFiles(warehouse, out, 'x'), sentence, table);
    assert.deepEqual(await warehouse.loads(), [], table);
  }
});

test('cdm-csv: episodes that belong to one another in a circle are kept as they are, and the build comes to an end', async (context) => {
  const folder = await folderOf(context);
  const warehouse = await tablesWarehouse(context, folder);
  const episode = (number: number, parent: number) => ({
    person: 'P1',
    row: { table: 'episode', values: { episode_id: number, patient_id: 'P1', episode_parent_id: parent }, origin: {} },
  });
  await warehouse.loadReady(
    'circle',
    'c'.repeat(64),
    (async function* () {
      yield [{ person: 'P1', row: { table: 'patient', values: { patient_id: 'P1' }, origin: {} } }];
      yield [episode(1, 2), episode(2, 1), episode(3, 3)];
    })(),
  );
  const { build } = await warehouse.current();
  const parents = [];
  for await (const rows of warehouse.rows(build, 'episode'))
    parents.push(...rows.map(({ values }) => [values['episode_id'], values['episode_parent_id']]));
  assert.deepEqual(parents, [
    [1, 2],
    [2, 1],
    [3, 3],
  ]);
});
