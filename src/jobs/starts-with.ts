import { type RawBuilder, sql } from 'kysely';

/** Whether a column begins with exactly these characters. @note `<` and `like` would follow the database's own order. */
export function startsWith(column: string, prefix: string): RawBuilder<boolean> {
  return sql<boolean>`substr(${sql.ref(column)}, 1, length(cast(${prefix} as text))) = cast(${prefix} as text)`;
}

/** No other comes after it in the order of UTF-8. */
const LAST_CHARACTER = '\u{10FFFF}';

/**
 * The same as a range of the column in the order of its bytes, so that an index in that order finds the rows and reads no other:
 * SQLite's own, on PostgreSQL one `collate "C"`. No value holds the last character of Unicode.
 */
export function rangeOfPrefix(column: string, prefix: string, engine: 'sqlite' | 'postgres'): RawBuilder<boolean> {
  const inBytes = engine === 'postgres' ? sql`${sql.ref(column)} collate "C"` : sql.ref(column);
  return sql<boolean>`${inBytes} >= cast(${prefix} as text) and ${inBytes} < cast(${`${prefix}${LAST_CHARACTER}`} as text)`;
}
