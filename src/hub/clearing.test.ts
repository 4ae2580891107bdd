import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#base';
import { clearingNowAndThen } from './clearing.ts';

test('learners of a course are forgotten on their day though the store of contents does not answer', async () => {
  const time = { now: 0 };
  const tried = { courses: 0, contents: 0 };
  const house = {
    clock: () => time.now,
    courses: {
      async removeDue() {
        tried.courses += 1;
        if (tried.courses === 1) throw new Error('the records do not answer');
        return 1;
      },
    },
    learning: {
      async needed() {
        tried.contents += 1;
        throw new Error('the store does not answer');
      },
    },
  };
  const clear = clearingNowAndThen(house as unknown as Parameters<typeof clearingNowAndThen>[0], silentLog);
  await clear();
  assert.deepEqual(tried, { courses: 1, contents: 1 }, 'neither holds up the other');
  await clear();
  assert.deepEqual(tried, { courses: 1, contents: 1 }, 'not before it is due again');
  time.now += 86_400_000;
  await clear();
  assert.deepEqual(tried, { courses: 2, contents: 2 });
});
