import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTable, readClinicalTable, readCsv } from '#intake';
import { mappingOf, profileTable, proposeMapping } from '#mapping';
import { type ClinicalWarehouse, codedPersons, type ImagedStudy } from '#warehouse';
import { writeOmopFiles } from './omop-files.ts';
import { tablesWarehouse } from './warehouse-fixture.ts';

const TODAY = '2026-11-24';
const FIXTURE = new URL('../../conformance/cdm-fixture/prostata.csv', import.meta.url).pathname;
const MEANS = {
  personOf: (identifier: string) => identifier,
  uidOf: (uid: string) => uid,
  daysBackOf: () => 0,
  datasetId: 'set',
  today: TODAY,
};

test('omop: what a registry says comes back from the tables of OMOP as it was', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-omop-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  const warehouseOf = async (name: string, path: string): Promise<ClinicalWarehouse> => {
    const warehouse = await tablesWarehouse(context, folder, name);
    const mapping = mappingOf(proposeMapping(profileTable(await readClinicalTable(path), TODAY)));
    await warehouse.load({ name: 'table', table: await openTable(path), mapping, means: MEANS });
    return warehouse;
  };
  const first = await warehouseOf('first', FIXTURE);
  const build = await first.current();
  const out = join(folder, 'omop');
  const { rows, undated } = await writeOmopFiles(first, build, { out });
  assert.deepEqual(
    (await readdir(out)).filter((name) => !name.endsWith('.csv')),
    [],
  );
  assert.equal(rows['person'], build.persons);
  assert.equal(undated, 0);

  const person = readCsv(await readFile(join(out, 'person.csv'), 'utf8'));
  assert.ok(person.rows.every((cells) => /^(19|20)\d{2}$/.test(cells[person.header.indexOf('year_of_birth')] ?? '')));
  const measurement = readCsv(await readFile(join(out, 'measurement.csv'), 'utf8'));
  assert.ok(measurement.rows.every((cells) => cells.length === measurement.header.length));
  assert.ok(build.persons > 0 && measurement.rows.length > 0);
  const numbers = measurement.rows.map((cells) => cells[0]);
  assert.equal(new Set(numbers).size, numbers.length);

  // Another site maps the OMOP tables as it would any other: the same people with the same numbers and answers.
  const second = await warehouseOf('second', out);
  const psaOf = async (warehouse: ClinicalWarehouse) =>
    (await codedPersons(warehouse, await warehouse.current()))
      .map(({ person: name, numbers: measured }) => [
        name,
        measured.filter(({ code }) => code === 'CLIN1033410').map(({ value }) => value),
      ])
      .sort();
  const told = await psaOf(first);
  assert.ok(told.some(([, values]) => (values?.length ?? 0) > 0));
  assert.deepEqual(await psaOf(second), told);
});

test('omop: a series is an occurrence of an image with its procedure, and how it was taken a measurement and a feature of it', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-omop-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  const study = (uid: string): ImagedStudy => ({
    studyUid: uid,
    date: '20240105',
    sex: 'M',
    series: [
      {
        ...{ seriesUid: `${uid}.1`, number: 1, description: 'T2', manufacturer: 'SIEMENS', bodyPart: 'PROSTATE' },
        ...{
          laterality: '',
          date: '20240105',
          modality: 'MR',
          acquisition: { sliceThicknessMm: 3, echoTimeMs: 101.5 },
        },
      },
    ],
  });
  const images = new Map([
    ['P1', [study('1.1')]],
    ['P2', [study('2.1'), study('2.2')]],
  ]);
  const warehouse = await tablesWarehouse(context, folder, 'images', images);
  const table = {
    header: ['nr', 'icd'],
    sha256: 'a'.repeat(64),
    async *rows() {
      yield [{ row: 1, cells: ['P1', 'CLIN1000075'] }];
    },
  };
  const columns = [
    { column: 'nr', element: 'patient-id' },
    { column: 'icd', element: 'diagnosis' },
  ];
  await warehouse.load({ name: 'register', table, mapping: { mapping: 1, columns }, means: MEANS });
  const out = join(folder, 'omop');
  await writeOmopFiles(warehouse, await warehouse.current(), { out });
  const read = async (name: string) => {
    const { header, rows } = readCsv(await readFile(join(out, `${name}.csv`), 'utf8'));
    return rows.map((cells) => Object.fromEntries(header.map((column, at) => [column, cells[at] ?? ''])));
  };
  const [procedures, occurrences, measurements, features, concepts] = await Promise.all(
    ['procedure_occurrence', 'image_occurrence', 'measurement', 'image_feature', 'concept'].map(read),
  );
  const codeOf = (id: string | undefined) => concepts?.find((one) => one['concept_id'] === id)?.['concept_code'];
  assert.equal(occurrences?.length, 3);
  for (const image of occurrences ?? []) {
    const own = procedures?.filter((one) => one['procedure_occurrence_id'] === image['procedure_occurrence_id']) ?? [];
    assert.deepEqual(
      own.map((one) => [one['person_id'], one['procedure_date'], one['procedure_source_value']]),
      [[image['person_id'], '2024-01-05', 'IMG1000022']],
    );
    const told = (features ?? [])
      .filter((one) => one['image_occurrence_id'] === image['image_occurrence_id'])
      .map((feature) => {
        const measured = measurements?.find((one) => one['measurement_id'] === feature['image_feature_event_id']);
        assert.equal(measured?.['person_id'], image['person_id']);
        const concept = codeOf(feature['image_feature_concept_id']);
        return [
          concept,
          measured?.['measurement_source_value'],
          measured?.['value_as_number'],
          measured?.['unit_source_value'],
        ];
      });
    assert.deepEqual(told, [
      ['IMG1016306', 'IMG1016306', '3', 'COM1000152'],
      ['IMG1016641', 'IMG1016641', '101.5', 'COM1001955'],
    ]);
  }
});
