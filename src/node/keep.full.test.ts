import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { verifyExport } from '#audit';
import { silentLog, type UnicaError } from '#base';
import { lockFolder, type Migration, openDatabase, openFolderBlobs } from '#store';
import { openVault } from '#vault';
import { backUpNode, readManifest, snapshotOf } from './back-up-node.ts';
import { type NodeConfig, nodeConfig } from './config.ts';
import { importIntoNode, verifyNodeAudit } from './node-commands.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject } from './receiver-rig.ts';
import { allNodeMigrations } from './records.ts';
import { restoreNode } from './restore-node.ts';
import { startNode } from './start-node.ts';
import { uninstallNode } from './uninstall-node.ts';
import { upgradeNode } from './upgrade-node.ts';

const failsWith = (code: string) => (error: Error) => 'code' in error && error.code === code;

async function freshFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-keep-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A node with a vault, and images of a few studies. */
async function keptNode(context: TestContext, images = 12) {
  const folder = await freshFolder(context);
  const home = join(folder, 'home');
  await enrolledHome(home);
  await mkdir(join(folder, 'vault'));
  const vault = { vault: join(folder, 'vault', 'vault.sqlite'), vaultPassphrase: 'a long passphrase of a test' };
  const config = nodeConfig({ home, port: '0', dossier: 'example', ...vault });
  assert.ok(config.siteVault !== undefined);
  await (await openVault({ ...config.siteVault, create: 'new' })).close();
  await bringIn(config, folder, 0, images);
  return { folder, config, backups: join(folder, 'backups') };
}

async function bringIn(config: NodeConfig, folder: string, from: number, to: number): Promise<void> {
  const source = await mkdtemp(join(folder, 'source-'));
  for (let number = from; number < to; number += 1)
    await writeFile(join(source, `${number}.dcm`), fictitiousObject(number));
  const view = await importIntoNode(config, { paths: [source] });
  assert.equal(view.accepted, to - from);
}

/** Everything that a node must not lose, in a form that can be compared. */
async function heldBy(config: NodeConfig) {
  const node = await openNode(config, silentLog);
  try {
    const members = await node.archive.members();
    const blobs = await openFolderBlobs(config.blobsPath);
    // Read by digest: a byte that is another one fails.
    for (const { blobSha256 } of members) await blobs.get(blobSha256);
    await blobs.close();
    const vault = await node.vault?.();
    return {
      content: node.archive.contentSha256(members),
      totals: await node.archive.totals(),
      secret: Buffer.from(node.secret).toString('hex'),
      publicKey: node.keys.publicKey,
      vault: await vault?.check(),
      objections: (await node.optOuts.list()).length,
    };
  } finally {
    await node.close();
  }
}

test('a backup of a node that runs and takes images in, put back elsewhere, is that node to the last digest', async (context) => {
  const { folder, config, backups } = await keptNode(context);
  const running = await startNode(config, silentLog);
  let report: Awaited<ReturnType<typeof backUpNode>>;
  try {
    const importing = bringIn(config, folder, 12, 24);
    report = await backUpNode(config, { to: backups });
    await importing;
  } finally {
    await running.close();
  }
  assert.deepEqual(report.damaged, []);
  assert.ok(report.images >= 12 && report.images <= 24);
  assert.equal((await verifyNodeAudit(config)).intact, true);

  const elsewhere = nodeConfig({
    home: join(folder, 'other machine'),
    dossier: 'example',
    vault: join(folder, 'other vault', 'vault.sqlite'),
    vaultPassphrase: 'a long passphrase of a test',
  });
  await mkdir(join(folder, 'other vault'));
  const restored = await restoreNode(elsewhere, { from: backups });
  assert.equal(restored.vault, 'restored');
  assert.equal(restored.movedTo, null);
  // The hub of this home is not there.
  assert.equal(restored.entriesLost, null);
  const there = await heldBy(elsewhere);
  assert.equal(there.totals.images, report.images);
  const here = await heldBy(config);
  assert.equal(there.secret, here.secret);
  assert.equal(there.publicKey, here.publicKey);
  assert.equal((await verifyNodeAudit(elsewhere)).intact, true);
  // What waited or came meanwhile comes again, and nothing twice.
  const source = await mkdtemp(join(folder, 'again-'));
  for (let number = 0; number < 24; number += 1)
    await writeFile(join(source, `${number}.dcm`), fictitiousObject(number));
  await importIntoNode(elsewhere, { paths: [source] });
  assert.deepEqual((await heldBy(elsewhere)).totals, here.totals);
  assert.equal((await heldBy(elsewhere)).content, here.content);
});

