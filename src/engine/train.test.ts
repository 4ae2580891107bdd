import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { auc } from './auc.ts';
import { type Examples, examplesOf, type LabelledImages } from './examples.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ModelSpec } from './model-spec.ts';
import { predict } from './predictor.ts';
import { train } from './train.ts';
import type { TrainSettings } from './training-plan.ts';
import type { EpochReport } from './training-reports.ts';

const spec: ModelSpec = {
  architecture: 'resnet8',
  inputSize: 12,
  channels: 1,
  outputs: 1,
  widths: [16, 16, 16],
  stemStride: 1,
};

function labelsOf({ targets }: Examples): Float32Array {
  return targets['label'] ?? new Float32Array();
}

/** Noise; the positives have a bright patch somewhere. */
function labelled(count: number, seed: string): LabelledImages {
  const random = new SeededRandom(seed);
  const images = Float32Array.from({ length: count * 144 }, () => random.normal());
  const labels = Float32Array.from({ length: count }, (_, index) => index % 2);
  labels.forEach((label, picture) => {
    const corner = picture * 144 + random.below(8) * 12 + random.below(8);
    if (label === 1)
      for (let pixel = 0; pixel < 16; pixel += 1)
        images[corner + 12 * Math.floor(pixel / 4) + (pixel % 4)] = 2 + random.normal();
  });
  return { images, labels, count };
}

function patches(count: number, seed: string): Examples {
  return examplesOf(labelled(count, seed));
}

const settings: TrainSettings = {
  model: spec,
  parameters: initialParameters(spec, 3),
  data: patches(90, 'train'),
  epochs: 2,
  batchSize: 40,
  learningRate: 3e-3,
  seed: 5,
  optimiser: { kind: 'adam' },
};

it('learns to tell pictures with a patch from pictures without', async () => {
  const test = patches(200, 'test');
  const seen: EpochReport[] = [];
  const result = await train({
    ...settings,
    data: patches(240, 'train'),
    epochs: 6,
    validation: test,
    onEpoch: (report) => seen.push(report),
  });
  const scores = await predict(spec, result.parameters, test.inputs, test.count);
  assert.ok((auc(labelsOf(test), scores) ?? 0) > 0.97, `AUC ${auc(labelsOf(test), scores)}`);
  assert.ok((result.epochs[5]?.loss ?? 9) < (result.epochs[0]?.loss ?? 0) / 2);
  assert.deepEqual(seen, result.epochs);
  assert.equal(result.epochs[5]?.validationAuc, auc(labelsOf(test), scores), 'validation uses the same numbers');
  assert.equal(result.steps, 6 * 6);
  assert.equal(result.samples, 6 * 240);
});

describe('equal seeds give equal bits', () => {
  const first = train(settings);

  it('again', async () => {
    assert.deepEqual((await train(settings)).parameters, (await first).parameters);
  });

  it('whatever the number of workers, so whichever finishes first', async () => {
    for (const workers of [1, 3])
      assert.deepEqual((await train({ ...settings, workers })).parameters, (await first).parameters);
  });

  it('and another seed others', async () => {
    assert.notDeepEqual((await train({ ...settings, seed: 6 })).parameters, (await first).parameters);
  });

  it('and the parameters passed in stay as they were', async () => {
    await first;
    assert.deepEqual(settings.parameters, initialParameters(spec, 3));
  });
});

it('a last batch that is not full counts only its own pictures', async () => {
  // 5 pictures as one batch padded to micro-batches of 4, against one micro-batch of 5.
  const few = { ...settings, data: patches(5, 'few'), batchSize: 5, epochs: 1, optimiser: { kind: 'sgd' } as const };
  const padded = await train({ ...few, microBatch: 4 });
  const whole = await train({ ...few, microBatch: 5 });
  assert.ok(Math.abs((padded.epochs[0]?.loss ?? 0) - (whole.epochs[0]?.loss ?? 9)) < 1e-6);
  padded.parameters.forEach((value, index) => {
    assert.ok(Math.abs(value - (whole.parameters[index] ?? 9)) < 1e-6, `parameter ${index}`);
  });
});

