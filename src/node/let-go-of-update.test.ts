import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { beginSum } from '#aggregation';
import { generateKeys } from '#identity';
import { migrate, openDatabase, openFolderBlobs } from '#store';
import { letGoOfUpdate } from './let-go-of-update.ts';
import { SumRounds } from './sum-rounds.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

// Two jobs of the same seed make the same updates on the same films; their content lies here once.

async function opened(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-updates-'));
  const database = await openDatabase<NodeTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(database, nodeMigrations);
  const blobs = await openFolderBlobs(folder);
  const sums = await SumRounds.open(database.kysely, () => 0);
  const { sha256 } = await blobs.put(new TextEncoder().encode('an update of two jobs'));
  const finished = async (jobId: string, round: number, updateSha256 = sha256) =>
    await database.kysely
      .insertInto('finished_rounds')
      .values({ job_id: jobId, round, weights_sha256: 'ab'.repeat(32), update_sha256: updateSha256, metrics: '{}' })
      .execute();
  const keptBack = async (jobId: string) => {
    const specSha256 = 'cd'.repeat(32);
    const site = { siteId: 'lisbon', keys: generateKeys(), random: (bytes: number) => new Uint8Array(bytes).fill(7) };
    const state = beginSum({ jobId, round: 1, specSha256 }, site);
    await sums.keep({ jobId, round: 1, weightsSha256: 'ab'.repeat(32), updateSha256: sha256, state });
  };
  const letGo = async (jobId: string, isTaken: boolean) => {
    await letGoOfUpdate({ db: database.kysely, masking: { sums, blobs } }, sha256, { jobId, isTaken });
    return !(await blobs.has(sha256));
  };
  return { finished, keptBack, letGo };
}

test('an update that one job is done with stays while the last round of another has it', async (context) => {
  const { finished, letGo } = await opened(context);
  await finished('job-a', 1);
  await finished('job-b', 1);
  assert.equal(await letGo('job-a', false), false, 'it may not have left for the other');
  await finished('job-b', 2, 'ef'.repeat(32));
  assert.equal(await letGo('job-a', false), true, 'the other has gone on');
});

test('an update that the hub has is let go of, whoever made it too: the hub is asked before it is sent', async (context) => {
  const { finished, letGo } = await opened(context);
  await finished('job-a', 1);
  await finished('job-b', 1);
  assert.equal(await letGo('job-a', true), true);
});

test('an update that another job keeps back to be masked stays, even when the hub has been sent the same one open', async (context) => {
  const { finished, keptBack, letGo } = await opened(context);
  await finished('job-a', 1);
  await keptBack('job-b');
  assert.equal(await letGo('job-a', true), false);
  assert.equal(await letGo('job-a', false), false);
});
