import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { benchMedMnist, type MedMnistRun } from './bench-medmnist.ts';

const folder = join(process.env['UNICA_DATA'] ?? join(import.meta.dirname, '../../../shared/data'), 'medmnist');
const skip = existsSync(join(folder, 'breastmnist.npz')) ? false : 'the files of MedMNIST are not there';

test('two rounds over four nodes beside pooled training and each node alone, and what is there is not run again', {
  skip,
}, async () => {
  const asked = { folder, seeds: 1, only: 'breastmnist', rounds: 2 } as const;
  const runs = await collected(benchMedMnist(asked));
  assert.deepEqual(
    runs.map(({ set, partition, seed }) => [set, partition, seed]),
    [
      ['breastmnist', 'iid', 1],
      ['breastmnist', 'dirichlet', 1],
    ],
  );
  for (const { nodes, alone, federated, pooled } of runs) {
    assert.equal(nodes.length, 4);
    assert.equal(alone.length, nodes.filter(({ images }) => images > 0).length);
    for (const auc of [federated, pooled, ...alone]) assert.ok(auc >= 0 && auc <= 1, `${auc}`);
  }
  const [iid, dirichlet] = runs;
  const images = (run: MedMnistRun | undefined) => run?.nodes.reduce((sum, node) => sum + node.images, 0);
  assert.equal(images(iid), images(dirichlet));
  assert.ok(iid !== undefined && Math.max(...iid.nodes.map((node) => node.images)) - (images(iid) ?? 0) / 4 <= 1);
  // Pooled training does not hang on how the images were dealt out.
  assert.equal(iid.pooled, dirichlet?.pooled);
  const marked = runs.map((run) => ({ ...run, federated: 2 }));
  assert.deepEqual(await collected(benchMedMnist({ ...asked, known: marked })), marked);
  const [again] = await collected(benchMedMnist({ ...asked, known: marked.map((run) => ({ ...run, recipe: '' })) }));
  assert.equal(again?.federated, iid.federated);
});

test('without its files the benchmark says what is missing', async () => {
  await assert.rejects(
    collected(benchMedMnist({ folder: '/nonexistent', seeds: 1 })),
    (error: unknown) => error instanceof UnicaError && error.code === 'bench.data-missing',
  );
});

async function collected(runs: AsyncIterable<MedMnistRun>): Promise<readonly MedMnistRun[]> {
  const all: MedMnistRun[] = [];
  for await (const run of runs) all.push(run);
  return all;
}
