import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchDicomweb } from './bench-dicomweb.ts';
import type { Measurement } from './measurement.ts';

test('the benchmark of searches fills an index as it is now, and each of its questions finds something', async () => {
  const measured: Measurement[] = [];
  for await (const measurement of benchDicomweb({ studies: 2000 })) measured.push(measurement);
  assert.equal(measured.length, 13);
  for (const { name, value, unit } of measured) {
    assert.match(name, /p95 at 20,000 images$/);
    assert.equal(unit, 'ms');
    assert.ok(typeof value === 'number' && value > 0);
  }
  // A far page is beyond the end of so small an index, and few of its people are asked for.
  const found = measured.filter(({ name }) => !/far page|patient/.test(name));
  assert.ok(found.length >= 9);
  for (const { name } of found) assert.doesNotMatch(name, /\(0 results/, name);
});