it('keeps the parameters of the best validation epoch when asked', async () => {
  const validation = patches(60, 'validation');
  const result = await train({ ...settings, validation, epochs: 4, learningRate: 2e-2, keep: 'best-validation' });
  const best = Math.max(...result.epochs.map(({ validationAuc }) => validationAuc ?? 0));
  const scores = await predict(spec, result.parameters, validation.inputs, validation.count);
  assert.equal(auc(labelsOf(validation), scores), best);
});

describe('numbers that stop being finite name the first place', () => {
  const place = async (changed: Partial<TrainSettings>): Promise<unknown> => {
    const thrown: unknown = await train({ ...settings, ...changed }).catch((error: unknown) => error);
    assert.ok(thrown instanceof UnicaError, String(thrown));
    assert.equal(thrown.code, 'engine.not-finite');
    return thrown.facts['layer'];
  };

  it('the pictures', async () => {
    const data = labelled(90, 'train');
    data.images[1000] = Number.NaN;
    assert.equal(await place({ data: examplesOf(data) }), 'the pictures');
  });

  it('a parameter', async () => {
    const parameters = initialParameters(spec, 3);
    parameters[parameters.length - 3] = Number.POSITIVE_INFINITY;
    assert.equal(await place({ parameters }), 'dense.weight');
  });

  it('a layer that overflows', async () => {
    const parameters = initialParameters(spec, 3);
    const data = labelled(90, 'train');
    const endless = examplesOf({ ...data, images: data.images.map((value) => value * 3e38) });
    assert.equal(await place({ parameters, data: endless }), 'the pictures');
    assert.equal(
      await place({ parameters: parameters.map((value, index) => (index < 144 ? value * 1e38 : value)) }),
      'stem',
    );
  });

  it('a learning rate far too high', async () => {
    const layer = await place({ learningRate: 1e30, optimiser: { kind: 'sgd' }, epochs: 5 });
    assert.match(String(layer), /^(the gradient of )?(stem|stage\d)/);
  });
});

describe('refuses what cannot be trained', () => {
  const rows: readonly [string, Partial<TrainSettings>, string][] = [
    ['no epochs', { epochs: 0 }, 'engine.settings-invalid'],
    ['half a picture a batch', { batchSize: 0.5 }, 'engine.settings-invalid'],
    ['a negative learning rate', { learningRate: -1 }, 'engine.settings-invalid'],
    ['no workers', { workers: 0 }, 'engine.settings-invalid'],
    ['the best of no validation', { keep: 'best-validation' }, 'engine.settings-invalid'],
    ["another model's parameters", { parameters: new Float32Array(9) }, 'engine.parameters-mismatch'],
    ['pictures of another size', { data: { ...patches(4, 'x'), count: 3 } }, 'engine.data-mismatch'],
    ['a label of 2', { data: examplesOf({ ...labelled(1, 'x'), labels: Float32Array.of(2) }) }, 'engine.data-mismatch'],
    [
      'no pictures',
      { data: examplesOf({ images: new Float32Array(), labels: new Float32Array(), count: 0 }) },
      'engine.data-mismatch',
    ],
    ['two channels', { model: { ...spec, channels: 2 as 1 } }, 'engine.spec-invalid'],
  ];
  for (const [what, changed, code] of rows)
    it(what, () => assert.rejects(train({ ...settings, ...changed }), { code }));
});

it('stops when told to, with the reason given', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const stopped = train({
    ...settings,
    epochs: 1000,
    signal: controller.signal,
    onStep: ({ step }) => step === 4 && controller.abort(reason),
  });
  await assert.rejects(stopped, reason);
  await assert.rejects(train({ ...settings, signal: controller.signal }), reason);
});

