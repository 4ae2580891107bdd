import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '#base';
import { backUpNode } from './back-up-node.ts';
import { digestOfFile } from './backup-files.ts';
import { nodeConfig } from './config.ts';
import { verifyNodeAudit } from './node-commands.ts';
import { openNode } from './open-node.ts';
import { upgradeNode } from './upgrade-node.ts';

// The home was made by the program of commit e45b238, of fictitious images: twelve of three people, one of whom objected.
test('what a node of an earlier version kept is kept by an upgrade to this one', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-upgrade-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const archive = new URL('../../src/node/fixtures/home-of-e45b238.tar.gz', import.meta.url);
  const child = spawn('tar', ['-xzf', fileURLToPath(archive), '-C', folder]);
  assert.deepEqual((await once(child, 'close'))[0], 0);
  const config = nodeConfig({ home: join(folder, 'home'), dossier: 'example' });
  const expected = JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8'));
  // As the page for operators says: a backup first, with the new program.
  const backup = await backUpNode(config, { to: join(folder, 'backups') });
  assert.deepEqual([backup.images, backup.damaged], [expected.totals.images, []]);
  const report = await upgradeNode(config);
  assert.ok(report.steps.length > 0, 'there are steps to take');
  const node = await openNode(config, silentLog);
  const members = await node.archive.members();
  for (const { blobSha256 } of members) await node.blobs.get(blobSha256);
  const there = {
    content: node.archive.contentSha256(members),
    totals: await node.archive.totals(),
    objections: (await node.optOuts.list()).length,
  };
  await node.close();
  assert.deepEqual(there, expected);
  assert.equal((await verifyNodeAudit(config)).intact, true);
  assert.ok((await digestOfFile(report.before ?? '')).sizeBytes > 0);
  assert.deepEqual((await upgradeNode(config)).steps, []);
});
