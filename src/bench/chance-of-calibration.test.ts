import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chanceOfCalibration } from './chance-of-calibration.ts';

test('chance moves the true risks of a site, less where there are more exams, and all sites at once more than each', () => {
  const [few, many] = [chanceOfCalibration(480, 8), chanceOfCalibration(3840, 8)];
  assert.equal(many.sites.length, 7);
  const spread = ({ sites }: typeof few) => sites.reduce((sum, { stdDev }) => sum + stdDev, 0) / sites.length;
  assert.ok(spread(few) > 1.5 * spread(many) && spread(many) > 0.05, `${spread(few)} and ${spread(many)}`);
  assert.ok(many.everySite <= Math.min(...many.sites.map(({ within }) => within)));
  assert.deepEqual(chanceOfCalibration(480, 8), few);
});
