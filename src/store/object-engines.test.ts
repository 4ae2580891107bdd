import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import S3rver from 's3rver';
import { sha256Hex } from '#base';
import type { BlobDrafts, BlobReader, BlobStore } from './blobs.ts';
import { openFolderBlobs } from './folder-blobs.ts';
import { forEachEngine } from './for-each-engine.ts';
import { openS3Blobs } from './s3-blobs.ts';
import { keepSmall, type SmallContentTables, smallContentMigrations } from './small-contents.ts';

// The contract of objects: the same on a folder, on one with a database for what is small, and on an S3-compatible server (s3rver, https://github.com/jamhall/s3rver).

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

type Objects = BlobStore & BlobReader & BlobDrafts;
/** Opens the same objects a second time, as another hub does. */
type Engine = (context: TestContext) => Promise<() => Promise<Objects>>;

const root = await mkdtemp(join(tmpdir(), 'unica-objects-'));
const server = new S3rver({
  port: 0,
  address: '127.0.0.1',
  silent: true,
  directory: join(root, 's3'),
  configureBuckets: [{ name: 'unica' }],
});
const { port } = await server.run();
after(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});

let count = 0;
const ENGINES: readonly [string, Engine][] = [
  [
    'folder',
    async () => {
      const folder = await mkdtemp(join(root, 'folder-'));
      return () => openFolderBlobs(folder);
    },
  ],
  [
    'S3',
    async (context) => {
      count += 1;
      const settings = {
        bucket: 'unica',
        prefix: `test-${count}/`,
        endpoint: `http://127.0.0.1:${port}`,
        region: 'us-east-1',
        accessKeyId: 'S3RVER',
        secretAccessKey: 'S3RVER',
      };
      return async () => {
        const blobs = await openS3Blobs(settings);
        context.after(() => blobs.close());
        return blobs;
      };
    },
  ],
];

function forEachObjects(name: string, body: (open: () => Promise<Objects>) => Promise<void>): void {
  for (const [engine, start] of ENGINES) {
    test(`objects: ${name} (${engine})`, async (context) => await body(await start(context)));
  }
  forEachEngine(test, POSTGRES_URL, `objects: ${name}, in a folder and a database`, async (open, context) => {
    const folder = await mkdtemp(join(root, 'folder-'));
    const database = await open<SmallContentTables>(context, smallContentMigrations);
    await body(async () => keepSmall(await openFolderBlobs(folder), database, () => 1));
  });
}

const content = Uint8Array.from({ length: 1000 }, (_, index) => (index * 7) % 251);
const sha256 = sha256Hex(content);
const draft = { owner: 'lisbon', sha256, sizeBytes: content.length };

forEachObjects(
  'the same content, whole or in parts, is one under its digest, and another hub reads it',
  async (open) => {
    const [blobs, other] = [await open(), await open()];
    assert.equal(await blobs.has(sha256), false);
    const parts = (async function* () {
      yield content.subarray(0, 300);
      yield content.subarray(300);
    })();
    assert.deepEqual(await blobs.put(parts), { sha256, sizeBytes: 1000 });
    assert.deepEqual(await other.put(content), { sha256, sizeBytes: 1000 });
    assert.equal(await other.has(sha256), true);
    assert.deepEqual(Uint8Array.from(await other.get(sha256)), content);
    const streamed: Uint8Array[] = [];
    for await (const piece of other.stream(sha256)) streamed.push(piece);
    assert.deepEqual(Uint8Array.from(Buffer.concat(streamed)), content);
    await other.remove(sha256);
    await other.remove(sha256);
    assert.equal(await blobs.has(sha256), false);
    await assert.rejects(blobs.get(sha256), { code: 'store.blob-missing' });
    await assert.rejects(blobs.open(sha256), { code: 'store.blob-missing' });
  },
);

forEachObjects('parts are read where they lie, and end where the content ends', async (open) => {
  const blobs = await open();
  await blobs.put(content);
  const file = await blobs.open(sha256);
  assert.equal(file.sizeBytes, 1000);
  for (const [start, length] of [
    [0, 10],
    [990, 100],
    [500, 0],
    [1000, 5],
  ] as const) {
    const read = await file.read(start, length);
    assert.deepEqual(read, content.slice(start, start + length));
    assert.equal(read.byteOffset, 0, 'it can be read as numbers');
  }
  await file.close();
});

