import { UnicaError } from '#base';
import { type CsvRecord, CsvRecords, type CsvSeparator, separatorOf } from './csv-records.ts';

/** A table as text: its header and its rows, every row as long as the header. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly separator: CsvSeparator;
}

/**
 * Reads comma, semicolon or tab separated text (RFC 4180 quoting, any line end, byte order mark). The separator is the
 * one that occurs most in the header. Empty lines are passed over; short rows are filled up.
 * @throws UnicaError `intake.csv-invalid` for an unclosed quote, a row longer than the header, or no header
 */
export function readCsv(text: string): CsvTable {
  const plain = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(plain);
  const records = new CsvRecords(separator);
  const [first, ...rest]: readonly CsvRecord[] = [...records.take(plain), ...records.end()];
  if (first === undefined) throw new UnicaError('intake.csv-invalid', { line: 1, problem: 'it is empty' });
  const header = first.cells.map((cell) => cell.trim());
  const rows = rest.map(({ line, cells }) => {
    if (cells.length > header.length && cells.slice(header.length).some((cell) => cell.trim() !== '')) {
      throw new UnicaError('intake.csv-invalid', {
        line,
        problem: `it has ${cells.length} cells and the header ${header.length}`,
      });
    }
    return header.map((_, column) => (cells[column] ?? '').trim());
  });
  return { header, rows, separator };
}

/** One line of a table in RFC 4180 form, without its line end. */
export function csvLine(cells: readonly string[], separator: CsvSeparator = ','): string {
  return cells
    .map((cell) => (/["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(separator);
}
