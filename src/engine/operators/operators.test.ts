import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SeededRandom } from '#base';
import { channelBlock } from '../feature-layout.ts';
import {
  referenceAddition,
  referenceBceLoss,
  referenceConvolution,
  referenceDense,
  referenceGlobalAverage,
  referenceGroupNorm,
  referencePool,
  referenceRelu,
} from '../float64-reference.ts';
import { checkGradients, normals, spread } from '../gradient-check.ts';
import { GraphBuilder } from '../graph-builder.ts';
import type { Value } from '../graph-value.ts';
import { OnnxSession } from '../onnx-session.ts';
import { Tape } from '../tape.ts';
import { add, multiply } from './arithmetic.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { convolution } from './convolution.ts';
import { isDeep } from './deep-convolution.ts';
import { dropout } from './dropout.ts';
import { relu } from './elementwise.ts';
import { groupNorm } from './group-norm.ts';
import { apart, together } from './layout.ts';
import { dense } from './matrix.ts';
import { averagePool, globalAveragePool, maxPool } from './pooling.ts';
import { sum } from './reduction.ts';

/** This machine's order of channels; 1 where ONNX Runtime has none of its own, the rows then repeat the plain way. */
const block = await channelBlock();
const runs = { numRuns: 12, seed: 20260731 };
const small = fc.integer({ min: 1, max: 3 });
const side = fc.integer({ min: 7, max: 10 });
const seed = fc.integer({ min: 0, max: 1_000_000 });

describe('convolution and its gradients equal the definition', () => {
  const rows = [
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 3, stride: 1, padding: 0 },
    { kernel: 3, stride: 2, padding: 0 },
    { kernel: 1, stride: 1, padding: 0 },
    { kernel: 1, stride: 2, padding: 0 },
    { kernel: 7, stride: 1, padding: 3 },
    { kernel: 7, stride: 2, padding: 3 },
  ];
  for (const { kernel, stride, padding } of rows) {
    it(`${kernel}×${kernel}, stride ${stride}, padding ${padding}`, async () => {
      await fc.assert(
        fc.asyncProperty(small, small, small, side, side, seed, async (batch, into, out, height, width, chance) => {
          const random = new SeededRandom(chance);
          await checkGradients({
            inputs: [normals(random, [batch, into, height, width]), normals(random, [out, into, kernel, kernel])],
            write: (tape, x, weight) =>
              convolution(tape, x, weight, undefined, { stride, padding, dilation: 1, groups: 1 }),
            reference: (x, weight) => referenceConvolution(x, weight, stride, padding),
          });
        }),
        { ...runs, numRuns: kernel === 7 ? 3 : 6 },
      );
    });
  }

  for (const { kernel, padding } of [
    { kernel: 3, padding: 1 },
    { kernel: 3, padding: 0 },
    { kernel: 1, padding: 0 },
    { kernel: 5, padding: 2 },
  ]) {
    it(`${kernel}×${kernel}, padding ${padding}: more channels than pixels, while training`, async () => {
      const random = new SeededRandom(`deep/${kernel}/${padding}`);
      await checkGradients({
        mode: 'training',
        block,
        inputs: [normals(random, [1, 32, 4, 3]), normals(random, [48, 32, kernel, kernel])],
        write: (tape, x, weight) => {
          assert.ok(isDeep(x, weight, { padding }));
          return convolution(tape, x, weight, undefined, { stride: 1, padding, dilation: 1, groups: 1 });
        },
        reference: (x, weight) => referenceConvolution(x, weight, 1, padding),
      });
    });
  }

  const machineRows = [
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 1, stride: 2, padding: 0 },
    { kernel: 7, stride: 2, padding: 3 },
  ];
  const machineSizes = [
    { what: 'feature maps', batch: block, into: 16, out: 32, height: 5, width: 6 },
    { what: 'the picture itself', batch: block, into: 1, out: 16, height: 8, width: 9 },
    { what: 'a batch of two blocks', batch: 2 * block, into: 32, out: 16, height: 4, width: 3 },
    { what: 'half a block of pictures', batch: block / 2, into: 16, out: 32, height: 7, width: 6 },
    { what: 'a quarter of a block of the picture itself', batch: block / 4, into: 1, out: 16, height: 9, width: 8 },
    { what: 'a batch that fills no block', batch: 3, into: 16, out: 16, height: 8, width: 7 },
  ].filter(({ batch }) => Number.isInteger(batch));
  for (const { kernel, stride, padding } of machineRows) {
    for (const { what, batch, into, out, height, width } of machineSizes) {
      it(`${kernel}×${kernel}, stride ${stride}, in blocks of ${block}: ${what}`, async () => {
        const random = new SeededRandom(`${kernel}/${stride}/${what}`);
        await checkGradients({
          block,
          inputs: [normals(random, [batch, into, height, width]), normals(random, [out, into, kernel, kernel])],
          write: (tape, x, weight) =>
            convolution(tape, x, weight, undefined, { stride, padding, dilation: 1, groups: 1 }),
          reference: (x, weight) => referenceConvolution(x, weight, stride, padding),
        });
      });
    }
  }
});

