import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTable } from '#intake';
import { openCountingNetwork } from './counting-network.ts';
import { differences, ownSums } from './own-sums.ts';

test('a hub adds up to the last digit what its sites count themselves, and a planted error is found', async (context) => {
  const network = await openCountingNetwork({ sites: 7, studies: 1500 });
  context.after(async () => await network.close());
  const progress = await network.progress();
  const own = ownSums(network.sites.map(({ published }) => published));
  assert.deepEqual(differences(progress, own), []);
  assert.ok(progress.totals.studies > 1300 && progress.totals.studies < 1700, `${progress.totals.studies} of 1,500`);
  assert.equal(progress.totals.syntheticStudies, progress.totals.studies);
  assert.deepEqual(
    progress.sites.map(({ tier, flags }) => [tier, ...flags]),
    Array.from({ length: 7 }, (_, index) => (index % 3 === 2 ? [2, 'other-software'] : [2])),
  );
  const [first, ...others] = network.sites;
  assert.ok(first !== undefined);
  await first.publish(10);
  const later = await network.progress();
  assert.ok(differences(later, own).length > 3, 'sums of before are not those of now');
  assert.deepEqual(differences(later, ownSums([first, ...others].map(({ published }) => published))), []);

  const folder = await mkdtemp(join(tmpdir(), 'unica-progress-'));
  context.after(async () => await rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'report.xlsx'), await network.read('/api/progress/report.xlsx'));
  const sheet = await openTable(join(folder, 'report.xlsx'));
  assert.deepEqual(sheet.header, ['figure', 'value'], 'our reader of spreadsheets opens it');
  const csv = new TextDecoder().decode(await network.read('/api/progress/tables/sites'));
  assert.equal(csv.split('\r\n').length, 8);
});
