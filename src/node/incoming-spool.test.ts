import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import { type IncomingInstance, readFileMeta } from '#dimse';
import { WRITER_MARK } from '#store';
import { IncomingLog } from './incoming-log.ts';
import { IncomingSpool, type SpoolLimits } from './incoming-spool.ts';

const ROOMY: SpoolLimits = { limitBytes: 1_000_000, freeBytesAtLeast: 0 };
const UID = '1.2.276.0.7230010.3.1.4.1';

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-spool-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  folders.push(folder);
  return join(folder, 'incoming');
}

const folders: string[] = [];

async function openFiles(): Promise<readonly string[]> {
  const numbers = await readdir('/proc/self/fd').catch(() => []);
  return await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
}

// A file that nobody closed is closed by the collector of garbage, some day, with a warning of Node (DEP0137).
after(async () => {
  const open = await openFiles();
  assert.deepEqual(
    open.filter((path) => folders.some((folder) => path.startsWith(folder))),
    [],
  );
});

/** Closed at the end of the test where the test has not done so, as in those that play a kill. */
async function opened(context: TestContext, folder: string, limits: SpoolLimits): Promise<IncomingSpool> {
  const spool = await IncomingSpool.open(folder, limits);
  context.after(() => spool.close());
  return spool;
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

const read = async (spool: IncomingSpool, name: string) => {
  const [path = ''] = await spool.unpack([name]);
  return await readFile(path);
};

test('spool: a large object is written as it comes, whole, under a name that tells nothing', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, { limitBytes: 100_000_000, freeBytesAtLeast: 0 });
  const arrived: string[] = [];
  spool.onArrival = ({ name }) => arrived.push(name);
  const growth: number[] = [];
  const [first, second] = [bytes(3_000_000, 1), bytes(500_001, 2)];
  const chunks = (async function* () {
    yield first;
    yield second;
    const [part = ''] = await readdir(folder);
    growth.push((await stat(join(folder, part))).size);
    assert.match(part, /\.part$/);
    assert.deepEqual(arrived, [], 'not before its end');
    yield second;
  })();
  await spool.receive(incoming(chunks));
  const [name = '', ...others] = await readdir(folder);
  assert.deepEqual([others, arrived], [[], [name]]);
  assert.ok((growth[0] ?? 0) > 3_000_000, 'the first piece was on its way to the disk before the second came');
  const file = await read(spool, name);
  const { meta, datasetStart } = readFileMeta(file.subarray(0, 1000));
  assert.equal(meta.sopInstanceUid, UID);
  assert.ok(file.subarray(datasetStart).equals(Buffer.concat([first, second, second])));
  assert.ok(!name.includes(UID));
  assert.equal((await stat(join(folder, name))).mode & 0o077, 0, 'nobody else reads it');
  assert.deepEqual(spool.waiting, [{ name, aeTitle: 'CT 1', sizeBytes: file.length }]);
});

test('spool: small objects share a file, are read as they came, and leave nothing when they are taken away', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, ROOMY);
  const arrived: string[] = [];
  spool.onArrival = ({ name }) => arrived.push(name);
  await Promise.all(
    Array.from({ length: 20 }, (_, number) => spool.receive(incoming([bytes(1000 + number, number), bytes(number)]))),
  );
  const [log = '', ...others] = await readdir(folder);
  assert.deepEqual(others, []);
  assert.match(log, /^[0-9a-f-]+\.log$/);
  assert.equal((await stat(join(folder, log))).mode & 0o077, 0, 'nobody else reads it');
  assert.deepEqual(arrived.toSorted(), spool.waiting.map(({ name }) => name).toSorted());
  const sizes = new Set<number>();
  for (const { name, sizeBytes } of spool.waiting) {
    const file = await read(spool, name);
    assert.equal(file.length, sizeBytes);
    const { datasetStart } = readFileMeta(file);
    const number = file[datasetStart] ?? -1;
    assert.ok(file.subarray(datasetStart).equals(Buffer.concat([bytes(1000 + number, number), bytes(number)])));
    sizes.add(sizeBytes);
  }
  assert.equal(sizes.size, 20);
  for (const { name } of spool.waiting) await spool.remove(name);
  assert.deepEqual([await readdir(folder), spool.waitingFiles], [[], 0]);
  await spool.receive(incoming([bytes(4)]));
  assert.equal(spool.waitingFiles, 1);
});

