import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import pg from 'pg';
import { type Database, openDatabase } from './database.ts';
import { type Migration, migrate } from './migrate.ts';

/** Opens a fresh, migrated database for one test; closed and dropped when the test ends. */
export type OpenFresh = <Tables>(context: TestContext, migrations: readonly Migration[]) => Promise<Database<Tables>>;

/** A test runner's `test`. */
type Test = (name: string, options: { skip?: string }, body: (context: TestContext) => Promise<void>) => unknown;

/**
 * The contract of records: the same test body on SQLite and on PostgreSQL. Without a PostgreSQL URL its half is skipped
 * with a line that says so.
 * @param postgresUrl what tests read from UNICA_TEST_POSTGRES_URL
 */
export function forEachEngine(
  test: Test,
  postgresUrl: string | undefined,
  name: string,
  body: (open: OpenFresh, context: TestContext) => Promise<void>,
): void {
  test(`${name} (SQLite)`, {}, async (context) => await body(freshSqlite, context));
  const skip = postgresUrl === undefined ? { skip: 'no PostgreSQL: UNICA_TEST_POSTGRES_URL is not set' } : {};
  test(`${name} (PostgreSQL)`, skip, async (context) => await body(freshPostgres(postgresUrl ?? ''), context));
}

const freshSqlite: OpenFresh = async <Tables>(context: TestContext, migrations: readonly Migration[]) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-records-'));
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: join(folder, 'test.sqlite') });
  context.after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(database, migrations);
  return database;
};

function freshPostgres(url: string): OpenFresh {
  return async <Tables>(context: TestContext, migrations: readonly Migration[]) => {
    const schema = `unica_test_${randomBytes(6).toString('hex')}`;
    await administer(url, `create schema ${schema}`);
    const database = await openDatabase<Tables>({ engine: 'postgres', url, schema });
    context.after(async () => {
      await database.close();
      await administer(url, `drop schema ${schema} cascade`);
    });
    await migrate(database, migrations);
    return database;
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
