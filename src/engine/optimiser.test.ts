import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createOptimiser } from './optimiser.ts';
import { learningRateAt } from './schedule.ts';

/** Close to the last digits of 32 bits. */
function assertNear(actual: Float32Array, expected: readonly number[]): void {
  expected.forEach((value, index) => {
    assert.ok(Math.abs((actual[index] ?? 9) - value) < 1e-6, `${actual[index]} instead of ${value}`);
  });
}

it('Adam moves by the learning rate at first, whatever the slope', () => {
  const parameters = Float32Array.of(1, 1, 1);
  createOptimiser({ kind: 'adam' }, 3)(parameters, Float32Array.of(5, -0.1, 0), 0.1);
  assertNear(parameters, [0.9, 1.1, 1]);
});

it('Adam follows its definition over three steps', () => {
  const slopes = [0.5, -0.25, 1];
  const parameters = Float32Array.of(2);
  const optimise = createOptimiser({ kind: 'adam', beta1: 0.8, beta2: 0.9 }, 1);
  let [p, m, v] = [2, 0, 0];
  slopes.forEach((slope, index) => {
    optimise(parameters, Float32Array.of(slope), 0.01);
    m = 0.8 * m + 0.2 * slope;
    v = 0.9 * v + 0.1 * slope ** 2;
    p -= (0.01 * (m / (1 - 0.8 ** (index + 1)))) / (Math.sqrt(v / (1 - 0.9 ** (index + 1))) + 1e-8);
  });
  assertNear(parameters, [p]);
});

it('plain descent and momentum', () => {
  const parameters = Float32Array.of(1);
  const plain = createOptimiser({ kind: 'sgd' }, 1);
  plain(parameters, Float32Array.of(2), 0.1);
  plain(parameters, Float32Array.of(1), 0.1);
  assertNear(parameters, [0.7]);
  const heavy = createOptimiser({ kind: 'sgd', momentum: 0.5 }, 1);
  heavy(parameters, Float32Array.of(2), 0.1);
  heavy(parameters, Float32Array.of(1), 0.1);
  assertNear(parameters, [0.7 - 0.2 - 0.2]);
});

it('the learning rate falls after the named epochs', () => {
  const steps = { kind: 'steps', afterEpochs: [2, 4], factor: 0.1 } as const;
  const rates = [0, 1, 2, 3, 4, 5].map((epoch) => learningRateAt(steps, 1, epoch));
  assertNear(Float32Array.from(rates), [1, 1, 0.1, 0.1, 0.01, 0.01]);
  assert.equal(learningRateAt({ kind: 'constant' }, 0.3, 99), 0.3);
});
