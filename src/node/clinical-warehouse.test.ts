import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { type ConsentTables, consentMigrations, openOptOuts } from '#consent';
import { generateKeys } from '#identity';
import type { MappingDocument, MappingMeans } from '#mapping';
import { type Database, forEachEngine } from '#store';
import { CDM } from '#vocab';
import {
  CDM_TABLE_NAMES,
  ClinicalWarehouse,
  codedPersons,
  type ImagedStudy,
  type StoredRow,
  type TableToLoad,
  type WarehouseTables,
  warehouseMigrations,
} from '#warehouse';
import { imagesIndex } from './warehouse-fixture.ts';

const POSTGRES = process.env['UNICA_TEST_POSTGRES_URL'];

const MEANS: MappingMeans = {
  personOf: (identifier) => `P${identifier}`,
  uidOf: (uid) => `2.25.${uid}`,
  daysBackOf: (person) => (person === 'P1' ? 10 : 0),
  datasetId: 'set',
  today: '2026-11-24',
};

const MAPPING: MappingDocument = {
  mapping: 1,
  columns: [
    { column: 'nr', element: 'patient-id' },
    { column: 'sex', element: 'sex' },
    { column: 'dx', element: 'diagnosis-date' },
    { column: 'diagnosis', element: 'diagnosis' },
    { column: 'group', element: 'population' },
    { column: 'op date', element: 'surgery-date' },
    { column: 'op', element: 'surgery' },
    { column: 'exam', element: 'imaging-date' },
    { column: 'dead', element: 'deceased' },
    { column: 'psa', element: 'psa' },
  ],
};

const TABLE = tableOf(
  `
nr;sex;dx;diagnosis;group;op date;op;exam;dead;psa
1;w;11.03.2018;breast cancer;cancer;02.04.2018;mastectomy;;nein;
2;m;01.02.2015;prostate cancer;cancer;;;;ja;4,5
3;f;;;negative screening;;;05.05.2020;;
4;w;01.01.2020;breast cancer;cancer;;;31.02.2020;;
`,
  'a',
);

/** Days that images of these people have are moved already. */
const STUDIES: ReadonlyMap<string, readonly ImagedStudy[]> = new Map([
  ['P1', [study('1.1', '20180311', 'F'), study('1.2', '20180405', 'F')]],
  ['P2', [study('2.1', '20200301', 'M')]],
  ['P3', [study('3.1', '20200505', 'F'), study('3.2', '20220505', 'F')]],
  ['P9', [study('9.1', '20210101', 'O')]],
]);

function tableOf(text: string, sha256: string): TableToLoad {
  const [header = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.split(';'));
  return {
    header,
    sha256: sha256.repeat(64),
    async *rows() {
      yield rows.map((cells, at) => ({ row: at + 1, cells }));
    },
  };
}

function study(uid: string, date: string, sex: string): ImagedStudy {
  const series = {
    seriesUid: `${uid}.1`,
    number: 1,
    description: 'L CC',
    manufacturer: 'HOLOGIC, Inc.',
    bodyPart: 'BREAST',
    laterality: 'L',
    date,
    modality: 'MG',
    acquisition: { sliceThicknessMm: null, echoTimeMs: null },
  };
  return { studyUid: uid, date, sex, series: [series] };
}

type Tables = AuditTables & ConsentTables & WarehouseTables;

async function opened(database: Database<Tables>, studies = STUDIES) {
  const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
  const optOuts = await openOptOuts(database, { journal, clock: () => 1 });
  const warehouse = new ClinicalWarehouse({
    database: database as unknown as Database<WarehouseTables>,
    imaging: imagesIndex(studies),
    standing: optOuts,
    clock: () => 1_000_000_000_000,
    datasetId: 'set',
  });
  return { warehouse, optOuts };
}

const MIGRATIONS = [...auditMigrations, ...consentMigrations, ...warehouseMigrations];

async function allRows(warehouse: ClinicalWarehouse, build: number): Promise<readonly StoredRow[]> {
  const rows: StoredRow[] = [];
  for (const table of CDM_TABLE_NAMES) for await (const page of warehouse.rows(build, table)) rows.push(...page);
  return rows;
}

function filled({ values }: StoredRow) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));
}

forEachEngine(
  test,
  POSTGRES,
  'warehouse: the tables have the columns of the model, spelt and typed as theirs',
  async (open, context) => {
    const database = await open<Tables>(context, MIGRATIONS);
    const found: string[] = [];
    for (const table of CDM_TABLE_NAMES) {
      const { rows } =
        database.engine === 'sqlite'
          ? await sql<{ name: string }>`select name from pragma_table_info(${`cdm_${table}`}) order by cid`.execute(
              database.kysely,
            )
          : await sql<{
              name: string;
            }>`select column_name as name from information_schema.columns where table_name = ${`cdm_${table}`} and table_schema = current_schema() order by ordinal_position`.execute(
              database.kysely,
            );
      for (const { name } of rows) if (!name.startsWith('unica_')) found.push(`${table}.${name}`);
    }
    assert.deepEqual(
      found,
      CDM.map(({ table, column }) => `${table}.${column}`),
    );
    assert.equal(CDM_TABLE_NAMES.length, 24);
    assert.equal(found.length, 205);
  },
);

