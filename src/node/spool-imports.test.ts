import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '#base';
import type { IncomingInstance } from '#dimse';
import type { ImportView } from '#wire';
import type { ImportWish } from './importer.ts';
import { IncomingSpool } from './incoming-spool.ts';
import { SpoolImports } from './spool-imports.ts';

/** Nothing begins by itself within a test. */
const NEVER = { silenceMs: 3_600_000, patienceMs: 3_600_000, retryMs: 3_600_000, retryMsAtMost: 3_600_000 } as const;

async function folderOf(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-spool-imports-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const spoolOf = async (context: TestContext) => await opened(context, await folderOf(context));

async function opened(context: TestContext, folder: string): Promise<IncomingSpool> {
  const spool = await IncomingSpool.open(join(folder, 'received'), { limitBytes: 1e9, freeBytesAtLeast: 0 });
  context.after(() => spool.close());
  return spool;
}

async function arrive(spool: IncomingSpool, count: number, callingAeTitle = 'CT1'): Promise<readonly string[]> {
  const before = new Set(spool.waiting.map(({ name }) => name));
  for (let number = 0; number < count; number += 1) {
    const instance: IncomingInstance = {
      callingAeTitle,
      calledAeTitle: 'UNICA',
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      sopInstanceUid: '1.2.3',
      transferSyntaxUid: '1.2.840.10008.1.2.1',
      chunks: (async function* () {
        yield new Uint8Array(8);
      })(),
    };
    await spool.receive(instance);
  }
  return spool.waiting.map(({ name }) => name).filter((name) => !before.has(name));
}

/** An importer that settles files in their order, until one that it cannot get over. */
class FakeImporter {
  readonly batches: (readonly string[])[] = [];
  readonly sources: string[] = [];
  readonly taken = new Set<string>();
  readonly poison = new Set<string>();
  readonly unreadable = new Set<string>();

  async run({ paths, source, onOutcome }: ImportWish): Promise<ImportView> {
    const names = paths.map((path) => basename(path));
    this.batches.push(names);
    this.sources.push(source);
    for (const name of names) {
      if (this.poison.has(name)) return this.#view('failed');
      assert.ok(!this.taken.has(name), 'taken twice');
      if (!this.unreadable.has(name)) this.taken.add(name);
      await onOutcome?.({ file: { name }, kind: this.unreadable.has(name) ? 'rejected' : 'opted-out' });
    }
    return this.#view('done');
  }

  #view(state: ImportView['state']): ImportView {
    const counts = { received: 0, accepted: 0, quarantined: 0, duplicates: 0, optedOut: 0, rejected: [] };
    return { importId: 'import-1', state, because: null, startedAtMs: 0, seconds: 0, source: '', ...counts };
  }
}

test('spool imports: at most so many at once, each import of one sender', async (context) => {
  const spool = await spoolOf(context);
  await arrive(spool, 5);
  await arrive(spool, 2, 'MG2');
  const importer = new FakeImporter();
  const imports = new SpoolImports({ spool, importer, log: silentLog, pace: { ...NEVER, batchFiles: 3 } });
  await imports.importAll();
  await imports.close();
  assert.deepEqual(
    importer.batches.map(({ length }) => length),
    [3, 2, 2],
  );
  assert.deepEqual([...new Set(importer.sources)], ['DICOM from CT1', 'DICOM from MG2']);
  assert.equal(spool.waitingFiles, 0);
});

test('spool imports: as soon as enough wait, without waiting for silence', async (context) => {
  const spool = await spoolOf(context);
  const importer = new FakeImporter();
  const imports = new SpoolImports({ spool, importer, log: silentLog, pace: { ...NEVER, batchFiles: 4 } });
  await arrive(spool, 3);
  assert.equal(importer.batches.length, 0);
  await arrive(spool, 1);
  await imports.importAll();
  assert.deepEqual(
    importer.batches.map(({ length }) => length),
    [4],
  );
  await imports.close();
});

test('spool imports: files that stop every import they are in hold up no others, and are not lost', async (context) => {
  const spool = await spoolOf(context);
  const importer = new FakeImporter();
  const names = await arrive(spool, 40);
  for (const index of [0, 7, 8, 31]) importer.poison.add(names[index] ?? '');
  const imports = new SpoolImports({ spool, importer, log: silentLog, pace: { ...NEVER, batchFiles: 16 } });
  let rounds = 0;
  for (; importer.taken.size < 36 && rounds < 60; rounds += 1) await imports.importAll();
  assert.equal(importer.taken.size, 36, `after ${rounds} rounds`);
  assert.deepEqual(new Set(spool.waiting.map(({ name }) => name)), importer.poison);
  importer.poison.clear();
  for (let more = 0; spool.waitingFiles > 0 && more < 10; more += 1) await imports.importAll();
  assert.equal(importer.taken.size, 40);
  await imports.close();
});

test('spool imports: a file that cannot be read is set aside and tried again when the folder is next opened', async (context) => {
  const folder = await folderOf(context);
  const spool = await opened(context, folder);
  const importer = new FakeImporter();
  const [first = '', second = ''] = await arrive(spool, 2);
  importer.unreadable.add(first);
  const imports = new SpoolImports({ spool, importer, log: silentLog, pace: NEVER });
  await imports.importAll();
  await imports.close();
  assert.deepEqual([...importer.taken], [second]);
  assert.equal(spool.waitingFiles, 0);
  const again = await opened(context, folder);
  assert.deepEqual(
    again.waiting.map(({ name }) => name),
    [first],
  );
});

test('spool imports: what arrives after the end waits', async (context) => {
  const spool = await spoolOf(context);
  const importer = new FakeImporter();
  const imports = new SpoolImports({ spool, importer, log: silentLog, pace: { ...NEVER, batchFiles: 1 } });
  await imports.close();
  await arrive(spool, 2);
  await imports.importAll();
  assert.equal(importer.batches.length, 0);
  assert.equal(spool.waitingFiles, 2);
});
