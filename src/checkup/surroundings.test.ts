import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openDatabase, openFolderBlobs, openS3Blobs } from '#store';
import { CLOCK_TOLERANCE_MS } from '#wire';
import { examineClock } from './clocks.ts';
import { examineDatabase } from './database.ts';
import { examineObjects } from './objects.ts';
import { examineDisk, examineFolder, examineMemory, examineProgram } from './surroundings.ts';

async function freshFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-checkup-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a Node that is too old is told, and what is needed', () => {
  for (const [version, state] of [
    ['18.20.4', 'bad'],
    ['20.18.3', 'bad'],
    ['20.19.0', 'good'],
    ['20.20.1', 'good'],
    ['24.1.0', 'good'],
  ] as const) {
    assert.equal(examineProgram(version, '>=20.19').state, state, version);
  }
  const { code, mend } = examineProgram('18.20.4', '>=20.19');
  assert.equal(code, 'checkup.program-old');
  assert.match(mend ?? '', /newer Node/);
});

test('memory that is too little for sharing has to be mended; for training it is said', () => {
  assert.deepEqual(
    [256, 512, 4096].map((mib) => examineMemory(mib).state),
    ['bad', 'note', 'good'],
  );
});

test('a clock that is a day off has to be set, one that drifts is spoken of, and which way is said', () => {
  const day = examineClock(-86_400_000 - 3000);
  assert.equal(day.code, 'checkup.clock-off');
  assert.match(day.says, /1 day behind that of the hub/);
  assert.equal(examineClock(30_000).code, 'checkup.clock-drifts');
  assert.match(examineClock(30_000).says, /30 seconds ahead of/);
  assert.equal(examineClock(CLOCK_TOLERANCE_MS).state, 'note');
  assert.equal(examineClock(2000).state, 'good');
});

test('a folder that is to be made is well where its parent can be written to, in any script, and nothing is left in it', async (context) => {
  const folder = join(await freshFolder(context), 'Νοσοκομείο Лікарня 病院');
  assert.equal((await examineFolder(folder)).state, 'good');
  await mkdir(folder);
  assert.equal((await examineFolder(folder)).state, 'good');
  assert.deepEqual(await readdir(folder), []);
  const file = join(folder, 'a file');
  await (await open(file, 'w')).close();
  assert.equal((await examineFolder(join(file, 'home'))).code, 'checkup.folder-unwritable');
});

const PROBE = `
  import { examineDisk, examineFolder } from ${JSON.stringify(new URL('./surroundings.js', import.meta.url).href)};
  console.log(JSON.stringify([await examineFolder(process.argv[1]), await examineDisk(process.argv[1])]));
`;

/** Runs a piece of shell as root of a namespace of its own, where it may mount; undefined: that is not allowed here. */
function inNamespace(script: string, folder: string): string | undefined {
  const trial = ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', folder];
  if (spawnSync('unshare', trial).status !== 0) return undefined;
  const { status, stdout, stderr } = spawnSync('unshare', ['-Urm', 'sh', '-ec', script, 'sh', folder], {
    encoding: 'utf8',
    env: { ...process.env, NODE: process.execPath, PROBE },
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

for (const [what, script, code] of [
  [
    'a disk that is full',
    'mount -t tmpfs -o size=128k tmpfs "$1"; head -c 96k /dev/zero > "$1/fill"; "$NODE" --input-type=module -e "$PROBE" "$1"',
    'checkup.disk-full',
  ],
  [
    'a folder that is mounted to be read only',
    'mount -t tmpfs tmpfs "$1"; mount -o remount,ro "$1"; "$NODE" --input-type=module -e "$PROBE" "$1"',
    'checkup.folder-unwritable',
  ],
  [
    'a limit on the size of files',
    'ulimit -f 8; trap "" XFSZ; "$NODE" --input-type=module -e "$PROBE" "$1"',
    'checkup.disk-full',
  ],
] as const) {
  test(`${what} is told as what it is`, async (context) => {
    const out = inNamespace(script, await freshFolder(context));
    if (out === undefined) return context.skip('no namespace of its own may be made here (unshare)');
    const [folder, disk] = JSON.parse(out);
    assert.equal(folder.code, code);
    assert.equal(folder.state, 'bad');
    if (what.includes('full')) assert.equal(disk.code, 'checkup.disk-short');
  });
}

const STEPS = ['one', 'two'].map((id) => ({
  id: `test-${id}`,
  async up(db: Parameters<typeof import('#store').migrate>[0]['kysely']) {
    await db.schema.createTable(id).addColumn('text', 'text').execute();
  },
}));

test('a database is well, of an earlier version, of a later one, damaged, or none at all', async (context) => {
  const folder = await freshFolder(context);
  const path = join(folder, 'node.sqlite');
  const { migrate } = await import('#store');
  const steps = STEPS as unknown as Parameters<typeof migrate>[1];
  const database = await openDatabase<{ one: { text: string } }>({ engine: 'sqlite', path });
  await migrate(database, steps.slice(0, 1));
  for (let row = 0; row < 2000; row += 1) {
    await database.gathered.kysely
      .insertInto('one')
      .values({ text: `row ${row} `.repeat(20) })
      .execute();
  }
  assert.equal((await examineDatabase(database, steps.slice(0, 1), path)).state, 'good');
  assert.equal((await examineDatabase(database, steps, path)).code, 'checkup.database-older');
  assert.equal((await examineDatabase(database, [], path)).code, 'store.newer-database');
  await database.close();

  const file = await open(path, 'r+');
  await file.write(new Uint8Array(20_000).fill(7), 0, 20_000, 40_960);
  await file.close();
  const damaged = await openDatabase({ engine: 'sqlite', path });
  assert.equal((await examineDatabase(damaged, steps.slice(0, 1), path)).code, 'checkup.database-damaged');
  await damaged.close();
});

test('objects that are missing or damaged are counted, and a store that does not answer is told', async (context) => {
  const folder = await freshFolder(context);
  const blobs = await openFolderBlobs(folder);
  const kept = await Promise.all([1, 2, 3].map(async (byte) => (await blobs.put(Uint8Array.of(byte))).sha256));
  const [first = '', second = ''] = kept;
  assert.equal((await examineObjects(() => openFolderBlobs(folder), kept, folder)).state, 'good');
  await blobs.remove(first);
  const file = await open(blobs.pathOf(second), 'w');
  await file.write('x');
  await file.close();
  const broken = await examineObjects(() => openFolderBlobs(folder), kept, folder);
  assert.equal(broken.code, 'checkup.objects-damaged');
  assert.match(broken.says, /Of 3 stored objects that were read, 2 /);
  const silent = {
    bucket: 'unica',
    prefix: '',
    endpoint: 'http://127.0.0.1:1',
    region: 'eu',
    accessKeyId: 'a',
    secretAccessKey: 'b',
  };
  const unreachable = await examineObjects(() => openS3Blobs(silent), [], 's3://unica/');
  assert.equal(unreachable.code, 'checkup.objects-unreachable');
  assert.ok(!JSON.stringify(unreachable).includes('secretAccessKey'));
});

test('the room of a disk is told', async () => {
  assert.notEqual((await examineDisk(tmpdir())).state, 'skipped');
});
