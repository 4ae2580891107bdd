import { CDM } from '#vocab';
import type { CdmValue } from './person-row.ts';

/** Which columns of its table a row fills; the same object for all rows that fill the same ones. */
export interface FilledColumns {
  readonly table: string;
  /** In the order of the model. */
  readonly columns: readonly string[];
  /** JSON of all columns, cut where the filled values stand: one piece more than there are of them. */
  readonly pieces: readonly string[];
}

interface Shape {
  readonly columns: readonly string[];
  /** By the columns that are filled, a bit each. */
  readonly known: Map<number, FilledColumns>;
}

const shapes = new Map<string, Shape>();
for (const { table } of CDM)
  if (!shapes.has(table))
    shapes.set(table, {
      columns: CDM.filter((column) => column.table === table).map(({ column }) => column),
      known: new Map(),
    });

/**
 * Which columns a row fills. Rows of a table mostly fill the same few, and there are a million of them: what can be said once of all that
 * are alike is.
 */
export function filledColumns(table: string, values: Readonly<Record<string, CdmValue>>): FilledColumns {
  const shape = shapes.get(table);
  if (shape === undefined) throw new RangeError(`the model has no table ${table}`);
  let bits = 0;
  for (let at = 0; at < shape.columns.length; at += 1) {
    // A table of the model has at most fifteen columns.
    if ((values[shape.columns[at] ?? ''] ?? null) !== null) bits |= 1 << at;
  }
  let known = shape.known.get(bits);
  if (known === undefined) {
    known = filledOf(table, shape.columns, bits);
    shape.known.set(bits, known);
  }
  return known;
}

function filledOf(table: string, all: readonly string[], bits: number): FilledColumns {
  const columns: string[] = [];
  const pieces: string[] = [];
  let piece = '{';
  all.forEach((column, at) => {
    piece += `${at === 0 ? '' : ','}${JSON.stringify(column)}:`;
    if ((bits & (1 << at)) === 0) {
      piece += 'null';
      return;
    }
    columns.push(column);
    pieces.push(piece);
    piece = '';
  });
  return { table, columns, pieces: [...pieces, `${piece}}`] };
}

/** All values of a row as `JSON.stringify` writes them in the order of the model. */
export function jsonOfValues({ columns, pieces }: FilledColumns, values: Readonly<Record<string, CdmValue>>): string {
  let text = pieces[0] ?? '';
  for (let at = 0; at < columns.length; at += 1) {
    const value = values[columns[at] ?? ''] ?? null;
    text += (typeof value === 'string' ? jsonOfText(value) : JSON.stringify(value)) + (pieces[at + 1] ?? '');
  }
  return text;
}

/** Most values are codes, days and pseudonyms, of which nothing has to be escaped. */
function jsonOfText(text: string): string {
  return NOTHING_TO_ESCAPE.test(text) ? `"${text}"` : JSON.stringify(text);
}

const NOTHING_TO_ESCAPE = /^[\w .:+-]*$/;
