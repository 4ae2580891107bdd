import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { type ChannelBlock, channelBlock } from './feature-layout.ts';
import {
  type Reference,
  referenceAddition,
  referenceBceLoss,
  referenceConvolution,
  referenceDense,
  referenceGlobalAverage,
  referenceGroupNorm,
  referenceRelu,
} from './float64-reference.ts';
import { assertClose, centralDifference, normals } from './gradient-check.ts';
import { GradientSession } from './gradient-session.ts';
import { initialParameters } from './initial-parameters.ts';
import type { ResidualSpec } from './model-spec.ts';
import { parameterTable } from './parameter-table.ts';

/** The network once more, in 64 bits, from the description in `resnet8.ts`; shares no code with it. */
function referenceLoss(
  spec: ResidualSpec,
  parameters: Float64Array,
  images: Reference,
  labels: Reference,
  weights: Reference,
): number {
  const table = parameterTable(spec);
  const get = (name: string): Reference => {
    const entry = table.entries.find((one) => one.name === name);
    assert.ok(entry, name);
    return { shape: entry.shape, data: parameters.subarray(entry.offset, entry.offset + entry.size) };
  };
  const has = (name: string): boolean => table.entries.some((one) => one.name === name);
  const convNorm = (x: Reference, name: string, stride: number): Reference => {
    const weight = get(`${name}.weight`);
    const channels = weight.shape[0] ?? 0;
    const mapped = referenceConvolution(x, weight, stride, weight.shape[2] === 3 ? 1 : 0);
    const groups = channels % 16 === 0 ? channels / 16 : 1;
    return referenceGroupNorm(mapped, get(`${name}.norm.scale`), get(`${name}.norm.bias`), groups);
  };
  let x = referenceRelu(convNorm(images, 'stem', spec.stemStride));
  for (const [stage, stride] of [
    ['stage1', 1],
    ['stage2', 2],
    ['stage3', 2],
  ] as const) {
    const inner = convNorm(referenceRelu(convNorm(x, `${stage}.conv1`, stride)), `${stage}.conv2`, 1);
    const around = has(`${stage}.shortcut.weight`) ? convNorm(x, `${stage}.shortcut`, stride) : x;
    x = referenceRelu(referenceAddition(inner, around));
  }
  const logits = referenceDense(referenceGlobalAverage(x), get('dense.weight'), get('dense.bias'));
  return referenceBceLoss(logits, labels, weights).data[0] ?? Number.NaN;
}

interface Row {
  readonly what: string;
  readonly spec: ResidualSpec;
  readonly batch: number;
  readonly block: ChannelBlock;
}

const block = await channelBlock();
const base = { architecture: 'resnet8', outputs: 1 } as const;
const rows: readonly Row[] = [
  {
    what: 'one channel, even size, plain',
    spec: { ...base, inputSize: 8, channels: 1, widths: [16, 16, 32], stemStride: 1 },
    batch: 3,
    block: 1,
  },
  {
    what: 'three channels, odd size, stem stride 2, widths of no block',
    spec: { ...base, inputSize: 13, channels: 3, widths: [5, 6, 7], stemStride: 2 },
    batch: 2,
    block,
  },
  {
    what: `one channel in blocks of ${block}`,
    spec: { ...base, inputSize: 9, channels: 1, widths: [16, 16, 32], stemStride: 1 },
    batch: block,
    block,
  },
  {
    what: `three channels, stem stride 2, in blocks of ${block}, a batch of no block`,
    spec: { ...base, inputSize: 14, channels: 3, widths: [16, 32, 32], stemStride: 2 },
    batch: 3,
    block,
  },
];

describe('the training graph of the whole network equals central differences in 64 bits', () => {
  for (const { what, spec, batch, block } of rows) {
    it(what, async () => {
      const random = new SeededRandom(what);
      const parameters = initialParameters(spec, 7).map((value) => value + 0.05 * random.normal());
      const image = normals(random, [batch, spec.channels, spec.inputSize, spec.inputSize]);
      const label = { shape: [batch, 1], data: Float32Array.from({ length: batch }, (_, index) => index % 2) };
      const weights = {
        shape: [batch],
        data: Float32Array.from({ length: batch }, (_, index) => (index === 1 ? 0 : 1)),
      };
      const session = await GradientSession.open(spec, { batch, block });
      const answer = await session.run(parameters, { image, label, weights });
      await session.close();

      const exact = Float64Array.from(parameters);
      const wide = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): Reference => ({
        shape,
        data: Float64Array.from(data),
      });
      const loss = (): number => referenceLoss(spec, exact, wide(image), wide(label), wide(weights));
      assertClose(Float32Array.of(answer.loss), Float64Array.of(loss()), 1e-5, 'loss');
      const { gradient } = answer;
      assert.equal(gradient.length, parameters.length);
      const positions = parameterTable(spec).entries.flatMap(({ offset, size }) => [
        offset + random.below(size),
        offset + random.below(size),
      ]);
      const slopes = Float64Array.from(positions, (position) => centralDifference(exact, position, loss, 1e-6));
      assertClose(
        Float32Array.from(positions, (position) => gradient[position] ?? 0),
        slopes,
        1e-4,
        'gradient',
      );
    });
  }
});

it('the blocked order changes the numbers only in their last digits', async () => {
  const spec: ResidualSpec = { ...base, inputSize: 28, channels: 1, widths: [16, 32, 64], stemStride: 1 };
  const random = new SeededRandom('orders');
  const parameters = initialParameters(spec, 1);
  const feeds = {
    image: normals(random, [16, 1, 28, 28]),
    label: { shape: [16, 1], data: Float32Array.from({ length: 16 }, (_, index) => index % 2) },
    weights: { shape: [16], data: new Float32Array(16).fill(1) },
  };
  const gradients: Float32Array[] = [];
  for (const order of [1, block] as const) {
    const session = await GradientSession.open(spec, { batch: 16, block: order });
    gradients.push((await session.run(parameters, feeds)).gradient);
    await session.close();
  }
  assertClose(gradients[1], Float64Array.from(gradients[0] ?? []), 2e-5, 'gradient');
});
