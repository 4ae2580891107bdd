import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshDatabase, runChaos } from './chaos.ts';

const SERVER = process.env['UNICA_TEST_POSTGRES_URL'];
const skip = SERVER === undefined ? { skip: 'no PostgreSQL: UNICA_TEST_POSTGRES_URL is not set' } : {};

test('killed hubs and nodes and cut connections lose no round, no bit and no epoch', skip, async (context) => {
  const home = await mkdtemp(join(tmpdir(), 'unica-chaos-'));
  const database = await freshDatabase(SERVER ?? '', `unica_chaos_test_${process.pid}`);
  context.after(async () => {
    await database.drop();
    await rm(home, { recursive: true, force: true });
  });
  const { runs, identical, kills, repeated, epochs } = await runChaos({
    home,
    nodes: 2,
    kills: 4,
    seed: 7,
    databaseUrl: database.url,
    signal: AbortSignal.timeout(900_000),
    tell: () => {},
  });
  assert.ok(kills.hub + kills.node + kills.connections >= 4);
  assert.equal(identical, runs);
  assert.ok(epochs > 0);
  assert.equal(repeated, 0);
});
