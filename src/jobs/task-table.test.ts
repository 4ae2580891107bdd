import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachEngine, type OpenFresh } from '#store';
import { type JobsTables, jobsMigrations, openTaskTable } from './task-table.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

type Context = Parameters<OpenFresh>[0];

async function freshTable(open: OpenFresh, context: Context) {
  const database = await open<JobsTables>(context, jobsMigrations);
  const time = { nowMs: 1000 };
  let count = 0;
  const newId = (prefix: string) => {
    count += 1;
    return `${prefix}-${count}`;
  };
  return { tasks: openTaskTable(database, { clock: () => time.nowMs, newId }), time };
}

const task = { queue: 'site:a', key: 'k', kind: 'count', payload: { n: 1 } };
const wish = { queue: 'site:a', holder: 'x', max: 10, leaseMs: 100, kinds: ['count'] };

forEachEngine(test, POSTGRES_URL, 'a task enqueued twice is one, whatever became of it', async (open, context) => {
  const { tasks } = await freshTable(open, context);
  const ids = await Promise.all([1, 2, 3].map(() => tasks.enqueue(task)));
  assert.equal(new Set(ids).size, 1);
  const [leased] = await tasks.lease(wish);
  assert.deepEqual(leased, {
    id: ids[0],
    queue: 'site:a',
    kind: 'count',
    payload: { n: 1 },
    state: 'leased',
    holder: 'x',
    attempts: 1,
    leaseUntilMs: 1100,
  });
  assert.equal(await tasks.complete(leased.id, 'x', {}), true);
  assert.equal(await tasks.enqueue({ ...task, payload: { n: 2 } }), ids[0]);
  assert.deepEqual(await tasks.lease(wish), [], 'done is done');
  assert.deepEqual((await tasks.get(leased.id))?.payload, { n: 1 });
});

forEachEngine(
  test,
  POSTGRES_URL,
  'leases: own queue and kinds only, oldest first, at most as many as wished',
  async (open, context) => {
    const { tasks, time } = await freshTable(open, context);
    for (const [key, queue, kind] of [
      ['1', 'site:a', 'count'],
      ['2', 'site:b', 'count'],
      ['3', 'site:a', 'train'],
      ['4', 'site:a', 'count'],
      ['5', 'site:a', 'count'],
    ] as const) {
      await tasks.enqueue({ queue, key, kind, payload: key });
      time.nowMs += 1;
    }
    assert.deepEqual(await tasks.lease({ ...wish, kinds: [] }), []);
    assert.deepEqual(
      (await tasks.lease({ ...wish, max: 2 })).map((one) => one.payload),
      ['1', '4'],
    );
    assert.deepEqual(
      (await tasks.lease({ ...wish, kinds: ['count', 'train'] })).map((one) => one.payload),
      ['3', '5'],
    );
  },
);

forEachEngine(test, POSTGRES_URL, 'two holders never get the same task', async (open, context) => {
  const { tasks } = await freshTable(open, context);
  for (let index = 0; index < 30; index += 1) await tasks.enqueue({ ...task, key: `k${index}` });
  const holders = ['a', 'b', 'c', 'd', 'e', 'f'];
  const got = (await Promise.all(holders.map((holder) => tasks.lease({ ...wish, holder, max: 7 })))).flat();
  assert.equal(new Set(got.map((one) => one.id)).size, got.length);
  const rest = await tasks.lease({ ...wish, max: 100 });
  assert.equal(got.length + rest.length, 30, 'and none is lost');
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a lease ends at its instant, is renewed by its holder only, and then belongs to the next',
  async (open, context) => {
    const { tasks, time } = await freshTable(open, context);
    const id = await tasks.enqueue(task);
    await tasks.lease(wish);
    time.nowMs = 1050;
    assert.equal(await tasks.renew(id, 'y', 100), undefined);
    assert.equal(await tasks.renew(id, 'x', 100), 1150);
    time.nowMs = 1149;
    assert.deepEqual(await tasks.lease({ ...wish, holder: 'y' }), []);
    time.nowMs = 1150;
    assert.deepEqual(
      (await tasks.lease({ ...wish, holder: 'y' })).map((one) => [one.id, one.attempts]),
      [[id, 2]],
    );
    assert.equal(await tasks.renew(id, 'x', 100), undefined);
    assert.equal(await tasks.complete(id, 'x', {}), false);
    assert.equal(await tasks.fail(id, 'x', { because: 'late', final: true }), false);
    assert.equal((await tasks.get(id))?.holder, 'y');
  },
);

forEachEngine(test, POSTGRES_URL, 'failures: offered again after the wait, or never again', async (open, context) => {
  const { tasks, time } = await freshTable(open, context);
  const id = await tasks.enqueue(task);
  await tasks.lease(wish);
  assert.equal(await tasks.fail(id, 'x', { because: 'busy', retryAfterMs: 500 }), true);
  time.nowMs = 1499;
  assert.deepEqual(await tasks.lease(wish), []);
  time.nowMs = 1500;
  assert.equal((await tasks.lease(wish))[0]?.attempts, 2);
  assert.equal(await tasks.fail(id, 'x', { because: 'refused', final: true }), true);
  time.nowMs = 1_000_000;
  assert.deepEqual(await tasks.lease(wish), []);
  assert.equal((await tasks.get(id))?.state, 'failed');
});

forEachEngine(test, POSTGRES_URL, 'a task past its end is not handed out', async (open, context) => {
  const { tasks, time } = await freshTable(open, context);
  await tasks.enqueue({ ...task, expiresAtMs: 1200 });
  time.nowMs = 1200;
  assert.deepEqual(await tasks.lease(wish), []);
  time.nowMs = 1199;
  assert.equal((await tasks.lease(wish)).length, 1);
});

forEachEngine(test, POSTGRES_URL, 'cancelling a prefix ends its open tasks and no others', async (open, context) => {
  const { tasks } = await freshTable(open, context);
  const keys = ['job/1/a', 'job/1/ü', 'job/1/\u{1f600}', 'job/10/a', 'job/1', 'JOB/1/a', 'job/1%/a', 'jobs'];
  const ids = new Map<string, string>();
  for (const key of keys) ids.set(key, await tasks.enqueue({ ...task, key }));
  const done = await tasks.enqueue({ ...task, key: 'job/1/done', queue: 'other' });
  await tasks.lease({ ...wish, queue: 'other' });
  await tasks.complete(done, 'x', {});
  await tasks.lease({ ...wish, max: 1 });
  await tasks.cancel('job/1/');
  const state = async (key: string) => (await tasks.get(ids.get(key) ?? ''))?.state;
  const cancelled: string[] = [];
  for (const key of keys) if ((await state(key)) === 'cancelled') cancelled.push(key);
  assert.deepEqual(cancelled, ['job/1/a', 'job/1/ü', 'job/1/\u{1f600}']);
  assert.equal((await tasks.get(done))?.state, 'done');
  assert.equal(await tasks.complete(ids.get('job/1/a') ?? '', 'x', {}), false, 'a cancelled task takes no result');
});
