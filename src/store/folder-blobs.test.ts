import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { openFolderBlobs } from './folder-blobs.ts';

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-blobs-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const content = new TextEncoder().encode('a film');
const sha256 = createHash('sha256').update(content).digest('hex');
const pathIn = (folder: string) => join(folder, sha256.slice(0, 2), sha256.slice(2));

test('blobs: the same content, whole or in parts, is one blob under its digest', async (context) => {
  const folder = await temporaryFolder(context);
  const blobs = await openFolderBlobs(folder);
  assert.equal(await blobs.has(sha256), false);
  assert.deepEqual(await blobs.put(content), { sha256, sizeBytes: 6 });
  const parts = (async function* () {
    yield content.subarray(0, 2);
    yield content.subarray(2);
  })();
  assert.deepEqual(await blobs.put(parts), { sha256, sizeBytes: 6 });
  assert.deepEqual(Uint8Array.from(await blobs.get(sha256)), content);
  assert.deepEqual((await readdir(folder)).sort(), [sha256.slice(0, 2), 'incoming'].sort());
  assert.deepEqual(await readdir(join(folder, 'incoming')), []);
  assert.equal((await stat(pathIn(folder))).mode & 0o077, 0, 'nobody else reads it');
  await blobs.remove(sha256);
  await blobs.remove(sha256);
  await assert.rejects(blobs.get(sha256), codeIs('store.blob-missing'));
});

test('blobs: damage is told, not handed out, and putting the content again mends it', async (context) => {
  const folder = await temporaryFolder(context);
  const blobs = await openFolderBlobs(folder);
  await blobs.put(content);
  for (const damaged of ['a fIlm', 'a fil', '']) {
    await writeFile(pathIn(folder), damaged);
    await assert.rejects(blobs.get(sha256), codeIs('store.blob-damaged'));
  }
  await blobs.put(content);
  assert.equal(await readFile(pathIn(folder), 'utf8'), 'a film');
  assert.deepEqual(Uint8Array.from(await blobs.get(sha256)), content);
});

test('blobs: what a killed writer or a broken source left is swept', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await openFolderBlobs(folder);
  await before.put(content);
  const breaks = (async function* () {
    yield content;
    throw new Error('line cut');
  })();
  await assert.rejects(before.put(breaks), /line cut/);
  assert.deepEqual(await readdir(join(folder, 'incoming')), []);
  await writeFile(join(folder, 'incoming', 'half'), 'a fi');
  const after = await openFolderBlobs(folder);
  assert.deepEqual(await readdir(join(folder, 'incoming')), []);
  assert.equal(await after.has(sha256), true);
});

test('blobs: opening the folder a second time does not take away what is being written', async (context) => {
  const folder = await temporaryFolder(context);
  const blobs = await openFolderBlobs(folder);
  const parts = (async function* () {
    yield content.subarray(0, 2);
    await openFolderBlobs(folder);
    yield content.subarray(2);
  })();
  assert.deepEqual(await blobs.put(parts), { sha256, sizeBytes: 6 });
});

test('blobs: a name that is no digest never becomes a path', async (context) => {
  const blobs = await openFolderBlobs(await temporaryFolder(context));
  for (const name of ['', '../../etc/passwd', sha256.toUpperCase(), `${sha256}\n`, sha256.slice(1)]) {
    await assert.rejects(blobs.get(name), codeIs('store.blob-missing'));
    await assert.rejects(blobs.remove(name), codeIs('store.blob-missing'));
  }
});
