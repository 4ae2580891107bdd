import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { csvLine, openTable, readClinicalTable } from '#intake';
import { applyMapping, mappingOf, profileTable, proposeMapping, type SourceTable } from '#mapping';
import { migrate, openDatabase } from '#store';
import { ClinicalWarehouse, type WarehouseTables, warehouseMigrations } from '#warehouse';
import { besidePromise, type Measurement, plain } from './measurement.ts';

/** What a person says of a table: the meaning of its columns, and the codes of its values. */
const labelsSchema = z.record(
  z.string(),
  z.object({
    columns: z.record(z.string(), z.string()),
    values: z.record(z.string(), z.record(z.string(), z.string())),
  }),
);

const TODAY = '2026-11-24';
const MANY_ROWS = 100_000;
const HEAD_ROWS = 20_000;

interface Tally {
  right: number;
  all: number;
}

/** How much of some labelled tables is proposed as labelled. */
export interface MappingShares {
  readonly tables: number;
  readonly columns: Readonly<Tally>;
  readonly values: Readonly<Tally>;
  /** The table with the most columns; undefined where none is labelled. */
  readonly widest: SourceTable | undefined;
}

/**
 * How many columns and values of labelled tables are proposed right the first time. A column is right where its element is, or where it is
 * left out, or undecided, as labelled; a value where it gets its code, which one of a column that was not understood does not.
 * @param folder CSV tables with `labels.json`
 * @param labels other labels of these tables, as JSON
 * @throws UnicaError `intake.missing`, `intake.csv-invalid`
 */
export async function proposedRight(folder: string, labels?: string): Promise<MappingShares> {
  const told = labelsSchema.parse(JSON.parse(labels ?? (await labelsOf(folder))));
  const columns: Tally = { right: 0, all: 0 };
  const values: Tally = { right: 0, all: 0 };
  let tables = 0;
  let widest: SourceTable | undefined;
  for (const name of (await readdir(folder)).sort()) {
    const label = told[name];
    if (label === undefined) continue;
    tables += 1;
    const table = await readClinicalTable(join(folder, name));
    if (widest === undefined || table.header.length > widest.header.length) widest = table;
    for (const proposal of proposeMapping(profileTable(table, TODAY))) {
      const expected = label.columns[proposal.column];
      if (expected === undefined) continue;
      const said = proposal.decision === 'leave-out' ? 'leave-out' : (proposal.element ?? 'none');
      columns.all += 1;
      if (said === expected) columns.right += 1;
      const codes = new Map(proposal.values.map(({ value, code }) => [value, code]));
      for (const [value, code] of Object.entries(label.values[proposal.column] ?? {})) {
        values.all += 1;
        if (said === expected && codes.get(value) === code) values.right += 1;
      }
    }
  }
  return { tables, columns, values, widest };
}

async function labelsOf(folder: string): Promise<string> {
  const path = join(folder, 'labels.json');
  return await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('intake.missing', { path }, { cause });
  });
}

/**
 * {@link proposedRight} of labelled tables, then how long a table of 100,000 rows takes.
 * @param folder CSV tables with `labels.json`
 * @throws UnicaError `intake.missing`, `intake.csv-invalid`
 */
export async function* benchMapping(folder: string): AsyncGenerator<Measurement> {
  const { columns, values, widest } = await proposedRight(folder);
  yield share('columns proposed right first time', columns, 0.8);
  yield share('values proposed right first time', values, 0.7);
  if (widest === undefined) return;
  yield timeOf({ header: widest.header, rows: [...manyRows(widest)] });
  yield* await timeOfLoading(widest);
}

function share(name: string, { right, all }: Readonly<Tally>, asked: number): Measurement {
  const value = right / all;
  return {
    name: `${name} (${right} of ${all})`,
    value,
    unit: 'share',
    reference: 'asked',
    reference_value: asked,
    ratio: value / asked,
  };
}

/** Rows again and again, each time of other people. */
function* manyRows(table: SourceTable): Generator<readonly string[]> {
  const id = mappingOf(proposeMapping(profileTable(table, TODAY))).columns.find(
    ({ element }) => element === 'patient-id',
  )?.column;
  const idColumn = Math.max(0, table.header.indexOf(id ?? ''));
  for (let row = 0; row < MANY_ROWS; row += 1) {
    const cells = table.rows[row % table.rows.length] ?? [];
    yield cells.map((cell, column) => (column === idColumn ? `${cell}${row}` : cell));
  }
}

/** From a CSV file into the warehouse of a node's database (SQLite), proposed, read, mapped, loaded and built. */
async function timeOfLoading(widest: SourceTable): Promise<readonly Measurement[]> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-bench-mapping-'));
  try {
    const path = join(folder, 'table.csv');
    await writeFile(path, [widest.header, ...manyRows(widest)].map((cells) => csvLine(cells)).join('\n'));
    const database = await openDatabase<WarehouseTables>({ engine: 'sqlite', path: join(folder, 'warehouse.sqlite') });
    await migrate(database, warehouseMigrations);
    const warehouse = new ClinicalWarehouse({
      database,
      imaging: { revision: async () => '', personsAfter: async () => [], studiesBetween: async () => new Map() },
      standing: { refresh: async () => {}, isLeftOut: () => false, version: () => 0 },
      clock: () => Date.parse(TODAY),
      datasetId: 'bench',
    });
    const began = performance.now();
    const before = process.cpuUsage();
    const table = await openTable(path);
    const mapping = mappingOf(proposeMapping(profileTable(await headOf(table), TODAY)));
    await warehouse.load({ name: 'table.csv', table, mapping, means: MEANS });
    const loaded = (performance.now() - began) / 1000;
    const { rows } = await warehouse.current();
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(before);
    await database.close();
    const name = `${MANY_ROWS} rows of ${widest.header.length} columns proposed, read, mapped, loaded (${loaded.toFixed(1)} s) and built into ${rows} rows of the model`;
    return [besidePromise(name, seconds, 's', 30), plain(`${name}, processor time`, (user + system) / 1e6, 's')];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first rows of a table: what a mapping is proposed from. */
async function headOf(table: Awaited<ReturnType<typeof openTable>>): Promise<SourceTable> {
  const rows: (readonly string[])[] = [];
  for await (const some of table.rows()) {
    for (const { cells } of some) rows.push(cells);
    if (rows.length >= HEAD_ROWS) break;
  }
  return { header: table.header, rows: rows.slice(0, HEAD_ROWS) };
}

const MEANS = {
  personOf: (person: string) => person,
  uidOf: (uid: string) => uid,
  daysBackOf: () => 100,
  datasetId: 'bench',
  today: TODAY,
};

function timeOf(many: SourceTable): Measurement {
  const began = performance.now();
  const mapping = mappingOf(proposeMapping(profileTable(many, TODAY)));
  applyMapping(many, mapping, MEANS);
  const seconds = (performance.now() - began) / 1000;
  return {
    name: `${MANY_ROWS} rows of ${many.header.length} columns proposed and mapped`,
    value: seconds,
    unit: 's',
    reference: 'asked: less than',
    reference_value: 30,
    ratio: seconds / 30,
  };
}
