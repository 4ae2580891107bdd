import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '#base';
import { nodeConfig } from './config.ts';
import { openNode } from './open-node.ts';
import { enrolledHome, fictitiousObject } from './receiver-rig.ts';

const PROGRAM = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const FILES = 200;

async function films(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'unica-kills-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'in'));
  for (let number = 0; number < FILES; number += 1) {
    await writeFile(join(folder, 'in', `${number}.dcm`), fictitiousObject(number));
  }
  return folder;
}

async function tree(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => [relative(folder, path), (await readFile(path)).toString('base64')] as const),
  );
  return files.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Clean files so far. */
async function writtenIn(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.dcm')).length;
}

/** Runs the program and kills it once `isEnough` says so; true when it was still running then. */
async function killed(args: readonly string[], isEnough: () => Promise<boolean>): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: 'ignore' });
  const ended = once(child, 'close');
  while (child.exitCode === null && !(await isEnough())) await new Promise((resolve) => setImmediate(resolve));
  const isRunning = child.exitCode === null && child.kill('SIGKILL');
  await ended;
  return isRunning;
}

function answer(args: readonly string[]): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args, '--json'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('deidentify: killed at any moment, it is gone on with, and nothing is half written', async (context) => {
  const folder = await films(context);
  await writeFile(join(folder, 'secret'), new Uint8Array(32).fill(3));
  const command = (out: string, ...more: readonly string[]) => [
    ...['deidentify', join(folder, 'in'), join(folder, out)],
    ...['--secret-file', join(folder, 'secret'), ...more],
  ];
  assert.equal(answer(command('whole'))['written'], FILES);
  const whole = await tree(join(folder, 'whole'));
  assert.equal(whole.length, FILES);
  let kept = 0;
  let inTheMiddle = 0;
  for (const enough of [1, 40, 120]) {
    const out = `out-${enough}`;
    const isEnough = async () => (await writtenIn(join(folder, out))) >= enough;
    if (await killed(command(out), isEnough)) inTheMiddle += 1;
    await writeFile(join(folder, out, '1999999999-0123456789ab-1.part'), 'half a file of a process that is gone');
    const { files, written, kept: done } = answer(command(out, '--resume'));
    assert.deepEqual([files, written], [FILES, FILES]);
    kept += Number(done);
    assert.deepEqual(await tree(join(folder, out)), whole);
  }
  assert.ok(kept >= 161, `${kept} were kept`);
  assert.ok(inTheMiddle > 0, 'each ended before it could be killed');
});

test('import: killed at any moment, the same command takes the rest in, and nothing twice', async (context) => {
  const folder = await films(context);
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  const config = nodeConfig({ home });
  const command = ['import', join(folder, 'in'), join(folder, 'in', '1.dcm'), '--home', home];
  const taken = async () => {
    const node = await openNode(config, silentLog);
    const { images } = await node.archive.totals();
    await node.close();
    return images;
  };
  let inTheMiddle = 0;
  for (const enough of [1, 30, 90]) {
    if (await killed(command, async () => (await taken()) >= enough)) inTheMiddle += 1;
  }
  assert.ok(inTheMiddle > 0, 'each ended before it could be killed');
  const before = await taken();
  const { received, accepted, duplicates, quarantined, rejected } = answer(command);
  assert.deepEqual([received, accepted, duplicates, quarantined, rejected], [FILES, FILES - before, before, 0, []]);
  assert.equal(await taken(), FILES);
  assert.deepEqual(answer(command)['duplicates'], FILES);
});

test('import: one that cannot come to its end says so, exit 1, and keeps what it has', async (context) => {
  const folder = await films(context);
  const home = join(folder, 'home');
  await mkdir(home);
  await enrolledHome(home);
  await writeFile(join(folder, 'mapping.json'), '{"patientId":"MRN"}');
  await writeFile(join(folder, 'clinical.csv'), 'PatientID,finding\n1,Mass\n');
  const clinical = ['--clinical', join(folder, 'clinical.csv'), '--mapping', join(folder, 'mapping.json')];
  const args = [PROGRAM, 'import', join(folder, 'in'), '--home', home, ...clinical];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /did not come to its end: The mapping names the column MRN/);
});
