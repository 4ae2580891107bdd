import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type OptimiserSpec, optimiserMemory, takeStep } from './optimiser.ts';
import { learningRateAt } from './schedule.ts';
import { VectorMemory } from './vector-memory.ts';

/** An optimiser of so many parameters that remembers; takes each step in two ranges. */
function createOptimiser(spec: OptimiserSpec, size: number) {
  const { memory, spans } = VectorMemory.layOut(Array<number>(2 + optimiserMemory(spec)).fill(size));
  const vectors = new VectorMemory(memory);
  const [own, slopes, ...remembered] = spans.map((span) => vectors.numbers(span)) as [Float32Array, Float32Array];
  let step = 0;
  return (parameters: Float32Array, gradient: Float32Array, learningRate: number): void => {
    step += 1;
    own.set(parameters);
    slopes.set(gradient);
    for (const [from, to] of [
      [0, 4],
      [4, size],
    ].filter(([from = 0]) => from < size)) {
      const piece = (of: Float32Array): Float32Array => of.subarray(from, to);
      const moved = { parameters: piece(own), gradient: piece(slopes), memory: remembered.map(piece) };
      takeStep(vectors, { spec, ...moved, learningRate, step });
    }
    parameters.set(own);
  };
}

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
  const rates = [0, 1, 2, 3, 4, 5].map((epoch) => learningRateAt(steps, 1, epoch, 6));
  assertNear(Float32Array.from(rates), [1, 1, 0.1, 0.1, 0.01, 0.01]);
  assert.equal(learningRateAt({ kind: 'constant' }, 0.3, 99, 100), 0.3);
});

it('the learning rate rises over the warm-up and falls along a cosine', () => {
  const cosine = { kind: 'cosine', warmUpEpochs: 2, end: 0.1 } as const;
  const rates = [0, 1, 2, 6, 10].map((epoch) => learningRateAt(cosine, 1, epoch, 10));
  assert.ok((rates[0] ?? 1) < 0.01 && (rates[1] ?? 0) > 0.4 && (rates[1] ?? 1) < 0.6);
  assertNear(Float32Array.from(rates.slice(2)), [1, 0.55, 0.1]);
});

it('weight decay pulls through the gradient in Adam and beside it in AdamW', () => {
  const [pulled, apart] = [Float32Array.of(3), Float32Array.of(3)];
  createOptimiser({ kind: 'adam', weightDecay: 0.1 }, 1)(pulled, Float32Array.of(0), 0.01);
  createOptimiser({ kind: 'adamw', weightDecay: 0.1 }, 1)(apart, Float32Array.of(0), 0.01);
  assertNear(pulled, [2.99]);
  assertNear(apart, [3 * (1 - 0.001)]);
});
