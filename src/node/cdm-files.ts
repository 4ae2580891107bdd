import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UnicaError } from '#base';
import { openTable } from '#intake';
import { cdmHeading, cdmLine, csvCell, csvText, readCdmCsv } from '#mapping';
import { CDM } from '#vocab';
import { type BuildReport, CDM_TABLE_NAMES, type ClinicalWarehouse, type LoadReport, type StoredRow } from '#warehouse';
import { LineFile } from './line-file.ts';

/** What stood in the cells that codes were made of, beside the 24 tables. */
const ORIGINALS = 'original_values';
const ORIGINALS_HEADING = 'table,key,column,original';

/**
 * Writes a build as EUCAIM takes it: a CSV for each of the 24 tables, commas between cells, points in numbers, the dataset's identifier
 * before the names; and one more with the original value of every code.
 * @returns rows by table
 */
export async function writeCdmFiles(
  warehouse: ClinicalWarehouse,
  { build }: Pick<BuildReport, 'build'>,
  {
    out,
    datasetId,
    words,
    signal,
  }: {
    readonly out: string;
    readonly datasetId: string;
    /** Title and description of the dataset, where it was published; a warehouse does not know them. */
    readonly words?: { readonly title: string; readonly description: string } | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Readonly<Record<string, number>>> {
  await mkdir(out, { recursive: true });
  const counts: Record<string, number> = {};
  const originals = new LineFile(join(out, `${datasetId}_${ORIGINALS}.csv`));
  await originals.write([ORIGINALS_HEADING]);
  for (const table of CDM_TABLE_NAMES) {
    const file = new LineFile(join(out, `${datasetId}_${table}.csv`));
    await file.write([cdmHeading(table)]);
    let count = 0;
    for await (const rows of warehouse.rows(build, table)) {
      signal?.throwIfAborted();
      await file.write(rows.map((row) => cdmLine(table === 'dataset' ? withWords(row, words) : row)));
      await originals.write(rows.flatMap(originalsOf));
      count += rows.length;
    }
    await file.end();
    counts[table] = count;
  }
  await originals.end();
  return counts;
}

/**
 * Brings in the 24 tables that {@link writeCdmFiles}, or EUCAIM's own tools, wrote. Pseudonyms and days are taken as they are.
 * @throws UnicaError `mapping.cdm-unreadable`, `intake.missing`, `intake.csv-invalid`
 */
export async function loadCdmFiles(warehouse: ClinicalWarehouse, folder: string, name: string): Promise<LoadReport> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UnicaError('intake.missing', { path: folder }, { cause });
  });
  const patients = names.find((one) => one.endsWith('_patient.csv'));
  if (patients === undefined) throw new UnicaError('intake.missing', { path: join(folder, '…_patient.csv') });
  const prefix = patients.slice(0, -'patient.csv'.length);
  const digest = createHash('sha256');
  for (const table of [...CDM_TABLE_NAMES, ORIGINALS]) {
    if (!names.includes(`${prefix}${table}.csv`)) continue;
    digest.update((await openTable(join(folder, `${prefix}${table}.csv`))).sha256);
  }
  const has = (table: string) => names.includes(`${prefix}${table}.csv`);
  return await warehouse.loadReady(name, digest.digest('hex'), readFiles(folder, prefix, has));
}

/** Rows of all tables with whose they are, which those of lower tables know from those of higher ones. */
async function* readFiles(folder: string, prefix: string, has: (table: string) => boolean) {
  const originals = has(ORIGINALS) ? await readOriginals(join(folder, `${prefix}${ORIGINALS}.csv`)) : new Map();
  const owners = new Map<string, Map<unknown, string>>();
  for (const table of CDM_TABLE_NAMES) {
    if (table === 'dataset' || !has(table)) continue;
    const columns = CDM.filter((column) => column.table === table);
    const key = columns.find((column) => column.key)?.column ?? '';
    const parents = columns.flatMap(({ column, references }) => {
      const of = references?.split('.')[0];
      return of === undefined || of === table ? [] : [{ column, of }];
    });
    const own = new Map<unknown, string>();
    owners.set(table, own);
    const file = await openTable(join(folder, `${prefix}${table}.csv`));
    for await (const batch of file.rows()) {
      const rows = readCdmCsv(table, [file.header, ...batch.map(({ cells }) => cells)]);
      const found: {
        person: string;
        row: { table: string; values: Record<string, string | number | boolean | null>; origin: StoredRow['origin'] };
      }[] = [];
      for (const { values } of rows) {
        const person =
          typeof values['patient_id'] === 'string'
            ? values['patient_id']
            : parents.map(({ column, of }) => owners.get(of)?.get(values[column])).find((one) => one !== undefined);
        if (person === undefined)
          throw new UnicaError('mapping.cdm-unreadable', { table, column: key, problem: 'a row belongs to nobody' });
        own.set(values[key], person);
        const origin = originals.get(`${table} ${values[key]}`) ?? {};
        found.push({ person, row: { table, values: { ...values }, origin } });
      }
      yield found;
    }
  }
}

async function readOriginals(path: string): Promise<Map<string, Record<string, { readonly original: string }>>> {
  const found = new Map<string, Record<string, { readonly original: string }>>();
  const file = await openTable(path);
  for await (const batch of file.rows()) {
    for (const { cells } of batch) {
      const [table = '', key = '', column = '', original = ''] = cells;
      const place = `${table} ${csvText(key)}`;
      found.set(place, { ...found.get(place), [column]: { original: csvText(original) } });
    }
  }
  return found;
}

/** As much of the words as the columns take. */
function withWords(
  row: StoredRow,
  words: { readonly title: string; readonly description: string } | undefined,
): StoredRow {
  if (words === undefined) return row;
  const own = { dataset_title: words.title.slice(0, 150), dataset_description: words.description.slice(0, 500) };
  return { ...row, values: { ...row.values, ...own } };
}

function originalsOf({ table, values, origin }: StoredRow): readonly string[] {
  const key = CDM.find((column) => column.table === table && column.key)?.column ?? '';
  return Object.entries(origin).flatMap(([column, { original }]) =>
    original === undefined ? [] : [[table, values[key] ?? null, column, original].map(csvCell).join(',')],
  );
}
