import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { trainingCost } from '#privacy';
import { migrate, openDatabase } from '#store';
import { exampleJob } from '#wire';
import { PrivacyLedger, type PrivacyLedgerTables, privacyLedgerMigration, stepsOfRounds } from './privacy-ledger.ts';

const SPEC = exampleJob({
  rounds: 10,
  batchSize: 10,
  privacy: { noiseMultiplier: 1.5, clipNorm: 1, delta: 1e-5, epsilon: 3 },
});
const FILMS = 1000;

async function openLedger(context: TestContext, epsilon = 4) {
  const database = await openDatabase<PrivacyLedgerTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, [privacyLedgerMigration]);
  const ledger = new PrivacyLedger(database.kysely, () => 7, { epsilon, delta: 1e-5 });
  const spend = async (jobId: string, round: number, updateSha256 = `${jobId}-${round}`.padEnd(64, '0')) =>
    await database.transaction(
      async (transaction) =>
        await ledger.spend(transaction, {
          jobId,
          projectId: 'request-1',
          round,
          updateSha256,
          part: stepsOfRounds(SPEC, FILMS, 1),
        }),
    );
  return { ledger, spend, database };
}

const refused = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

test('rounds and jobs are composed by the accountant; the sum of their ε would be more', async (context) => {
  const { ledger, spend } = await openLedger(context);
  for (let round = 1; round <= 4; round += 1) await spend('job-1', round);
  await spend('job-2', 1);
  const { spent, jobs, projects, intact } = await ledger.view();
  assert.ok(intact);
  const expected = trainingCost([stepsOfRounds(SPEC, FILMS, 5)], 1e-5).epsilon;
  assert.ok(Math.abs(spent - expected) < 1e-12);
  assert.ok(spent < jobs.reduce((sum, { epsilon }) => sum + epsilon, 0));
  assert.deepEqual(
    projects.map(({ projectId, rounds }) => [projectId, rounds]),
    [['request-1', 5]],
  );
});

test('an update that is written down again, as after a fall, is not paid again; another one of the same round is', async (context) => {
  const { ledger, spend } = await openLedger(context);
  await spend('job-1', 1);
  const once = (await ledger.view()).spent;
  await spend('job-1', 1);
  assert.equal((await ledger.view()).spent, once);
  await spend('job-1', 1, 'f'.repeat(64));
  const { spent, intact } = await ledger.view();
  assert.ok(spent > once && intact);
});

test('what would exceed the promise of the job or the budget of the node is refused', async (context) => {
  const { ledger, spend } = await openLedger(context, 2);
  const { cost, remaining } = await ledger.quote(SPEC, FILMS);
  assert.ok(cost.epsilon < 2 && remaining === 2);
  await ledger.check('job-1', SPEC, FILMS, SPEC.rounds);
  await assert.rejects(ledger.check('job-1', SPEC, 50, SPEC.rounds), refused('node.privacy-job-limit'));
  for (const jobId of ['job-1', 'job-2', 'job-3', 'job-4']) {
    for (let round = 1; round <= 10; round += 1) await spend(jobId, round);
  }
  await assert.rejects(ledger.check('job-5', SPEC, FILMS, 10), refused('node.privacy-budget-spent'));
});

test('a row that was changed, or taken out, shows', async (context) => {
  const { ledger, spend, database } = await openLedger(context);
  for (let round = 1; round <= 3; round += 1) await spend('job-1', round);
  await database.kysely.updateTable('privacy_ledger').set({ steps: 1 }).where('sequence', '=', 2).execute();
  assert.equal((await ledger.view()).intact, false);
  await database.kysely.deleteFrom('privacy_ledger').where('sequence', '=', 2).execute();
  assert.equal((await ledger.view()).intact, false);
});