forEachObjects('content larger than one part of an upload', async (open) => {
  const blobs = await open();
  const large = new Uint8Array(9 * 2 ** 20).map((_, index) => index % 253);
  const kept = await blobs.put(large);
  assert.equal(kept.sha256, sha256Hex(large));
  assert.equal(Buffer.compare(await (await open()).get(kept.sha256), large), 0);
});

forEachObjects('a draft: pieces in order, again, overlapping and through another hub make the whole', async (open) => {
  const [blobs, other] = [await open(), await open()];
  const add = (store: Objects, start: number, end: number) =>
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
});

const REFUSED: readonly [what: string, start: number, length: number][] = [
  ['a gap', 401, 10],
  ['more than was announced', 400, 601],
];
for (const [what, start, length] of REFUSED) {
  forEachObjects(`a draft: ${what} is refused and what is there stays`, async (open) => {
    const blobs = await open();
    await blobs.addPiece(draft, 0, content.subarray(0, 400));
    await assert.rejects(blobs.addPiece(draft, start, new Uint8Array(length)), { code: 'store.piece-out-of-place' });
    assert.deepEqual(await blobs.arrived(draft), { arrivedBytes: 400, whole: false });
  });
}

forEachObjects('a draft of another digest is thrown away, and the right one is taken after it', async (open) => {
  const blobs = await open();
  await assert.rejects(blobs.addPiece(draft, 0, new Uint8Array(1000)), { code: 'store.draft-corrupt' });
  assert.deepEqual(await blobs.arrived(draft), { arrivedBytes: 0, whole: false });
  assert.equal((await blobs.addPiece(draft, 0, content)).whole, true);
});

forEachObjects('one site cannot touch what another is sending, and paths are no names', async (open) => {
  const blobs = await open();
  await blobs.addPiece(draft, 0, content.subarray(0, 400));
  await blobs.addPiece({ ...draft, owner: 'porto' }, 0, new Uint8Array(500));
  assert.equal((await blobs.arrived(draft)).arrivedBytes, 400);
  for (const bad of [{ owner: '../x' }, { sha256: '../secret' }]) {
    await assert.rejects(blobs.addPiece({ ...draft, ...bad }, 0, content), { code: 'store.blob-missing' });
  }
});

/** A body of an HTTP request: so many bytes, then the line breaks. */
async function* stream(content: Uint8Array, breaksAfter = content.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < breaksAfter; at += 70_000) yield content.subarray(at, Math.min(at + 70_000, breaksAfter));
  if (breaksAfter < content.length) throw new Error('the line broke');
}

const film = Uint8Array.from({ length: 1_000_000 }, (_, index) => (index * 31) % 251);
const filmDraft = { owner: 'lisbon', sha256: sha256Hex(film), sizeBytes: film.length };

forEachObjects('a stream is kept under its digest, and is not read where it is there already', async (open) => {
  const [blobs, other] = [await open(), await open()];
  assert.equal((await blobs.receive(filmDraft, stream(film))).whole, true);
  assert.equal(Buffer.compare(await other.get(filmDraft.sha256), film), 0);
  const unread = (async function* () {
    yield assert.fail('it is there') as never;
  })();
  assert.equal((await other.receive(filmDraft, unread)).whole, true);
  assert.equal((await blobs.receive(draft, stream(content))).whole, true);
  assert.equal((await blobs.receive(draft, stream(content))).whole, true, 'small, and sent again');
  assert.deepEqual(Uint8Array.from(await other.get(sha256)), content);
});

forEachObjects('a stream that breaks off is gone on with in pieces, also through another hub', async (open) => {
  const [blobs, other] = [await open(), await open()];
  await assert.rejects(blobs.receive(filmDraft, stream(film, 630_000)), /the line broke/);
  assert.deepEqual(await other.arrived(filmDraft), { arrivedBytes: 630_000, whole: false });
  await assert.rejects(blobs.receive(filmDraft, stream(film, 350_000)), /the line broke/);
  assert.deepEqual(await other.arrived(filmDraft), { arrivedBytes: 630_000, whole: false }, 'what was there stays');
  assert.equal((await other.addPiece(filmDraft, 630_000, film.subarray(630_000))).whole, true);
  assert.equal(Buffer.compare(await blobs.get(filmDraft.sha256), film), 0);
});

