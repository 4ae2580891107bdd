import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { migrate, openDatabase } from '#store';
import { type RuledUpon, StandingRules } from './standing-rules.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const PROJECT = 'request-00000001';
const PERMIT = 'permit-00000001';
const DAY_MS = 86_400_000;

async function desk(context: TestContext) {
  const database = await openDatabase<NodeTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, nodeMigrations);
  const time = { nowMs: 1_000_000 };
  let number = 0;
  const newId = (prefix: string) => `${prefix}-${String(++number).padStart(8, '0')}`;
  return { time, rules: new StandingRules(database.kysely, () => time.nowMs, newId) };
}

const job = (
  subject: string,
  rounds: number,
  epsilon: number | null = null,
  projectId = PROJECT,
): Extract<RuledUpon, { kind: 'train' }> => ({ kind: 'train', subject, rounds, epsilon, projectId });

test('a rule decides what it covers and nothing else', async (context) => {
  const { rules } = await desk(context);
  const training = { kind: 'train' as const, projectId: PROJECT, rounds: 50, epsilon: null };
  await rules.create({ scope: training, because: 'agreed', days: 30 }, 'owner');
  await rules.create({ scope: { kind: 'count', permitId: PERMIT }, because: 'agreed', days: 30 }, 'owner');
  const rows: readonly [string, RuledUpon, string | undefined][] = [
    ['training of the project', job('job-a', 20), 'rule-00000001'],
    ['training of another project', job('job-b', 1, null, 'request-00000002'), undefined],
    ['more rounds than are left', job('job-c', 31), undefined],
    ['as many rounds as are left', job('job-d', 30), 'rule-00000001'],
    ['one round too many', job('job-e', 1), undefined],
    ['counts under the permit', { kind: 'count', permitId: PERMIT, subject: 'search-1' }, 'rule-00000002'],
    ['counts under another', { kind: 'count', permitId: 'permit-00000002', subject: 'search-2' }, undefined],
  ];
  for (const [name, asked, ruleId] of rows) assert.equal((await rules.decide(asked))?.ruleId, ruleId, name);
  const [counts, trained] = await rules.list();
  assert.deepEqual(trained?.used, { decisions: 2, rounds: 50, epsilon: 0 });
  assert.deepEqual(counts?.used, { decisions: 1, rounds: 0, epsilon: 0 });
});

test('a bound on the privacy cost holds over all jobs, and no job without a cost passes it', async (context) => {
  const { rules } = await desk(context);
  const scope = { kind: 'train' as const, projectId: PROJECT, rounds: 1000, epsilon: 3 };
  await rules.create({ scope, because: 'agreed', days: 30 }, 'owner');
  assert.equal(await rules.decide(job('job-a', 1, null)), undefined, 'no differential privacy, no bound');
  assert.match(
    (await rules.decide(job('job-b', 1, 2)))?.because ?? '',
    /up to 1000 rounds and ε = 3, until 1970-01-31$/,
  );
  assert.equal(await rules.decide(job('job-c', 1, 1.5)), undefined);
  assert.notEqual(await rules.decide(job('job-d', 1, 1)), undefined);
});

test('a rule ends by itself or when it is withdrawn, and two are never added up', async (context) => {
  const { rules, time } = await desk(context);
  const scope = { kind: 'train' as const, projectId: PROJECT, rounds: 10, epsilon: null };
  const first = await rules.create({ scope, because: 'agreed', days: 1 }, 'owner');
  const second = await rules.create({ scope, because: 'agreed', days: 30 }, 'owner');
  assert.equal(await rules.decide(job('job-a', 15)), undefined, 'ten and ten are not fifteen');
  assert.equal((await rules.decide(job('job-b', 10)))?.ruleId, first.ruleId, 'the older one');
  time.nowMs += DAY_MS;
  assert.equal((await rules.find(first.ruleId)).state, 'expired');
  assert.equal((await rules.decide(job('job-c', 1)))?.ruleId, second.ruleId);
  const withdrawn = await rules.withdraw(second.ruleId);
  assert.deepEqual([withdrawn.state, withdrawn.withdrawnAtMs], ['withdrawn', time.nowMs]);
  assert.equal(await rules.decide(job('job-d', 1)), undefined);
  time.nowMs += 1;
  assert.equal((await rules.withdraw(second.ruleId)).withdrawnAtMs, time.nowMs - 1, 'once');
  await assert.rejects(rules.withdraw('rule-none'), { code: 'http.not-found' });
});
