import { sql } from 'kysely';
import { UnicaError } from '#base';
import { type Database, type Migration, pendingMigrations } from '#store';
import type { Finding } from '#wire';
import { bad, failureOf, good, note, systemCode } from './findings.ts';

/** Faults that are told; one is enough to act on. */
const MOST_FAULTS = 3;

/**
 * Whether a database holds together and is of this program's version; nothing in it is changed.
 * @param where told where it cannot be opened: a path, without anything secret
 */
export async function examineDatabase<Tables>(
  database: Database<Tables>,
  migrations: readonly Migration[],
  where: string,
): Promise<Finding> {
  try {
    if (database.engine === 'sqlite') {
      const { rows } = await sql<{ quick_check: string }>`pragma integrity_check(${sql.lit(MOST_FAULTS)})`.execute(
        database.kysely,
      );
      const faults = rows.map((row) => Object.values(row).join(' ')).filter((fault) => fault !== 'ok');
      if (faults.length > 0) return damaged(faults.join('; '));
    }
    const pending = await pendingMigrations(database, migrations);
    if (pending.length > 0)
      return note('database', new UnicaError('checkup.database-older', { steps: pending.length }));
    const engine = database.engine === 'sqlite' ? 'The database holds together' : 'The database answers';
    return good('database', `${engine} and is of this version.`);
  } catch (error) {
    return unreadable(error, database.engine, where);
  }
}

/** What a database says that cannot be read at all. */
export function unreadable(error: unknown, engine: 'sqlite' | 'postgres', where: string): Finding {
  const failure = failureOf(error, where);
  if (failure.code !== 'internal') return bad('database', failure);
  const reason = systemCode(error);
  if (engine === 'postgres') return bad('database', new UnicaError('checkup.database-unreachable', { reason }));
  return damaged(error instanceof Error ? error.message.slice(0, 200) : reason);
}

function damaged(problem: string): Finding {
  return bad('database', new UnicaError('checkup.database-damaged', { problem }));
}
