import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HeldBytes } from './held-bytes.ts';

/** Asks one after the other; the list of those that have been let in grows. */
function asked(held: HeldBytes, sizes: readonly number[]): number[] {
  const admitted: number[] = [];
  sizes.forEach((sizeBytes, index) => {
    void held.taken(sizeBytes).then(() => admitted.push(index));
  });
  return admitted;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('bytes held: as many as there is room for, the others when room comes back, in the order of asking', async () => {
  const held = new HeldBytes(100);
  const admitted = asked(held, [60, 40, 50, 1]);
  await settled();
  assert.deepEqual(admitted, [0, 1], 'the small one behind does not overtake');
  held.back(40);
  await settled();
  assert.deepEqual(admitted, [0, 1], '50 do not fit beside 60');
  held.back(60);
  await settled();
  assert.deepEqual(admitted, [0, 1, 2, 3]);
});

test('bytes held: what is larger than all the room has it alone', async () => {
  const held = new HeldBytes(100);
  const admitted = asked(held, [10, 1000, 10]);
  await settled();
  assert.deepEqual(admitted, [0]);
  held.back(10);
  await settled();
  assert.deepEqual(admitted, [0, 1]);
  held.back(1000);
  await settled();
  assert.deepEqual(admitted, [0, 1, 2]);
});
