import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Compilable, CompiledQuery, sql } from 'kysely';
import { type Database, forEachEngine, type OpenFresh } from '#store';
import { streamNames } from './event-log.ts';
import { cancelling, type JobsTables, jobsMigrations, openTaskTable } from './task-table.ts';

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

/** How the database finds the rows; on PostgreSQL with the numbers of those that it read. */
async function planOf(
  { kysely, engine }: Pick<Database<JobsTables>, 'kysely' | 'engine'>,
  query: Compilable,
): Promise<string> {
  const { sql: text, parameters } = query.compile();
  if (engine === 'postgres') await sql`analyze tasks, events`.execute(kysely);
  const how = engine === 'postgres' ? 'explain (analyze, costs off, timing off, summary off)' : 'explain query plan';
  const { rows } = await kysely.executeQuery<Record<string, string>>(
    CompiledQuery.raw(`${how} ${text}`, [...parameters]),
  );
  return rows.map((row) => (row['detail'] ?? row['QUERY PLAN'] ?? '').trim()).join('\n');
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

forEachEngine(
  test,
  POSTGRES_URL,
  'cancelling the tasks of a round reads those of the round, however many others there are',
  async (open, context) => {
    const database = await open<JobsTables>(context, jobsMigrations);
    const db = database.kysely;
    const [jobs, rounds, sites] = [20, 50, 6];
    const rows = Array.from({ length: jobs * rounds * sites }, (_, index) => {
      const [job, round, site] = [
        Math.floor(index / rounds / sites),
        Math.floor(index / sites) % rounds,
        index % sites,
      ];
      // Of each site the last task of the last job is open still; all others are done.
      const isOpen = job === jobs - 1 && round === rounds - 1;
      return {
        ...{
          id: `task-${index}`,
          queue: `site:${site}`,
          key: `job/${job}/round/${round}/${site}`,
          kind: 'train-round',
        },
        ...{ payload: '{}', state: isOpen ? ('leased' as const) : ('done' as const), holder: null, attempts: 1 },
        ...{
          not_before_ms: 0,
          lease_until_ms: 0,
          expires_at_ms: null,
          result: null,
          because: null,
          created_at_ms: index,
        },
      };
    });
    for (let from = 0; from < rows.length; from += 1000)
      await db
        .insertInto('tasks')
        .values(rows.slice(from, from + 1000))
        .execute();
    const query = cancelling(db, `job/${jobs - 1}/round/${rounds - 1}/`, database.engine);
    const plan = await planOf(database, query);
    if (database.engine === 'sqlite')
      assert.match(plan, /^SEARCH tasks USING INDEX \S+ \(key>\? AND key<\?\)$/u, 'the index of keys');
    else {
      assert.match(plan, /Index (Scan using|Scan on) tasks_keys/u);
      assert.doesNotMatch(plan, /Seq Scan|Rows Removed/u, 'nothing that was read and put aside');
      assert.match(plan, new RegExp(`rows=${sites} `, 'u'));
    }
    await query.execute();
    const states = await db
      .selectFrom('tasks')
      .select(['state', sql<number>`count(*)`.as('count')])
      .groupBy('state')
      .execute();
    assert.deepEqual(Object.fromEntries(states.map(({ state, count }) => [state, Number(count)])), {
      done: rows.length - sites,
      cancelled: sites,
    });
  },
);

forEachEngine(test, POSTGRES_URL, 'the list of streams reads the first event of each alone', async (open, context) => {
  const database = await open<JobsTables>(context, jobsMigrations);
  const db = database.kysely;
  const rows = Array.from({ length: 6000 }, (_, index) => ({
    ...{ stream: `job/${Math.floor(index / 300)}`, version: 1 + (index % 300), event: '{}', at_ms: index },
  }));
  for (let from = 0; from < rows.length; from += 1000)
    await db
      .insertInto('events')
      .values(rows.slice(from, from + 1000))
      .execute();
  const query = streamNames(db, 'job/');
  assert.match(await planOf(database, query), /events_first/u);
  assert.equal((await query.execute()).length, 20);
});
