import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { type IncomingInstance, readFileMeta } from '#dimse';
import { IncomingSpool, type SpoolLimits } from './incoming-spool.ts';

const ROOMY: SpoolLimits = { limitBytes: 1_000_000, freeBytesAtLeast: 0 };
const UID = '1.2.276.0.7230010.3.1.4.1';

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-spool-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return join(folder, 'incoming');
}

function incoming(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, callingAeTitle = 'CT 1'): IncomingInstance {
  return {
    callingAeTitle,
    calledAeTitle: 'UNICA',
    sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
    sopInstanceUid: UID,
    transferSyntaxUid: '1.2.840.10008.1.2.1',
    chunks: (async function* () {
      yield* chunks;
    })(),
  };
}

const codeIs = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;
const bytes = (length: number, value = 7) => new Uint8Array(length).fill(value);

test('spool: an object is written as it comes, whole, under a name that tells nothing', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await IncomingSpool.open(folder, ROOMY);
  const arrived: string[] = [];
  spool.onArrival = ({ name }) => arrived.push(name);
  const growth: number[] = [];
  const chunks = (async function* () {
    yield bytes(5000, 1);
    const [part = ''] = await readdir(folder);
    growth.push((await stat(join(folder, part))).size);
    assert.match(part, /\.part$/);
    assert.deepEqual(arrived, [], 'not before its end');
    yield bytes(3000, 2);
  })();
  await spool.receive(incoming(chunks));
  const [name = '', ...others] = await readdir(folder);
  assert.deepEqual([others, arrived], [[], [name]]);
  assert.ok((growth[0] ?? 0) > 5000, 'the first piece was on its way to the disk before the second came');
  const file = await readFile(join(folder, name));
  const { meta, datasetStart } = readFileMeta(file);
  assert.equal(meta.sopInstanceUid, UID);
  assert.deepEqual(
    new Uint8Array(file.subarray(datasetStart)),
    Uint8Array.from([...bytes(5000, 1), ...bytes(3000, 2)]),
  );
  assert.ok(!name.includes(UID));
  assert.equal((await stat(join(folder, name))).mode & 0o077, 0, 'nobody else reads it');
  assert.deepEqual(spool.waiting, [{ name, path: join(folder, name), aeTitle: 'CT 1', sizeBytes: file.length }]);
});

test('spool: a sender that breaks off leaves nothing', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await IncomingSpool.open(folder, ROOMY);
  const breaks = (async function* () {
    yield bytes(10);
    throw new UnicaError('dimse.connection-lost', { peer: 'CT 1', reason: 'test' });
  })();
  await assert.rejects(spool.receive(incoming(breaks)), codeIs('dimse.connection-lost'));
  assert.deepEqual(await readdir(folder), []);
  assert.equal(spool.waitingFiles, 0);
});

test('spool: full is said at the start and in the middle, and room comes back with what was taken away', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await IncomingSpool.open(folder, { limitBytes: 4000, freeBytesAtLeast: 0 });
  await assert.rejects(spool.receive(incoming([bytes(2000), bytes(2000)])), codeIs('node.spool-full'));
  assert.deepEqual(await readdir(folder), []);
  await spool.receive(incoming([bytes(2500)]));
  await assert.rejects(spool.receive(incoming([bytes(2500)])), codeIs('node.spool-full'));
  const [first] = spool.waiting;
  assert.ok(first !== undefined);
  assert.deepEqual(await readdir(folder), [first.name]);
  await spool.remove(first.name);
  await spool.remove(first.name);
  await spool.receive(incoming([bytes(2500)]));
  assert.equal(spool.waitingFiles, 1);
});

test('spool: several at once do not exceed the limit together', async (context) => {
  const spool = await IncomingSpool.open(await temporaryFolder(context), { limitBytes: 10_000, freeBytesAtLeast: 0 });
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => spool.receive(incoming([bytes(1500)]))));
  const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.equal(kept, spool.waitingFiles);
  assert.ok(spool.waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= 10_000);
  assert.ok(kept > 0);
});

test('spool: a disk that is nearly full takes nothing more', async (context) => {
  const spool = await IncomingSpool.open(await temporaryFolder(context), { ...ROOMY, freeBytesAtLeast: 2 ** 60 });
  await assert.rejects(spool.receive(incoming([bytes(1)])), codeIs('node.disk-short'));
});

test('spool: after a kill what was half written is gone, and what was complete waits on', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await IncomingSpool.open(folder, ROOMY);
  await before.receive(incoming([bytes(9)], 'MG/2'));
  await before.receive(incoming([bytes(9)], ''));
  await before.receive(incoming([bytes(11)], 'CT 1'));
  const aside = before.waiting.find(({ aeTitle }) => aeTitle === 'CT 1');
  await before.setAside(aside?.name ?? '');
  assert.deepEqual(
    before.waiting.map(({ aeTitle }) => aeTitle),
    ['MG/2', ''],
  );
  await writeFile(join(folder, '99999999-00112233aabb-00.part'), 'half');
  await writeFile(join(folder, 'note.txt'), 'not ours');
  const after = await IncomingSpool.open(folder, ROOMY);
  assert.deepEqual(after.waiting.map(({ aeTitle }) => aeTitle).sort(), ['', 'CT 1', 'MG/2']);
  assert.deepEqual((await readdir(folder)).sort(), [...after.waiting.map(({ name }) => name), 'note.txt'].sort());
});

test('spool: opening it again beside a receiver leaves what is being received alone', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await IncomingSpool.open(folder, ROOMY);
  const chunks = (async function* () {
    yield bytes(5);
    await IncomingSpool.open(folder, ROOMY);
    yield bytes(5);
  })();
  await spool.receive(incoming(chunks));
  assert.equal(spool.waitingFiles, 1);
});
