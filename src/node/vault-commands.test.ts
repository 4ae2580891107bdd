import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { verifyExport } from '#audit';
import { silentLog, UnicaError } from '#base';
import { pseudonymOf, pseudonymousUid, shiftDays } from '#deid';
import { makeKeyFile } from '#vault';
import { type NodeConfig, nodeConfig } from './config.ts';
import { createNodeToken, exportNodeAudit, importIntoNode, verifyNodeAudit } from './node-commands.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject, PLANTED } from './receiver-rig.ts';
import { startNode } from './start-node.ts';
import { checkVault, exportVault, findInVault, forgetInVault, initVault, rotateVaultKey } from './vault-commands.ts';

interface Rig {
  readonly folder: string;
  readonly config: NodeConfig;
  readonly settings: Readonly<Record<string, string>>;
  readonly officer: { readonly token: string; readonly reason: string };
}

const REASON = 'Art. 15 request 2026-114';

async function house(context: TestContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-vault-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['home', 'vault', 'keys', 'films']) await mkdir(join(folder, name));
  await enrolledHome(join(folder, 'home'));
  await makeKeyFile(join(folder, 'keys', 'vault.key'));
  const settings = {
    home: join(folder, 'home'),
    port: '0',
    vault: join(folder, 'vault', 'site.vault'),
    vaultKeyFile: join(folder, 'keys', 'vault.key'),
  };
  const config = nodeConfig(settings);
  await initVault(config);
  for (const number of [0, 1, 4, 5]) {
    await writeFile(join(folder, 'films', `${number}.dcm`), fictitiousObject(number));
  }
  const token = await createNodeToken(config, { name: 'dpo', roles: ['protection-officer'], days: 1 });
  return { folder, config, settings, officer: { token, reason: REASON } };
}

const is = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

/** Every file below a folder as one run of bytes. */
async function everything(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  // SQLite takes its `-shm` and `-wal` away when the last connection closes, which may be just now.
  const isPassing = (path: string) => /-(shm|wal)$/.test(path);
  const read = async (path: string) =>
    await readFile(path).catch((error: unknown) => {
      if (isPassing(path)) return Buffer.alloc(0);
      throw error;
    });
  return Buffer.concat(await Promise.all(files.map(read)));
}

test('vault: an import is entered; the officer finds, the journal tells of it, nothing else of the node knows', async (context) => {
  const { folder, config, officer } = await house(context);
  const view = await importIntoNode(config, { paths: [join(folder, 'films')] });
  assert.deepEqual([view.state, view.accepted], ['done', 4]);
  assert.equal((await importIntoNode(config, { paths: [join(folder, 'films')] })).duplicates, 4);

  const node = await openNode(config, silentLog);
  const [row] = await node.database.kysely.selectFrom('instances').selectAll().orderBy('sop_instance_uid').execute();
  const { site } = node;
  await node.close();
  assert.ok(row !== undefined);
  const found = await findInVault(config, { kind: 'image', text: row.sop_instance_uid }, officer);
  assert.equal(found.length, 1);
  const [person] = found;
  assert.ok(person !== undefined);
  assert.equal(pseudonymOf(site, person.patientId), row.person);
  assert.equal(person.daysBack, shiftDays(site, row.person));
  assert.ok(person.studies.some(({ newStudyInstanceUid }) => newStudyInstanceUid === row.study_instance_uid));
  for (const { studyInstanceUid, newStudyInstanceUid } of person.studies) {
    assert.equal(pseudonymousUid(site, studyInstanceUid), newStudyInstanceUid);
    for (const text of [studyInstanceUid, newStudyInstanceUid]) {
      assert.deepEqual(await findInVault(config, { kind: 'study', text }, officer), found);
    }
  }
  assert.deepEqual(await findInVault(config, { kind: 'patient', text: ` ${person.patientId} ` }, officer), found);
  assert.deepEqual(await findInVault(config, { kind: 'pseudonym', text: row.person }, officer), found);
  assert.deepEqual(await findInVault(config, { kind: 'patient', text: 'no such number' }, officer), []);

  const again = await openNode(config, silentLog);
  const { entries } = await again.journal.view(50);
  await again.close();
  const told = entries.filter(({ action }) => action === 'vault.found');
  assert.equal(told.length, 4 + 2 * person.studies.length);
  assert.ok(told.every(({ because, actor }) => because === REASON && actor.startsWith('token-')));
  assert.deepEqual(new Set(told.map(({ subject }) => subject)), new Set([row.person, 'nobody']));
  const journal = await verifyNodeAudit(config);
  assert.equal(journal.intact, true);
  const exported = Readable.from(exportNodeAudit(config)).map((line: string) => Buffer.from(line));
  const audited = await verifyExport(exported);
  assert.deepEqual([audited.entries, audited.intact], [journal.entries, true], 'the same for an auditor, from a file');

  const secrets = [
    person.patientId,
    ...person.studies.map(({ studyInstanceUid }) => studyInstanceUid),
    ...Object.values(PLANTED),
  ];
  for (const place of ['home', 'vault', 'keys']) {
    const bytes = await everything(join(folder, place));
    for (const secret of secrets) assert.equal(bytes.includes(secret), false, `${secret} in ${place}`);
  }
});

