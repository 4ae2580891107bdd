// A 200 MB update over a link that is cut every two seconds arrives, and hardly any of it is sent twice.
import assert from 'node:assert/strict';
import { createHash, randomFillSync } from 'node:crypto';
import { test } from 'node:test';
import { cuttingLink } from './cutting-link.js';
import { freshHub, freshNode } from './hub-and-node.js';

const SIZE = 200_000_000;
const MOST = 1.1;

test('200 MB over a link cut every two seconds: complete, at most 1.10 times the bytes', async (t) => {
  const hub = await freshHub(t);
  const link = await cuttingLink(t, Number(new URL(hub.url).port), { bytesPerSecond: 25_000_000, cutEveryMs: 2000 });
  const { client, blobs } = await freshNode(t, hub, { through: link.url });
  const content = randomFillSync(new Uint8Array(SIZE));
  const sha256 = createHash('sha256').update(content).digest('hex');
  await blobs.put(content);
  await client.putBlob(sha256, () => blobs.open(sha256), { jobId: 'job-1', signal: AbortSignal.timeout(240_000) });
  // What is there is not read again, and need not be here any more.
  const again = { jobId: 'job-1', signal: AbortSignal.timeout(9000) };
  await client.putBlob(sha256, async () => ({ ...(await blobs.open(sha256)), read: unreadable }), again);
  await client.putBlob(sha256, async () => assert.fail('it is gone'), again);
  t.diagnostic(`${link.cuts} cuts, ${(link.sentBytes / SIZE).toFixed(4)} times the bytes`);
  assert.ok(link.cuts >= 2, 'the link was cut');
  assert.ok(link.sentBytes <= MOST * SIZE, `${link.sentBytes / SIZE} times the bytes`);
});

async function unreadable() {
  assert.fail('it is there');
}