test('the second backup copies what is new; of older ones only what the kept ones hold stays', async (context) => {
  const { folder, config, backups } = await keptNode(context);
  let nowMs = Date.UTC(2026, 0, 1);
  const clock = () => {
    nowMs += 60_000;
    return nowMs;
  };
  const first = await backUpNode(config, { to: backups, clock });
  assert.equal(first.copied, 12);
  await bringIn(config, folder, 12, 16);
  const second = await backUpNode(config, { to: backups, clock });
  assert.deepEqual([second.objects, second.copied], [16, 4]);
  const before = await heldBy(config);
  const node = await openNode(config, silentLog);
  const [gone] = await node.archive.members();
  await node.database.kysely
    .deleteFrom('instances')
    .where('blob_sha256', '=', gone?.blobSha256 ?? '')
    .execute();
  await node.blobs.remove(gone?.blobSha256 ?? '');
  await node.close();
  const third = await backUpNode(config, { to: backups, clock, keep: 1 });
  assert.deepEqual(third.removed, [second.name, first.name]);
  const left = (await readdir(join(backups, 'objects'), { recursive: true, withFileTypes: true })).filter((one) =>
    one.isFile(),
  );
  assert.equal(left.length, before.totals.images - 1);
  const clockSetBack = await backUpNode(config, { to: backups, clock: () => Date.UTC(2025, 0, 1), keep: 1 });
  assert.ok((await readdir(backups)).includes(clockSetBack.name), 'the one that was just made stays');
});

test('a backup that is damaged anywhere is not put back, and nothing is touched', async (context) => {
  const { folder, config, backups } = await keptNode(context);
  const { name } = await backUpNode(config, { to: backups });
  const before = await heldBy(config);
  const [shelf = ''] = await readdir(join(backups, 'objects'));
  const [object = ''] = await readdir(join(backups, 'objects', shelf));
  for (const path of [
    join('objects', shelf, object),
    join(name, 'home', 'node.sqlite'),
    join(name, 'home', 'site.secret'),
    join(name, 'vault.sqlite'),
    join(name, 'manifest.json'),
  ]) {
    const copy = join(folder, 'copy');
    await cp(backups, copy, { recursive: true });
    const file = await open(join(copy, path), 'r+');
    const [byte = 0] = (await file.read(new Uint8Array(1), 0, 1, 40)).buffer;
    await file.write(Uint8Array.of(byte ^ 1), 0, 1, 40);
    await file.close();
    await assert.rejects(
      restoreNode(config, { from: copy, replace: true, withoutVault: true }),
      failsWith('backup.damaged'),
      path,
    );
    await rm(copy, { recursive: true });
  }
  assert.deepEqual(await heldBy(config), before);
  assert.ok(!(await readdir(folder)).some((one) => one.includes('restor')));
});

test('a manifest that leads out of its folder is not followed', async (context) => {
  const { config, backups } = await keptNode(context, 4);
  const { name } = await backUpNode(config, { to: backups });
  const path = join(backups, name, 'manifest.json');
  const manifest = JSON.parse(await readFile(path, 'utf8'));
  for (const out of ['../../etc/unica', '/etc/unica', 'a/../../b']) {
    await writeFile(path, JSON.stringify({ ...manifest, files: [{ ...manifest.files[0], path: out }] }));
    await assert.rejects(restoreNode(config, { from: backups, replace: true }), failsWith('backup.damaged'), out);
  }
});

