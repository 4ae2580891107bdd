import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { contentDigest } from './content-digest.ts';
import { openFolderBlobs } from './folder-blobs.ts';
import { rememberSmall } from './recent-blobs.ts';
import { SharedBlocks } from './shared-blocks.ts';

async function opened(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-recent-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const below = await openFolderBlobs(folder);
  return { below, objects: rememberSmall(below) };
}

async function* parts(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
}

const small = Uint8Array.from({ length: 5000 }, (_, index) => (index * 7) % 251);
const sha256 = contentDigest(small);

test('small content that came is answered without the disk, whichever way it came, and lies there all the same', async (context) => {
  const draft = { owner: 'lisbon', sha256, sizeBytes: small.length };
  const ways = [
    async ({ objects }: Awaited<ReturnType<typeof opened>>) => void (await objects.put(small)),
    async ({ objects }: Awaited<ReturnType<typeof opened>>) => void (await objects.put(parts(small))),
    async ({ objects }: Awaited<ReturnType<typeof opened>>) => void (await objects.receive(draft, parts(small))),
    async ({ objects }: Awaited<ReturnType<typeof opened>>) => void (await objects.addPiece(draft, 0, small)),
  ];
  for (const way of ways) {
    const both = await opened(context);
    await way(both);
    assert.deepEqual(Uint8Array.from(await both.below.get(sha256)), small);
    await both.below.remove(sha256);
    assert.deepEqual(await both.objects.get(sha256), small);
    const file = await both.objects.open(sha256);
    assert.deepEqual(await file.read(4990, 100), small.slice(4990));
    assert.deepEqual(await file.read(10, 20, new Uint8Array(64)), small.slice(10, 30));
    await both.objects.remove(sha256);
    await assert.rejects(both.objects.open(sha256), { code: 'store.blob-missing' });
  }
});

test('what is handed out can be changed without harm, and nothing is remembered under a digest that is not its own', async (context) => {
  const { below, objects } = await opened(context);
  await objects.put(small);
  (await objects.get(sha256)).fill(0);
  assert.deepEqual(await objects.get(sha256), small);
  const other = small.map((byte) => byte ^ 1);
  const claimed = { owner: 'lisbon', sha256, sizeBytes: other.length };
  // There already: the folder does not look at it.
  assert.equal((await objects.addPiece(claimed, 0, other)).whole, true);
  assert.deepEqual(await objects.get(sha256), small);
  await assert.rejects(objects.receive(claimed, parts(other)), { code: 'store.draft-corrupt' });
  assert.deepEqual(await objects.get(sha256), small);
  await writeFile(below.pathOf(sha256), other);
  await assert.rejects(rememberSmall(below).get(sha256), { code: 'store.blob-damaged' });
});

test('large content is read from the disk, and what many fetch is the same for each', async (context) => {
  const { below, objects } = await opened(context);
  const large = Uint8Array.from({ length: 700_001 }, (_, index) => (index * 31) % 253);
  const kept = await objects.put(parts(large));
  const shared = new SharedBlocks(objects);
  const fetched = async () => {
    const { sizeBytes, blocks } = await shared.open(kept.sha256);
    const all: Uint8Array[] = [];
    for await (const block of blocks) all.push(block);
    assert.equal(sizeBytes, large.length);
    return Uint8Array.from(Buffer.concat(all));
  };
  for (const content of await Promise.all([fetched(), fetched(), fetched()])) assert.deepEqual(content, large);
  await below.remove(kept.sha256);
  await assert.rejects(objects.get(kept.sha256), { code: 'store.blob-missing' });
});
