import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { UnicaError } from '#base';
import { openDatabase } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { migrate } from './migrate.ts';

async function freshFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-sqlite-failure-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const codeOf = async (work: Promise<unknown>) =>
  await work.then(
    () => 'nothing',
    (error: unknown) => (error instanceof UnicaError ? error.code : String(error)),
  );

test('a database that finds no more room in the middle of a transaction says so, and not that there is nothing to undo', async (context) => {
  const folder = await freshFolder(context);
  const database = await openDatabase<{ t: { x: string } }>({ engine: 'sqlite', path: join(folder, 'a.sqlite') });
  context.after(() => database.close());
  await sql`create table t (x text)`.execute(database.kysely);
  await sql`pragma max_page_count = 8`.execute(database.kysely);
  const filled = database.kysely.transaction().execute(async (transaction) => {
    for (let row = 0; row < 100; row += 1)
      await transaction
        .insertInto('t')
        .values({ x: 'x'.repeat(4000) })
        .execute();
  });
  assert.equal(await codeOf(filled), 'checkup.disk-full');
  await sql`pragma max_page_count = 100000`.execute(database.kysely);
  const rows = await database.kysely.selectFrom('t').selectAll().execute();
  assert.equal(rows.length, 0, 'nothing of it is there, and the next one goes on');
});

test('a database in a folder that is not there, or is a file, is not a fault of the program', async (context) => {
  const folder = await freshFolder(context);
  await writeFile(join(folder, 'file'), '');
  for (const where of ['nowhere', 'file'])
    for (const opened of [
      async () => {
        const database = await openDatabase({ engine: 'sqlite', path: join(folder, where, 'a.sqlite') });
        await migrate(database, []).finally(() => database.close());
      },
      async () => await lockFolder(join(folder, where)),
    ])
      assert.equal(await codeOf(opened()), 'checkup.folder-unwritable', where);
});

test('a database server that nobody runs is told as that', async () => {
  const database = await openDatabase({ engine: 'postgres', url: 'postgres://unica:secret@127.0.0.1:1/unica' });
  try {
    await assert.rejects(migrate(database, []), (error: UnicaError) => {
      assert.equal(error.code, 'checkup.database-unreachable');
      assert.match(error.message, /ECONNREFUSED.*UNICA_DATABASE_URL/);
      return !error.message.includes('secret');
    });
  } finally {
    await database.close();
  }
});

const canMount = spawnSync('unshare', ['-m', 'true']).status === 0 && process.getuid?.() === 0;

test('on a disk without any room neither a lock nor a database can be had, and the disk is named', {
  skip: canMount ? false : 'a small disk can be mounted by root alone',
}, async (context) => {
  const folder = await freshFolder(context);
  const disk = join(folder, 'disk');
  await mkdir(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  if (mounted.status !== 0) return context.skip(`mount: ${mounted.stderr}`);
  try {
    await writeFile(join(disk, 'filler'), new Uint8Array(1_000_000)).catch(() => undefined);
    for (const work of [
      async () => await lockFolder(disk),
      async () => {
        const database = await openDatabase({ engine: 'sqlite', path: join(disk, 'a.sqlite') });
        await migrate(database, []).finally(() => database.close());
      },
    ])
      await assert.rejects(work(), (error: UnicaError) => {
        assert.equal(error.code, 'checkup.disk-full');
        return error.message.includes(disk);
      });
  } finally {
    spawnSync('umount', [disk]);
  }
});