forEachEngine(
  test,
  POSTGRES,
  'warehouse: tables and images become one, with episodes, timepoints, days from the diagnosis and both values of codes',
  async (open, context) => {
    const { warehouse } = await opened(await open<Tables>(context, MIGRATIONS));
    const report = await warehouse.load({ name: 'registry.csv', table: TABLE, mapping: MAPPING, means: MEANS });
    assert.equal(typeof (await warehouse.arrivedAtMs('P4')), 'number', 'who has no image is there since the rows are');
    assert.equal(await warehouse.arrivedAtMs('P99'), undefined);
    assert.equal(report.rows, 4);
    assert.deepEqual(report.problems, { 'impossible-date': 1 });
    assert.deepEqual(await warehouse.issues(report.load, 10), [{ row: 4, column: 'exam', problem: 'impossible-date' }]);
    const build = await warehouse.current();
    const rows = await allRows(warehouse, build.build);
    assert.equal(build.persons, 5);
    assert.equal(build.rows, rows.length);
    const of = (table: string, person: string) =>
      rows.filter((row) => row.table === table && row.person === person).map(filled);
    assert.deepEqual(of('patient', 'P1'), [
      {
        patient_id: 'P1',
        dataset_id: 'set',
        patient_birth_sex: 'COM1001370',
        patient_diagnostic_category: 'COM1001087',
        patient_deceased: false,
      },
    ]);
    const [patient] = rows.filter((row) => row.table === 'patient');
    assert.deepEqual(patient?.origin['patient_birth_sex'], {
      load: report.load,
      row: 1,
      column: 'sex',
      original: 'w',
    });
    // Ten days back: diagnosed on 1 March, operated on 23 March; images of 11 March and 5 April.
    assert.deepEqual(
      of('image_study', 'P1').map(({ study_uid, ImagingTimepoint, study_offset_from_diagnosis, study_offset_unit }) => [
        study_uid,
        ImagingTimepoint,
        study_offset_from_diagnosis,
        study_offset_unit,
      ]),
      [
        ['1.1', 1, 10, 'COM1000153'],
        ['1.2', 1, 35, 'COM1000153'],
      ],
    );
    assert.deepEqual(
      of('episode', 'P1').map(({ episode_type_code, episode_number, episode_start_date }) => [
        episode_type_code,
        episode_number,
        episode_start_date,
      ]),
      [
        ['GEN1000008', 1, '2018-03-01'],
        ['GEN1000007', 2, '2018-03-23'],
      ],
    );
    assert.deepEqual(
      of('procedure', 'P1').map(({ procedure_code, procedure_date, Episode, ImagingTimepoint }) => [
        procedure_code,
        procedure_date,
        Episode,
        ImagingTimepoint,
      ]),
      [
        ['IMG1000030', '2018-03-11', 1, 1],
        ['IMG1000030', '2018-04-05', 2, 1],
      ],
    );
    // 1,855 days are more than the column holds: months (of 365.25 / 12 days), and told.
    assert.deepEqual(
      of('image_study', 'P2').map((one) => [one['study_offset_from_diagnosis'], one['study_offset_unit']]),
      [[60.94, 'COM1000154']],
    );
    assert.equal(build.problems['offset-in-months'], 2);
    // A negative screening has no cancer: its studies hang on the person, and no row hangs on nothing.
    assert.deepEqual(of('cancer_condition', 'P3'), []);
    assert.deepEqual(of('procedure', 'P3'), []);
    assert.deepEqual(
      of('image_study', 'P3').map((one) => [one['patient_id'], one['procedure_id'], one['ImagingTimepoint']]),
      [
        ['P3', undefined, 1],
        ['P3', undefined, 2],
      ],
    );
    assert.equal(build.problems['no-place-without-condition'], 1);
    assert.deepEqual(of('patient', 'P9'), [{ patient_id: 'P9', dataset_id: 'set', patient_birth_sex: 'COM1001288' }]);
    const series = rows.find(({ table, person }) => table === 'image_series' && person === 'P1');
    assert.equal(series?.values['series_manufacturer'], 'IMG1000064');
    assert.equal(series?.origin['series_manufacturer']?.original, 'HOLOGIC, Inc.');
    mustHang(rows);
    const coded = await codedPersons(warehouse, build);
    const first = coded.find(({ person }) => person === 'P1');
    assert.equal(first?.yearOfDiagnosis, 2018);
    assert.ok(first?.codes.includes('CLIN1000060'));
    const place = { modalities: ['IMG1000030'], bodyParts: ['BP1000136'], manufacturers: ['IMG1000064'] };
    assert.deepEqual(
      first?.studies.map(({ studyUid: _, timepoint: __, ...study }) => study),
      [
        { ...place, date: '2018-03-11' },
        { ...place, date: '2018-04-05' },
      ],
    );
    assert.deepEqual(coded.find(({ person }) => person === 'P2')?.numbers, [
      { code: 'CLIN1033410', value: 4.5, unit: 'COM1000156' },
    ]);
  },
);