describe('group normalisation and its gradients equal the definition', () => {
  const rows = [
    { channels: 4, groups: 1 },
    { channels: 6, groups: 3 },
    { channels: 5, groups: 5 },
    { channels: 32, groups: 2 },
  ];
  for (const { channels, groups } of rows) {
    it(`${channels} channels in ${groups} groups`, async () => {
      await fc.assert(
        fc.asyncProperty(
          small,
          fc.integer({ min: 3, max: 5 }),
          fc.integer({ min: 3, max: 5 }),
          seed,
          async (batch, height, width, chance) => {
            const random = new SeededRandom(chance);
            await checkGradients({
              inputs: [
                normals(random, [batch, channels, height, width]),
                normals(random, [channels]),
                normals(random, [channels]),
              ],
              write: (tape, x, scale, bias) => groupNorm(tape, x, scale, bias, groups),
              reference: (x, scale, bias) => referenceGroupNorm(x, scale, bias, groups),
              tolerance: 1e-4,
            });
          },
        ),
        runs,
      );
    });
  }

  it(`32 channels in 2 groups, in blocks of ${block}`, async () => {
    const random = new SeededRandom('blocks');
    await checkGradients({
      block,
      inputs: [normals(random, [3, 32, 5, 4]), normals(random, [32]), normals(random, [32])],
      write: (tape, x, scale, bias) => groupNorm(tape, x, scale, bias, 2),
      reference: (x, scale, bias) => referenceGroupNorm(x, scale, bias, 2),
      tolerance: 1e-4,
    });
  });

  it('stays exact when the mean is ten deviations away from zero', async () => {
    const random = new SeededRandom('shifted');
    const x = normals(random, [2, 16, 6, 6]);
    await checkGradients({
      inputs: [
        { shape: x.shape, data: x.data.map((value) => value + 10) },
        normals(random, [16]),
        normals(random, [16]),
      ],
      write: (tape, input, scale, bias) => groupNorm(tape, input, scale, bias, 1),
      reference: (input, scale, bias) => referenceGroupNorm(input, scale, bias, 1),
      tolerance: 1e-4,
    });
  });
});

