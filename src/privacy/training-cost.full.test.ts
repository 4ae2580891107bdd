import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import { epsilonOfRenyi, RENYI_ORDERS, renyiOfStep } from './renyi.ts';
import { togetherAs, trainingCost } from './training-cost.ts';
import { costOfTraining, planTraining, stepsOf } from './training-plan.ts';

interface Row {
  readonly source: string;
  readonly noiseMultiplier: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly delta: number;
  readonly epsilon: number;
  readonly order?: number;
  readonly orders?: readonly number[];
  readonly tolerance: number;
  readonly allowance: number;
}

interface Conversion {
  readonly name: string;
  readonly orders: { readonly from: number; readonly to: number; readonly step: number };
  readonly divergence?: number;
  readonly noiseMultiplier?: number;
  readonly delta: number;
  readonly epsilon: number;
  readonly order?: number;
}

const PUBLISHED = JSON.parse(readFileSync(new URL('../../conformance/privacy-cost.json', import.meta.url), 'utf8')) as {
  readonly divergences: Omit<Row, 'epsilon'> & {
    readonly orders: readonly number[];
    readonly expected: readonly number[];
  };
  readonly conversions: readonly Conversion[];
  readonly rdp: readonly Row[];
  readonly pld: readonly Row[];
  readonly upperBounds: readonly Row[];
};

const refused = (code: string) => (error: unknown) => error instanceof UnicaError && error.code === code;

function close(actual: number, expected: number, tolerance: number, what: string): void {
  const apart = Math.abs(actual - expected);
  assert.ok(apart <= tolerance * Math.max(1, Math.abs(expected)), `${what}: ${actual}, published ${expected}`);
}

test('Rényi divergences of the sampled Gaussian are those that dp_accounting published', () => {
  const { orders, expected, steps, ...step } = PUBLISHED.divergences;
  for (const [index, order] of orders.entries()) {
    const published = expected[index] ?? Number.NaN;
    const divergence = steps * renyiOfStep(step, order);
    // Nine digits were published.
    assert.ok(Math.abs(divergence - published) <= 1e-8 * published, `order ${order}: ${divergence}`);
  }
});

for (const row of PUBLISHED.conversions) {
  test(`divergences to ε: ${row.name}`, () => {
    const { from, to, step } = row.orders;
    const orders = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step);
    const divergences = orders.map(
      (order) => row.divergence ?? renyiOfStep({ sampleRate: 1, noiseMultiplier: row.noiseMultiplier ?? 1 }, order),
    );
    const { epsilon, order } = epsilonOfRenyi(orders, divergences, row.delta);
    close(epsilon, row.epsilon, 1e-9, row.name);
    if (row.order !== undefined) assert.equal(order, row.order);
  });
}

for (const row of PUBLISHED.rdp) {
  test(`ε by Rényi divergences: ${row.source}`, () => {
    const { orders = RENYI_ORDERS, steps } = row;
    const { epsilon, order } = epsilonOfRenyi(
      orders,
      orders.map((one) => steps * renyiOfStep(row, one)),
      row.delta,
    );
    close(epsilon, row.epsilon, row.tolerance, row.source);
    if (row.order !== undefined) assert.equal(order, row.order);
    if (row.orders === undefined) assert.equal(trainingCost([row], row.delta).epsilon, epsilon);
  });
}

for (const row of PUBLISHED.pld) {
  test(`ε by the distribution of losses: ${row.source}`, () => {
    const { epsilon } = trainingCost([row], row.delta, 'pld');
    close(epsilon, row.epsilon, row.tolerance, row.source);
  });
}

for (const row of PUBLISHED.upperBounds) {
  test(`ε by the distribution of losses is below a published upper bound: ${row.source}`, () => {
    const { epsilon } = trainingCost([row], row.delta, 'pld');
    assert.ok(epsilon <= row.epsilon && epsilon >= row.epsilon - row.allowance, `${epsilon}`);
  });
}

test('the two accountants agree on which is tighter, and nothing is ever NaN, at the ends of what can be asked', () => {
  for (const noiseMultiplier of [0.001, 0.3, 1, 1000, 1e6]) {
    for (const sampleRate of [0, 1e-5, 0.5, 1]) {
      for (const steps of [0, 1, 1_000_000]) {
        for (const delta of [1e-300, 1e-5, 0.999]) {
          const { epsilon, order } = trainingCost([{ noiseMultiplier, sampleRate, steps }], delta);
          assert.ok(epsilon >= 0 && Number.isFinite(epsilon), `${noiseMultiplier} ${sampleRate} ${steps} ${delta}`);
          assert.equal(order === null, steps === 0 || sampleRate === 0);
        }
      }
    }
  }
  for (const [noiseMultiplier, sampleRate, steps, delta] of [
    [1e6, 1e-5, 1, 1e-5],
    [0.05, 0.5, 3, 1e-5],
    [1, 1, 1_000_000, 1e-100],
    [2, 0.01, 50, 1e-100],
  ] as const) {
    const part = { noiseMultiplier, sampleRate, steps };
    const tight = trainingCost([part], delta, 'pld').epsilon;
    assert.ok(tight >= 0 && tight <= trainingCost([part], delta).epsilon, `${tight}`);
  }
});

