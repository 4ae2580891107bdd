import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from 'kysely';
import { openDatabase } from './database.ts';
import { SqliteDriver, SqliteFile } from './sqlite-driver.ts';
import { WriteAhead } from './write-ahead.ts';

interface Tables {
  readonly notes: { readonly id: number; readonly text: string };
}

/** A database whose disk flushes when the test says so. */
async function onSlowDisk(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-write-ahead-'));
  const ends: (() => void)[] = [];
  let slow = false;
  const flush = () => (slow ? new Promise<void>((resolve) => ends.push(resolve)) : Promise.resolve());
  const file = new SqliteFile(join(folder, 'test.sqlite'), () => ({ flush, close: async () => {} }));
  const over = (waits: boolean) =>
    new Kysely<Tables>({
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new SqliteDriver(file, { waits }),
        createIntrospector: (db) => new SqliteIntrospector(db),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
    });
  const [waiting, gathered] = [over(true), over(false)];
  await sql`create table notes (id integer primary key, text text not null)`.execute(waiting);
  slow = true;
  context.after(async () => {
    slow = false;
    for (const end of ends) end();
    await waiting.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  return { waiting, gathered, file, ends };
}

const note = (db: Kysely<Tables>, id: number) => db.insertInto('notes').values({ id, text: 'n' }).execute();
const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Notes its end. */
function watched(promise: Promise<unknown>) {
  const state = { over: false, promise };
  state.promise = promise.finally(() => {
    state.over = true;
  });
  return state;
}

test('write-ahead: writers that come during a flush wait for the next one together, and none holds up another', async (context) => {
  const { waiting, ends } = await onSlowDisk(context);
  const first = watched(note(waiting, 1));
  await turn();
  const later = [2, 3].map((id) => watched(note(waiting, id)));
  await turn();
  assert.equal(ends.length, 1);
  const rows = await waiting.selectFrom('notes').select('id').execute();
  assert.equal(rows.length, 3, 'a question waits for no flush');
  assert.ok(!first.over);
  ends[0]?.();
  await first.promise;
  await turn();
  assert.ok(later.every(({ over }) => !over));
  assert.equal(ends.length, 2);
  ends[1]?.();
  await Promise.all(later.map(({ promise }) => promise));
});

test('write-ahead: a transaction counts from its commit, not from its first statement', async (context) => {
  const { waiting, gathered, file, ends } = await onSlowDisk(context);
  const inside = watched(
    waiting.transaction().execute(async (transaction) => {
      await transaction.insertInto('notes').values({ id: 1, text: 'n' }).execute();
      await file.settled();
      assert.equal(ends.length, 0, 'nothing is committed yet');
    }),
  );
  await turn();
  await turn();
  assert.equal(ends.length, 1);
  assert.ok(!inside.over);
  ends[0]?.();
  await inside.promise;
  await gathered.selectFrom('notes').selectAll().execute();
  await file.settled();
  assert.equal(ends.length, 1, 'a question leaves nothing to be flushed');
});

test('write-ahead: gathered writes are not waited for, and are safe together', async (context) => {
  const { gathered, file, ends } = await onSlowDisk(context);
  await note(gathered, 1);
  await gathered.transaction().execute(async (transaction) => {
    await transaction.insertInto('notes').values({ id: 2, text: 'n' }).returning('id').execute();
  });
  assert.equal(ends.length, 0);
  const settled = watched(file.settled());
  await turn();
  assert.ok(!settled.over);
  assert.equal(ends.length, 1);
  ends[0]?.();
  await settled.promise;
});

test('write-ahead: a statement that failed works again, and one prepared before the table changed sees its new columns', async (context) => {
  const { gathered } = await onSlowDisk(context);
  await note(gathered, 1);
  await assert.rejects(note(gathered, 1), /UNIQUE/);
  await note(gathered, 2);
  await gathered.selectFrom('notes').selectAll().execute();
  await sql`alter table notes add column more text default 'm'`.execute(gathered);
  const rows = await gathered.selectFrom('notes').selectAll().orderBy('id').execute();
  assert.deepEqual(rows, [
    { id: 1, text: 'n', more: 'm' },
    { id: 2, text: 'n', more: 'm' },
  ]);
});

test('write-ahead: once a flush has failed nothing counts as safe any more, and the file is let go of all the same', async () => {
  let failures = 1;
  let closed = false;
  const log = new WriteAhead({
    flush: async () => {
      failures -= 1;
      if (failures === 0) throw new Error('no disk');
    },
    close: async () => {
      closed = true;
    },
  });
  log.wrote();
  await assert.rejects(log.safe(), /no disk/);
  await assert.rejects(log.safe(), /no disk/, 'the same commit');
  log.wrote();
  await assert.rejects(log.safe(), /no disk/, 'one that lies behind it');
  await assert.rejects(log.close(), /no disk/);
  assert.ok(closed);
});

test('write-ahead: a database is closed for gathered writes too, whichever of the two was used', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-write-ahead-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const config = { engine: 'sqlite', path: join(folder, 'test.sqlite') } as const;
  const create = sql`create table if not exists notes (id integer primary key, text text not null)`;
  const one = await openDatabase<Tables>(config);
  await create.execute(one.kysely);
  await one.close();
  await assert.rejects(note(one.gathered.kysely, 1), /closed/, 'first used after the end');
  const other = await openDatabase<Tables>(config);
  await note(other.gathered.kysely, 2);
  await other.close();
  await assert.rejects(note(other.gathered.kysely, 3), /closed/);
  await assert.rejects(note(other.kysely, 3), /closed/);
});

test('write-ahead: a database that was closed is one file, also while another process has it open', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-write-ahead-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'test.sqlite');
  const one = await openDatabase<Tables>({ engine: 'sqlite', path });
  await sql`create table notes (id integer primary key, text text not null)`.execute(one.kysely);
  const other = await openDatabase<Tables>({ engine: 'sqlite', path });
  await note(other.kysely, 1);
  await note(one.kysely, 2);
  await other.close();
  await note(one.kysely, 3);
  await one.close();
  await copyFile(path, join(folder, 'copy.sqlite'));
  const copy = await openDatabase<Tables>({ engine: 'sqlite', path: join(folder, 'copy.sqlite') });
  const rows = await copy.kysely.selectFrom('notes').select('id').orderBy('id').execute();
  await copy.close();
  assert.deepEqual(
    rows.map(({ id }) => id),
    [1, 2, 3],
  );
});
