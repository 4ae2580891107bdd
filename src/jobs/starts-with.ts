import { type RawBuilder, sql } from 'kysely';

/** Whether a column begins with exactly these characters. @note `<` and `like` would follow the database's own order. */
export function startsWith(column: string, prefix: string): RawBuilder<boolean> {
  return sql<boolean>`substr(${sql.ref(column)}, 1, length(cast(${prefix} as text))) = cast(${prefix} as text)`;
}