forEachObjects('a stream of other content, or of another length, is refused', async (open) => {
  const blobs = await open();
  const other = film.map((byte) => byte ^ 1);
  await assert.rejects(blobs.receive(filmDraft, stream(other)), { code: 'store.draft-corrupt' });
  assert.deepEqual(await blobs.arrived(filmDraft), { arrivedBytes: 0, whole: false });
  const long = Buffer.concat([film, content]);
  await assert.rejects(blobs.receive(filmDraft, stream(long)), { code: 'store.piece-out-of-place' });
  const short = { ...filmDraft, owner: 'porto' };
  await assert.rejects(blobs.receive(short, stream(film.subarray(0, 600_000))), { code: 'store.piece-out-of-place' });
  assert.equal(await blobs.has(filmDraft.sha256), false);
  for (const bad of [{ owner: '../x' }, { sha256: '../secret' }]) {
    await assert.rejects(blobs.receive({ ...filmDraft, ...bad }, stream(film)), { code: 'store.blob-missing' });
  }
});

test('drafts in a folder: a stream nobody sends any more ends when its site asks, and what came of it stays', async () => {
  const blobs = await openFolderBlobs(await mkdtemp(join(root, 'dead-')));
  let taken: () => void = () => {};
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const silent = (async function* () {
    yield film.subarray(0, 400_000);
    taken();
    await new Promise(() => {});
  })();
  const dead = assert.rejects(blobs.receive(filmDraft, silent), { code: 'store.piece-out-of-place' });
  await isTaken;
  assert.deepEqual(await blobs.arrived(filmDraft), { arrivedBytes: 400_000, whole: false });
  await dead;
  assert.equal((await blobs.addPiece(filmDraft, 400_000, film.subarray(400_000))).whole, true);
});

test('drafts in a folder: a site has so many streams at once, of which the oldest ends, and others go on', async () => {
  const folder = await mkdtemp(join(root, 'many-'));
  const blobs = await openFolderBlobs(folder);
  let goOn: () => void = () => {};
  const isOn = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const films = Array.from({ length: 9 }, (_, which) => film.map((byte) => byte ^ (which + 1)));
  const received: Promise<unknown>[] = [];
  for (const one of films) {
    await new Promise<void>((taken) => {
      const slow = (async function* () {
        yield one.subarray(0, 400_000);
        taken();
        await isOn;
        yield one.subarray(400_000);
      })();
      const kept = blobs.receive({ owner: 'lisbon', sha256: sha256Hex(one), sizeBytes: one.length }, slow);
      kept.catch(() => {});
      received.push(kept);
    });
  }
  await assert.rejects(received[0] ?? assert.fail(), { code: 'store.piece-out-of-place' });
  goOn();
  const whole = (await Promise.all(received.slice(1))) as readonly { readonly whole: boolean }[];
  assert.ok(whole.every((one) => one.whole));
  assert.deepEqual(await readdir(join(folder, 'drafts')), [`lisbon-${sha256Hex(films[0] ?? film)}`]);
});

test('drafts in a folder: what a killed hub left of a stream is gone on with', async () => {
  const folder = await mkdtemp(join(root, 'killed-'));
  const blobs = await openFolderBlobs(folder);
  await assert.rejects(blobs.receive(filmDraft, stream(film, 350_000)), /broke/);
  const path = join(folder, 'drafts', `lisbon-${filmDraft.sha256}`);
  const dead = 'deadbeef0000';
  await writeFile(`${path}.4194305-${dead}-1`, film.subarray(0, 700_000));
  assert.deepEqual(await blobs.arrived(filmDraft), { arrivedBytes: 700_000, whole: false });
  assert.deepEqual(await readdir(join(folder, 'drafts')), [`lisbon-${filmDraft.sha256}`]);
  assert.equal((await blobs.receive(filmDraft, stream(film))).whole, true);
  assert.deepEqual(await readdir(join(folder, 'drafts')), []);
});

test('drafts in a folder: beginnings do not fill the disk, and more than it holds is refused unwritten', async () => {
  const folder = await mkdtemp(join(root, 'full-'));
  const blobs = await openFolderBlobs(folder);
  await writeFile(join(folder, 'other'), 'x');
  const huge = { ...draft, sizeBytes: Number.MAX_SAFE_INTEGER };
  await assert.rejects(blobs.addPiece(huge, 0, content), { code: 'store.disk-full', status: 507 });
  assert.deepEqual(await readdir(join(folder, 'drafts')), []);
  await blobs.addPiece(draft, 0, content.subarray(0, 400));
  for (let number = 0; number < 20; number += 1) {
    await blobs.addPiece({ ...draft, owner: 'porto', sha256: sha256Hex(String(number)) }, 0, new Uint8Array(1));
  }
  const left = await readdir(join(folder, 'drafts'));
  assert.equal(left.filter((name) => name.startsWith('porto-')).length, 8);
  assert.equal((await blobs.arrived(draft)).arrivedBytes, 400);
});
