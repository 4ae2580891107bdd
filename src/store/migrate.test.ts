import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { UnicaError } from '#base';
import { forEachEngine } from './for-each-engine.ts';
import { type Migration, migrate } from './migrate.ts';

interface Tables {
  trail: { step: string };
}

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

const first: Migration = {
  id: 'trail-001-table',
  up: async (db) => void (await db.schema.createTable('trail').addColumn('step', 'text').execute()),
};
const leavesTrail = (id: string): Migration => ({
  id,
  up: async (db) => void (await (db as Kysely<Tables>).insertInto('trail').values({ step: id }).execute()),
});
const second = leavesTrail('trail-002-a');
const third = leavesTrail('trail-003-b');

const steps = async (db: Kysely<Tables>) =>
  (await db.selectFrom('trail').select('step').execute()).map((row) => row.step);

forEachEngine(
  test,
  POSTGRES_URL,
  'migrations: in the order given, each once, new ones later',
  async (open, context) => {
    const database = await open<Tables>(context, []);
    assert.deepEqual(await migrate(database, [first, second]), [first.id, second.id]);
    assert.deepEqual(await migrate(database, [first, second]), []);
    assert.deepEqual(await migrate(database, [first, second, third]), [third.id]);
    assert.deepEqual(await steps(database.kysely), [second.id, third.id]);
  },
);

forEachEngine(test, POSTGRES_URL, 'migrations: two runners at once apply each step once', async (open, context) => {
  const database = await open<Tables>(context, [first]);
  const applied = await Promise.all([migrate(database, [first, second]), migrate(database, [first, second])]);
  assert.deepEqual(applied.flat(), [second.id]);
  assert.deepEqual(await steps(database.kysely), [second.id]);
});

forEachEngine(
  test,
  POSTGRES_URL,
  'migrations: a database of a newer program is refused and left alone',
  async (open, context) => {
    const database = await open<Tables>(context, [first, second]);
    await assert.rejects(
      migrate(database, [first, third]),
      (error) =>
        error instanceof UnicaError && error.code === 'store.newer-database' && error.facts['step'] === second.id,
    );
    assert.deepEqual(await steps(database.kysely), [second.id]);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'migrations: a step that breaks leaves nothing behind and can be tried again',
  async (open, context) => {
    const database = await open<Tables>(context, [first]);
    const breaks: Migration = {
      id: third.id,
      async up(db, engine) {
        await third.up(db, engine);
        throw new Error('disk full');
      },
    };
    await assert.rejects(migrate(database, [first, second, breaks]), /disk full/);
    assert.deepEqual(await steps(database.kysely), []);
    assert.deepEqual(await migrate(database, [first, second, third]), [second.id, third.id]);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'transactions: everything or nothing, and one after another',
  async (open, context) => {
    const database = await open<Tables>(context, [first]);
    const broken = database.transaction(async (transaction) => {
      await transaction.insertInto('trail').values({ step: 'half' }).execute();
      throw new Error('no');
    });
    await assert.rejects(broken, /no/);
    assert.deepEqual(await steps(database.kysely), []);
    const countAndAdd = () =>
      database.transaction(async (transaction) => {
        const rows = await transaction.selectFrom('trail').select('step').execute();
        await transaction
          .insertInto('trail')
          .values({ step: String(rows.length) })
          .execute();
      });
    await Promise.all(Array.from({ length: 5 }, countAndAdd));
    assert.deepEqual((await steps(database.kysely)).sort(), ['0', '1', '2', '3', '4']);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'records: whole numbers beyond 32 bits come back as numbers',
  async (open, context) => {
    const database = await open<Tables>(context, []);
    const { rows } = await sql<{ n: unknown }>`select cast(1800000000000 as bigint) as n`.execute(database.kysely);
    assert.deepEqual(rows, [{ n: 1_800_000_000_000 }]);
  },
);
