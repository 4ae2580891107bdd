import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { tensorLength } from './examples.ts';
import { channelBlock } from './feature-layout.ts';
import { GradientSession } from './gradient-session.ts';
import { initialParameters } from './initial-parameters.ts';
import {
  add,
  affine,
  attention,
  batchNorm,
  conv,
  dense,
  gelu,
  globalAveragePool,
  groupNorm,
  layerNorm,
  maskedMean,
  multiply,
  reshape,
  sigmoid,
} from './layers.ts';
import { binaryCrossEntropy } from './losses.ts';
import { type Model, networkOf } from './model.ts';
import type { Network } from './network.ts';
import { defineNetwork } from './network-builder.ts';
import type { Numbers } from './onnx-session.ts';
import { train } from './train.ts';
import { trainingGraph } from './training-graph.ts';

/** An exam of three pictures with a mask and two covariates: every kind of parameter, rows that are not examples. */
const EXAM: Network = defineNetwork((network) => {
  const views = network.input('views', [3, 1, 8, 8]);
  const mask = network.input('mask', [3]);
  const covariates = network.input('covariates', [2]);
  const pictures = reshape(views, [-1, 1, 8, 8]);
  const mapped = conv(pictures, { name: 'stem', filters: 16, kernel: 3, bias: true });
  const deep = conv(gelu(groupNorm(mapped, { name: 'norm', groups: 2 })), {
    name: 'deep',
    filters: 16,
    kernel: 3,
    stride: 2,
  });
  const each = reshape(globalAveragePool(deep), [-1, 3, 16]);
  const tokens = layerNorm(each, { name: 'tokens' });
  const attended = attention({ queries: tokens, keys: tokens, values: tokens, mask: reshape(mask, [-1, 1, 3]) });
  const exam = maskedMean(attended, reshape(mask, [-1, 3, 1]), 1);
  const gain = network.parameter('gain', [16], { kind: 'constant', value: 1 });
  const both = add(
    dense(multiply(exam, gain), { name: 'head', outputs: 1 }),
    dense(covariates, { name: 'side', outputs: 1 }),
  );
  network.output('probability', sigmoid(both));
  network.loss(binaryCrossEntropy(both, network.target('label', [1])));
});

const RESNET: Model = {
  architecture: 'resnet8',
  inputSize: 12,
  channels: 1,
  outputs: 1,
  widths: [16, 16, 32],
  stemStride: 1,
};

const block = await channelBlock();
const BATCH = 5;

function fedTo(model: Model): { readonly parameters: Float32Array; readonly feeds: Readonly<Record<string, Numbers>> } {
  const random = new SeededRandom('clipped');
  const network = networkOf(model);
  const parameters = initialParameters(network, 3).map((value) => value + 0.1 * random.normal());
  const tensors = [...network.inputs, ...network.targets].map((tensor) => {
    const length = tensorLength(tensor) * BATCH;
    const binary = tensor.name === 'mask' || tensor.name === 'label';
    const data = Float32Array.from({ length }, (_, index) => (binary ? (index % 3 === 1 ? 0 : 1) : random.normal()));
    return [tensor.name, { data, shape: [BATCH, ...tensor.shape] }] as const;
  });
  return { parameters, feeds: Object.fromEntries(tensors) };
}

describe('gradients clipped example by example equal a plain loop over the examples', () => {
  for (const [what, model] of [
    ['an exam of several pictures', EXAM],
    ['a residual network', RESNET],
  ] as const) {
    for (const order of [1, block] as const) {
      it(`${what}, in blocks of ${order}`, async () => {
        const { parameters, feeds } = fedTo(model);
        const network = networkOf(model);
        const names = [...network.inputs, ...network.targets].map(({ name }) => name);
        const single = await GradientSession.open(model, { batch: 1 });
        const gradients: Float32Array[] = [];
        for (let example = 0; example < BATCH; example += 1) {
          const own = names.map((name) => {
            const { data, shape } = feeds[name] as Numbers;
            const length = data.length / BATCH;
            return [
              name,
              { data: data.slice(example * length, (example + 1) * length), shape: [1, ...shape.slice(1)] },
            ];
          });
          const { gradient } = await single.run(parameters, {
            ...Object.fromEntries(own),
            weights: { data: Float32Array.of(1), shape: [1] },
          });
          gradients.push(gradient.slice());
        }
        await single.close();
        const norms = gradients.map((gradient) => Math.hypot(...gradient));
        const clip = norms.toSorted((a, b) => a - b)[2] ?? 1;
        // The fourth example fills up the batch.
        const weights = Float32Array.of(1, 1, 1, 0, 1);
        const expected = new Float64Array(gradients[0]?.length ?? 0);
        gradients.forEach((gradient, example) => {
          const factor = (weights[example] ?? 0) * Math.min(1, clip / (norms[example] ?? 1));
          gradient.forEach((slope, index) => {
            expected[index] = (expected[index] ?? 0) + factor * slope;
          });
        });
        const session = await GradientSession.open(model, { batch: BATCH, block: order, clipped: true });
        const answer = await session.run(parameters, {
          ...feeds,
          weights: { data: weights, shape: [BATCH] },
          clip: { data: Float32Array.of(clip), shape: [1] },
        });
        await session.close();
        assert.equal(answer.norms?.length, BATCH);
        answer.norms.forEach((norm, example) => {
          const real = (norms[example] ?? 0) * (weights[example] ?? 0);
          assert.ok(Math.abs(norm - real) < 1e-4 * (1 + real), `norm of ${example}: ${norm} instead of ${real}`);
        });
        const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        answer.gradient.forEach((slope, index) => {
          const off = Math.abs(slope - (expected[index] ?? 0));
          assert.ok(off < 1e-4 * largest, `slope ${index}: ${slope} instead of ${expected[index]}`);
        });
      });
    }
  }
});

