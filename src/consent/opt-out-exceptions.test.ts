import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { type Database, migrate, openDatabase } from '#store';
import { sealCohort } from './cohort.ts';
import { openConsents } from './consents.ts';
import { openDatasetBases } from './dataset-bases.ts';
import { openStanding } from './open-standing.ts';
import { openOptOutExceptions } from './opt-out-exceptions.ts';
import { type ConsentTables, consentMigrations, openOptOuts } from './opt-outs.ts';

const DAY_MS = 86_400_000;
const code = (wanted: string) => (error: unknown) => error instanceof UnicaError && error.code === wanted;

async function world(context: Pick<TestContext, 'after'>) {
  const database: Database<AuditTables & ConsentTables> = await openDatabase({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, [...auditMigrations, ...consentMigrations]);
  const time = { nowMs: 1_700_000_000_000 };
  const clock = () => time.nowMs;
  const journal = openJournal(database, { keys: generateKeys(), clock });
  const optOuts = await openOptOuts(database, { journal, clock });
  const consents = await openConsents(database, { journal, clock });
  const bases = await openDatasetBases(database, { journal, clock });
  const open = async () => await openOptOutExceptions(database, { journal, clock });
  const exceptions = await open();
  const wish = {
    law: 'An example law of the test',
    place: 'Section 1',
    url: 'https://law.example/1',
    projectId: 'request-00000001',
    reason: 'The disease is so rare that everybody is needed.',
    untilMs: time.nowMs + 30 * DAY_MS,
  };
  const standingOf = (projectId: string, of = exceptions) =>
    openStanding({ optOuts, consents, bases, dataset: 'd', exception: { exceptions: of, projectId } });
  return { time, journal, optOuts, consents, bases, exceptions, open, wish, standingOf };
}

test('nothing lifts an objection but a law that was entered, for its project, after owner and officer agreed as two people', async (context) => {
  const { time, journal, optOuts, exceptions, open, wish, standingOf } = await world(context);
  await optOuts.record('ada', 'opt-out', 'test');
  const standing = standingOf(wish.projectId);
  const isOut = async () => {
    await standing.refresh();
    return standing.isLeftOut('ada');
  };
  assert.deepEqual([exceptions.list(), await isOut()], [[], true]);
  await exceptions.enter('exception-1', wish, 'DE', 'operator-1');
  assert.equal(await isOut(), true, 'a law alone does nothing');
  await exceptions.agree('exception-1', 'owner', 'operator-1');
  assert.equal(await isOut(), true, 'one of two does nothing');
  await assert.rejects(
    exceptions.agree('exception-1', 'officer', 'operator-1'),
    code('consent.exception-second-person'),
  );
  await assert.rejects(exceptions.agree('exception-9', 'officer', 'officer-1'), code('http.not-found'));
  await exceptions.agree('exception-1', 'officer', 'officer-1');
  assert.equal(await isOut(), false);
  assert.equal(standingOf('request-00000002').isLeftOut('ada'), true, 'no other project');
  assert.equal((await open()).lifts(wish.projectId), true, 'across a restart');
  const [shown] = exceptions.list();
  assert.deepEqual([shown?.state, shown?.country, shown?.law], ['in-force', 'DE', wish.law]);
  assert.ok(!JSON.stringify(shown).includes('officer-1'), 'it names nobody');

  const draw = () => sealCohort({ dataset: 'd', dataVersion: 'v', members: [{ person: 'ada' }], standing });
  const cohort = draw();
  assert.equal(cohort.people, 1);
  await exceptions.end('exception-1', 'the project is done', 'officer-1');
  assert.equal(await cohort.isStillCurrent(), false, 'what is under way is drawn anew');
  assert.equal(draw().people, 0);
  await assert.rejects(exceptions.agree('exception-1', 'owner', 'operator-2'), code('consent.exception-over'));
  const { entries } = await journal.view(20);
  assert.deepEqual(
    entries
      .filter(({ action }) => action.startsWith('consent.exception-'))
      .map(({ action }) => action)
      .sort(),
    ['consent.exception-agreed', 'consent.exception-agreed', 'consent.exception-ended', 'consent.exception-entered'],
  );

  await exceptions.enter('exception-2', wish, 'DE', 'operator-1');
  await exceptions.agree('exception-2', 'owner', 'operator-1');
  await exceptions.agree('exception-2', 'officer', 'officer-1');
  const again = draw();
  assert.equal(again.people, 1);
  const overMeanwhile = {
    get person() {
      time.nowMs = wish.untilMs;
      return 'bob';
    },
  };
  const members = [{ person: 'ada' }, overMeanwhile];
  const late = sealCohort({ dataset: 'd', dataVersion: 'v', members, standing: standingOf(wish.projectId) });
  assert.equal(await again.isStillCurrent(), false, 'the last day ends it by itself');
  assert.equal(await late.isStillCurrent(), false, 'also where it ends while people are drawn');
  assert.equal(await isOut(), true);
});

test('where the data need a consent, no exception stands in for it', async (context) => {
  const { optOuts, bases, exceptions, wish, standingOf } = await world(context);
  await bases.set('d', { kind: 'consent', purpose: 'cancer-research', reference: 'gdpr-consent' }, 'test');
  await optOuts.record('ada', 'opt-out', 'test');
  await exceptions.enter('exception-1', wish, 'DE', 'operator-1');
  await exceptions.agree('exception-1', 'owner', 'operator-1');
  await exceptions.agree('exception-1', 'officer', 'officer-1');
  assert.equal(standingOf(wish.projectId).isLeftOut('ada'), true);
});
