import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchDicomReceive } from './bench-dicom-receive.ts';
import { orthancVersion } from './orthanc-peer.ts';

test('bench: receiving is measured with one and four associations, beside Orthanc where it is present', async () => {
  const measured = [];
  for await (const measurement of benchDicomReceive({ images: 8, sizePx: 32, turns: 1 })) measured.push(measurement);
  // Beside Orthanc as it is installed, and beside one that is not durable.
  assert.equal(measured.filter(({ unit }) => unit === 'images/s').length, 4);
  for (const { value, reference_value, ratio, unit } of measured) {
    // Eight small images may take less than the system counts in.
    assert.ok(unit === 'ms' ? value >= 0 : value > 0);
    assert.ok(unit === 'images/s' || unit === 'ms');
    assert.equal(reference_value === null, orthancVersion() === undefined);
    if (unit === 'images/s') assert.equal(ratio === null, reference_value === null);
  }
});
