import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { UnicaError } from '#base';
import { readCsv } from '#intake';
import { applyMapping, mappingOf, profileTable, proposeMapping, type SourceTable } from '#mapping';
import type { Measurement } from './measurement.ts';

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

interface Tally {
  right: number;
  all: number;
}

/**
 * How many columns and values of labelled tables are proposed right the first time. A column is right where its element is, or where it is
 * left out, or undecided, as labelled; a value where it gets its code, which one of a column that was not understood does not.
 * Then how long a table of 100,000 rows takes.
 * @param folder CSV tables with `labels.json`
 * @throws UnicaError `intake.missing`, `intake.csv-invalid`
 */
export async function* benchMapping(folder: string): AsyncGenerator<Measurement> {
  const path = join(folder, 'labels.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UnicaError('intake.missing', { path }, { cause });
  });
  const labels = labelsSchema.parse(JSON.parse(text));
  const columns: Tally = { right: 0, all: 0 };
  const values: Tally = { right: 0, all: 0 };
  let widest: SourceTable | undefined;
  for (const name of (await readdir(folder)).sort()) {
    const label = labels[name];
    if (label === undefined) continue;
    const table = readCsv(await readFile(join(folder, name), 'utf8'));
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
  yield share('columns proposed right first time', columns, 0.8);
  yield share('values proposed right first time', values, 0.7);
  if (widest !== undefined) yield timeOf(widest);
}

function share(name: string, { right, all }: Tally, asked: number): Measurement {
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
function timeOf(table: SourceTable): Measurement {
  const id = mappingOf(proposeMapping(profileTable(table, TODAY))).columns.find(
    ({ element }) => element === 'patient-id',
  )?.column;
  const idColumn = table.header.indexOf(id ?? '');
  const rows = Array.from({ length: MANY_ROWS }, (_, row) =>
    (table.rows[row % table.rows.length] ?? []).map((cell, column) => (column === idColumn ? `${cell}-${row}` : cell)),
  );
  const many = { header: table.header, rows };
  const began = performance.now();
  const mapping = mappingOf(proposeMapping(profileTable(many, TODAY)));
  applyMapping(many, mapping, {
    personOf: (person) => person,
    uidOf: (uid) => uid,
    daysBackOf: () => 100,
    datasetId: 'bench',
    today: TODAY,
  });
  const seconds = (performance.now() - began) / 1000;
  return {
    name: `${MANY_ROWS} rows of ${table.header.length} columns proposed and mapped`,
    value: seconds,
    unit: 's',
    reference: 'asked: less than',
    reference_value: 30,
    ratio: seconds / 30,
  };
}
