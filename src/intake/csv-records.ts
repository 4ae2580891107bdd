import { UnicaError } from '#base';

/** What parts the cells of a row. */
export type CsvSeparator = ',' | ';' | '\t';

/** A row of a table as it stands in its file. */
export interface CsvRecord {
  /** Line on which it starts, from 1. */
  readonly line: number;
  /** Which record it is, from 1, empty ones counted: the row that a spreadsheet shows. */
  readonly number: number;
  readonly cells: readonly string[];
}

/** A quotation mark that is never closed would make one cell of the whole file. */
const LONGEST_RECORD = 4_194_304;

/** Reads comma, semicolon or tab separated text as it comes (RFC 4180 quoting, any line end), and holds no more than one row. */
export class CsvRecords {
  readonly #separator: CsvSeparator;
  #cells: string[] = [];
  #cell = '';
  #line = 1;
  #startLine = 1;
  #number = 0;
  #length = 0;
  #quoted = false;
  /** A character whose meaning depends on the next. */
  #held = '';

  constructor(separator: CsvSeparator) {
    this.#separator = separator;
  }

  /**
   * The rows that end in this piece of text; rows without any text are counted and not given.
   * @throws UnicaError `intake.csv-invalid` for a row that does not end within four million characters
   */
  *take(piece: string): Generator<CsvRecord> {
    let text = this.#held + piece;
    this.#held = '';
    const last = text.at(-1);
    if (last === '"' || last === '\r') {
      this.#held = last;
      text = text.slice(0, -1);
    }
    yield* this.#read(text);
  }

  /** The last row, where no line end follows it. @throws UnicaError `intake.csv-invalid` for an unclosed quotation mark */
  *end(): Generator<CsvRecord> {
    const held = this.#held;
    this.#held = '';
    if (held === '"' && this.#quoted) this.#quoted = false;
    else yield* this.#read(held);
    if (this.#quoted) throw invalid(this.#startLine, 'a quotation mark is not closed');
    yield* this.#finish();
  }

  *#read(text: string): Generator<CsvRecord> {
    const separator = this.#separator;
    let at = 0;
    while (at < text.length) {
      if (this.#quoted) {
        const end = text.indexOf('"', at);
        const part = text.slice(at, end < 0 ? text.length : end);
        this.#append(part);
        for (let found = part.indexOf('\n'); found >= 0; found = part.indexOf('\n', found + 1)) this.#line += 1;
        if (end < 0) return;
        if (text[end + 1] === '"') {
          this.#append('"');
          at = end + 2;
        } else if (end + 1 === text.length && this.#held !== '') {
          // The held character decides whether the quotation ends here.
          this.#held = `"${this.#held}`;
          return;
        } else {
          this.#quoted = false;
          at = end + 1;
        }
        continue;
      }
      const character = text[at] as string;
      if (character === '"' && this.#cell.trim() === '') {
        this.#cell = '';
        this.#quoted = true;
        at += 1;
      } else if (character === separator) {
        this.#cells.push(this.#cell);
        this.#cell = '';
        at += 1;
      } else if (character === '\n' || character === '\r') {
        if (character === '\n') this.#line += 1;
        if (character === '\n' || text[at + 1] !== '\n') yield* this.#finish();
        at += 1;
      } else {
        let end = at + 1;
        while (end < text.length) {
          const next = text[end];
          if (next === separator || next === '\n' || next === '\r') break;
          end += 1;
        }
        this.#append(text.slice(at, end));
        at = end;
      }
    }
  }

  #append(part: string): void {
    this.#cell += part;
    this.#length += part.length;
    if (this.#length > LONGEST_RECORD)
      throw invalid(this.#startLine, 'the row does not end; perhaps a quotation mark is not closed');
  }

  *#finish(): Generator<CsvRecord> {
    this.#cells.push(this.#cell);
    this.#number += 1;
    const record = { line: this.#startLine, number: this.#number, cells: this.#cells };
    this.#cells = [];
    this.#cell = '';
    this.#length = 0;
    this.#startLine = this.#line;
    if (record.cells.some((value) => value.trim() !== '')) yield record;
  }
}

/** The separator that occurs most in the first line. */
export function separatorOf(text: string): CsvSeparator {
  const line = text.slice(0, text.search(/[\r\n]|$/)).replace(/"[^"]*"/g, '');
  const count = (separator: string): number => line.split(separator).length;
  return ([',', ';', '\t'] as const).reduce((best, next) => (count(next) > count(best) ? next : best));
}

function invalid(line: number, problem: string): UnicaError {
  return new UnicaError('intake.csv-invalid', { line, problem });
}
