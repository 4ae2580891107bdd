import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from '#store';
import { CDM } from '#vocab';
import { type FilledColumns, filledColumns } from './filled-columns.ts';
import type { CdmValue, Origin } from './person-row.ts';
import { CDM_TABLE_NAMES, ROW_MARKS, sqlTable, type WarehouseTables } from './warehouse-tables.ts';

/** A row of a build: values by column of the model, and where they come from. */
export interface StoredRow {
  readonly table: string;
  readonly person: string;
  readonly values: Readonly<Record<string, CdmValue>>;
  readonly origin: Readonly<Record<string, Origin>>;
}

interface TableShape {
  readonly columns: readonly (typeof CDM)[number][];
  readonly key: string;
}

/** Rows of one statement of SQLite, which gains nothing from more. */
const ROWS_OF_STATEMENTS = [100, 10, 1];
/** Values that one statement takes, below the limits of both engines. */
const MOST_VALUES = 8000;
const PAGE = 2000;

const shapes = new Map<string, TableShape>(
  CDM_TABLE_NAMES.map((table) => {
    const columns = CDM.filter((column) => column.table === table);
    return [table, { columns, key: columns.find(({ key }) => key)?.column ?? '' }];
  }),
);

/** Reads and writes rows of the 24 tables by hand: their columns are data, and there are a million of them. */
export class CdmRowsStore {
  readonly #db: Kysely<WarehouseTables>;
  readonly #engine: 'sqlite' | 'postgres';

  constructor({ kysely, engine }: Database<WarehouseTables>) {
    this.#db = kysely;
    this.#engine = engine;
  }

  /** Writes rows of a build. @param db the transaction that they are written in */
  async write(db: Kysely<WarehouseTables>, build: number, rows: readonly StoredRow[]): Promise<void> {
    const alike = new Map<FilledColumns, StoredRow[]>();
    for (const row of rows) {
      const filled = filledColumns(row.table, row.values);
      const known = alike.get(filled);
      if (known === undefined) alike.set(filled, [row]);
      else known.push(row);
    }
    for (const [{ table, columns }, own] of alike) {
      const names = [...ROW_MARKS, ...columns];
      let start = 0;
      while (start < own.length) {
        const count = this.#rowsOfNext(own.length - start, names.length);
        const values: unknown[] = [];
        for (let at = start; at < start + count; at += 1) {
          const row = own[at];
          if (row === undefined) continue;
          values.push(build, row.person, JSON.stringify(row.origin));
          for (const column of columns) values.push(this.#bound(row.values[column] ?? null));
        }
        await db.executeQuery(CompiledQuery.raw(this.#insert(table, names, count), values));
        start += count;
      }
    }
  }

  /**
   * How many rows the next statement writes. Of a file they are always the same few numbers, so that a statement is parsed once and not
   * with every batch; over a network each costs a way there and back, so that they are as many as it takes.
   */
  #rowsOfNext(left: number, columns: number): number {
    const most = Math.min(left, Math.floor(MOST_VALUES / columns));
    return this.#engine === 'postgres' ? most : (ROWS_OF_STATEMENTS.find((rows) => rows <= most) ?? 1);
  }

  /**
   * The rows of a table of a build, in the order of their keys, a page at a time.
   * @param persons only rows of these people
   */
  async *read(
    build: number,
    table: string,
    persons?: { readonly from: string; readonly to: string },
  ): AsyncGenerator<readonly StoredRow[]> {
    const { columns, key } = shapeOf(table);
    const list = columns.map(({ column, sqlType }) =>
      sqlType === 'DATE' && this.#engine === 'postgres'
        ? `to_char("${column}", 'YYYY-MM-DD') as "${column}"`
        : `"${column}"`,
    );
    const marks = this.#engine === 'sqlite' ? ['?', '?', '?', '?', '?'] : ['$1', '$2', '$3', '$4', '$5'];
    const [of, after, limit, from, to] = marks;
    const within =
      persons === undefined
        ? ''
        : ` and "unica_person" >= ${this.#engine === 'sqlite' ? '?' : from} and "unica_person" <= ${to}`;
    let last: string | number | undefined;
    for (;;) {
      const isFirst = last === undefined;
      const parameters: unknown[] =
        this.#engine === 'sqlite'
          ? [build, ...(isFirst ? [] : [last]), ...(persons === undefined ? [] : [persons.from, persons.to]), PAGE]
          : [build, isFirst ? null : last, PAGE, ...(persons === undefined ? [] : [persons.from, persons.to])];
      const beyond = isFirst
        ? this.#engine === 'sqlite'
          ? ''
          : ` and ${after}::text is null`
        : ` and "${key}" > ${after}`;
      const text = `select "unica_person", "unica_origin", ${list.join(', ')} from "${sqlTable(table)}" where "unica_build" = ${of}${beyond}${within} order by "${key}" limit ${limit}`;
      const { rows } = await this.#db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(text, parameters));
      if (rows.length > 0) yield rows.map((row) => this.#rowOf(table, columns, row));
      if (rows.length < PAGE) return;
      last = rows.at(-1)?.[key] as string | number;
    }
  }

  /** Takes a build's rows away. */
  async remove(db: Kysely<WarehouseTables>, build: number): Promise<void> {
    const mark = this.#engine === 'sqlite' ? '?' : '$1';
    for (const table of CDM_TABLE_NAMES)
      await db.executeQuery(
        CompiledQuery.raw(`delete from "${sqlTable(table)}" where "unica_build" = ${mark}`, [build]),
      );
  }

  #insert(table: string, columns: readonly string[], rows: number): string {
    const names = columns.map((column) => `"${column}"`).join(', ');
    const mark = (row: number, at: number): string =>
      this.#engine === 'sqlite' ? '?' : `$${row * columns.length + at + 1}`;
    const marks = Array.from({ length: rows }, (_, row) => `(${columns.map((_, at) => mark(row, at)).join(', ')})`);
    return `insert into "${sqlTable(table)}" (${names}) values ${marks.join(', ')}`;
  }

  #bound(value: CdmValue): unknown {
    return typeof value === 'boolean' && this.#engine === 'sqlite' ? Number(value) : value;
  }

  #rowOf(table: string, columns: TableShape['columns'], row: Readonly<Record<string, unknown>>): StoredRow {
    const values: Record<string, CdmValue> = {};
    for (const { column, sqlType } of columns) {
      const value = row[column] ?? null;
      values[column] = value !== null && sqlType === 'BOOLEAN' ? Boolean(value) : (value as CdmValue);
    }
    return {
      table,
      person: String(row['unica_person']),
      values,
      origin: JSON.parse(String(row['unica_origin'])) as StoredRow['origin'],
    };
  }
}

function shapeOf(table: string): TableShape {
  const shape = shapes.get(table);
  if (shape === undefined) throw new RangeError(`the model has no table ${table}`);
  return shape;
}
