import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MedMnistRun } from './bench-medmnist.ts';
import { medMnistRows, medMnistTable } from './medmnist-report.ts';

const run = (change: Partial<MedMnistRun>): MedMnistRun => ({
  ...{ set: 'breastmnist', partition: 'iid', seed: 1, rounds: 2, recipe: '', watched: 0.8, seconds: 1 },
  nodes: [
    { images: 100, positive: 70 },
    { images: 90, positive: 60 },
  ],
  ...{ federated: 0.85, pooled: 0.87, alone: [0.8, 0.76] },
  ...change,
});

test('each set and partition is judged by the means over its seeds', () => {
  const rows = medMnistRows([run({}), run({ seed: 2, federated: 0.83 }), run({ partition: 'dirichlet', pooled: 0.9 })]);
  const near = (value: number | undefined, expected: number) => assert.ok(Math.abs((value ?? 9) - expected) < 1e-12);
  near(rows[0]?.federated, 0.84);
  near(rows[0]?.below, 0.03);
  near(rows[0]?.above, 0.06);
  assert.deepEqual(
    rows.map(({ partition, seeds }) => [partition, seeds]),
    [
      ['iid', [1, 2]],
      ['dirichlet', [1]],
    ],
  );
});

test('the table says what is reached and what is not', () => {
  const text = medMnistTable([
    run({}),
    run({ partition: 'dirichlet', pooled: 0.9 }),
    run({ set: 'pneumoniamnist', federated: 0.99, pooled: 0.98, alone: [0.98, 0.98] }),
  ]);
  // More is allowed to be missing on one set than on the other; the larger set stands first.
  assert.match(
    text,
    /PneumoniaMNIST, IID \| 1 \| \.990 \| \.980 \| \+\.010 \(at least −0\.02\): yes \| \.980 \| \+\.010 \(at least \+0\.02\): \*\*no\*\* \|/,
  );
  assert.match(text, /BreastMNIST, IID \| 1 \| \.850 \| \.870 \| −\.020 \(at least −0\.03\): yes \| \.780 \| \+\.070 /);
  assert.match(text, /BreastMNIST, Dirichlet\(0\.5\) \| 1 \| \.850 \| \.900 \| −\.050 \(at least −0\.03\): \*\*no\*\*/);
  assert.match(text, /breastmnist, IID, 1 \| 70 of 100, 60 of 90 \| \.850 \| \.870 \| \.800, \.760 \|/);
});
