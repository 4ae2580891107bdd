import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SeededRandom } from '#base';
import { examplesOf } from './examples.ts';
import { type ExternalTrainer, runExternalTrainer, trainerDigest } from './external-trainer.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { readNpy, writeNpy } from './npy.ts';
import { parameterTable } from './parameter-table.ts';
import { train } from './train.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 16,
  channels: 1,
  outputs: 1,
  widths: [16, 16, 32],
  stemStride: 1,
};
const COUNT = 48;
const random = new SeededRandom('external');
const labels = Float32Array.from({ length: COUNT }, (_, index) => index % 2);
const images = Float32Array.from(
  { length: COUNT * 256 },
  (_, index) => random.normal() + (labels[index >> 8] ?? 0) * ((index & 15) / 15),
);
const parameters = initialParameters(spec, 3);
const table = parameterTable(spec);
const temporary = mkdtempSync(join(tmpdir(), 'unica-trainer-'));
after(() => rmSync(temporary, { recursive: true }));

/** Reads the weights as they came, so that a trainer can answer with the same tensors. */
const READ_WEIGHTS = `
const fs = require('node:fs');
const folder = process.argv[2];
const weights = fs.readFileSync(folder + '/in/weights.safetensors');
const start = 8 + Number(weights.readBigUInt64LE(0));
const leave = (change, metrics = { samples: 48, loss: 0.5 }) => {
  const floats = new Float32Array((weights.length - start) / 4).fill(change);
  fs.writeFileSync(folder + '/out/update.safetensors', Buffer.concat([weights.subarray(0, start), Buffer.from(floats.buffer)]));
  fs.writeFileSync(folder + '/out/metrics.json', JSON.stringify(metrics));
};
`;

/** A run of a trainer written for the occasion. */
async function trainerOf(script: string, limits: Partial<ExternalTrainer> = {}): Promise<ExternalTrainer> {
  const programFolder = mkdtempSync(join(temporary, 'program-'));
  writeFileSync(join(programFolder, 'trainer.cjs'), READ_WEIGHTS + script);
  return {
    programFolder,
    approvedDigest: await trainerDigest(programFolder),
    command: [process.execPath, join(programFolder, 'trainer.cjs')],
    folder: mkdtempSync(join(temporary, 'run-')),
    input: { job: { epochs: 1 }, table, parameters, images, imageShape: [1, 16, 16], labels },
    timeLimitMs: 60_000,
    memoryLimitBytes: 32 * 2 ** 30,
    ...limits,
  };
}

