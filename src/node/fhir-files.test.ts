import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UnicaError } from '#base';
import { shippedDefinitions, validateFhir } from '#fhir';
import { openTable, readClinicalTable } from '#intake';
import { mappingOf, profileTable, proposeMapping } from '#mapping';
import { forEachEngine } from '#store';
import { CDM } from '#vocab';
import {
  type BuildReport,
  CDM_TABLE_NAMES,
  ClinicalWarehouse,
  codedPersons,
  type ImagedStudy,
  type WarehouseTables,
  warehouseMigrations,
} from '#warehouse';
import { loadCdmFiles } from './cdm-files.ts';
import { loadFhirFile, writeFhirFile } from './fhir-files.ts';
import { tablesWarehouse } from './warehouse-fixture.ts';

const FIXTURE = fileURLToPath(new URL('../../conformance/cdm-fixture/', import.meta.url));
const EXPECTED = join(FIXTURE, 'expected');
const TODAY = '2026-11-24';

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-fhir-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  return folder;
}

/** All rows with their numbers, keys and the original values of codes; of loads and cells another warehouse knows nothing. */
async function saidBy(warehouse: ClinicalWarehouse, { build }: BuildReport): Promise<readonly string[]> {
  const said: string[] = [];
  for (const table of CDM_TABLE_NAMES) {
    for await (const rows of warehouse.rows(build, table)) {
      for (const { person, values, origin } of rows) {
        const originals = Object.entries(origin).flatMap(([column, { original }]) =>
          original === undefined ? [] : [`${column}=${original}`],
        );
        said.push(JSON.stringify([table, person, values, originals.sort()]));
      }
    }
  }
  return said;
}

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'fhir-clinical: 200 people of three registries with their images go out as FHIR, are valid, and come back the same',
  async (open, context) => {
    const folder = await folderOf(context);
    const images = new Map(
      Object.entries(JSON.parse(await readFile(join(FIXTURE, 'images.json'), 'utf8')) as Record<string, ImagedStudy[]>),
    );
    const people = [...images.keys()].sort();
    const warehouseIn = async (isImaged: boolean) =>
      new ClinicalWarehouse({
        database: await open<WarehouseTables>(context, warehouseMigrations),
        imaging: {
          revision: async () => 'images',
          personsAfter: async (person, limit) => (isImaged ? people.filter((one) => one > person).slice(0, limit) : []),
          studiesBetween: async (from, to) =>
            new Map(isImaged ? [...images].filter(([person]) => person >= from && person <= to) : []),
        },
        standing: { refresh: async () => {}, isLeftOut: () => false, version: () => 0 },
        clock: () => 1,
        datasetId: 'set',
      });
    const first = await warehouseIn(true);
    for (const name of ['brust-register.csv', 'pnevmonas.csv', 'prostata.csv']) {
      const path = join(FIXTURE, name);
      const mapping = mappingOf(proposeMapping(profileTable(await readClinicalTable(path), TODAY)));
      const means = {
        personOf: (identifier: string) => `P${identifier}`,
        uidOf: (uid: string) => uid,
        daysBackOf: () => 9,
        datasetId: 'set',
        today: TODAY,
      };
      await first.load({ name, table: await openTable(path), mapping, means });
    }
    const build = await first.current();
    const { rows, invalid } = await writeFhirFile(first, build, { out: folder, datasetId: 'set' });
    assert.deepEqual(invalid, []);
    assert.equal(rows['Patient'], build.persons);
    for (const kind of ['Condition', 'Observation', 'Procedure', 'BodyStructure', 'EpisodeOfCare', 'ImagingStudy'])
      assert.ok((rows[kind] ?? 0) > 0, kind);

    const file = join(folder, 'set.fhir.ndjson');
    const second = await warehouseIn(false);
    await loadFhirFile(second, file, 'fhir set');
    const again = await second.current();
    assert.deepEqual(await saidBy(second, again), await saidBy(first, build));
    assert.equal(again.contentSha256, build.contentSha256);
    assert.equal((await loadFhirFile(second, file, 'fhir set')).isKnown, true);
  },
);

