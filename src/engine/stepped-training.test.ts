import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import type { Examples } from './examples.ts';
import { dense } from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import { defineNetwork } from './network-builder.ts';
import { openSteppedTraining, train } from './train.ts';
import type { TrainSettings } from './training-plan.ts';

const model = defineNetwork((network) => {
  const logits = dense(network.input('x', [4]), { name: 'last', outputs: 1 });
  network.output('logit', logits);
  network.loss(binaryCrossEntropy(logits, network.target('label', [1])));
});
const random = new SeededRandom('stepped');
const x = Float32Array.from({ length: 4 * 23 }, () => random.normal());
const label = Float32Array.from({ length: 23 }, () => random.below(2));
const data: Examples = { count: 23, inputs: { x }, targets: { label } };
const parameters = Float32Array.from({ length: 5 }, () => random.normal());
const settings: TrainSettings = {
  model,
  parameters,
  data,
  epochs: 3,
  batchSize: 5,
  learningRate: 0.1,
  seed: 'a',
  optimiser: { kind: 'adam' },
  proximal: { mu: 0.3, anchor: parameters.map((value) => value / 2) },
  correction: parameters.map((value) => value / 10),
  workers: 1,
};

describe('a training of so many steps', () => {
  it('ends inside an epoch', async () => {
    const { steps, epochs, parameters: ended } = await train({ ...settings, steps: 12, epochs: 1 });
    assert.deepEqual([steps, epochs.length], [12, 3]);
    const whole = await train({ ...settings, steps: 15, epochs: 1 });
    assert.deepEqual(whole.parameters, (await train(settings)).parameters);
    assert.notDeepEqual(ended, whole.parameters);
  });
});

describe('a stepped training that begins again', async () => {
  const stepped = await openSteppedTraining({ ...settings, learningRate: 1, seed: 'other' });
  after(() => stepped.close());

  for (const round of [1, 2])
    it(`gives the bits of a training by itself, time ${round}`, async () => {
      const anchor = parameters.map((value) => value * round);
      const correction = parameters.map((value) => value / (7 * round));
      const seed = `round ${round}`;
      stepped.begin({ parameters, learningRate: 0.1, seed, anchor, correction });
      await stepped.run(12);
      const alone = await train({ ...settings, seed, steps: 12, proximal: { mu: 0.3, anchor }, correction });
      assert.deepEqual(stepped.parameters(), alone.parameters);
    });

  it('refuses a pull it was not opened for', async () => {
    const plain = await openSteppedTraining({ ...settings, proximal: undefined });
    assert.throws(
      () => plain.begin({ parameters, learningRate: 0.1, seed: 1, anchor: parameters }),
      (error: unknown) => error instanceof UnicaError && error.code === 'engine.settings-invalid',
    );
    await plain.close();
  });
});
