import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { WRITER_MARK } from '#store';
import { leftByPulls, PullFolder } from './pull-folder.ts';

async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-pull-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('pull folder: two pulls of one process have one each, and what one leaves is found while the other is under way', async (context) => {
  const incoming = await temporaryFolder(context);
  const [first, second] = [await PullFolder.begin(incoming), await PullFolder.begin(incoming)];
  assert.notEqual(first.path, second.path);
  assert.deepEqual(await leftByPulls(incoming), []);
  await writeFile(join(first.path, 'x.dcm'), 'x');
  await first.end();
  assert.deepEqual(await leftByPulls(incoming), [first.path]);
  await second.end();
  assert.equal(existsSync(second.path), false);
});

test('pull folder: that of another process is left alone while it runs and says so', async (context) => {
  const incoming = await temporaryFolder(context);
  // The parent of the test runs, and is not this process.
  const running = join(incoming, `pulled-${process.ppid}-0123456789ab-0123456789ab`);
  const ended = join(incoming, 'pulled-999999999-0123456789ab-0123456789ab');
  for (const path of [running, ended]) await mkdir(path);
  assert.deepEqual(await leftByPulls(incoming), [ended]);
  // Whoever has its number now is not who pulled.
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(running, longAgo, longAgo);
  assert.deepEqual([...(await leftByPulls(incoming))].sort(), [running, ended].sort());
});

test('pull folder: what only is called so is not taken for one', async (context) => {
  const incoming = await temporaryFolder(context);
  await mkdir(join(incoming, 'elsewhere'));
  await symlink(join(incoming, 'elsewhere'), join(incoming, 'pulled-999999999-0123456789ab'));
  await writeFile(join(incoming, 'pulled-notes.txt'), WRITER_MARK);
  assert.deepEqual(await leftByPulls(incoming), []);
});
