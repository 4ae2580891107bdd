import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { readFedTcgaBrca } from './fed-tcga-brca.ts';

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

test('without its files the benchmark says what is missing', async () => {
  await assert.rejects(
    readFedTcgaBrca('/nonexistent'),
    (error: unknown) => error instanceof UnicaError && error.code === 'bench.data-missing',
  );
});
