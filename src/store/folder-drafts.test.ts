import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '#base';
import { openFolderBlobs } from './folder-blobs.ts';

const content = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) % 251);
const sha256 = sha256Hex(content);
const draft = { owner: 'lisbon', sha256, sizeBytes: content.length };

async function fresh(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-drafts-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return { folder, blobs: await openFolderBlobs(folder) };
}

test('drafts: pieces in order, again, overlapping and from another process make the whole', async (context) => {
  const { folder, blobs } = await fresh(context);
  const other = await openFolderBlobs(folder);
  const add = (store: typeof blobs, start: number, end: number) =>
    store.addPiece(draft, start, content.subarray(start, end));
  assert.deepEqual(await blobs.arrived(draft), { arrivedBytes: 0, whole: false });
  assert.deepEqual(await add(blobs, 0, 400), { arrivedBytes: 400, whole: false });
  assert.deepEqual(await add(other, 0, 400), { arrivedBytes: 400, whole: false });
  assert.deepEqual(await add(other, 100, 300), { arrivedBytes: 400, whole: false });
  assert.deepEqual(await other.arrived(draft), { arrivedBytes: 400, whole: false });
  assert.deepEqual(await add(blobs, 300, 700), { arrivedBytes: 700, whole: false });
  assert.deepEqual(await add(other, 700, 1000), { arrivedBytes: 1000, whole: true });
  assert.deepEqual(await add(blobs, 700, 1000), { arrivedBytes: 1000, whole: true });
  assert.equal((await blobs.arrived(draft)).whole, true);
  assert.deepEqual(Uint8Array.from(await blobs.get(sha256)), content);
  assert.deepEqual(await readdir(join(folder, 'drafts')), []);
});

const REFUSED: readonly [what: string, start: number, length: number, code: string][] = [
  ['a gap', 401, 10, 'store.piece-out-of-place'],
  ['more than was announced', 400, 601, 'store.piece-out-of-place'],
];
for (const [what, start, length, code] of REFUSED) {
  test(`drafts: ${what} is refused and what is there stays`, async (context) => {
    const { blobs } = await fresh(context);
    await blobs.addPiece(draft, 0, content.subarray(0, 400));
    await assert.rejects(blobs.addPiece(draft, start, new Uint8Array(length)), { code });
    assert.deepEqual(await blobs.arrived(draft), { arrivedBytes: 400, whole: false });
  });
}

test('drafts: content of another digest is thrown away, and the right one is taken after it', async (context) => {
  const { blobs } = await fresh(context);
  await assert.rejects(blobs.addPiece(draft, 0, new Uint8Array(1000)), { code: 'store.draft-corrupt' });
  assert.deepEqual(await blobs.arrived(draft), { arrivedBytes: 0, whole: false });
  assert.equal((await blobs.addPiece(draft, 0, content)).whole, true);
});

test('drafts: one site cannot touch what another is sending, nor fill the disk with beginnings', async (context) => {
  const { folder, blobs } = await fresh(context);
  await blobs.addPiece(draft, 0, content.subarray(0, 400));
  await blobs.addPiece({ ...draft, owner: 'porto' }, 0, new Uint8Array(500));
  assert.equal((await blobs.arrived(draft)).arrivedBytes, 400);
  for (let number = 0; number < 20; number += 1) {
    await blobs.addPiece({ ...draft, owner: 'porto', sha256: sha256Hex(String(number)) }, 0, new Uint8Array(1));
  }
  const left = await readdir(join(folder, 'drafts'));
  assert.equal(left.filter((name) => name.startsWith('porto-')).length, 8);
  assert.equal((await blobs.arrived(draft)).arrivedBytes, 400);
});

test('drafts: more than the disk holds is refused before a byte is written', async (context) => {
  const { folder, blobs } = await fresh(context);
  const huge = { ...draft, sizeBytes: Number.MAX_SAFE_INTEGER };
  await assert.rejects(blobs.addPiece(huge, 0, content), { code: 'store.disk-full', status: 507 });
  assert.deepEqual(await readdir(join(folder, 'drafts')), []);
});

test('drafts: an owner or digest that is a path is refused', async (context) => {
  const { folder, blobs } = await fresh(context);
  await writeFile(join(folder, 'secret'), 'x');
  for (const bad of [{ owner: '../x' }, { sha256: '../secret' }]) {
    await assert.rejects(blobs.addPiece({ ...draft, ...bad }, 0, content), { code: 'store.blob-missing' });
  }
});
