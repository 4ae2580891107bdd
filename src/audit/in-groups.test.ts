import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inGroups } from './in-groups.ts';

test('what comes while a group is at work goes with the next, in order, and no group is larger than allowed', async () => {
  const groups: number[][] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const double = inGroups(async (items: readonly number[]) => {
    groups.push([...items]);
    await gate;
    return items.map((item) => 2 * item);
  }, 4);
  const answers = Array.from({ length: 10 }, (_, item) => double(item));
  open();
  assert.deepEqual(await Promise.all(answers), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  assert.deepEqual(groups, [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]);
});

test('a group that fails fails for each of its items, and the next is tried', async () => {
  const work = inGroups(async (items: readonly number[]) => {
    if (items.includes(2)) throw new RangeError('two');
    return items;
  }, 2);
  const settled = await Promise.allSettled([1, 2, 3, 4].map(work));
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
});