describe('pooling and its gradients equal the definition', () => {
  const rows = [
    { kernel: 2, stride: 2, padding: 0 },
    { kernel: 3, stride: 2, padding: 1 },
    { kernel: 3, stride: 1, padding: 1 },
    { kernel: 3, stride: 3, padding: 0 },
  ];
  for (const { kernel, stride, padding } of rows) {
    const pooling = { kernel, stride, padding };
    for (const kind of ['max', 'average'] as const) {
      it(`${kind} ${kernel}×${kernel}, stride ${stride}, padding ${padding}`, async () => {
        await fc.assert(
          fc.asyncProperty(small, small, side, side, seed, async (batch, channels, height, width, chance) => {
            await checkGradients({
              inputs: [spread(new SeededRandom(chance), [batch, channels, height, width])],
              write: (tape, x) => (kind === 'max' ? maxPool : averagePool)(tape, x, pooling),
              reference: (x) => referencePool(x, kernel, stride, padding, kind),
            });
          }),
          runs,
        );
      });
    }
  }

  it('global average', async () => {
    await fc.assert(
      fc.asyncProperty(small, small, side, side, seed, async (batch, channels, height, width, chance) => {
        await checkGradients({
          inputs: [normals(new SeededRandom(chance), [batch, channels, height, width])],
          write: (tape, x) => globalAveragePool(tape, x),
          reference: (x) => referenceGlobalAverage(x),
        });
      }),
      runs,
    );
  });
});

describe('pooling of feature maps that lie in blocks', () => {
  const random = new SeededRandom('pooled blocks');
  it(`global average in blocks of ${block}`, async () => {
    await checkGradients({
      block,
      inputs: [normals(random, [2, 32, 4, 3])],
      write: (tape, x) => globalAveragePool(tape, x),
      reference: (x) => referenceGlobalAverage(x),
    });
  });

  for (const kind of ['max', 'average'] as const) {
    it(`${kind} in blocks of ${block}`, async () => {
      await checkGradients({
        block,
        inputs: [spread(random, [2, 32, 6, 7])],
        write: (tape, x) => (kind === 'max' ? maxPool : averagePool)(tape, x, { kernel: 3, stride: 2, padding: 1 }),
        reference: (x) => referencePool(x, 3, 2, 1, kind),
      });
    });
  }

  for (const [kernel, stride, padding] of [
    [3, 2, 1],
    [2, 2, 0],
    [3, 1, 1],
    [3, 3, 0],
    [5, 2, 2],
  ] as const) {
    it(`max ${kernel}×${kernel}, stride ${stride}, padding ${padding}, where windows meet every pixel`, async () => {
      await checkGradients({
        block,
        inputs: [spread(random, [2, 32, 6, 12])],
        write: (tape, x) => maxPool(tape, x, { kernel, stride, padding }),
        reference: (x) => referencePool(x, kernel, stride, padding, 'max'),
      });
    });
  }

  it('of equal numbers the first of the window has the gradient, in blocks as apart', async () => {
    const shape = [1, 16, 8, 8];
    const data = Float32Array.from({ length: 1024 }, () => Math.floor(3 * random.uniform()));
    const gradients = [];
    for (const order of [1, block] as const) {
      const graph = new GraphBuilder();
      const tape = new Tape(graph, { block: order });
      const x = graph.input('x', shape);
      const seen = order === 1 ? x : together(tape, x);
      const pooled = apart(tape, maxPool(tape, seen, { kernel: 3, stride: 2, padding: 1 }));
      const seed = graph.floats(
        pooled.shape,
        Array.from({ length: 256 }, (_, index) => index + 1),
      );
      const [gradient] = tape.gradients(pooled, seed, [x]);
      graph.output('gradient', gradient ?? x);
      const session = await OnnxSession.open(graph.encode());
      gradients.push((await session.run({ x: { data, shape } }))['gradient']?.data);
      await session.close();
    }
    assert.deepEqual(gradients[1], gradients[0]);
    assert.equal(
      gradients[0]?.reduce((sum, value) => sum + value, 0),
      (256 * 257) / 2,
    );
  });
});