test('fhir-clinical: every column of every table goes out and comes back, whatever it holds', async (context) => {
  const folder = await folderOf(context);
  const first = await tablesWarehouse(context, folder, 'first');
  const value = (sqlType: string, variant: number, column: string): string | number | boolean | null => {
    if (sqlType === 'BOOLEAN') return variant % 2 === 0;
    if (sqlType === 'INTEGER') return variant === 1 ? -4 : 7;
    if (sqlType.startsWith('DECIMAL')) return variant === 1 ? 0.25 : 12.5;
    if (sqlType === 'DATE') return '2019-03-07';
    const length = Number(/\((\d+)\)/.exec(sqlType)?.[1] ?? 50);
    if (column.endsWith('_uid')) return `2.25.${variant + 1}`;
    const texts = ['COM1000151', 'so-called "words"', 'CLIN1004413', '  tab\t\u0007bell ', 'CLIN9999999'];
    return texts[variant]?.slice(0, length) ?? null;
  };
  // Five people: codes, words, codes with what the source said, text that FHIR takes for none, and codes that are not known here.
  await first.loadReady(
    'all',
    'a'.repeat(64),
    (async function* () {
      for (const variant of [0, 1, 2, 3, 4]) {
        const person = `P ${variant}/ü`;
        yield CDM_TABLE_NAMES.filter((table) => table !== 'dataset').map((table) => {
          const columns = CDM.filter((column) => column.table === table);
          const values = Object.fromEntries(
            columns.map(({ column, sqlType, key, references }) => [
              column,
              column === 'patient_id'
                ? person
                : column === 'dataset_id'
                  ? 'set'
                  : key || references !== null || column === 'Episode' || column === 'event_table_id'
                    ? 1
                    : column === 'event_table_name'
                      ? 'treatment'
                      : value(sqlType, variant, column),
            ]),
          );
          const origin = Object.fromEntries(
            variant < 2
              ? []
              : columns
                  .filter(({ key }) => !key)
                  .map(({ column }) => [column, { original: ['', '', 'ja', ' \u0001', 'nein'][variant] ?? '' }]),
          );
          return { person, row: { table, values, origin } };
        });
      }
    })(),
  );
  const build = await first.current();
  const { invalid } = await writeFhirFile(first, build, { out: folder, datasetId: 'set' });
  assert.deepEqual(invalid, []);
  const second = await tablesWarehouse(context, folder, 'second');
  await loadFhirFile(second, join(folder, 'set.fhir.ndjson'), 'fhir set');
  const again = await second.current();
  assert.deepEqual(await saidBy(second, again), await saidBy(first, build));
  assert.equal(again.contentSha256, build.contentSha256);
});

test('fhir-clinical: another site loads it as any FHIR, through a mapping', async (context) => {
  const folder = await folderOf(context);
  const first = await tablesWarehouse(context, folder, 'first');
  await loadCdmFiles(first, EXPECTED, 'set');
  const build = await first.current();
  await writeFhirFile(first, build, { out: folder, datasetId: 'set' });
  const path = join(folder, 'set.fhir.ndjson');
  const second = await tablesWarehouse(context, folder, 'second');
  const mapping = mappingOf(proposeMapping(profileTable(await readClinicalTable(path), TODAY)));
  const means = {
    personOf: (one: string) => one,
    uidOf: (one: string) => one,
    daysBackOf: () => 0,
    datasetId: 'set',
    today: TODAY,
  };
  await second.load({ name: 'fhir', table: await openTable(path), mapping, means });
  const factsOf = async (warehouse: ClinicalWarehouse) =>
    (await codedPersons(warehouse, await warehouse.current())).map(
      ({ person, sex, yearOfDiagnosis, ageAtDiagnosis }) => [person, sex, yearOfDiagnosis, ageAtDiagnosis],
    );
  assert.deepEqual(await factsOf(second), await factsOf(first));
});

