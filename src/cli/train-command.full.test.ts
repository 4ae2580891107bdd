import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { zipSync } from 'fflate';
import { concatBytes, SeededRandom, utf8 } from '#base';
import { runProgram } from './run-program.ts';

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
const SIDE = 16;

/** A `.npy` file of bytes, as MedMNIST has them. */
function npy(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = `${`{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117)}\n`;
  return concatBytes([Uint8Array.of(0x93, ...utf8('NUMPY'), 1, 0, 118, 0), utf8(header), data]);
}

/** Noise; every second picture has a bright patch somewhere. */
function part(name: string, count: number): Record<string, Uint8Array> {
  const random = new SeededRandom(name);
  const images = Uint8Array.from({ length: count * SIDE * SIDE }, () => 100 + random.below(40));
  for (let picture = 1; picture < count; picture += 2) {
    const corner = picture * SIDE * SIDE + (2 + random.below(8)) * SIDE + 2 + random.below(8);
    for (let row = 0; row < 4; row += 1) images.fill(220, corner + row * SIDE, corner + row * SIDE + 4);
  }
  return {
    [`${name}_images.npy`]: npy([count, SIDE, SIDE], images),
    [`${name}_labels.npy`]: npy(
      [count, 1],
      Uint8Array.from({ length: count }, (_, index) => index % 2),
    ),
  };
}

let home = '';
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'unica-train-'));
  await writeFile(join(home, 'made.npz'), zipSync({ ...part('train', 96), ...part('val', 32), ...part('test', 64) }));
});
after(() => rm(home, { recursive: true, force: true }));

const training = (...words: string[]): string[] => ['train', '--npz', 'made.npz', '--epochs', '6', ...words];
const weightsOf = (model: string): Promise<Buffer> => readFile(join(home, model, 'weights.safetensors'));

test('train and evaluate give the figures of the contract, of one model with one seed bit for bit', async () => {
  const learned = await runProgram(home, training('--seed', '3', '--out', 'first', '--json'));
  assert.equal(learned.code, 0, learned.err);
  const answer = JSON.parse(learned.out);
  assert.deepEqual(Object.keys(answer).sort(), ['accuracy', 'auc', 'ci', 'dir', 'ece', 'n', 'parameters', 'seconds']);
  assert.equal(answer.n, 64);
  assert.ok(answer.auc > 0.9, learned.out);
  assert.ok(answer.parameters <= 100_000);

  const asked = await runProgram(home, [
    'evaluate',
    '--model',
    'first',
    '--npz',
    'made.npz',
    '--split',
    'test',
    '--json',
  ]);
  assert.equal(asked.code, 0, asked.err);
  const { dir: _dir, seconds: _seconds, ...figures } = answer;
  const { seconds: _later, ...again } = JSON.parse(asked.out);
  assert.deepEqual(again, figures);

  assert.equal((await runProgram(home, training('--seed', '3', '--out', 'second'))).code, 0);
  assert.deepEqual(await weightsOf('second'), await weightsOf('first'));
});

test('a training that is killed goes on from its checkpoint to the same bits', async () => {
  const child = spawn(process.execPath, [PROGRAM, ...training('--checkpoint', 'state', '--out', 'killed')], {
    cwd: home,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (/^epoch 3 of 6/m.test(text)) child.kill('SIGKILL');
  });
  await ended;
  assert.ok(existsSync(join(home, 'state')) && !existsSync(join(home, 'killed')));
  const whole = await runProgram(home, training('--out', 'whole'));
  assert.match(whole.out, /^epoch 1 of 6/m);
  const resumed = await runProgram(home, training('--checkpoint', 'state', '--out', 'resumed'));
  assert.equal(resumed.code, 0, resumed.err);
  assert.doesNotMatch(resumed.out, /^epoch 1 of 6/m);
  assert.match(resumed.out, /^epoch 6 of 6/m);
  assert.deepEqual(await weightsOf('resumed'), await weightsOf('whole'));
});

test('a checkpoint that is damaged, or of another training, is refused, and nothing is written', async () => {
  await runProgram(home, ['train', '--npz', 'made.npz', '--epochs', '1', '--checkpoint', 'kept']);
  const kept = await readFile(join(home, 'kept'));
  await writeFile(join(home, 'cut'), kept.subarray(0, -5));
  const earlier = (await readdir(home)).sort();
  for (const [words, says] of [
    [['--checkpoint', 'cut'], /damaged or not whole/],
    [['--checkpoint', 'kept', '--seed', '9'], /another model, data or settings/],
    [['--checkpoint', join('nowhere', 'kept')], /nowhere/],
  ] as const) {
    const { code, err } = await runProgram(home, training(...words, '--out', 'none'));
    assert.equal(code, 2, err);
    assert.match(err, says);
  }
  assert.deepEqual((await readdir(home)).sort(), earlier);
  assert.deepEqual(await readFile(join(home, 'kept')), kept);
});

test('a place that holds something else is refused before anything is learned', async () => {
  await mkdir(join(home, 'letters'));
  await writeFile(join(home, 'letters', 'one.txt'), 'mine');
  for (const place of ['letters', 'made.npz', '.']) {
    const { code, err, out } = await runProgram(home, training('--out', place));
    assert.equal(code, 2, err);
    assert.match(err, /holds something other than a model/);
    assert.doesNotMatch(out, /epoch/);
  }
  assert.deepEqual(await readdir(join(home, 'letters')), ['one.txt']);
});
