import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { nodeConfig } from '#node';
import { openDatabase } from '#store';
import { benchBackup, heldAgainst } from './bench-backup.ts';

test('a node that is put back is the one that was backed up, by every digest and every row', async () => {
  const told = new Map<string, number>();
  for await (const { name, value } of benchBackup(60)) told.set(name, value);
  assert.equal(told.get('studies that came back as they were'), 61);
  assert.equal(told.get('objects read anew, each with the digest of its name on both sides'), 122);
  assert.ok([...told].some(([name, rows]) => name.startsWith('rows of ') && rows > 122));
});

test('the comparison notices one byte of an object, one that is missing and one row', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-compare-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  // Two folders as a node has them, with one object under its digest and one table.
  const [one, other] = [await smallHome(join(folder, 'one')), await smallHome(join(folder, 'other'))];
  assert.equal((await heldAgainst(one, other)).objects, 1);
  await writeFile(join(other.blobsPath, SHELF, REST), 'another byte');
  await assert.rejects(heldAgainst(one, other), /object/);
  await rm(join(other.blobsPath, SHELF, REST));
  await assert.rejects(heldAgainst(one, other), /object/);
  await writeFile(join(other.blobsPath, SHELF, REST), CONTENT);
  await insert(other.databasePath, 2);
  await assert.rejects(heldAgainst(one, other), /the table kept/);
});

const CONTENT = 'an object';
const DIGEST = createHash('sha256').update(CONTENT).digest('hex');
const [SHELF, REST] = [DIGEST.slice(0, 2), DIGEST.slice(2)];

async function smallHome(home: string) {
  const config = nodeConfig({ home });
  await mkdir(join(config.blobsPath, SHELF), { recursive: true });
  await writeFile(join(config.blobsPath, SHELF, REST), CONTENT);
  await insert(config.databasePath, 1);
  return config;
}

async function insert(path: string, number: number): Promise<void> {
  const database = await openDatabase({ engine: 'sqlite', path });
  await sql`create table if not exists kept (number integer)`.execute(database.kysely);
  await sql`insert into kept values (${number})`.execute(database.kysely);
  await database.close();
}