test('backups and restorations that would do harm are refused', async (context) => {
  const { folder, config, backups } = await keptNode(context, 4);
  await assert.rejects(backUpNode(config, { to: join(config.home, 'backups') }), failsWith('backup.misplaced'));
  await assert.rejects(backUpNode(config, { to: join(folder, 'vault') }), failsWith('backup.misplaced'));
  await assert.rejects(restoreNode(config, { from: join(folder, 'nowhere') }), failsWith('backup.none'));
  await backUpNode(config, { to: backups });
  await assert.rejects(restoreNode(config, { from: backups }), failsWith('backup.home-full'));
  await assert.rejects(restoreNode(config, { from: backups, replace: true }), failsWith('backup.vault-there'));
  const running = await startNode(config, silentLog);
  await assert.rejects(
    restoreNode(config, { from: backups, replace: true, withoutVault: true }),
    failsWith('checkup.home-in-use'),
  );
  await assert.rejects(upgradeNode(config), failsWith('checkup.home-in-use'));
  await running.close();
  const before = await heldBy(config);
  const { movedTo, vault } = await restoreNode(config, { from: backups, replace: true, withoutVault: true });
  assert.equal(vault, 'left');
  assert.deepEqual(await heldBy(config), before);
  assert.deepEqual(await heldBy(nodeConfig({ home: movedTo ?? '', dossier: 'example' })), {
    ...before,
    vault: undefined,
  });
});

test('objects that are damaged in the archive are counted, and the rest is backed up', async (context) => {
  const { config, backups } = await keptNode(context, 4);
  const node = await openNode(config, silentLog);
  const [one, two] = await node.archive.members();
  await node.close();
  const pathOf = (sha256 = '') => join(config.blobsPath, sha256.slice(0, 2), sha256.slice(2));
  await writeFile(pathOf(one?.blobSha256), 'damaged');
  await rm(pathOf(two?.blobSha256));
  const report = await backUpNode(config, { to: backups });
  assert.deepEqual([...report.damaged].sort(), [one?.blobSha256, two?.blobSha256].sort());
  assert.equal(report.objects, 2);
});

const LOSES: Migration = {
  id: 'test-900-loses',
  async up(db) {
    await sql`delete from instances`.execute(db);
  },
};
const BREAKS: Migration = {
  id: 'test-901-breaks',
  async up() {
    await Promise.reject(new Error('the step broke in the middle'));
  },
};
const ADDS: Migration = {
  id: 'test-902-adds',
  async up(db) {
    await db.schema.createTable('test_added').addColumn('text', 'text').execute();
  },
};

test('an upgrade that fails or loses anything is undone, and says so; one that succeeds keeps everything', async (context) => {
  const { config } = await keptNode(context);
  const before = await heldBy(config);
  for (const [step, problem] of [
    [BREAKS, /the step broke in the middle/],
    [LOSES, /12 images before, 0 afterwards/],
  ] as const) {
    await assert.rejects(
      upgradeNode(config, { migrations: [...allNodeMigrations, ADDS, step] }),
      (error: UnicaError) => error.code === 'node.upgrade-undone' && problem.test(error.message),
    );
    assert.deepEqual(await heldBy(config), before);
  }
  const report = await upgradeNode(config, { migrations: [...allNodeMigrations, ADDS] });
  assert.deepEqual(report.steps, ['test-902-adds']);
  assert.equal(report.images, 12);
  // A program that does not know the step does not touch what it left.
  await assert.rejects(openNode(config, silentLog), failsWith('store.newer-database'));
});

