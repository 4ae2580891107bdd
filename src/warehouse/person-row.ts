import { CDM } from '#vocab';

/** A value of a row of the model. */
export type CdmValue = string | number | boolean | null;

/** Where a value comes from: a cell of a loaded table, or the header of an image; and how it stood there, for codes. */
export interface Origin {
  readonly load?: number;
  readonly row?: number;
  readonly column?: string;
  readonly original?: string;
}

/** A row of the model as it is made; its numbers count from 1 within the person. */
export interface PersonRow {
  readonly table: string;
  readonly values: Record<string, CdmValue>;
  readonly origin: Record<string, Origin>;
}

const empty = new Map<string, Record<string, null>>();
for (const { table, column } of CDM) {
  const row = empty.get(table) ?? {};
  row[column] = null;
  empty.set(table, row);
}

/** All columns of a table, nothing known of any. */
export function emptyValues(table: string): Record<string, CdmValue> {
  return { ...empty.get(table) };
}

/** A new row with its number within the person. */
export function newRow(rows: PersonRow[], table: string, given: Readonly<Record<string, CdmValue>>): PersonRow {
  const values = { ...emptyValues(table), ...given };
  const key = keyOf(table);
  if (key !== undefined && values[key] === null)
    values[key] =
      rows.reduce((most, row) => (row.table === table ? Math.max(most, Number(row.values[key])) : most), 0) + 1;
  const row: PersonRow = { table, values, origin: {} };
  rows.push(row);
  return row;
}

const keys = new Map<string, string>();
for (const { table, column, key, sqlType, references } of CDM)
  if (key && sqlType === 'INTEGER' && (references === null || table === 'episode_event')) keys.set(table, column);

/** The column that numbers the rows of a table; undefined where another table's number is its key. */
function keyOf(table: string): string | undefined {
  return table === 'episode_event' ? undefined : keys.get(table);
}