test('spool: a sender that breaks off leaves nothing', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, ROOMY);
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
  const spool = await opened(context, folder, { limitBytes: 4000, freeBytesAtLeast: 0 });
  await assert.rejects(spool.receive(incoming([bytes(2000), bytes(2000)])), codeIs('node.spool-full'));
  assert.deepEqual(await readdir(folder), []);
  await spool.receive(incoming([bytes(2500)]));
  await assert.rejects(spool.receive(incoming([bytes(2500)])), codeIs('node.spool-full'));
  const [first] = spool.waiting;
  assert.ok(first !== undefined);
  assert.equal((await readdir(folder)).length, 1);
  await spool.remove(first.name);
  await spool.remove(first.name);
  await spool.receive(incoming([bytes(2500)]));
  assert.equal(spool.waitingFiles, 1);
});

test('spool: several at once do not exceed the limit together', async (context) => {
  const spool = await opened(context, await temporaryFolder(context), { limitBytes: 10_000, freeBytesAtLeast: 0 });
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => spool.receive(incoming([bytes(1500)]))));
  const kept = outcomes.filter(({ status }) => status === 'fulfilled').length;
  assert.equal(kept, spool.waitingFiles);
  assert.ok(spool.waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) <= 10_000);
  assert.ok(kept > 0);
});

test('spool: a disk that is nearly full takes nothing more', async (context) => {
  const spool = await opened(context, await temporaryFolder(context), { ...ROOMY, freeBytesAtLeast: 2 ** 60 });
  await assert.rejects(spool.receive(incoming([bytes(1)])), codeIs('node.disk-short'));
});

/** As if the process that wrote there had been killed: what it was writing carries the mark of one that runs no more. */
async function killed(folder: string, pid = 99_999_999): Promise<void> {
  for (const name of await readdir(folder)) {
    const other = name.replace(WRITER_MARK, `${pid}-00112233aabb`);
    if (other !== name) await rename(join(folder, name), join(folder, other));
  }
}

test('spool: after a kill what was half written is gone, and what was complete waits on', async (context) => {
  const folder = await temporaryFolder(context);
  const roomy = { limitBytes: 100_000_000, freeBytesAtLeast: 0 };
  const before = await opened(context, folder, roomy);
  await before.receive(incoming([bytes(9)], 'MG/2'));
  await before.receive(incoming([bytes(9)], ''));
  await before.receive(incoming([bytes(3_000_000)], 'LARGE'));
  await before.receive(incoming([bytes(11)], 'CT 1'));
  await before.receive(incoming([bytes(12)], 'CT 2'));
  const nameOf = (title: string) => before.waiting.find(({ aeTitle }) => aeTitle === title)?.name ?? '';
  await before.unpack(before.waiting.map(({ name }) => name));
  await before.setAside(nameOf('CT 1'));
  await before.remove(nameOf('CT 2'));
  const waiting = before.waiting.map(({ aeTitle }) => aeTitle);
  assert.deepEqual(waiting, ['MG/2', '', 'LARGE']);
  await killed(folder);
  await writeFile(join(folder, '99999999-00112233aabb-00.part'), 'half');
  await writeFile(join(folder, 'note.txt'), 'not ours');
  const after = await opened(context, folder, roomy);
  assert.deepEqual(after.waiting.map(({ aeTitle }) => aeTitle).sort(), ['', 'CT 1', 'LARGE', 'MG/2']);
  assert.deepEqual((await readdir(folder)).map((name) => name.replace(/^.*\./, '')).sort(), [
    'dcm',
    'dcm',
    'log',
    'txt',
  ]);
  for (const { name, sizeBytes } of after.waiting) assert.equal((await read(after, name)).length, sizeBytes);
});

test('spool: a log that was broken off anywhere gives back what was flushed before, and nothing that is not whole', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await opened(context, folder, ROOMY);
  // One flush each.
  for (let number = 0; number < 4; number += 1) await before.receive(incoming([bytes(1000, number)]));
  await before.close();
  const [log = ''] = await readdir(folder);
  const content = await readFile(join(folder, log));
  const record = (content.length - 16) / 4;
  const torn = (from: number, to = content.length) => Buffer.from(content).fill(0, from, to);
  const rows: readonly (readonly [Uint8Array, number, string])[] = [
    [content, 4, 'as it was'],
    [content.subarray(0, 16 + 2.5 * record), 2, 'the third ends in its middle'],
    [content.subarray(0, 16 + 3 * record + 20), 3, 'the fourth ends in its head'],
    [torn(16 + 3.5 * record), 3, 'the end of the fourth never reached the disk'],
    [torn(16 + 3 * record, 16 + 3 * record + 64), 3, 'nor did its head'],
    [torn(16 + 2 * record, 16 + 2 * record + 64), 3, 'a head lost in the middle costs what it stood for alone'],
    [torn(0, 16), 0, 'nothing was ever flushed'],
    [new Uint8Array(0), 0, 'empty'],
  ];
  for (const [bytesThen, expected, says] of rows) {
    await rm(join(folder, log), { force: true });
    await writeFile(join(folder, log), bytesThen);
    const after = await opened(context, folder, ROOMY);
    assert.equal(after.waitingFiles, expected, says);
    for (const { name, sizeBytes } of after.waiting) {
      const file = await read(after, name);
      assert.equal(file.length, sizeBytes, says);
      const pixels = file.subarray(readFileMeta(file).datasetStart);
      assert.ok(pixels.length === 1000 && pixels.every((value) => value === pixels[0]), says);
    }
    await after.close();
    assert.equal((await readdir(folder)).length, expected > 0 ? 1 : 0, says);
  }
});

