import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { examplesAt, partition, simulate } from '#learning';
import { LINEAR_COX, readFedTcgaBrca } from './fed-tcga-brca.ts';
import { TCGA_SITES, TcgaNetwork } from './tcga-network.ts';
import { TcgaSiteRounds } from './tcga-site-rounds.ts';

const folder = join(process.env['UNICA_DATA'] ?? join(import.meta.dirname, '../../../shared/data'), 'fed-tcga-brca');
const skip = existsSync(join(folder, 'brca.csv')) ? false : 'the files of Fed-TCGA-BRCA are not there';

const asked = { learningRate: 0.01, rounds: 3, seed: 5 } as const;
const both = {
  model: LINEAR_COX,
  batchSize: 8,
  optimiser: { kind: 'sgd' },
  aggregation: { updates: 'open', mostFilms: 256 },
} as const;

test('a hub and six processes learn the bits of the same job simulated, and go on from a model in another job', {
  skip,
}, async () => {
  const { train: data, centres } = await readFedTcgaBrca(folder);
  const nodes = partition({ kind: 'column', values: centres }, data.targets['event'] ?? [], 0);
  const network = await TcgaNetwork.open(folder);
  try {
    // SCAFFOLD is what remembers most: at the hub, and at each site.
    const strategy = { kind: 'scaffold', serverLearningRate: 1 } as const;
    const job = { ...both, ...asked, strategy, localEpochs: 1, localSteps: 20 };
    const model = await network.run(job);
    const simulated = await simulate({ ...both, ...asked, strategy, local: { steps: 20 }, data, nodes });
    assert.deepEqual(model.parameters, simulated.parameters);
    assert.ok(simulated.parameters.every(Number.isFinite));

    const alone = { strategy: { kind: 'fedavg' }, learningRate: 0.01, rounds: 1, seed: 6 } as const;
    const sites = TCGA_SITES.slice(2, 3);
    const next = { ...both, ...alone, localEpochs: 1, localSteps: 20, sites, warmStart: model.start };
    const there = { nodes: nodes.slice(2, 3), siteIds: sites, start: model.parameters };
    const expected = await simulate({ ...both, ...alone, local: { steps: 20 }, data, ...there });
    assert.deepEqual((await network.run(next)).parameters, expected.parameters);
    assert.notDeepEqual(expected.parameters, model.parameters);
  } finally {
    await network.close();
  }
});

test('a site of the benchmark does no round that it is not made for', { skip }, async () => {
  const { train: data } = await readFedTcgaBrca(folder);
  const site = new TcgaSiteRounds('node-001', examplesAt(LINEAR_COX, data, Uint32Array.of(0, 1, 2)));
  const spec = { localSteps: 1, compression: { kind: 'int8' } };
  await assert.rejects(
    site.train({ jobId: 'j', round: 1, spec: spec as never, weights: new Uint8Array(), state: undefined }),
    RangeError,
  );
});
