import assert from 'node:assert/strict';
import { it } from 'node:test';
import { benchEngine } from './bench-engine.ts';
import { median, percentile } from './measurement.ts';

it('the median is the middle, or the mean of the two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([4, 1, 3, 9]), 3.5);
});

it('a percentile is the smallest value that so many do not exceed', () => {
  const tenths = [10, 2, 9, 1, 3, 8, 4, 7, 5, 6];
  assert.deepEqual([percentile(tenths, 50), percentile(tenths, 95), percentile(tenths, 100)], [5, 10, 10]);
  assert.equal(percentile([], 95), Number.NaN);
});

it('the smallest network is measured beside PyTorch, or its absence is said aloud', async () => {
  const seen = [];
  for await (const measurement of benchEngine({ cases: ['resnet8'], pairs: 1 })) seen.push(measurement);
  assert.deepEqual(
    seen.map(({ name, unit }) => [name, unit]),
    [
      ['train resnet8 28², batch 128', 'images/s'],
      ['infer resnet8 28², batch 128', 'images/s'],
    ],
  );
  for (const { value, reference, reference_value, ratio } of seen) {
    assert.ok(value > 0);
    if (/absent: ./.test(reference)) assert.deepEqual([reference_value, ratio], [null, null]);
    else assert.ok((reference_value ?? 0) > 0 && (ratio ?? 0) > 0);
  }
});