/** Every number that points to a row points to one that is there. */
function mustHang(rows: readonly StoredRow[]): void {
  const keys = new Map<string, Set<unknown>>();
  for (const { table, column, key } of CDM)
    if (key)
      keys.set(
        `${table}.${column}`,
        new Set(rows.filter((row) => row.table === table).map(({ values }) => values[column])),
      );
  for (const { table, column, references } of CDM) {
    if (references === null) continue;
    for (const { values } of rows.filter((row) => row.table === table)) {
      const to = values[column];
      assert.ok(to === null || keys.get(references)?.has(to), `${table}.${column} points to ${String(to)}`);
    }
  }
  for (const { table, column, key } of CDM) {
    if (!key) continue;
    const own = rows.filter((row) => row.table === table);
    assert.equal(new Set(own.map(({ values }) => values[column])).size, own.length, `${table}.${column} is a key`);
  }
}

forEachEngine(
  test,
  POSTGRES,
  'warehouse: a version never changes, the same gives the same, and who opted out is gone',
  async (open, context) => {
    const database = await open<Tables>(context, MIGRATIONS);
    const { warehouse, optOuts } = await opened(database);
    await warehouse.load({ name: 'registry.csv', table: TABLE, mapping: MAPPING, means: MEANS });
    const first = await warehouse.freeze('set', 1);
    assert.equal((await warehouse.current()).build, first.build, 'nothing changed, nothing is built');
    const again = await warehouse.load({ name: 'registry.csv', table: TABLE, mapping: MAPPING, means: MEANS });
    assert.equal(again.isKnown, true);
    const rowsOfFirst = await allRows(warehouse, first.build);
    await optOuts.record('P1', 'opt-out', 'test');
    assert.ok(
      (await allRows(warehouse, first.build)).every(({ person }) => person !== 'P1'),
      'gone at once, of old versions too',
    );
    const without = await warehouse.current();
    assert.equal(without.persons, 4);
    assert.notEqual(without.contentSha256, first.contentSha256);
    await assert.rejects(
      warehouse.freeze('set', 1),
      (error) => error instanceof UnicaError && error.code === 'mapping.version-taken',
    );
    await optOuts.record('P1', 'withdraw-opt-out', 'test');
    const back = await warehouse.current();
    assert.equal(back.contentSha256, first.contentSha256, 'the same inputs, the same digest');
    const other = tableOf('nr;sex\n5;m', 'b');
    await warehouse.load({ name: 'registry.csv', table: other, mapping: MAPPING, means: MEANS });
    const second = await warehouse.freeze('set', 2);
    assert.deepEqual([...new Set((await allRows(warehouse, second.build)).map(({ person }) => person))].sort(), [
      '',
      'P1',
      'P2',
      'P3',
      'P5',
      'P9',
    ]);
    assert.deepEqual(await allRows(warehouse, first.build), rowsOfFirst, 'the first version is as it was');
    assert.equal(await warehouse.removeLoad('registry.csv'), true);
    assert.equal(await warehouse.removeLoad('registry.csv'), false);
    assert.equal((await warehouse.version('set', 2))?.contentSha256, second.contentSha256);
  },
);

forEachEngine(test, POSTGRES, 'warehouse: a table that breaks off leaves the earlier one', async (open, context) => {
  const { warehouse } = await opened(await open<Tables>(context, MIGRATIONS));
  await warehouse.load({ name: 'registry.csv', table: TABLE, mapping: MAPPING, means: MEANS });
  const before = await warehouse.current();
  let pass = 0;
  const broken: TableToLoad = {
    header: TABLE.header,
    sha256: 'c'.repeat(64),
    async *rows() {
      pass += 1;
      yield [{ row: 1, cells: ['7', 'm'] }];
      if (pass === 2) throw new UnicaError('intake.csv-invalid', { line: 3, problem: 'it has 99 cells' });
    },
  };
  await assert.rejects(warehouse.load({ name: 'registry.csv', table: broken, mapping: MAPPING, means: MEANS }));
  assert.equal((await warehouse.loads()).length, 1);
  const after = await warehouse.current();
  assert.equal(after.contentSha256, before.contentSha256);
  await assert.rejects(
    warehouse.load({ name: 'x.csv', table: tableOf('sex\nm', 'd'), mapping: MAPPING, means: MEANS }),
    (error) => error instanceof UnicaError && error.code === 'mapping.no-person-column',
  );
});
