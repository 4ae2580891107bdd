import { readFile, stat } from 'node:fs/promises';
import { UnicaError } from '#base';
import { type CsvTable, readCsv } from './csv.ts';
import { decodeTable, type TableEncoding } from './decode-table.ts';

/** A clinical table as a hospital hands it over. */
export interface ClinicalTable extends CsvTable {
  readonly encoding: TableEncoding;
}

/** Half a gigabyte of text is a million patients with a hundred columns; it is held as a whole. */
const LARGEST_TABLE_BYTES = 536_870_912;

/**
 * Reads a CSV table in whatever encoding and with whatever separator it was written.
 * @throws UnicaError `intake.missing`, `intake.too-large`, `intake.csv-invalid`
 */
export async function readClinicalTable(path: string): Promise<ClinicalTable> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile()) throw new UnicaError('intake.missing', { path });
  if (found.size > LARGEST_TABLE_BYTES) {
    throw new UnicaError('intake.too-large', {
      problem: 'a table may have 512 MiB; split it by rows, each part with the heading',
    });
  }
  const { text, encoding } = decodeTable(new Uint8Array(await readFile(path)));
  const table = readCsv(text);
  const twice = table.header.find((heading, at) => table.header.indexOf(heading) !== at);
  if (twice !== undefined)
    throw new UnicaError('intake.csv-invalid', { line: 1, problem: `two columns are called "${twice}"` });
  const unnamed = table.header.indexOf('');
  if (unnamed < 0) return { ...table, encoding };
  // Spreadsheets leave empty columns behind; one that holds something needs a name.
  const isEmpty = (at: number): boolean => table.rows.every((row) => row[at] === '');
  const kept = table.header.flatMap((heading, at) => (heading === '' && isEmpty(at) ? [] : [at]));
  if (kept.some((at) => table.header[at] === '')) {
    throw new UnicaError('intake.csv-invalid', { line: 1, problem: `column ${unnamed + 1} has no heading` });
  }
  const pick = (row: readonly string[]): readonly string[] => kept.map((at) => row[at] ?? '');
  return { ...table, header: pick(table.header), rows: table.rows.map(pick), encoding };
}