test('vault: without the role, a reason or a clean one nothing is told, and the attempt stands in the journal', async (context) => {
  const { folder, config, officer } = await house(context);
  await importIntoNode(config, { paths: [join(folder, 'films')] });
  const wish = { kind: 'patient', text: 'PAT-1' } as const;
  const curator = await createNodeToken(config, { name: 'curator', roles: ['curator', 'operator'], days: 1 });
  for (const token of [curator, 'unica_madeup']) {
    await assert.rejects(findInVault(config, wish, { token, reason: REASON }), is('vault.not-allowed'));
  }
  for (const reason of ['', 'because', `about pat-1 as asked`, 'x'.repeat(201)]) {
    await assert.rejects(findInVault(config, wish, { ...officer, reason }), is('vault.reason-unusable'), reason);
  }
  const node = await openNode(config, silentLog);
  const { entries } = await node.journal.view(50);
  await node.close();
  assert.equal(entries.filter(({ action }) => action === 'vault.refused').length, 2);
  assert.equal(entries.filter(({ action }) => action === 'vault.found').length, 0);
});

test('vault: a person who is forgotten is out of the vault, opted out, and does not come back', async (context) => {
  const { folder, config, officer } = await house(context);
  await importIntoNode(config, { paths: [join(folder, 'films')] });
  const table = join(folder, 'links.csv');
  assert.ok((await exportVault(config, table, officer)) > 0);
  const [, first = ''] = (await readFile(table, 'utf8')).split('\n');
  const [patientId = '', , pseudonym = ''] = first.split(',');
  const before = await checkVault(config);
  const outcome = await forgetInVault(config, { kind: 'patient', text: patientId }, officer);
  assert.deepEqual(outcome.people, [pseudonym]);
  assert.ok(outcome.entries >= 2);
  assert.equal((await checkVault(config)).people, before.people - 1);
  assert.ok((await importIntoNode(config, { paths: [join(folder, 'films')] })).optedOut > 0);
  assert.deepEqual(await findInVault(config, { kind: 'pseudonym', text: pseudonym }, officer), []);
});

test('vault: with a wrong key the node does not start, and an import keeps nothing', async (context) => {
  const { folder, config, settings, officer } = await house(context);
  const fresh = join(folder, 'keys', 'fresh.key');
  await makeKeyFile(fresh);
  await rotateVaultKey(config, { kind: 'file', path: fresh }, officer);
  await assert.rejects(startNode(config, silentLog), is('vault.wrong-key'));
  const view = await importIntoNode(config, { paths: [join(folder, 'films')] });
  assert.deepEqual([view.state, view.accepted], ['failed', 0]);
  assert.match(view.because ?? '', /key does not open/);
  const renewed = nodeConfig({ ...settings, vaultKeyFile: fresh });
  assert.equal((await importIntoNode(renewed, { paths: [join(folder, 'films')] })).accepted, 4);
});

test('vault: file, key and data folder must be apart; it takes one way to open it', () => {
  const rows: readonly (readonly [Record<string, string>, string])[] = [
    [{ vault: '/a/home/site.vault', vaultKeyFile: '/k/key' }, 'vault.misplaced'],
    [{ vault: '/v/site.vault', vaultKeyFile: '/a/home/key' }, 'vault.misplaced'],
    [{ vault: '/v/site.vault', vaultKeyFile: '/v/key' }, 'vault.misplaced'],
    [{ vault: '/v/site.vault' }, 'config.invalid'],
    [{ vault: '/v/site.vault', vaultKeyFile: '/k/key', vaultPassphrase: 'x' }, 'config.invalid'],
  ];
  for (const [flat, code] of rows) {
    assert.throws(() => nodeConfig({ home: '/a/home', ...flat }), is(code), JSON.stringify(flat));
  }
  assert.equal(
    nodeConfig({ home: '/a/home', vault: '/v/site.vault', vaultKeyFile: '/k/key' }).siteVault?.path,
    '/v/site.vault',
  );
});
