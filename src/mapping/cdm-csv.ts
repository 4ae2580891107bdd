import { UnicaError } from '#base';
import { CDM } from '#vocab';

/** Values of a row of the common data model, by column. */
export interface CdmTableRow {
  readonly table: string;
  readonly values: Readonly<Record<string, string | number | boolean | null>>;
}

const tables = [...new Set(CDM.map(({ table }) => table))];

/**
 * The tables as EUCAIM takes them: a CSV for each, even where it is empty, commas between cells, points in numbers, the data set's
 * identifier before the name. Text that a spreadsheet would run as a formula gets an apostrophe before it, which {@link readCdmCsv} takes off.
 */
export function writeCdmCsv(rows: Iterable<CdmTableRow>, datasetId: string): ReadonlyMap<string, string> {
  const lines = new Map(tables.map((table) => [table, [columnsOf(table).join(',')]]));
  for (const row of rows) lines.get(row.table)?.push(cdmLine(row));
  return new Map([...lines].map(([table, own]) => [`${datasetId}_${table}.csv`, `${own.join('\n')}\n`]));
}

/** The heading of a table's CSV. */
export function cdmHeading(table: string): string {
  return columnsOf(table).join(',');
}

/** A row as a line of its table's CSV. */
export function cdmLine({ table, values }: CdmTableRow): string {
  return columnsOf(table)
    .map((column) => csvCell(values[column] ?? null))
    .join(',');
}

/**
 * Reads a table that was written so, or by EUCAIM's own tools.
 * @param cells rows of cells, the heading first
 * @throws UnicaError `mapping.cdm-unreadable` naming table and column
 */
export function readCdmCsv(table: string, cells: readonly (readonly string[])[]): readonly CdmTableRow[] {
  const [header = [], ...rows] = cells;
  const types = new Map(CDM.filter((column) => column.table === table).map(({ column, sqlType }) => [column, sqlType]));
  const required = CDM.filter((column) => column.table === table && column.required).map(({ column }) => column);
  if (types.size === 0) throw unreadable(table, '', 'the model has no such table');
  const unknown = header.find((column) => !types.has(column));
  if (unknown !== undefined) throw unreadable(table, unknown, 'the model has no such column');
  return rows.map((row) => {
    const values: CdmTableRow['values'] = Object.fromEntries(
      columnsOf(table).map((column): [string, CdmTableRow['values'][string]] => {
        const at = header.indexOf(column);
        return [
          column,
          at < 0
            ? null
            : readCell(row[at] ?? '', types.get(column) ?? '', (problem) => unreadable(table, column, problem)),
        ];
      }),
    );
    const lacking = required.find((column) => (values[column] ?? null) === null);
    if (lacking !== undefined) throw unreadable(table, lacking, 'it is empty and must not be');
    return { table, values };
  });
}

const columns = new Map(
  tables.map((table) => [table, CDM.filter((column) => column.table === table).map(({ column }) => column)]),
);

function columnsOf(table: string): readonly string[] {
  return columns.get(table) ?? [];
}

/**
 * A value as a cell of CSV. Text that a spreadsheet would run as a formula, or that begins with an apostrophe itself, gets an apostrophe before it.
 */
export function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^['=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function readCell(
  cell: string,
  sqlType: string,
  unreadableAs: (problem: string) => UnicaError,
): CdmTableRow['values'][string] {
  if (cell === '') return null;
  if (sqlType === 'BOOLEAN') {
    if (!/^(true|false|t|f|1|0)$/i.test(cell)) throw unreadableAs('a cell is neither true nor false');
    return /^(true|t|1)$/i.test(cell);
  }
  if (sqlType === 'INTEGER' || sqlType.startsWith('DECIMAL')) {
    const value = Number(cell);
    if (!Number.isFinite(value)) throw unreadableAs('a cell is no number');
    return value;
  }
  return csvText(cell);
}

/** The text of a cell that {@link csvCell} wrote. */
export function csvText(cell: string): string {
  return /^'['=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell;
}

function unreadable(table: string, column: string, problem: string): UnicaError {
  return new UnicaError('mapping.cdm-unreadable', { table, column, problem });
}