test('spool: what a sender writes into an object is never taken for another object', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await opened(context, folder, ROOMY);
  await before.receive(incoming([bytes(100)], 'HONEST'));
  const [log = ''] = await readdir(folder);
  // A whole log of another spool inside an object, behind a head that is lost.
  const inside = await readFile(join(folder, log));
  await before.close();
  const other = `${folder}-other`;
  context.after(() => rm(other, { recursive: true, force: true }));
  const spool = await opened(context, other, ROOMY);
  await spool.receive(incoming([inside], 'CUNNING'));
  await spool.close();
  const [theirs = ''] = await readdir(other);
  const content = await readFile(join(other, theirs));
  await writeFile(join(other, theirs), content.fill(0, 16, 80));
  assert.equal((await opened(context, other, ROOMY)).waitingFiles, 0);
});

test('spool: after its end it can be opened again in the same process, and once all is taken away nothing lies there', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await opened(context, folder, ROOMY);
  await before.receive(incoming([bytes(8)]));
  await before.unpack(before.waiting.map(({ name }) => name));
  await before.close();
  const after = await opened(context, folder, ROOMY);
  assert.deepEqual(after.waiting, before.waiting);
  for (const { name } of after.waiting) await after.remove(name);
  await after.close();
  assert.deepEqual(await readdir(folder), []);
});

test('spool: a folder that cannot be taken up whole is let go of whole', {
  skip: existsSync('/proc/self/fd') ? false : 'no /proc to see open files in',
}, async (context) => {
  const folder = await temporaryFolder(context);
  const before = await opened(context, folder, ROOMY);
  await before.receive(incoming([bytes(8)]));
  await before.close();
  await mkdir(join(folder, 'zz.log'));
  await assert.rejects(IncomingSpool.open(folder, ROOMY), { code: 'EISDIR' });
  const open = await openFiles();
  assert.deepEqual(
    open.filter((path) => path.startsWith(folder)),
    [],
  );
});

test('spool: what was acknowledged is found after a loss of power though another process has the number of the one that wrote', async (context) => {
  const folder = await temporaryFolder(context);
  const before = await opened(context, folder, ROOMY);
  await before.receive(incoming([bytes(9)], 'CT 1'));
  await killed(folder, process.ppid);
  await writeFile(join(folder, `${process.ppid}-00112233aabb-00.part`), 'half');
  const after = await opened(context, folder, ROOMY);
  assert.deepEqual(
    after.waiting.map(({ aeTitle }) => aeTitle),
    ['CT 1'],
  );
  assert.equal(existsSync(join(folder, `${process.ppid}-00112233aabb-00.part`)), false);
});

test('spool: opening it again beside a receiver leaves what is being received alone', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, ROOMY);
  const chunks = (async function* () {
    yield bytes(5);
    await opened(context, folder, ROOMY);
    yield bytes(5);
  })();
  await spool.receive(incoming(chunks));
  assert.equal(spool.waitingFiles, 1);
});