it('batch normalisation is refused where examples must be told apart', () => {
  const mixed = defineNetwork((network) => {
    const x = batchNorm(dense(network.input('x', [3]), { name: 'a', outputs: 2 }), { name: 'norm' });
    network.output('answer', x);
    network.loss(binaryCrossEntropy(affine(x, 1), network.target('y', [2])));
  });
  assert.throws(() => trainingGraph(mixed, { batch: 4, clipped: true }), /BatchNorm.*GroupNorm/);
});

describe('differentially private training', () => {
  const random = new SeededRandom('private');
  const count = 24;
  const images = Float32Array.from({ length: count * 144 }, () => random.normal());
  const label = Float32Array.from({ length: count }, (_, index) => index % 2);
  const settings = {
    model: RESNET,
    parameters: initialParameters(RESNET, 1),
    data: { count, inputs: { image: images }, targets: { label } },
    epochs: 1,
    batchSize: count,
    learningRate: 0.1,
    seed: 1,
    optimiser: { kind: 'sgd' },
  } as const;

  it('with every example sampled, a bound nothing reaches and no noise, is plain training', async () => {
    const plain = await train(settings);
    const hidden = await train({ ...settings, privacy: { clip: 1e6, noiseMultiplier: 0 } });
    hidden.parameters.forEach((value, index) => {
      assert.ok(Math.abs(value - (plain.parameters[index] ?? 9)) < 1e-5, `parameter ${index}`);
    });
  });

  it('moves the parameters by noise of the promised size, other noise each time', async () => {
    // A learning rate of 1 and a clip near 0 leave nothing but the noise: deviation clip·multiplier/batch.
    const privacy = { clip: 1e-3, noiseMultiplier: 1000 };
    const runs = await Promise.all([0, 1].map(() => train({ ...settings, learningRate: 1, privacy })));
    const [one, other] = runs.map(({ parameters }) =>
      parameters.map((value, index) => value - (settings.parameters[index] ?? 0)),
    );
    assert.ok(one && other);
    const deviation = Math.sqrt(one.reduce((sum, value) => sum + value * value, 0) / one.length);
    const expected = (1e-3 * 1000) / count;
    assert.ok(Math.abs(deviation / expected - 1) < 0.03, `${deviation} instead of ${expected}`);
    const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0) / one.length;
    assert.ok(Math.abs(product) < 0.05 * expected ** 2, 'two runs have nothing in common');
  });

  it('samples each step by chance around the expected number', async () => {
    const seen: number[] = [];
    const privacy = { clip: 1, noiseMultiplier: 0.1 };
    const losses: number[] = [];
    await train({
      ...settings,
      batchSize: 6,
      epochs: 10,
      privacy,
      onStep: ({ loss, step }) => {
        seen.push(step);
        losses.push(loss);
      },
    });
    assert.equal(seen.length, 40);
    assert.ok(new Set(losses).size > 30);
  });

  it('refuses a batch larger than the data and a bound of nothing', async () => {
    for (const changed of [{ batchSize: count + 1 }, { privacy: { clip: 0, noiseMultiplier: 1 } }])
      await assert.rejects(train({ ...settings, privacy: { clip: 1, noiseMultiplier: 1 }, ...changed }), {
        code: 'engine.settings-invalid',
      });
  });
});
