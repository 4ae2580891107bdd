import { UnicaError } from '#base';

/** A table as text: its header and its rows, every row as long as the header. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly separator: ',' | ';' | '\t';
}

/**
 * Reads comma, semicolon or tab separated text (RFC 4180 quoting, any line end, byte order mark). The separator is the
 * one that occurs most in the header. Empty lines are passed over; short rows are filled up.
 * @throws UnicaError `intake.csv-invalid` for an unclosed quote, a row longer than the header, or no header
 */
export function readCsv(text: string): CsvTable {
  const plain = text.replace(/^\uFEFF/, '');
  const separator = separatorOf(plain);
  const [first, ...rest] = recordsOf(plain, separator);
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
export function csvLine(cells: readonly string[], separator: ',' | ';' | '\t' = ','): string {
  return cells
    .map((cell) => (/["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(separator);
}

function separatorOf(text: string): CsvTable['separator'] {
  const line = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  const count = (separator: string): number => line.split(separator).length;
  return ([',', ';', '\t'] as const).reduce((best, next) => (count(next) > count(best) ? next : best));
}

interface CsvRecord {
  /** Line on which it starts, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

function* recordsOf(text: string, separator: string): Generator<CsvRecord> {
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let startLine = 1;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] as string;
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else quoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (character === separator) {
      cells.push(cell);
      cell = '';
    } else if (character === '\n' || (character === '\r' && text[index + 1] !== '\n')) {
      cells.push(cell);
      if (cells.some((value) => value.trim() !== '')) yield { line: startLine, cells };
      cells = [];
      cell = '';
      startLine = line;
    } else if (character !== '\r') cell += character;
  }
  if (quoted)
    throw new UnicaError('intake.csv-invalid', { line: startLine, problem: 'a quotation mark is not closed' });
  cells.push(cell);
  if (cells.some((value) => value.trim() !== '')) yield { line: startLine, cells };
}
