import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tcgaFigure, tcgaTable } from './tcga-report.ts';

const row = (mean: number, values: readonly number[]) => ({
  name: 'FedAvg',
  mean,
  stdDev: 0.05,
  seeds: values.length,
  values,
  regions: { mean: 0.68, stdDev: 0.02 },
  flamby: { mean: 0.7, stdDev: 0.01, regions: 0.69, otherSeeds: { mean: 0.72, stdDev: 0.03 } },
});

test('the table says within whose deviation our mean is', () => {
  const [, , near = '', far = ''] = tcgaTable([
    { ...row(0.705, [0.7, 0.71]), throughHub: { models: 2, identical: 1, seconds: 4 } },
    row(0.74, [0.74, 0.74]),
  ]).split('\n');
  assert.match(near, /\| \.705 ± \.050 \| \.705 \| \.700 ± \.010 \| \.005 \| yes \| yes \|/);
  assert.match(near, /\| \.720 ± \.030, no \| \.680 ± \.020 \/ \.690 \| 1 of 2 \|$/);
  // What was not learned through a hub says nothing of it.
  assert.match(far, /\/ \.690 \| {2}\|$/);
  assert.match(far, /\| \.040 \| no \| yes \| \.740 to \.740, 0 %/);
});

test('the figure has a dot for every seed', () => {
  const svg = tcgaFigure([row(0.705, [0.7, 0.71, 0.69])]);
  assert.equal(svg.match(/opacity="0.35"/g)?.length, 3);
});
