import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWakeUp } from './wake-up.ts';

const DAY_MS = 86_400_000;

test('a wait ends when its key is notified, for all who wait, and for no other key', async () => {
  const wakeUp = createWakeUp();
  const never = new AbortController();
  const ended: string[] = [];
  const wait = async (name: string, key: string) => {
    await wakeUp.wait(key, DAY_MS, never.signal);
    ended.push(name);
  };
  const waits = [wait('a1', 'a'), wait('a2', 'a'), wait('b', 'b')];
  wakeUp.notify('a');
  await Promise.all(waits.slice(0, 2));
  assert.deepEqual(ended, ['a1', 'a2']);
  never.abort();
  await waits[2];
  assert.deepEqual(ended, ['a1', 'a2', 'b']);
});

test('a wait without time or after the end is no wait', async () => {
  const wakeUp = createWakeUp();
  await wakeUp.wait('a', 0, new AbortController().signal);
  await wakeUp.wait('a', DAY_MS, AbortSignal.abort());
});

test('a wait ends by itself', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const wait = createWakeUp().wait('a', 500, new AbortController().signal);
  context.mock.timers.tick(500);
  await wait;
});