describe('a training that is interrupted', () => {
  const validation = patches(30, 'validation');
  const whole = { ...settings, epochs: 4, validation, keep: 'best-validation', patience: 4 } as const;

  it('goes on bit for bit from any epoch, with the optimiser, the order and the best so far', async () => {
    const checkpoints: Uint8Array[] = [];
    const unbroken = await train({ ...whole, onCheckpoint: (checkpoint) => checkpoints.push(checkpoint) });
    assert.equal(checkpoints.length, 4);
    for (const resume of checkpoints.slice(0, 3)) {
      const resumed = await train({ ...whole, resume });
      assert.deepEqual(resumed.parameters, unbroken.parameters);
      assert.deepEqual(
        resumed.epochs.map(({ loss, validationAuc }) => [loss, validationAuc]),
        unbroken.epochs.map(({ loss, validationAuc }) => [loss, validationAuc]),
      );
      assert.equal(resumed.steps, unbroken.steps);
    }
  });

  it('refuses a file that was changed or cut, and one of other settings', async () => {
    let kept = new Uint8Array();
    await train({ ...whole, epochs: 1, onCheckpoint: (checkpoint) => (kept = new Uint8Array(checkpoint)) });
    const changed = kept.slice();
    changed[changed.length - 9] = (changed[changed.length - 9] ?? 0) ^ 1;
    for (const resume of [changed, kept.slice(0, -4), kept.slice(0, 100), new Uint8Array(9)])
      await assert.rejects(train({ ...whole, resume }), { code: 'engine.checkpoint-damaged' });
    const { inputs, targets } = whole.data;
    const relabelled = {
      ...whole.data,
      targets: { label: labelsOf({ count: 90, inputs, targets }).map((one) => 1 - one) },
    };
    const others = [
      { learningRate: 4e-3 },
      { batchSize: 30 },
      { seed: 9 },
      { data: patches(90, 'other') },
      { data: relabelled },
    ];
    for (const other of others)
      await assert.rejects(train({ ...whole, ...other, resume: kept }), { code: 'engine.checkpoint-foreign' });
  });

  it('refuses one of data of which only the last pictures differ', async () => {
    const many = { ...settings, epochs: 1, data: patches(500, 'many') };
    let kept = new Uint8Array();
    await train({ ...many, onCheckpoint: (checkpoint) => (kept = new Uint8Array(checkpoint)) });
    const { images, labels, count } = labelled(500, 'many');
    images.fill(0, 490 * 144);
    const data = examplesOf({ images, labels, count });
    await assert.rejects(train({ ...many, data, resume: kept }), { code: 'engine.checkpoint-foreign' });
  });
});

it('stops when validation has not become better for as long as it was told to wait', async () => {
  const validation = patches(20, 'hopeless');
  labelsOf(validation).reverse();
  const result = await train({ ...settings, validation, epochs: 40, learningRate: 1e-9, patience: 2 });
  assert.equal(result.epochs.length, 3);
});

describe('what pulls beside the gradient', () => {
  const plain = { ...settings, epochs: 1, batchSize: 90, optimiser: { kind: 'sgd' }, learningRate: 0.5 } as const;

  it('FedProx: μ times the distance from the anchor', async () => {
    const anchor = settings.parameters.map((value) => value - 0.25);
    const free = (await train(plain)).parameters;
    const held = (await train({ ...plain, proximal: { mu: 0.4, anchor } })).parameters;
    held.forEach((value, index) => {
      assert.ok(Math.abs(value - ((free[index] ?? 0) - 0.5 * 0.4 * 0.25)) < 1e-5, `parameter ${index}`);
    });
  });

  it('SCAFFOLD: the correction, at its own parameter', async () => {
    const correction = settings.parameters.map((_, index) => (index % 7) / 100);
    const free = (await train(plain)).parameters;
    const moved = (await train({ ...plain, correction })).parameters;
    moved.forEach((value, index) => {
      assert.ok(Math.abs(value - ((free[index] ?? 0) - 0.5 * (correction[index] ?? 0))) < 1e-5, `parameter ${index}`);
    });
  });

  it('a gradient longer than allowed is shortened to that length', async () => {
    const clipNorm = 1e-3;
    const { parameters } = await train({ ...plain, clipNorm });
    const moved = Math.hypot(...parameters.map((value, index) => value - (settings.parameters[index] ?? 0)));
    assert.ok(Math.abs(moved / (0.5 * clipNorm) - 1) < 1e-2, `moved by ${moved}`);
  });
});

it('augmentation changes what is learned, the same way for the same seed', async () => {
  const augmentation = { shiftPixels: 2, rotateDegrees: 10, zoom: 0.1, mirror: true, contrast: 0.1, noise: 0.05 };
  const first = await train({ ...settings, augmentation });
  assert.deepEqual((await train({ ...settings, augmentation, workers: 1 })).parameters, first.parameters);
  assert.notDeepEqual((await train(settings)).parameters, first.parameters);
});
