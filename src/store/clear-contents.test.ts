import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import type { BlobDrafts, BlobReader, BlobStore } from './blobs.ts';
import { contentDigest } from './content-digest.ts';
import { openDatabase } from './database.ts';
import { openFolderBlobs } from './folder-blobs.ts';
import { forEachEngine, type OpenFresh } from './for-each-engine.ts';
import { migrate } from './migrate.ts';
import { keepSmall, SMALL_CONTENT_BYTES, type SmallContentTables, smallContentMigrations } from './small-contents.ts';

// What is not needed goes, small or large; what comes again meanwhile stays, or its sender hears that it must come again.

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

type Objects = BlobStore & BlobReader & BlobDrafts;

const contentOf = (sizeBytes: number, seed: number) =>
  Uint8Array.from({ length: sizeBytes }, (_, index) => (index * 7 + seed) % 251);
const [small, large] = [contentOf(1000, 1), contentOf(SMALL_CONTENT_BYTES + 1, 2)];
const SIZES = [
  ['small', small],
  ['large', large],
] as const;

/** @param below puts something between the records and the folder */
async function opened(open: OpenFresh, context: TestContext, below: (folder: Objects) => Objects = (same) => same) {
  const folder = await mkdtemp(join(tmpdir(), 'unica-cleared-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const database = await open<SmallContentTables>(context, smallContentMigrations);
  const time = { nowMs: 1000 };
  const objects = keepSmall(below(await openFolderBlobs(folder)), database, () => time.nowMs);
  return { objects, time, database };
}

async function* parts(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 1000) yield content.subarray(at, at + 1000);
}

forEachEngine(test, POSTGRES_URL, 'old content that nothing keeps is removed, and no other', async (open, context) => {
  const { objects, time } = await opened(open, context);
  const old = [];
  for (let seed = 0; seed < 600; seed += 1) old.push((await objects.put(contentOf(40, seed * 3))).sha256);
  const kept = await objects.put(small);
  const larger = await objects.put(large);
  const largerKept = await objects.put(contentOf(SMALL_CONTENT_BYTES + 2, 3));
  time.nowMs = 2000;
  const late = await objects.put(contentOf(41, 5));
  const lateLarge = await objects.put(contentOf(SMALL_CONTENT_BYTES + 3, 4));
  const keeps = (sha256: string) => sha256 === kept.sha256 || sha256 === largerKept.sha256;
  const distinct = new Set(old).size;
  assert.ok(distinct < 500);
  assert.equal(await objects.clear({ beforeMs: 1000, keeps }), 0, 'nothing is that old');
  assert.equal(await objects.clear({ beforeMs: 2000, keeps }), distinct + 1);
  for (const sha256 of [...new Set(old), larger.sha256]) assert.equal(await objects.has(sha256), false);
  for (const { sha256 } of [kept, largerKept, late, lateLarge]) assert.equal(await objects.has(sha256), true);
  assert.equal(await objects.clear({ beforeMs: 2000, keeps }), 0);
  assert.equal(await objects.clear({ beforeMs: 3000, keeps: () => false }), 4);
});

forEachEngine(
  test,
  POSTGRES_URL,
  'more contents than are looked at in one go are all looked at, whether they stay or go',
  async (open, context) => {
    const { objects, time } = await opened(open, context);
    const digests: string[] = [];
    for (let index = 0; index < 1201; index += 1) {
      time.nowMs = 1000 + (index % 3);
      digests.push((await objects.put(new TextEncoder().encode(`content ${index}`))).sha256);
    }
    const stays = new Set(digests.filter((_, index) => index % 2 === 0));
    assert.equal(await objects.clear({ beforeMs: 5000, keeps: (sha256) => stays.has(sha256) }), 600);
    for (const sha256 of digests) assert.equal(await objects.has(sha256), stays.has(sha256));
  },
);

for (const [size, content] of SIZES) {
  const sha256 = contentDigest(content);
  const draft = { owner: 'lisbon', sha256, sizeBytes: content.length };
  const ways: readonly [string, (objects: Objects) => Promise<unknown>][] = [
    ['put', async (objects) => await objects.put(content)],
    ['put in parts', async (objects) => await objects.put(parts(content))],
    ['received', async (objects) => await objects.receive(draft, parts(content))],
    ['sent in a piece', async (objects) => await objects.addPiece(draft, 0, content)],
    ['told to be here', async (objects) => await objects.arrived(draft)],
  ];
  for (const [way, comes] of ways) {
    forEachEngine(test, POSTGRES_URL, `${size} content that is ${way} again counts as new`, async (open, context) => {
      const { objects, time } = await opened(open, context);
      await objects.put(content);
      time.nowMs = 2000;
      await comes(objects);
      assert.equal(await objects.clear({ beforeMs: 2000, keeps: () => false }), 0);
      assert.deepEqual(new Uint8Array(await objects.get(sha256)), content);
      assert.equal(await objects.clear({ beforeMs: 2001, keeps: () => false }), 1);
      await assert.rejects(objects.get(sha256), { code: 'store.blob-missing' });
      await objects.put(content);
      assert.deepEqual(new Uint8Array(await objects.get(sha256)), content);
    });
  }
}

const large256 = contentDigest(large);
const largeDraft = { owner: 'lisbon', sha256: large256, sizeBytes: large.length };
const meanwhile: readonly [string, (objects: Objects) => Promise<unknown>][] = [
  ['put', async (objects) => await objects.put(large)],
  ['received', async (objects) => await objects.receive(largeDraft, parts(large))],
  ['asked about', async (objects) => await objects.arrived(largeDraft)],
];
for (const [way, comes] of meanwhile) {
  for (const moment of ['before', 'after'] as const) {
    forEachEngine(
      test,
      POSTGRES_URL,
      `large content that is ${way} ${moment} the same is thrown away is there, or its sender hears that it is not`,
      async (open, context) => {
        let coming: Promise<boolean> | undefined;
        const { objects, time } = await opened(open, context, (folder) => ({
          ...folder,
          async remove(sha256) {
            if (moment === 'after') await folder.remove(sha256);
            const told = comes(objects);
            coming = told.then(
              (answer) => !(typeof answer === 'object' && answer !== null && 'whole' in answer && !answer.whole),
              () => false,
            );
            // Time for whoever comes to get as far as possible without the row.
            for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
            if (moment === 'before') await folder.remove(sha256);
          },
        }));
        await objects.put(large);
        time.nowMs = 2000;
        assert.equal(await objects.clear({ beforeMs: 2000, keeps: () => false }), 1);
        assert.ok(coming !== undefined);
        const isTold = await coming;
        assert.equal(await objects.has(large256), isTold);
        if (!isTold) await objects.put(large);
        assert.deepEqual(new Uint8Array(await objects.get(large256)), large);
        assert.equal(await objects.clear({ beforeMs: 3000, keeps: () => false }), 1, 'it is known of again');
      },
    );
  }
}

forEachEngine(
  test,
  POSTGRES_URL,
  'small content from before it was noted when content came counts as having come with the upgrade, as does what a hub of before still writes',
  async (open, context) => {
    const [before, ...since] = smallContentMigrations;
    assert.ok(before !== undefined && since.length > 0);
    const database = await open<SmallContentTables>(context, [before]);
    const asBefore = async (content: Uint8Array) => {
      const sha256 = contentDigest(content);
      await sql`insert into small_contents (sha256, content) values (${sha256}, ${Buffer.from(content)})`.execute(
        database.kysely,
      );
      return sha256;
    };
    const upgradedAtMs = Date.now();
    const first = await asBefore(small);
    await migrate(database, smallContentMigrations);
    const second = await asBefore(contentOf(1000, 3));
    const folder = await mkdtemp(join(tmpdir(), 'unica-cleared-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const objects = keepSmall(await openFolderBlobs(folder), database, Date.now);
    assert.equal(await objects.clear({ beforeMs: upgradedAtMs, keeps: () => false }), 0);
    for (const sha256 of [first, second]) assert.equal(await objects.has(sha256), true);
    assert.equal(await objects.clear({ beforeMs: Date.now() + 1, keeps: () => false }), 2);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'while the removal of large content hangs, the database answers and other content comes',
  async (open, context) => {
    let end: () => void = () => {};
    const hanging = new Promise<void>((resolve) => {
      end = resolve;
    });
    let began: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const { objects, time, database } = await opened(open, context, (folder) => ({
      ...folder,
      async remove(sha256) {
        began();
        await hanging;
        await folder.remove(sha256);
      },
    }));
    await objects.put(large);
    time.nowMs = 2000;
    const clearing = objects.clear({ beforeMs: 2000, keeps: () => false });
    await begun;
    // Each of these would wait for ever behind an open transaction.
    const other = await objects.put(small);
    const otherLarge = await objects.put(contentOf(SMALL_CONTENT_BYTES + 5, 7));
    await database.kysely.selectFrom('large_contents').selectAll().execute();
    assert.equal(await objects.clear({ beforeMs: 2000, keeps: () => false }), 0, 'what goes is not gone for twice');
    end();
    assert.equal(await clearing, 1);
    assert.equal(await objects.has(large256), false);
    for (const { sha256 } of [other, otherLarge]) assert.equal(await objects.has(sha256), true);
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'a removal that failed, and one that fell with its process, are begun again; content that comes meanwhile stays',
  async (open, context) => {
    let failing = true;
    const { objects, time, database } = await opened(open, context, (folder) => ({
      ...folder,
      async remove(sha256) {
        await folder.remove(sha256);
        if (failing) throw new Error('the answer got lost');
      },
    }));
    await objects.put(large);
    time.nowMs = 2000;
    await assert.rejects(objects.clear({ beforeMs: 2000, keeps: () => false }), /the answer got lost/);
    // It may be gone: whoever asks is told what is so.
    assert.equal((await objects.arrived(largeDraft)).whole, false);
    await objects.put(large);
    assert.deepEqual(new Uint8Array(await objects.get(large256)), large);
    failing = false;
    time.nowMs = 700_000;
    const fallen = sql`update large_contents set kept_at_ms = ${-1 - 3000} where sha256 = ${large256}`;
    await fallen.execute(database.kysely);
    assert.equal(await objects.clear({ beforeMs: 2000, keeps: () => false }), 1);
    assert.equal(await objects.has(large256), false);
    await objects.put(large);
    assert.equal(await objects.has(large256), true);
  },
);

test('small content that was thrown away is not to be read in the file of the database', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-cleared-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'hub.sqlite');
  const secret = 'the change of a hospital ';
  const content = new TextEncoder().encode(secret.repeat(2000));
  const inFile = async () => (await readFile(path)).includes(secret);
  const withObjects = async (use: (objects: ReturnType<typeof keepSmall>) => Promise<void>) => {
    const database = await openDatabase<SmallContentTables>({ engine: 'sqlite', path });
    try {
      await migrate(database, smallContentMigrations);
      await use(keepSmall(await openFolderBlobs(join(folder, 'blobs')), database, () => 1000));
    } finally {
      await database.close();
    }
  };
  await withObjects(async (objects) => void (await objects.put(content)));
  assert.equal(await inFile(), true);
  await withObjects(async (objects) => {
    assert.equal(await objects.clear({ beforeMs: 2000, keeps: () => false }), 1);
  });
  assert.equal(await inFile(), false);
});