test('spool: a log is written over a file that was made ready, and gives back after a kill what was safe', async (context) => {
  const folder = await temporaryFolder(context);
  const limits = { limitBytes: 100_000_000, freeBytesAtLeast: 0, spareLogs: 1 };
  const spool = await opened(context, folder, limits);
  await spool.prepare();
  const [spare = ''] = await readdir(`${folder}-spare`);
  const { ino, size } = await stat(join(`${folder}-spare`, spare));
  await spool.receive(incoming([bytes(70_000, 1)]));
  await spool.receive(incoming([bytes(80_001, 2)]));
  const [log = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const found = await stat(join(folder, log));
  assert.deepEqual([found.ino, found.size], [ino, size], 'it is that file, no longer than it was');
  assert.equal(existsSync(join(`${folder}-spare`, spare)), false);

  const copy = join(folder, '..', 'after-a-kill');
  await mkdir(copy);
  await writeFile(join(copy, 'x.log'), await readFile(join(folder, log)));
  const again = await opened(context, copy, limits);
  const back = await Promise.all(again.waiting.map(async ({ name }) => (await read(again, name)).subarray(-2)));
  assert.deepEqual(
    back.map((end) => [...end]),
    [
      [1, 1],
      [2, 2],
    ],
  );
  for (const { name } of again.waiting) await again.remove(name);
  await again.close();
  assert.deepEqual(await readdir(copy), []);
});

test('spool: files made ready go with the process, and what a killed one left of them as well', async (context) => {
  const folder = await temporaryFolder(context);
  const limits = { limitBytes: 1_000_000, freeBytesAtLeast: 0, spareLogs: 1 };
  const first = await opened(context, folder, limits);
  await first.prepare();
  assert.deepEqual([(await readdir(`${folder}-spare`)).length, await readdir(folder)], [1, []]);
  await first.close();
  assert.equal(existsSync(`${folder}-spare`), false);
  await mkdir(`${folder}-spare`);
  await writeFile(join(`${folder}-spare`, '999999999-0123456789ab-0123456789abcdef.part'), bytes(100));
  await opened(context, folder, limits);
  assert.equal(existsSync(`${folder}-spare`), false);
});

test('spool: a file made ready that cannot become the log is not left on the disk', async (context) => {
  const folder = await temporaryFolder(context);
  await mkdir(folder, { recursive: true });
  const spare = join(folder, 'x.part');
  await writeFile(spare, bytes(100));
  await assert.rejects(IncomingLog.make(join(folder, 'missing'), spare), { code: 'ENOENT' });
  assert.equal(existsSync(spare), false);
});

test('spool: nothing is made ready on a disk without room for it', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, { limitBytes: 1_000_000, freeBytesAtLeast: 2 ** 52, spareLogs: 1 });
  await spool.prepare();
  assert.equal(existsSync(`${folder}-spare`), false);
});

test('spool: what somebody else laid beside the spool stays, and keeps nothing from being received', async (context) => {
  const folder = await temporaryFolder(context);
  const spares = `${folder}-spare`;
  const ours = '999999999-0123456789ab-0123456789abcdef.part';
  await mkdir(join(spares, 'of-others'), { recursive: true });
  await mkdir(join(spares, ours.replace('0123456789abcdef', 'fedcba9876543210')));
  await writeFile(join(spares, 'of-others', ours), bytes(3));
  await writeFile(join(spares, 'notes.txt'), 'not ours');
  await writeFile(join(spares, ours), bytes(100));
  const spool = await opened(context, folder, ROOMY);
  await spool.receive(incoming([bytes(10)]));
  await spool.close();
  const left = (await readdir(spares, { recursive: true })).sort();
  assert.deepEqual(left, [
    '999999999-0123456789ab-fedcba9876543210.part',
    'notes.txt',
    'of-others',
    join('of-others', ours),
  ]);
});

test('spool: a folder for spare logs that is a link leads nowhere', async (context) => {
  const folder = await temporaryFolder(context);
  const others = join(folder, '..', 'others');
  const name = '999999999-0123456789ab-0123456789abcdef.part';
  await mkdir(others);
  await writeFile(join(others, name), bytes(3));
  await symlink(others, `${folder}-spare`);
  await opened(context, folder, ROOMY);
  assert.deepEqual(await readdir(others), [name]);
});

test('spool: nothing is made ready on a disk on which the spool does not lie', async (context) => {
  const elsewhere = await mkdtemp('/dev/shm/unica-spool-').catch(() => undefined);
  const folder = await temporaryFolder(context);
  if (elsewhere === undefined || (await stat(elsewhere)).dev === (await stat(tmpdir())).dev)
    return context.skip('there is no second disk');
  context.after(() => rm(elsewhere, { recursive: true, force: true }));
  await symlink(elsewhere, folder);
  const spool = await opened(context, folder, { limitBytes: 1_000_000, freeBytesAtLeast: 0, spareLogs: 1 });
  await spool.prepare();
  assert.equal(existsSync(`${folder}-spare`), false);
});

test('spool: an object whose log became shorter is not handed out in part, and not settled', async (context) => {
  const folder = await temporaryFolder(context);
  const spool = await opened(context, folder, ROOMY);
  await spool.receive(incoming([bytes(5000)]));
  const [log = ''] = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  await truncate(join(folder, log), 4000);
  const names = spool.waiting.map(({ name }) => name);
  await assert.rejects(spool.unpack(names), codeIs('intake.unreadable'));
  assert.equal(spool.waitingFiles, 1);
});
