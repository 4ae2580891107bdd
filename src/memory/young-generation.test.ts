import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';

/** Makes objects of which many outlive a collection, where it is told to after asking for no growth. */
const PROGRAM = `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { parentPort, workerData } from 'node:worker_threads';
  const { keepYoungGenerationSmall } = await import(workerData.door);
  if (workerData.isSmall) keepYoungGenerationSmall();
  let kept = [];
  for (let made = 0; made < 1_000_000; made += 1) {
    kept.push({ made, in: [made] });
    if (kept.length > 20_000) kept = [];
  }
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  parentPort.postMessage(young.space_size);
`;

async function youngBytes(isSmall: boolean): Promise<number> {
  const door = new URL('./young-generation.js', import.meta.url).href;
  const thread = new Worker(new URL(`data:text/javascript,${encodeURIComponent(PROGRAM)}`), {
    workerData: { door, isSmall },
  });
  return await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

test('memory: a thread that asks for it keeps its young generation small, and one that does not grows it', async () => {
  const grown = await youngBytes(false);
  const small = await youngBytes(true);
  assert.ok(small * 4 <= grown, `${small} of ${grown} bytes`);
  assert.ok((await youngBytes(false)) === grown, 'a thread that begins takes it back');
});