test('fhir-clinical: what is no row of the model, or of somebody else, is refused by line and nothing stays', async (context) => {
  const folder = await folderOf(context);
  const first = await tablesWarehouse(context, folder, 'first');
  await loadCdmFiles(first, EXPECTED, 'set');
  await writeFhirFile(first, await first.current(), { out: folder, datasetId: 'set' });
  const lines = (await readFile(join(folder, 'set.fhir.ndjson'), 'utf8')).trimEnd().split('\n');
  const condition = lines.findIndex((line) => line.startsWith('{"resourceType":"Condition"'));
  const changed = (at: number, from: RegExp, to: string): string[] =>
    lines.map((line, index) => (index === at ? line.replace(from, to) : line));
  const last = lines.findLast((line) => line.startsWith('{"resourceType":"Patient"'));
  const { id } = JSON.parse(last ?? '{}');
  const resourceOfLast = (said: object) => JSON.stringify({ ...said, subject: { reference: `Patient/${id}` } });
  const rows: readonly (readonly [string, readonly string[], RegExp | string])[] = [
    ['no JSON', [...lines, '{'], 'intake.csv-invalid'],
    ['no resource', [...lines, '[]'], 'fhir.no-row'],
    ['a kind of resource that no table is', [...lines, '{"resourceType":"Device","id":"x-1"}'], 'fhir.no-row'],
    ['a row of nobody', lines.slice(1), 'fhir.no-row'],
    ['a person twice', [...lines, lines[0] ?? ''], 'fhir.no-row'],
    ['a table that is not there', changed(condition, /"id":"cancer-condition-/, '"id":"cancer-'), 'fhir.no-row'],
    ['a day that is none', changed(condition, /"recordedDate":"[^"]*"/, '"recordedDate":"yesterday"'), 'fhir.no-row'],
    [
      'an age that is text',
      changed(condition, /"onsetAge":\{"value":[\d.]+/, '"onsetAge":{"value":"old"'),
      'fhir.no-row',
    ],
    [
      'a column that is not there',
      changed(condition, /urn:unica:cdm:cancer_condition\.Episode/, 'urn:unica:cdm:cancer_condition.__proto__'),
      'fhir.no-row',
    ],
    [
      'a study without its UID',
      [...lines, resourceOfLast({ resourceType: 'ImagingStudy', id: 'image-study-9001' })],
      'fhir.no-row',
    ],
    [
      'a series without its UID',
      [
        ...lines,
        resourceOfLast({
          ...{ resourceType: 'ImagingStudy', id: 'image-study-9001', series: [{ id: 'image-series-9001' }] },
          identifier: [{ system: 'urn:dicom:uid', value: 'urn:oid:1.2' }],
        }),
      ],
      'fhir.no-row',
    ],
    ...['toString', '__proto__', 'toString.original'].map((column): readonly [string, readonly string[], string] => [
      `text in the column ${column}, which no table has`,
      changed(
        condition,
        /urn:unica:cdm:cancer_condition\.Episode","valueReference":\{[^}]*\}/,
        `urn:unica:cdm:cancer_condition.${column}","valueString":"x"`,
      ),
      'fhir.no-row',
    ]),
  ];
  for (const [name, text, code] of rows) {
    assert.notDeepEqual(text, lines, name);
    const path = join(folder, 'bad.ndjson');
    await writeFile(path, `${text.join('\n')}\n`);
    const second = await tablesWarehouse(context, folder, name.replaceAll(' ', '-'));
    await assert.rejects(loadFhirFile(second, path, 'bad'), (thrown: unknown) => {
      assert.ok(thrown instanceof UnicaError, `${name}: ${thrown}`);
      assert.equal(thrown.code, code, name);
      return true;
    });
    assert.deepEqual(await second.loads(), [], name);
  }
});

test('the profiles that clinical resources claim are shipped', () => {
  for (const profile of ['patient', 'condition', 'procedure', 'medicationStatement']) {
    const url = `http://hl7.eu/fhir/base/StructureDefinition/${profile}-eu-core`;
    assert.notEqual(shippedDefinitions().tree(url), undefined, url);
  }
  assert.equal(validateFhir({ resourceType: 'Patient', gender: 'x' }).valid, false);
});
