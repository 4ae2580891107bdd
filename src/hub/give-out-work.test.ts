import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { createWakeUp, type JobsTables, jobsMigrations, openTaskTable } from '#jobs';
import { migrate, openDatabase } from '#store';
import { workFor } from './give-out-work.ts';
import type { HubHouse } from './house.ts';
import { WaitingReceipts } from './waiting-receipts.ts';
import { giveWork } from './work-queue.ts';

const PATIENCE = { timeout: 60_000 };
const SITE = { siteId: 'lisbon', publicKey: '', version: 3 } as const;
const KINDS = ['revoke-permit'] as const;

/** What of a hub gives out work, with real records. */
async function openHub(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-give-out-'));
  const database = await openDatabase<JobsTables>({ engine: 'sqlite', path: join(folder, 'hub.sqlite') });
  context.after(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  await migrate(database, jobsMigrations);
  let count = 0;
  const newId = () => {
    count += 1;
    return `task-${String(count).padStart(20, '0')}`;
  };
  const standing = { isShutOut: false };
  const hub = {
    clock: Date.now,
    tasks: openTaskTable(database, { clock: Date.now, newId }),
    wakeUp: createWakeUp(),
    waitingReceipts: new WaitingReceipts(),
    membership: {
      checkStanding: async () => {
        if (standing.isShutOut) throw new UnicaError('identity.suspended', { because: 'a test' });
      },
    },
  } as unknown as HubHouse;
  const give = async (key: string) =>
    await giveWork(hub, {
      siteId: SITE.siteId,
      key,
      body: { kind: 'revoke-permit', permitId: 'permit-00000000000000000001' },
    });
  return { hub, give, standing };
}

test('new work goes to the receipt that waits, and the poll beside it leaves it', PATIENCE, async (context) => {
  const { hub, give } = await openHub(context);
  const polling = new AbortController();
  const { signal } = new AbortController();
  const poll = workFor(hub, { ...SITE, waitMs: 55_000, accepts: [...KINDS], signal: polling.signal, isPoll: true });
  const receipt = workFor(hub, { ...SITE, waitMs: 30_000, accepts: [...KINDS], signal, isPoll: false });
  await give('one');
  assert.equal((await receipt).length, 1);
  assert.equal(hub.waitingReceipts.has(SITE.siteId), false);
  polling.abort();
  assert.deepEqual(await poll, []);
});

test(
  'what comes while a receipt waits for other work is the poll’s once the receipt is answered',
  PATIENCE,
  async (context) => {
    const { hub, give } = await openHub(context);
    const { signal } = new AbortController();
    const poll = workFor(hub, { ...SITE, waitMs: 55_000, accepts: [...KINDS], signal, isPoll: true });
    const receipt = workFor(hub, { ...SITE, waitMs: 200, accepts: ['count'], signal, isPoll: false });
    await give('one');
    assert.deepEqual(await receipt, []);
    assert.equal((await poll).length, 1);
  },
);

test(
  'a receipt whose hub ends is answered with nothing, and its site’s poll gets the work',
  PATIENCE,
  async (context) => {
    const { hub, give } = await openHub(context);
    const ending = new AbortController();
    const receipt = workFor(hub, {
      ...SITE,
      waitMs: 30_000,
      accepts: [...KINDS],
      signal: ending.signal,
      isPoll: false,
    });
    ending.abort();
    assert.deepEqual(await receipt, []);
    await give('one');
    const { signal } = new AbortController();
    const poll = await workFor(hub, { ...SITE, waitMs: 0, accepts: [...KINDS], signal, isPoll: true });
    assert.equal(poll.length, 1);
  },
);

test('work whose answer got lost is given to the receipt that is sent again', PATIENCE, async (context) => {
  const { hub, give } = await openHub(context);
  await give('one');
  const { signal } = new AbortController();
  const wish = { ...SITE, waitMs: 0, accepts: [...KINDS], signal, isPoll: false };
  const [lost] = await workFor(hub, wish);
  assert.deepEqual(await workFor(hub, wish), [], 'without a word of what the node holds only time ends a lease');
  const [again] = await workFor(hub, { ...wish, holding: [] });
  assert.deepEqual([again?.taskId, again?.attempt], [lost?.taskId, 2]);
  assert.deepEqual(await workFor(hub, { ...wish, holding: [lost?.taskId ?? ''] }), []);
});

test(
  'a site that is shut out while its receipt waits is told, and nothing waits any more',
  PATIENCE,
  async (context) => {
    const { hub, standing } = await openHub(context);
    const { signal } = new AbortController();
    const receipt = workFor(hub, { ...SITE, waitMs: 30_000, accepts: [...KINDS], signal, isPoll: false });
    standing.isShutOut = true;
    hub.wakeUp.notify(`site:${SITE.siteId}`);
    await assert.rejects(receipt, { code: 'identity.suspended' });
    assert.equal(hub.waitingReceipts.has(SITE.siteId), false);
  },
);
