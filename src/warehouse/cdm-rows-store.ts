import { CompiledQuery, type Kysely } from 'kysely';
import type { Database } from '#store';
import { CDM } from '#vocab';
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
    // Rows of a table mostly fill the same few of its columns; the others need not be told.
    const alike = new Map<string, { readonly table: string; readonly columns: readonly string[]; rows: StoredRow[] }>();
    for (const row of rows) {
      const columns: string[] = [];
      for (const column in row.values) if (row.values[column] !== null) columns.push(column);
      const key = `${row.table} ${columns.join(' ')}`;
      const known = alike.get(key);
      if (known === undefined) alike.set(key, { table: row.table, columns, rows: [row] });
      else known.rows.push(row);
    }
    for (const { table, columns, rows: own } of alike.values()) {
      const names = [...ROW_MARKS, ...columns];
      const most = Math.floor(MOST_VALUES / names.length);
      for (let start = 0; start < own.length; start += most) {
        const part = own.slice(start, start + most);
        const values: unknown[] = [];
        for (const { person, values: of, origin } of part) {
          values.push(build, person, JSON.stringify(origin));
          for (const column of columns) values.push(this.#bound(of[column] ?? null));
        }
        await db.executeQuery(CompiledQuery.raw(this.#insert(table, names, part.length), values));
      }
    }
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
