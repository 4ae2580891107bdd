import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchSecureAggregation } from './bench-secure-aggregation.ts';

test('what masking costs is measured for a site, the hub and a drop-out', async () => {
  const rows = [];
  for await (const row of benchSecureAggregation({ parameters: 200_000, sites: 4, repeats: 1 })) rows.push(row);
  assert.deepEqual(
    rows.map(({ name }) => name.split(',')[0]),
    [
      'site: weigh and round',
      'site: mask',
      'site: both',
      'hub: add up',
      'hub: take the masks off',
      'hub: for each site that dropped out',
    ],
  );
  const [quantise, mask, both] = rows.map(({ value }) => value);
  assert.ok(Math.abs((quantise ?? 0) + (mask ?? 0) - (both ?? 0)) <= 0.002);
  for (const { value, unit } of rows) assert.ok(Number.isFinite(value) && unit === 's of processor time');
});
