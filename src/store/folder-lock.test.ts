import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { keepOthersOut, lockFolder, workBeside } from './folder-lock.ts';

async function freshFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-lock-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const failsWith = (code: string, words: RegExp) => (error: Error) =>
  'code' in error && error.code === code && words.test(error.message);

test('many work in a folder side by side; who needs it whole waits for the last of them', async (context) => {
  const folder = await freshFolder(context);
  const [one, two] = [await workBeside(folder), await workBeside(folder)];
  await one.release();
  await assert.rejects(keepOthersOut(folder), failsWith('checkup.commands-at-work', /Wait until they have ended/));
  await two.release();
  const lock = await lockFolder(folder, 'an upgrade');
  const alone = await keepOthersOut(folder);
  await assert.rejects(
    workBeside(folder),
    failsWith('checkup.home-in-use', new RegExp(`an upgrade \\(process ${process.pid}`)),
  );
  await alone.release();
  await lock.release();
  await (await workBeside(folder)).release();
});

test('what another process shares keeps others out until it ends, however it ends', async (context) => {
  const folder = await freshFolder(context);
  const script = `
    const { workBeside } = await import(process.argv[1]);
    await workBeside(process.argv[2]);
    process.stdout.write('has it');
    setInterval(() => {}, 1000);
  `;
  const door = new URL('./folder-lock.js', import.meta.url).href;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, door, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  await assert.rejects(keepOthersOut(folder), failsWith('checkup.commands-at-work', /at work/));
  child.kill('SIGKILL');
  await once(child, 'close');
  await (await keepOthersOut(folder)).release();
});