test('commands are kept out of an upgrade, and an upgrade out of commands that are at work; both say why', async (context) => {
  const { folder, config, backups } = await keptNode(context, 4);
  const source = await mkdtemp(join(folder, 'beside-'));
  await writeFile(join(source, '9.dcm'), fictitiousObject(9));
  const told: string[] = [];
  const meanwhile: Migration = {
    id: 'test-904-slow',
    // While the step is taken, others try what people would.
    async up() {
      for (const attempt of [
        async () => await importIntoNode(config, { paths: [source] }),
        async () => await verifyNodeAudit(config),
        async () => await backUpNode(config, { to: backups }),
        async () => await startNode(config, silentLog),
        async () => await upgradeNode(config),
        async () => await uninstallNode(config, { record: join(folder, 'record.jsonl'), deleteData: 'lisbon' }),
        async () => await restoreNode(config, { from: backups, replace: true }),
      ]) {
        const error = await attempt().then(
          () => new Error('was let in'),
          (failure: Error) => failure,
        );
        told.push('code' in error ? `${error.code}` : error.message);
        if (told.at(-1) === 'checkup.home-in-use') assert.match(error.message, /an upgrade \(process \d+/);
      }
    },
  };
  await upgradeNode(config, { migrations: [...allNodeMigrations, meanwhile] });
  // There is no backup that could be put back.
  assert.deepEqual(told, [...Array.from({ length: 6 }, () => 'checkup.home-in-use'), 'backup.none']);
  const again = await keptNode(context, 4);
  const held = await heldBy(again.config);
  const atWork = await openNode(again.config, silentLog);
  for (const wanted of [
    async () => await upgradeNode(again.config),
    async () => await uninstallNode(again.config, { record: join(folder, 'record.jsonl'), deleteData: 'lisbon' }),
  ])
    await assert.rejects(wanted(), failsWith('checkup.commands-at-work'));
  const { name } = await backUpNode(again.config, { to: again.backups });
  await assert.rejects(
    restoreNode(again.config, { from: again.backups, backup: name, replace: true, withoutVault: true }),
    failsWith('checkup.commands-at-work'),
  );
  await atWork.close();
  assert.equal((await upgradeNode(again.config)).images, 4);
  assert.deepEqual(await heldBy(again.config), held);
});

test('an upgrade whose copy was damaged says so and leaves the records that are there', async (context) => {
  const { config } = await keptNode(context, 4);
  const before = await heldBy(config);
  const folder = join(config.home, 'before-upgrade');
  const { file } = await snapshotOf(config.databasePath, join(folder, 'node.sqlite'));
  // Ended in the middle, and then the disk lost a byte of the copy.
  await writeFile(
    join(folder, 'under-way.json'),
    JSON.stringify({ sha256: file.sha256, entry: Number.MAX_SAFE_INTEGER }),
  );
  const copy = await open(join(folder, 'node.sqlite'), 'r+');
  await copy.write(Uint8Array.of(255), 0, 1, 5000);
  await copy.close();
  await assert.rejects(upgradeNode(config), failsWith('backup.damaged'));
  assert.deepEqual(await heldBy(config), before);
  assert.ok(!(await readdir(config.home)).includes('node.sqlite.before'));
});

test('an upgrade that is killed in the middle is undone by the next one and done again', async (context) => {
  const { config } = await keptNode(context);
  const before = await heldBy(config);
  // The step is taken and its transaction ended; then the process is killed before anything was checked.
  const script = `
    import { upgradeNode } from ${JSON.stringify(new URL('./upgrade-node.js', import.meta.url).href)};
    import { nodeConfig } from ${JSON.stringify(new URL('./config.js', import.meta.url).href)};
    import { allNodeMigrations } from ${JSON.stringify(new URL('./records.js', import.meta.url).href)};
    let taken = false;
    const step = { id: 'test-903-lost', async up(db) { await db.deleteFrom('instances').execute(); taken = true; } };
    const clock = () => process.kill(process.pid, 'SIGKILL');
    const { Archive } = await import(${JSON.stringify(new URL('./archive.js', import.meta.url).href)});
    const totals = Archive.prototype.totals;
    Archive.prototype.totals = async function () { if (taken) process.kill(process.pid, 'SIGKILL'); return await totals.call(this); };
    await upgradeNode(nodeConfig({ home: process.argv[1] }), { migrations: [...allNodeMigrations, step], clock });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, config.home], { stdio: 'ignore' });
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
  const database = await openDatabase<{ instances: { sop_instance_uid: string } }>({
    engine: 'sqlite',
    path: config.databasePath,
  });
  assert.equal((await database.kysely.selectFrom('instances').selectAll().execute()).length, 0);
  await database.close();
  const report = await upgradeNode(config);
  assert.equal(report.images, 12);
  assert.deepEqual(await heldBy(config), before);
});

test('a node that was started after an upgrade was killed keeps what it wrote since', async (context) => {
  const { folder, config } = await keptNode(context, 4);
  // As a machine leaves it that lost its power in the middle: the copy, and the mark beside it.
  const before = join(config.home, 'before-upgrade');
  const { file, journal } = await snapshotOf(config.databasePath, join(before, 'node.sqlite'));
  const mark = { sha256: file.sha256, entry: journal?.sequence ?? 0 };
  await writeFile(join(before, 'under-way.json'), JSON.stringify(mark));
  await bringIn(config, folder, 4, 8);
  await upgradeNode(config);
  assert.equal((await heldBy(config)).totals.images, 8);
  await writeFile(join(before, 'under-way.json'), JSON.stringify({ ...mark, entry: Number.MAX_SAFE_INTEGER }));
  await upgradeNode(config);
  assert.equal((await heldBy(config)).totals.images, 4);
});

test('one backup at a time, of one node; what links lead to is in it, and what fell is taken away', async (context) => {
  const { folder, config, backups } = await keptNode(context, 4);
  const keys = join(folder, 'keys');
  await mkdir(keys);
  await rename(join(config.home, 'site.secret'), join(keys, 'site.secret'));
  await symlink(join(keys, 'site.secret'), join(config.home, 'site.secret'));
  await rename(config.quarantinePath, join(keys, 'quarantine')).catch(() => mkdir(join(keys, 'quarantine')));
  await writeFile(join(keys, 'quarantine', 'kept'), 'an image');
  await symlink(join(keys, 'quarantine'), config.quarantinePath);
  await mkdir(join(backups, '2026-01-01T00-00-00.unfinished'), { recursive: true });
  const lock = await lockFolder(await made(join(config.home, 'backing-up')), 'another backup');
  await assert.rejects(backUpNode(config, { to: backups }), failsWith('checkup.home-in-use'));
  await lock.release();
  const { name } = await backUpNode(config, { to: backups });
  const { files } = await readManifest(backups, name);
  const paths = files.map(({ path }) => path);
  for (const path of ['node.json', 'node.key', 'site.secret', 'quarantine/kept']) assert.ok(paths.includes(path), path);
  assert.deepEqual((await readdir(backups)).sort(), [name, 'objects']);
  const manifest = join(backups, name, 'manifest.json');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('"siteId":"lisbon"', '"siteId":"porto"'));
  await assert.rejects(backUpNode(config, { to: backups }), failsWith('backup.other-site'));
});

async function made(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return folder;
}

test('an uninstallation leaves the signed journal, and deletes only what was named', async (context) => {
  const { folder, config } = await keptNode(context, 4);
  const record = join(folder, 'lisbon.jsonl');
  await assert.rejects(uninstallNode(config, { record, deleteData: 'porto' }), failsWith('node.uninstall-unsure'));
  const inside = { record: join(config.home, 'lisbon.jsonl'), deleteData: 'lisbon' };
  await assert.rejects(uninstallNode(config, inside), failsWith('node.uninstall-record'));
  const kept = await uninstallNode(config, { record });
  assert.deepEqual([kept.deleted, kept.toldHub, kept.images], [false, false, 4]);
  assert.equal((await heldBy(config)).totals.images, 4);
  const gone = await uninstallNode(config, { record, deleteData: 'lisbon' });
  assert.ok(gone.deleted && !(await readdir(folder)).includes('home'));
  const verified = await verifyExport(createReadStream(record));
  assert.equal(verified.intact, true);
  assert.equal(verified.entries, gone.entries);
  assert.match(await readFile(record, 'utf8'), /node\.uninstalled/);
});
