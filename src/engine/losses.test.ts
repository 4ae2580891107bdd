import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom, UnicaError } from '#base';
import { centralDifference } from './gradient-check.ts';
import { GradientSession } from './gradient-session.ts';
import { dense } from './layers.ts';
import { additiveHazard, binaryCrossEntropy, coxLoss, focalLoss, softmaxCrossEntropy } from './losses.ts';
import { defineNetwork, type Node } from './network-builder.ts';
import { OnnxSession } from './onnx-session.ts';
import { evaluationGraph } from './training-graph.ts';

const BATCH = 6;
const WIDTH = 4;

/** A row of the batch: what the last layer says, what is true, what counts. */
interface Row {
  readonly logits: readonly number[];
  readonly truth: readonly number[];
  readonly mask: readonly number[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const cross = (logit: number, label: number): number =>
  -label * Math.log(sigmoid(logit)) - (1 - label) * Math.log(1 - sigmoid(logit));
const mean = (values: readonly number[], mask: readonly number[]): number =>
  values.reduce((sum, value, index) => sum + value * (mask[index] ?? 0), 0) /
  Math.max(
    1,
    mask.reduce((a, b) => a + b, 0),
  );
const all = [1, 1, 1, 1];

const LOSSES: readonly [
  string,
  (parts: Record<'logits' | 'truth' | 'mask', Node>) => Node,
  (row: Row, rows: readonly Row[]) => number,
][] = [
  [
    'binary cross-entropy',
    ({ logits, truth }) => binaryCrossEntropy(logits, truth),
    ({ logits, truth }) =>
      mean(
        logits.map((z, i) => cross(z, truth[i] ?? 0)),
        all,
      ),
  ],
  [
    'binary cross-entropy with a mask',
    ({ logits, truth, mask }) => binaryCrossEntropy(logits, truth, mask),
    ({ logits, truth, mask }) =>
      mean(
        logits.map((z, i) => cross(z, truth[i] ?? 0)),
        mask,
      ),
  ],
  [
    'softmax cross-entropy',
    ({ logits, truth }) => softmaxCrossEntropy(logits, truth),
    ({ logits, truth }) => {
      const total = Math.log(logits.reduce((sum, z) => sum + Math.exp(z), 0));
      return -logits.reduce((sum, z, i) => sum + (truth[i] ?? 0) * (z - total), 0);
    },
  ],
  [
    'focal loss',
    ({ logits, truth }) => focalLoss(logits, truth, { gamma: 2 }),
    ({ logits, truth }) =>
      mean(
        logits.map((z, i) => (1 - (truth[i] === 1 ? sigmoid(z) : 1 - sigmoid(z))) ** 2 * cross(z, truth[i] ?? 0)),
        all,
      ),
  ],
  [
    'additive hazard with censoring',
    ({ logits, truth, mask }) => {
      const risk = additiveHazard(logits);
      const cut = (x: Node): Node => x.network.apply('slice', [x], { axis: 1, start: 0, end: WIDTH - 1 });
      return binaryCrossEntropy(risk, cut(truth), cut(mask));
    },
    ({ logits, truth, mask }) => {
      const [baseline = 0, ...hazards] = logits;
      let total = baseline;
      const risks = hazards.map((hazard) => (total += Math.max(0, hazard)));
      return mean(
        risks.map((z, i) => cross(z, truth[i] ?? 0)),
        mask.slice(0, WIDTH - 1),
      );
    },
  ],
  [
    "Cox partial likelihood with Breslow's ties",
    ({ logits, truth, mask }) => {
      const first = (x: Node): Node => x.network.apply('slice', [x], { axis: 1, start: 0, end: 1 });
      // The mask's first two columns make times with ties: 0, 1, 2.
      const times = mask.network.apply('sum', [mask.network.apply('slice', [mask], { axis: 1, start: 0, end: 2 })], {
        axes: [1],
        keep: true,
      });
      return coxLoss(first(logits), times, first(truth));
    },
    (row, rows) => {
      const time = ({ mask }: Row): number => (mask[0] ?? 0) + (mask[1] ?? 0);
      const atRisk = rows.slice(0, BATCH - 1).filter((other) => time(other) >= time(row));
      const total = Math.log(atRisk.reduce((sum, { logits }) => sum + Math.exp(logits[0] ?? 0), 0));
      return (row.truth[0] ?? 0) * (total - (row.logits[0] ?? 0));
    },
  ],
];

describe('losses and their gradients equal the definition in 64 bits', () => {
  for (const [name, write, definition] of LOSSES) {
    it(name, async () => {
      const network = defineNetwork((builder) => {
        const logits = dense(builder.input('x', [3]), { name: 'last', outputs: WIDTH });
        builder.output('logits', logits);
        builder.loss(write({ logits, truth: builder.target('truth', [WIDTH]), mask: builder.target('mask', [WIDTH]) }));
      });
      const random = new SeededRandom(name);
      const x = Float64Array.from({ length: BATCH * 3 }, () => random.normal());
      const truth = Float64Array.from({ length: BATCH * WIDTH }, (_, i) =>
        name.startsWith('softmax') ? (i % WIDTH === (i >> 2) % WIDTH ? 1 : 0) : random.below(2),
      );
      const mask = Float64Array.from({ length: BATCH * WIDTH }, () => random.below(2));
      const parameters = Float64Array.from({ length: 3 * WIDTH + WIDTH }, () => Math.fround(random.normal()));
      // The last example only fills up the batch.
      const weights = [1, 2, 1, 0.5, 1, 0];
      const rows = (): readonly Row[] =>
        weights.map((_, row) => ({
          logits: Array.from({ length: WIDTH }, (_, o) =>
            [0, 1, 2].reduce(
              (sum, i) => sum + (x[row * 3 + i] ?? 0) * (parameters[o * 3 + i] ?? 0),
              parameters[3 * WIDTH + o] ?? 0,
            ),
          ),
          truth: [...truth.subarray(row * WIDTH, (row + 1) * WIDTH)],
          mask: [...mask.subarray(row * WIDTH, (row + 1) * WIDTH)],
        }));
      const loss = (): number => {
        const every = rows();
        return every.reduce((sum, row, index) => sum + (weights[index] ?? 0) * definition(row, every), 0);
      };
      const fed = (data: Float64Array, width: number) => ({ data: Float32Array.from(data), shape: [BATCH, width] });
      const feeds = {
        x: fed(x, 3),
        truth: fed(truth, WIDTH),
        mask: fed(mask, WIDTH),
        weights: { data: Float32Array.from(weights), shape: [BATCH] },
      };
      const fedParameters = { data: Float32Array.from(parameters), shape: [parameters.length] };
      const session = await GradientSession.open(network, { batch: BATCH });
      const { loss: answered, gradient } = await session.run(fedParameters.data, feeds);
      await session.close();
      x.set(Float64Array.from(feeds.x.data));
      assert.ok(Math.abs(answered - loss()) < 1e-5 * (1 + Math.abs(loss())), `${answered} instead of ${loss()}`);
      gradient.forEach((slope, index) => {
        const expected = centralDifference(parameters, index, loss);
        assert.ok(
          Math.abs(slope - expected) < 1e-4 * (1 + Math.abs(expected)),
          `slope ${index}: ${slope} instead of ${expected}`,
        );
      });
      const evaluation = await OnnxSession.open(evaluationGraph(network, BATCH));
      const each = (await evaluation.run({ ...feeds, parameters: fedParameters }))['loss']?.data ?? new Float32Array();
      await evaluation.close();
      const total = each.reduce((sum, one, index) => sum + one * (weights[index] ?? 0), 0);
      assert.ok(Math.abs(total - loss()) < 1e-5 * (1 + Math.abs(loss())), 'the loss of each example adds up');
    });
  }
});

describe('a network says at once what does not fit', () => {
  const rows: readonly [string, () => unknown, RegExp][] = [
    ['no input', () => defineNetwork(() => {}), /no input/],
    ['no output', () => defineNetwork((network) => void network.input('x', [2])), /no output/],
    [
      'shapes that do not meet, at the layer that wrote them',
      () =>
        defineNetwork((network) => void network.apply('matMul', [network.input('a', [3]), network.input('b', [4])])),
      /inner sides of \[1×3\] and \[1×4\] differ/,
    ],
    [
      'two layers of one name',
      () =>
        defineNetwork((network) => {
          const x = network.input('x', [2]);
          dense(dense(x, { name: 'a', outputs: 2 }), { name: 'a', outputs: 2 });
        }),
      /two of its parts are called a\.weight/,
    ],
    [
      'a loss of many numbers',
      () => defineNetwork((network) => network.loss(network.input('x', [2]))),
      /not one number/,
    ],
    ['an empty side', () => defineNetwork((network) => void network.input('x', [0])), /x has the shape \[0\]/],
  ];
  for (const [what, define, message] of rows)
    it(what, () => {
      assert.throws(define, (error: unknown) => error instanceof UnicaError && message.test(error.message));
    });
});
