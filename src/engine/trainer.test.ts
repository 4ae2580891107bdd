import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { examplesOf } from './examples.ts';
import { explain } from './explain.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { predict } from './predictor.ts';
import { train } from './train.ts';
import { runTrainer, startTrainer } from './trainer.ts';
import type { TrainerProgress } from './trainer-messages.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 8,
  channels: 1,
  outputs: 1,
  widths: [16, 16, 16],
  stemStride: 1,
};
const random = new SeededRandom('trainer');
const images = Float32Array.from({ length: 40 * 64 }, () => random.normal());
const labels = Float32Array.from({ length: 40 }, (_, index) => index % 2);
const parameters = initialParameters(spec, 1);
const training = {
  kind: 'train',
  model: spec,
  parameters,
  data: examplesOf({ images, labels, count: 40 }),
  epochs: 2,
  batchSize: 20,
  learningRate: 1e-3,
  seed: 1,
  optimiser: { kind: 'adam' },
} as const;

describe('the trainer in its own process', () => {
  it('trains to the same bits as here and reports on the way', async () => {
    const progress: TrainerProgress[] = [];
    const there = await runTrainer(training, { onProgress: (report) => progress.push(report) });
    const here = await train(training);
    assert.deepEqual(there.parameters, here.parameters);
    assert.deepEqual(
      there.epochs.map(({ loss }) => loss),
      here.epochs.map(({ loss }) => loss),
    );
    assert.deepEqual(
      progress.map(({ kind }) => kind),
      ['step', 'step', 'epoch', 'step', 'step', 'epoch'],
    );
  });

  it('scores and explains as here', async () => {
    const there = await runTrainer({ kind: 'predict', model: spec, parameters, inputs: { image: images }, count: 40 });
    assert.deepEqual(there, await predict(spec, parameters, { image: images }, 40));
    const inputs = { image: images.slice(0, 64) };
    const method = { kind: 'grad-cam' } as const;
    assert.deepEqual(
      await runTrainer({ kind: 'explain', model: spec, parameters, inputs, method }),
      await explain(spec, parameters, inputs, method),
    );
  });

  it('hands its errors over as they are', async () => {
    await assert.rejects(runTrainer({ ...training, parameters: new Float32Array(3) }), {
      code: 'engine.parameters-mismatch',
      facts: { expected: parameters.length, actual: 3 },
    });
  });

  it('killed at work, it is a trainer that stopped', async () => {
    const { child, result } = startTrainer(
      { ...training, epochs: 100_000 },
      { onProgress: () => child.kill('SIGKILL') },
    );
    await assert.rejects(result, {
      code: 'engine.trainer-stopped',
      family: 'surroundings',
      facts: { how: 'signal SIGKILL' },
    });
  });

  it('stops when told to, and has ended by then', async () => {
    const controller = new AbortController();
    const reason = new Error('the owner pulled the switch');
    const { child, result } = startTrainer(
      { ...training, epochs: 100_000 },
      { signal: controller.signal, onProgress: () => controller.abort(reason) },
    );
    await assert.rejects(result, reason);
    assert.equal(child.signalCode, 'SIGKILL');
    await assert.rejects(runTrainer(training, { signal: controller.signal }), reason);
  });

  it('fails with what its listener throws, and has ended by then', async () => {
    const full = new Error('the disk is full');
    const onProgress = () => {
      throw full;
    };
    await assert.rejects(runTrainer(training, { onProgress }), full);
  });

  it('has ended when the result is there', async () => {
    const { child, result } = startTrainer(
      { kind: 'predict', model: spec, parameters, inputs: { image: images }, count: 40 },
      {},
    );
    await result;
    assert.ok(child.exitCode !== null || child.signalCode !== null);
  });

  it('ends with its parent', async () => {
    const child = fork(new URL('./trainer-main.js', import.meta.url), { serialization: 'advanced', execArgv: [] });
    child.send({ ...training, epochs: 100_000 });
    await once(child, 'message');
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
  });
});