describe('the external trainer contract', () => {
  it('gives a folder, takes the change and the metrics', async () => {
    const run = await trainerOf(`
      const job = JSON.parse(fs.readFileSync(folder + '/in/job.json'));
      const rows = fs.readFileSync(folder + '/in/cohort.csv', 'utf8').trim().split('\\n');
      if (job.epochs !== 1 || rows.length !== 49 || rows[0] !== 'image,label' || rows[2] !== '1,1') process.exit(9);
      leave(0.25);
    `);
    const { update, metrics } = await runExternalTrainer(run);
    assert.deepEqual(update, new Float32Array(table.total).fill(0.25));
    assert.deepEqual(metrics, { samples: 48, loss: 0.5 });
  });

  it('gets no environment of the service', async () => {
    process.env['UNICA_SECRET_OF_THE_TEST'] = 'x';
    const run = await trainerOf('if (process.env.UNICA_SECRET_OF_THE_TEST) process.exit(9); leave(0);');
    await runExternalTrainer(run).finally(() => delete process.env['UNICA_SECRET_OF_THE_TEST']);
  });

  it('has no network where the system can take it away', async (t) => {
    const run = await trainerOf(`
      const server = require('node:net').createServer();
      require('node:net').connect(Number(fs.readFileSync(folder + '/in/job.json', 'utf8').match(/"port": (\\d+)/)[1]), '127.0.0.1')
        .once('connect', () => process.exit(9)).once('error', () => leave(0));
    `);
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const result = runExternalTrainer({ ...run, input: { ...run.input, job: { port } } });
    if (spawnSync('unshare', ['-rn', 'true']).status === 0) assert.equal((await result).withoutNetwork, true);
    else await assert.rejects(result, { code: 'engine.trainer-failed', facts: { how: 'exit code 9' } });
  });

  const failures: readonly [string, string, Partial<ExternalTrainer>, object][] = [
    [
      'an exit code',
      "console.error('no'); process.exit(3)",
      {},
      { code: 'engine.trainer-failed', facts: { how: 'exit code 3' } },
    ],
    [
      'a trainer that does not end',
      "require('node:child_process').spawn('sleep', ['600']); setInterval(() => {}, 1000)",
      { timeLimitMs: 1500 },
      { code: 'engine.trainer-failed', facts: { how: 'it took longer than 2 seconds' } },
    ],
    [
      'a trainer that takes too much memory',
      'const kept = []; for (let n = 0; n < 400; n += 1) kept.push(Buffer.alloc(1 << 26, 1)); leave(0)',
      { memoryLimitBytes: 4 * 2 ** 30 },
      { code: 'engine.trainer-failed' },
    ],
    ['a program that is not there', '', { command: ['/no/such/program'] }, { code: 'engine.trainer-failed' }],
    ['no update', '', {}, { code: 'engine.trainer-output', facts: { problem: 'it left no update.safetensors' } }],
    [
      'an update that is not finite',
      'leave(NaN)',
      {},
      { code: 'engine.trainer-output', facts: { problem: 'update.safetensors holds numbers that are not finite' } },
    ],
    [
      'a damaged update',
      "leave(0); fs.truncateSync(folder + '/out/update.safetensors', 100)",
      {},
      { code: 'engine.trainer-output', facts: { problem: 'update.safetensors cannot be read' } },
    ],
    [
      'an update of another model',
      `leave(0);
       const header = Buffer.from('{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(56));
       const length = Buffer.alloc(8); length.writeBigUInt64LE(56n);
       fs.writeFileSync(folder + '/out/update.safetensors', Buffer.concat([length, header, Buffer.alloc(4)]));`,
      {},
      {
        code: 'engine.trainer-output',
        facts: { problem: 'update.safetensors does not hold the tensors of the model' },
      },
    ],
    [
      'an update of a gigabyte',
      "leave(0); fs.truncateSync(folder + '/out/update.safetensors', 2 ** 30)",
      {},
      { code: 'engine.trainer-output', facts: { problem: 'update.safetensors is far too large' } },
    ],
    [
      'a link in place of the update',
      "leave(0); fs.rmSync(folder + '/out/metrics.json'); fs.symlinkSync('/etc/hostname', folder + '/out/metrics.json')",
      {},
      { code: 'engine.trainer-output', facts: { problem: 'it left no metrics.json' } },
    ],
    [
      'metrics without samples',
      'leave(0, { loss: 1 })',
      {},
      {
        code: 'engine.trainer-output',
        facts: { problem: 'metrics.json does not hold the number of samples and a finite loss' },
      },
    ],
  ];
  for (const [what, script, limits, error] of failures)
    it(`refuses ${what}`, async () => {
      await assert.rejects(runExternalTrainer(await trainerOf(script, limits)), error);
    });

  it('leaves no process behind', async () => {
    const run = await trainerOf(`
      const beat = "setInterval(() => require('node:fs').appendFileSync('beat', '.'), 10)";
      require('node:child_process').spawn(process.execPath, ['-e', beat], { stdio: 'ignore' }).unref();
      setInterval(() => fs.existsSync('beat') && (leave(0), process.exit(0)), 10);
    `);
    await runExternalTrainer(run);
    const beats = (): number => statSync(join(run.folder, 'beat')).size;
    // What was on its way to the disk may still arrive.
    await delay(200);
    const before = beats();
    await delay(300);
    assert.equal(beats(), before);
  });

  it('is not started when its program changed, or holds a link', async () => {
    const run = await trainerOf('leave(0)');
    writeFileSync(join(run.programFolder, 'more.cjs'), '');
    await assert.rejects(runExternalTrainer(run), {
      code: 'engine.trainer-refused',
      facts: { problem: 'its program is not the one that was approved' },
    });
    symlinkSync('/etc/hostname', join(run.programFolder, 'link'));
    await assert.rejects(runExternalTrainer(run), { facts: { problem: 'its folder holds a link' } });
  });

  it('stops when asked to, with the reason', async () => {
    const run = await trainerOf('setInterval(() => {}, 1000)');
    const reason = new Error('enough');
    const stop = new AbortController();
    setTimeout(() => stop.abort(reason), 300);
    await assert.rejects(runExternalTrainer({ ...run, signal: stop.signal }), reason);
  });
});

it('writes NumPy files that it reads', () => {
  for (const shape of [[6], [2, 3], [1, 2, 3, 1]]) {
    const data = Float32Array.of(1, -2, 3.5, 0, 1e-9, 6);
    const bytes = writeNpy(shape, data);
    assert.equal((bytes.length - 24) % 64, 0);
    assert.deepEqual(readNpy('x', bytes), { dtype: '<f4', shape, data });
  }
});

const python = '/usr/bin/python3';
const noTorch =
  spawnSync(python, ['-c', 'import torch']).status === 0 ? false : 'no python3-torch to run the sample trainer';

it('the sample trainer in PyTorch learns what our own does', { skip: noTorch }, async () => {
  const programFolder = mkdtempSync(join(temporary, 'program-'));
  cpSync(new URL('../../examples/pytorch-trainer', import.meta.url), programFolder, { recursive: true });
  // One batch an epoch: the order of examples plays no part.
  const settings = { epochs: 20, batchSize: COUNT, learningRate: 1e-3 };
  const own = await train({
    model: spec,
    parameters,
    data: examplesOf({ images, labels, count: COUNT }),
    ...settings,
    seed: 1,
    optimiser: { kind: 'adam' },
  });
  const { update, metrics } = await runExternalTrainer({
    ...(await trainerOf('')),
    programFolder,
    approvedDigest: await trainerDigest(programFolder),
    command: [python, join(programFolder, 'train.py')],
    input: { job: { ...settings, stemStride: 1 }, table, parameters, images, imageShape: [1, 16, 16], labels },
    timeLimitMs: 120_000,
  });
  assert.ok(Math.abs(metrics.loss - (own.epochs.at(-1)?.loss ?? 0)) < 3e-3, `${metrics.loss}`);
  const change = parameters.map((value, index) => (own.parameters[index] ?? 0) - value);
  const length = Math.hypot(...change);
  const apart = Math.hypot(...change.map((value, index) => value - (update[index] ?? 0)));
  assert.ok(apart < 0.05 * length, `${apart} of ${length}`);
});
