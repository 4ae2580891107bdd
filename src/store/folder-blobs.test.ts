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

test('blobs: read in pieces it is the same content, and damage ends the stream before its last piece', async (context) => {
  const folder = await temporaryFolder(context);
  const blobs = await openFolderBlobs(folder);
  const long = Uint8Array.from({ length: 700_001 }, (_, index) => (index * 31) % 251);
  const { sha256: longSha256 } = await blobs.put(long);
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.stream(longSha256)) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), Buffer.from(long));
  assert.ok(pieces.length > 2, 'it is not held as a whole');
  await blobs.put(content);
  await writeFile(pathIn(folder), 'a fIlm');
  await assert.rejects(blobs.stream(sha256)[Symbol.asyncIterator]().next(), codeIs('store.blob-damaged'));
  await assert.rejects(blobs.stream('0'.repeat(64))[Symbol.asyncIterator]().next(), codeIs('store.blob-missing'));
});

test('blobs: parts are read by offset, up to the end and not beyond', async (context) => {
  const blobs = await openFolderBlobs(await temporaryFolder(context));
  await blobs.put(content);
  const blob = await blobs.open(sha256);
  context.after(() => blob.close());
  assert.equal(blob.sizeBytes, 6);
  assert.deepEqual(await blob.read(2, 3), content.subarray(2, 5));
  assert.deepEqual(await blob.read(4, 99), content.subarray(4));
  assert.equal((await blob.read(9, 1)).length, 0);
  await assert.rejects(blobs.open('0'.repeat(64)), codeIs('store.blob-missing'));
});