test('numbers without a meaning are refused', () => {
  const part = { noiseMultiplier: 1, sampleRate: 0.1, steps: 10 };
  for (const [change, delta] of [
    [{ noiseMultiplier: -1 }, 1e-5],
    [{ noiseMultiplier: Number.NaN }, 1e-5],
    [{ noiseMultiplier: 0 }, 1e-5],
    [{ noiseMultiplier: 1e-9 }, 1e-5],
    [{ sampleRate: 1.1 }, 1e-5],
    [{ sampleRate: -0.1 }, 1e-5],
    [{ steps: 1.5 }, 1e-5],
    [{ steps: -1 }, 1e-5],
    [{ steps: 1e12 }, 1e-5],
    [{}, 0],
    [{}, 1],
    [{}, -1],
    [{}, Number.NaN],
  ] as const) {
    assert.throws(() => trainingCost([{ ...part, ...change }], delta), refused('privacy.numbers-refused'));
  }
});

test('more steps, more sampling or less noise never cost less; composing costs less than adding ε up', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.4, max: 20, noNaN: true }),
      fc.double({ min: 1e-4, max: 0.9, noNaN: true }),
      fc.integer({ min: 1, max: 10_000 }),
      (noiseMultiplier, sampleRate, steps) => {
        const part = { noiseMultiplier, sampleRate, steps };
        const { epsilon } = trainingCost([part], 1e-5);
        const slack = 1e-9 * (1 + epsilon);
        assert.ok(trainingCost([{ ...part, steps: 2 * steps }], 1e-5).epsilon >= epsilon - slack);
        assert.ok(trainingCost([{ ...part, noiseMultiplier: noiseMultiplier / 2 }], 1e-5).epsilon >= epsilon - slack);
        const twice = trainingCost([part, part], 1e-5).epsilon;
        // Basic composition: ε adds up, and so does δ (Dwork and Roth 2014, theorem 3.16).
        assert.ok(twice <= 2 * trainingCost([part], 1e-5 / 2).epsilon + slack);
        assert.ok(Math.abs(twice - trainingCost(togetherAs([part, part]), 1e-5).epsilon) <= slack);
      },
    ),
    { numRuns: 25 },
  );
});

test('different steps composed by their losses cost no more than by their divergences, and no less than the larger part', () => {
  const parts = [
    { noiseMultiplier: 1, sampleRate: 0.01, steps: 100 },
    { noiseMultiplier: 2, sampleRate: 1, steps: 2 },
  ];
  const tight = trainingCost(parts, 1e-5, 'pld').epsilon;
  assert.ok(tight <= trainingCost(parts, 1e-5).epsilon);
  for (const part of parts) assert.ok(tight > trainingCost([part], 1e-5, 'pld').epsilon);
});

const TRAINING = { records: 4000, batchSize: 64, rounds: 50, local: { epochs: 1 }, noiseMultiplier: 1 };
const LIMIT = { epsilon: 3, delta: 1e-5 };

test('a plan stays within its limit, and one thousandth less noise, one round or one film a batch more would not', () => {
  const noise = planTraining('noise', TRAINING, LIMIT);
  assert.ok(noise.cost.epsilon <= 3);
  assert.ok(costOfTraining({ ...noise, noiseMultiplier: noise.noiseMultiplier - 0.001 }, 1e-5).epsilon > 3);
  const rounds = planTraining('rounds', TRAINING, LIMIT);
  assert.ok(rounds.cost.epsilon <= 3);
  assert.ok(costOfTraining({ ...rounds, rounds: rounds.rounds + 1 }, 1e-5).epsilon > 3);
  const batch = planTraining('batch', { ...TRAINING, rounds: 10, local: { steps: 10 } }, { epsilon: 1, delta: 1e-5 });
  assert.ok(batch.cost.epsilon <= 1);
  assert.ok(costOfTraining({ ...batch, batchSize: batch.batchSize + 1 }, 1e-5).epsilon > 1);
  const tighter = planTraining('noise', TRAINING, { ...LIMIT, accountant: 'pld' });
  assert.ok(tighter.noiseMultiplier < noise.noiseMultiplier && tighter.cost.epsilon <= 3);
  assert.deepEqual(stepsOf(TRAINING), { steps: 50 * 63, sampleRate: 0.016 });
});

test('what cannot be planned is refused', () => {
  for (const [change, limit] of [
    [{}, { epsilon: 0, delta: 1e-5 }],
    [{}, { epsilon: Number.NaN, delta: 1e-5 }],
    [{}, { epsilon: 3, delta: 0.01 }],
    [{ batchSize: 5000 }, LIMIT],
    [{ records: 0 }, LIMIT],
    [{ rounds: 0 }, LIMIT],
    [
      { rounds: 100_000, local: { epochs: 100 } },
      { epsilon: 1e-6, delta: 1e-9 },
    ],
  ] as const) {
    assert.throws(() => planTraining('noise', { ...TRAINING, ...change }, limit), refused('privacy.plan-impossible'));
  }
  assert.throws(
    () => planTraining('rounds', { ...TRAINING, noiseMultiplier: 0.2 }, LIMIT),
    refused('privacy.plan-impossible'),
  );
});
