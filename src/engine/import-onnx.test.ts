import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom, UnicaError } from '#base';
import { exportOnnx } from './export-onnx.ts';
import { GradientSession } from './gradient-session.ts';
import { importOnnx } from './import-onnx.ts';
import { initialParameters } from './initial-parameters.ts';
import { dense, sigmoid, slice } from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import type { ModelSpec } from './model-spec.ts';
import type { Node } from './network-builder.ts';
import { parameterTable } from './parameter-table.ts';
import { predict } from './predictor.ts';
import { readOnnx } from './read-onnx.ts';
import { train } from './train.ts';

/** Written by PyTorch (`scripts/torch-onnx-fixture.py`); no line of ours had a part in it. */
const fixture = (name: string): Buffer => readFileSync(new URL(`../../src/engine/fixtures/${name}`, import.meta.url));
const bytes = new Uint8Array(fixture('torch-small.onnx'));
const known: {
  readonly images: readonly number[];
  readonly answer: readonly number[];
  readonly firstShareByFirstConvolution: readonly number[];
} = JSON.parse(fixture('torch-small.json').toString('utf8'));
const images = Float32Array.from(known.images);

it('a network that PyTorch exported answers as PyTorch does', async () => {
  const { network, parameters } = importOnnx(bytes, { frozen: true });
  const answer = await predict(network, parameters, { image: images }, 2);
  known.answer.forEach((value, index) => {
    assert.ok(Math.abs((answer[index] ?? 9) - value) < 1e-6, `${answer[index]} instead of ${value}`);
  });
  assert.ok(network.parameters.every(({ kind }) => kind === 'frozen'));
});

const firstShare = (features: Node): void => {
  features.network.output('shares', features);
  features.network.loss(slice(features, 1, 0, 1));
};

it('and has the gradients PyTorch finds, running statistics apart', async () => {
  const { network, parameters } = importOnnx(bytes, { frozen: false, head: firstShare });
  const session = await GradientSession.open(network, { batch: 2 });
  const { gradient } = await session.run(parameters, {
    image: { data: images, shape: [2, 3, 32, 32] },
    weights: { data: Float32Array.of(1, 1), shape: [2] },
  });
  await session.close();
  const expected = known.firstShareByFirstConvolution;
  const entry = parameterTable(network).entries.find(
    ({ size, name }) => size === expected.length && name.includes('weight'),
  );
  assert.ok(entry);
  const largest = Math.max(...expected.map(Math.abs));
  expected.forEach((value, index) => {
    assert.ok(Math.abs((gradient[entry.offset + index] ?? 9) - value) < 1e-4 * largest, `slope ${index}`);
  });
  const statistics = network.parameters.filter(({ name }) => /running/.test(name));
  assert.equal(statistics.length, 10);
  assert.ok(statistics.every(({ kind }) => kind === 'frozen'));
});

it('behind a frozen backbone only the new head learns', async () => {
  const { network, parameters } = importOnnx(bytes, {
    frozen: true,
    features: readOnnx(bytes).nodes.findLast(({ operator }) => operator === 'Erf')?.inputs[0],
    head: (features) => {
      const logits = dense(features, { name: 'mine', outputs: 1 });
      features.network.output('probability', sigmoid(logits));
      features.network.loss(binaryCrossEntropy(logits, features.network.target('label', [1])));
    },
  });
  const random = new SeededRandom('head');
  const data = {
    count: 12,
    inputs: { image: Float32Array.from({ length: 12 * 3072 }, () => random.normal()) },
    targets: { label: Float32Array.from({ length: 12 }, (_, index) => index % 2) },
  };
  const result = await train({
    model: network,
    parameters,
    data,
    epochs: 3,
    batchSize: 6,
    learningRate: 0.01,
    seed: 1,
    optimiser: { kind: 'adam' },
  });
  for (const { name, offset, size } of parameterTable(network).entries) {
    const moved = result.parameters
      .slice(offset, offset + size)
      .some((value, index) => value !== parameters[offset + index]);
    assert.equal(moved, name.startsWith('mine.'), name);
  }
});

it('our own export comes back as the same network', async () => {
  const spec: ModelSpec = {
    architecture: 'resnet14',
    inputSize: 16,
    channels: 3,
    outputs: 1,
    widths: [8, 16, 32],
    stemStride: 2,
  };
  const parameters = initialParameters(spec, 4);
  const exported = exportOnnx(spec, parameters);
  const again = importOnnx(exported, { frozen: false });
  const random = new SeededRandom('again');
  const image = Float32Array.from({ length: 5 * 768 }, () => random.normal());
  const [one, other] = [
    await predict(spec, parameters, { image }, 5),
    await predict(again.network, again.parameters, { image }, 5),
  ];
  one.forEach((value, index) => {
    assert.ok(Math.abs(value - (other[index] ?? 9)) < 1e-5, `${other[index]} instead of ${value}`);
  });
});

describe('what cannot be taken over is refused by name', () => {
  const refused = (file: Uint8Array, code: string) =>
    assert.throws(
      () => importOnnx(file, { frozen: true }),
      (error: unknown) => error instanceof UnicaError && error.code === code,
    );

  it('no ONNX at all', () => {
    for (const file of [
      new Uint8Array(),
      Uint8Array.of(1, 2, 3),
      new TextEncoder().encode('PK\u0003\u0004 a zip file'),
    ])
      refused(file, 'engine.onnx-unreadable');
  });

  it('an operator without a gradient', () => {
    const text = Buffer.from(bytes)
      .toString('latin1')
      .replace(/MaxPool/g, 'MaxPooo');
    assert.throws(() => importOnnx(new Uint8Array(Buffer.from(text, 'latin1')), { frozen: true }), /MaxPooo/);
  });

  it('any cut or damaged file: a typed error or a network, never another exception', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (place, value, cut) => {
        const damaged = cut ? bytes.slice(0, place) : bytes.with(place, value);
        try {
          importOnnx(damaged, { frozen: true });
        } catch (error) {
          assert.ok(error instanceof UnicaError, String(error));
        }
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});
