import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { initialParameters } from '#engine';
import { scoresOf } from './bench-tcga.ts';
import { LINEAR_COX, readFedTcgaBrca, readPublishedScores } from './fed-tcga-brca.ts';

const folder = join(process.env['UNICA_DATA'] ?? '../shared/data', 'fed-tcga-brca');
const skip = existsSync(join(folder, 'brca.csv')) ? false : 'the files of Fed-TCGA-BRCA are absent';

test('Fed-TCGA-BRCA: people, centres and covariates are those FLamby publishes', { skip }, async () => {
  const { train, centres, test: held } = await readFedTcgaBrca(folder);
  // FLamby's paper, table of the data sets: 866 and 222 people; training people of the six regions.
  assert.deepEqual([train.count, held.count], [866, 222]);
  const sizes = ['0', '1', '2', '3', '4', '5'].map((centre) => centres.filter((one) => one === centre).length);
  assert.deepEqual(sizes, [248, 156, 164, 129, 129, 40]);
  for (const part of [train, held]) {
    assert.equal(part.inputs['covariates']?.length, 39 * part.count);
    assert.ok(part.inputs['covariates']?.every(Number.isFinite));
    assert.ok(part.targets['event']?.every((event) => event === 0 || event === 1));
    assert.ok(part.targets['time']?.every((days) => days >= 0));
  }
});

test('published figures are read by method, the regions as their mean', { skip }, async () => {
  const published = await readPublishedScores(folder);
  assert.deepEqual(published.get('FedAdam100')?.pooled, { mean: 0.8421, stdDev: 0.015 });
  // (.8486 + .6545 + .8815 + .6042 + .9021 + 1) / 6
  assert.ok(Math.abs((published.get('FedAdam100')?.regions ?? 0) - 0.81515) < 1e-9);
});

test('a model is scored on all test people and on those of each region', { skip }, async () => {
  const data = await readFedTcgaBrca(folder);
  const sizes = ['0', '1', '2', '3', '4', '5'].map((one) => data.testCentres.filter((centre) => centre === one).length);
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    222,
  );
  const parameters = initialParameters(LINEAR_COX, 1);
  const { pooled, regions } = await scoresOf(parameters, data);
  const turned = await scoresOf(
    parameters.map((one) => -one),
    data,
  );
  // The other way about every pair is the other way about.
  assert.ok(Math.abs(pooled + turned.pooled - 1) < 1e-6);
  assert.equal(regions.length, 6);
  regions.forEach((region, index) => {
    assert.ok(Math.abs(region + (turned.regions[index] ?? 0) - 1) < 1e-6);
  });
});

test('without its files the benchmark says what is missing', async () => {
  await assert.rejects(
    readFedTcgaBrca('/nonexistent'),
    (error: unknown) => error instanceof UnicaError && error.code === 'bench.data-missing',
  );
});