describe('the other operators and their gradients equal the definition', () => {
  it('rectifier', async () => {
    await fc.assert(
      fc.asyncProperty(small, side, seed, async (batch, width, chance) => {
        await checkGradients({
          inputs: [spread(new SeededRandom(chance), [batch, 4, width, width])],
          write: (tape, x) => relu(tape, x),
          reference: (x) => referenceRelu(x),
        });
      }),
      runs,
    );
  });

  it('residual addition, also of a value to itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(small, { minLength: 1, maxLength: 4 }), seed, async (shape, chance) => {
        const random = new SeededRandom(chance);
        await checkGradients({
          inputs: [normals(random, shape), normals(random, shape)],
          write: (tape, a, b) => add(tape, add(tape, a, b), a),
          reference: (a, b) => referenceAddition(referenceAddition(a, b), a),
        });
      }),
      runs,
    );
  });

  it('dense', async () => {
    await fc.assert(
      fc.asyncProperty(small, side, small, seed, async (batch, into, out, chance) => {
        const random = new SeededRandom(chance);
        await checkGradients({
          inputs: [normals(random, [batch, into]), normals(random, [out, into]), normals(random, [out])],
          write: (tape, x, weight, bias) => dense(tape, x, weight, bias),
          reference: (x, weight, bias) => referenceDense(x, weight, bias),
        });
      }),
      runs,
    );
  });

  it('weighted binary cross-entropy of logits, far from nought too', async () => {
    const logits = Float32Array.of(-9, -1.5, 0, 0.25, 4, 11, 30);
    await checkGradients({
      inputs: [
        { shape: [7], data: logits },
        { shape: [7], data: Float32Array.of(0, 1, 1, 0, 1, 0, 1) },
        { shape: [7], data: Float32Array.of(1, 1, 0.5, 2, 1, 0, 0) },
      ],
      differentiable: 1,
      write: weightedLoss,
      reference: (x, labels, weights) => referenceBceLoss(x, labels, weights),
    });
  });

  it('weighted binary cross-entropy of any logits', async () => {
    const tenths = fc.array(fc.integer({ min: -80, max: 80 }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(tenths, seed, async (numbers, chance) => {
        const random = new SeededRandom(chance);
        const shape = [numbers.length];
        await checkGradients({
          inputs: [
            { shape, data: Float32Array.from(numbers, (tenth) => tenth / 10) },
            { shape, data: Float32Array.from(numbers, () => random.below(2)) },
            { shape, data: Float32Array.from(numbers, () => 2 * random.uniform()) },
          ],
          differentiable: 1,
          write: weightedLoss,
          reference: (x, labels, weights) => referenceBceLoss(x, labels, weights),
          // What is left of a loss once the logit is taken off it.
          tolerance: 1e-3,
        });
      }),
      runs,
    );
  });

  it('dropout, with the mask it is given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(small, { minLength: 1, maxLength: 4 }), seed, async (shape, chance) => {
        const random = new SeededRandom(chance);
        const graph = new GraphBuilder();
        const tape = new Tape(graph, { mode: 'training' });
        const [x, slopes] = [normals(random, shape), normals(random, shape)];
        const fed = graph.input('x', shape);
        const left = dropout(tape, fed, 0.5);
        const [gradient] = tape.gradients(left, graph.initializer('seed', shape, slopes.data), [fed]);
        graph.output('left', left);
        graph.output('gradient', gradient ?? left);
        const mask = Float32Array.from(x.data, () => 2 * random.below(2));
        const name = tape.masks[0]?.name ?? '';
        const session = await OnnxSession.open(graph.encode());
        const results = await session.run({ x, [name]: { data: mask, shape } });
        await session.close();
        assert.deepEqual(
          results['left']?.data,
          x.data.map((value, index) => value * (mask[index] ?? 9)),
        );
        assert.deepEqual(
          results['gradient']?.data,
          slopes.data.map((slope, index) => slope * (mask[index] ?? 9)),
        );
      }),
      runs,
    );
  });
});

function weightedLoss(tape: Tape, logits: Value, labels: Value, weights: Value): Value {
  return sum(tape, multiply(tape, binaryCrossEntropy(tape, logits, labels), weights), [0], true);
}
