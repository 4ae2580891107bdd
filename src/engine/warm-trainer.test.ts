import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { examplesOf } from './examples.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { train } from './train.ts';
import type { TrainerProgress } from './trainer-messages.ts';
import { WarmTrainer } from './warm-trainer.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 8,
  channels: 1,
  outputs: 1,
  widths: [4, 4, 4],
  stemStride: 1,
};
const parameters = initialParameters(spec, 1);
const images = Float32Array.from({ length: 8 * 64 }, (_, index) => Math.sin(index));
const labels = Float32Array.from({ length: 8 }, (_, index) => index % 2);
const training = {
  kind: 'train',
  model: spec,
  parameters,
  data: examplesOf({ images, labels, count: 8 }),
  epochs: 2,
  batchSize: 4,
  learningRate: 1e-2,
  seed: 1,
  optimiser: { kind: 'adam' },
} as const;

const trainer = new WarmTrainer();
after(() => trainer.close());

it('a process that is kept trains to the same bits, first and later', async () => {
  const here = await train(training);
  for (const _ of [1, 2, 3]) assert.deepEqual((await trainer.run(training)).parameters, here.parameters);
});

it('rounds that begin elsewhere, with other films and another rate, are trained in the same threads to the bits of new ones', async () => {
  const other = examplesOf({
    images: images.map((value) => value / 2),
    labels: labels.map((value) => 1 - value),
    count: 8,
  });
  const rounds = [
    training,
    {
      ...training,
      parameters: initialParameters(spec, 2),
      learningRate: 1e-3,
      seed: 'another',
      data: other,
      epochs: 1,
    },
    { ...training, epochs: 3, steps: 5 },
    { ...training, proximal: { mu: 0.1, anchor: parameters } },
    { ...training, proximal: { mu: 0.1, anchor: initialParameters(spec, 3) } },
    { ...training, correction: initialParameters(spec, 4) },
    { ...training, batchSize: 2 },
    training,
  ];
  for (const round of rounds) {
    const [there, here] = [await trainer.run(round), await train(round)];
    assert.deepEqual(there.parameters, here.parameters);
    assert.deepEqual([there.steps, there.samples], [here.steps, here.samples]);
  }
});

it('threads that are kept go on from a checkpoint, and are not kept once numbers were not finite', async () => {
  const checkpoints: Uint8Array[] = [];
  const onProgress = (progress: TrainerProgress) => {
    if (progress.kind === 'checkpoint') checkpoints.push(progress.checkpoint);
  };
  const whole = await trainer.run({ ...training, checkpoints: true }, { onProgress });
  const resumed = await trainer.run({ ...training, resume: checkpoints[0] });
  assert.deepEqual(resumed.parameters, whole.parameters);
  const broken = parameters.map(() => Number.MAX_VALUE);
  await assert.rejects(trainer.run({ ...training, parameters: broken }), { code: 'engine.not-finite' });
  assert.deepEqual((await trainer.run(training)).parameters, whole.parameters);
});

it('work that comes while it works is done all the same', async () => {
  const both = await Promise.all([trainer.run(training), trainer.run(training)]);
  assert.deepEqual(both[0].parameters, both[1].parameters);
});

it('a failure or a stop ends that piece of work only', async () => {
  await assert.rejects(trainer.run({ ...training, parameters: new Float32Array(3) }), {
    code: 'engine.parameters-mismatch',
  });
  const stop = new AbortController();
  const reason = new Error('enough');
  const endless = trainer.run(
    { ...training, epochs: 100_000 },
    { signal: stop.signal, onProgress: () => stop.abort(reason) },
  );
  await assert.rejects(endless, reason);
  const onProgress = () => {
    throw reason;
  };
  await assert.rejects(trainer.run({ ...training, epochs: 100_000 }, { onProgress }), reason, 'its listener threw');
  assert.ok((await trainer.run(training)).parameters.length > 0);
});
