import { CDM } from '#vocab';
import type { CdmValue, PersonRow } from './person-row.ts';

/** Columns that hold the number of a row, by table: their own key, another table's, or an episode's. */
const NUMBERED = new Map<
  string,
  readonly { readonly column: string; readonly of: string; readonly isOwn: boolean }[]
>();
for (const { table, column, key, sqlType, references } of CDM) {
  if (sqlType !== 'INTEGER') continue;
  const of = references?.split('.')[0] ?? (column === 'Episode' ? 'episode' : key ? table : undefined);
  if (of !== undefined)
    NUMBERED.set(table, [...(NUMBERED.get(table) ?? []), { column, of, isOwn: key && of === table }]);
}

/** Numbers the rows of one person, as another warehouse numbered them, from 1 in each table; in place. */
export function numberedWithin(rows: readonly PersonRow[]): void {
  const own = new Map<string, Map<number, number>>();
  for (const { table, values } of rows) {
    for (const { column, isOwn } of NUMBERED.get(table) ?? []) {
      const number = values[column];
      if (!isOwn || typeof number !== 'number') continue;
      const known = own.get(table) ?? new Map<number, number>();
      own.set(table, known.set(number, known.size + 1));
    }
  }
  const move = (values: Record<string, CdmValue>, column: string, of: string): void => {
    const number = values[column];
    if (typeof number === 'number') values[column] = own.get(of)?.get(number) ?? null;
  };
  for (const { table, values } of rows) {
    for (const { column, of } of NUMBERED.get(table) ?? []) move(values, column, of);
    const event = values['event_table_name'];
    if (table === 'episode_event' && typeof event === 'string') move(values, 'event_table_id', event);
  }
}

/** Gives rows, which are numbered within their person, numbers that nobody else has; by what came before, so that the same rows get the same. */
export class Numbering {
  readonly #last = new Map<string, number>();

  /** Renumbers the rows of one person in place. */
  take(rows: readonly PersonRow[]): void {
    const before = new Map(this.#last);
    for (const { table, values } of rows) {
      for (const { column, of } of NUMBERED.get(table) ?? []) this.#move(values, column, of, before, table);
      if (table === 'episode_event') {
        const event = values['event_table_name'];
        if (typeof event === 'string') this.#move(values, 'event_table_id', event, before, '');
      }
    }
  }

  #move(
    values: Record<string, CdmValue>,
    column: string,
    of: string,
    before: ReadonlyMap<string, number>,
    table: string,
  ): void {
    const own = values[column];
    if (typeof own !== 'number') return;
    const moved = own + (before.get(of) ?? 0);
    values[column] = moved;
    if (of === table) this.#last.set(of, Math.max(this.#last.get(of) ?? 0, moved));
  }
}
