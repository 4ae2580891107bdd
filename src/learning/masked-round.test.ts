import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOfNumbers, MaskStream } from '#aggregation';
import { memoryBlobs } from './learning-rig.ts';
import { summedWhole } from './masked-round.ts';

test('a sum read a block at a time is that of the whole files, its masks taken off', async () => {
  const total = 600_001;
  const key = new Uint8Array(16).fill(7);
  const blobs = memoryBlobs();
  const first = Int32Array.from({ length: total }, (_, at) => at);
  new MaskStream([{ key, sign: 1 }]).addTo(first);
  const files: string[] = [];
  for (const numbers of [first, new Int32Array(total).fill(3)])
    files.push((await blobs.put(bytesOfNumbers(numbers))).sha256);
  const updates = { files, masks: [{ key, sign: -1 } as const], weight: 5, sites: 2, learningRate: 0.1 };
  const { numbers, ...rest } = await summedWhole(updates, total, blobs);
  assert.deepEqual(
    numbers,
    Int32Array.from({ length: total }, (_, at) => at + 3),
  );
  assert.deepEqual(rest, { weight: 5, sites: 2, learningRate: 0.1 });
});
