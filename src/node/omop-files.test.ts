import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTable, readClinicalTable, readCsv } from '#intake';
import { mappingOf, profileTable, proposeMapping } from '#mapping';
import { type ClinicalWarehouse, codedPersons } from '#warehouse';
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
