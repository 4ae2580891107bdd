import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '#base';
import type { JobsTables } from '#jobs';
import { type ModelWatchTables, openModelWatches } from '#models';
import { openDatabase } from '#store';
import { hubConfig } from './config.ts';
import { startHub } from './start-hub.ts';

const DAY_MS = 86_400_000;

test('a question that a hub was asked before it fell, and told no site, is told when it is back, once; one that is too old is not', async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-waiting-'));
  context.after(() => rm(home, { recursive: true, force: true }));
  const config = hubConfig({ home, port: '0', demonstration: 'true', logLevel: 'silent' });
  const restarted = async () => await (await startHub(config, silentLog)).close();
  await restarted();
  const database = await openDatabase<JobsTables & ModelWatchTables>({
    engine: 'sqlite',
    path: join(home, 'hub.sqlite'),
  });
  context.after(() => database.close());
  const asked = async (daysAgo: number) => {
    const clock = () => Date.now() - daysAgo * DAY_MS;
    const register = openModelWatches(database, { clock, newId: (prefix) => `${prefix}-0000000${daysAgo}` });
    const wish = { model: 'chest-nodule', because: 'Yearly look', askedBy: 'person:asker' };
    return await register.ask({ ...wish, sites: ['lisbon', 'porto'] });
  };
  const [new_, old] = [await asked(1), await asked(31)];
  await openModelWatches(database, { clock: Date.now, newId: () => '' }).refuse(new_, 'porto', 'it is not in use');
  const tasks = async () =>
    await database.kysely.selectFrom('tasks').select(['key', 'queue', 'payload']).orderBy('key').execute();
  assert.deepEqual(await tasks(), []);
  for (const times of [1, 2]) {
    await restarted();
    const told = await tasks();
    assert.deepEqual(
      told.map(({ key, queue }) => [key, queue]),
      [[`watch/${new_}/lisbon`, 'site:lisbon']],
      `after ${times}, nothing of ${old} and of a site that answered`,
    );
    assert.match(told[0]?.payload ?? '', /"requester":"person:asker"/);
  }
});
