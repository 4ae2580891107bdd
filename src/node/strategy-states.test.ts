import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { migrate, openDatabase, openFolderBlobs } from '#store';
import { StrategyStates, type StrategyStateTables, strategyStateMigration } from './strategy-states.ts';

test('a node goes on from the round that counted, and forgets those before it', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-states-'));
  const database = await openDatabase<StrategyStateTables>({ engine: 'sqlite', path: ':memory:' });
  const blobs = await openFolderBlobs(folder);
  context.after(async () => {
    await blobs.close();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(database, [strategyStateMigration]);
  const states = new StrategyStates(database.kysely, blobs);
  const state = (value: number) => ({ control: Float64Array.of(value, -value) });
  assert.deepEqual(await states.of('job-1', undefined), {});
  for (const round of [1, 2, 3]) await states.keep('job-1', round, state(round));
  await states.keep('job-2', 1, state(9));
  await states.keep('job-1', 4, {});
  assert.deepEqual(await states.of('job-1', 2), state(2), 'round 3 closed without this site');
  await states.keep('job-1', 3, state(30));
  assert.deepEqual(await states.of('job-1', 3), state(30));
  assert.deepEqual(await states.of('job-1', 2), {}, 'forgotten');
  assert.deepEqual(await states.of('job-2', 1), state(9));
});
