import { type Kysely, sql } from 'kysely';
import { UnicaError } from '#base';
import type { Database } from './database.ts';

/** One step of a schema. Steps are never edited once landed; a change is a new step. */
export interface Migration {
  /** `room-001-what`, unique in a house. */
  readonly id: string;
  up(db: Kysely<unknown>, engine: 'sqlite' | 'postgres'): Promise<void>;
}

interface MigrationTables {
  unica_migrations: { id: string; position: number; applied_at_ms: number };
}

/**
 * Brings a database up to the given steps, each in a transaction, one runner at a time; returns the ids applied now.
 * @throws UnicaError `store.newer-database` when the database holds steps this program does not know; `checkup.database-unreachable`
 */
export async function migrate<Tables>(
  database: Database<Tables>,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const db = database.kysely as unknown as Kysely<MigrationTables>;
  const work = db.transaction().execute(async (transaction) => {
    if (database.engine === 'postgres') await sql`select pg_advisory_xact_lock(7264017)`.execute(transaction);
    await transaction.schema
      .createTable('unica_migrations')
      .ifNotExists()
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('applied_at_ms', 'bigint', (column) => column.notNull())
      .execute();
    const applied = await transaction.selectFrom('unica_migrations').select('id').orderBy('position').execute();
    const missing = missingOf(applied, migrations);
    for (const [index, migration] of missing.entries()) {
      await migration.up(transaction as unknown as Kysely<unknown>, database.engine);
      await transaction
        .insertInto('unica_migrations')
        .values({ id: migration.id, position: applied.length + index, applied_at_ms: Date.now() })
        .execute();
    }
    return missing.map((migration) => migration.id);
  });
  return await work.catch((error: unknown) => {
    throw database.engine === 'postgres' ? notReached(error) : error;
  });
}

/** Of a server that cannot be reached, has no such database or lets nobody in with that password: the first that a house asks of it. */
function notReached(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(E[A-Z]+|28...|3D000|08...|57P0.|53300)$/.test(code)
    ? new UnicaError('checkup.database-unreachable', { reason: code }, { cause: error })
    : error;
}

/**
 * The steps that {@link migrate} would take, without taking them.
 * @throws UnicaError `store.newer-database` when the database holds steps this program does not know.
 */
export async function pendingMigrations<Tables>(
  database: Database<Tables>,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  const db = database.kysely as unknown as Kysely<MigrationTables>;
  const tables = await db.introspection.getTables();
  if (!tables.some(({ name }) => name === 'unica_migrations')) return migrations.map(({ id }) => id);
  return missingOf(await db.selectFrom('unica_migrations').select('id').orderBy('position').execute(), migrations).map(
    ({ id }) => id,
  );
}

/** @throws UnicaError `store.newer-database` */
function missingOf(
  applied: readonly { readonly id: string }[],
  migrations: readonly Migration[],
): readonly Migration[] {
  const known = new Set(migrations.map((migration) => migration.id));
  const stranger = applied.find((row) => !known.has(row.id));
  if (stranger !== undefined) throw new UnicaError('store.newer-database', { step: stranger.id });
  const done = new Set(applied.map((row) => row.id));
  return migrations.filter((migration) => !done.has(migration.id));
}
