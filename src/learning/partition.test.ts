import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SeededRandom } from '#base';
import { chosenSites } from './chosen-sites.ts';
import { type Partition, partition } from './partition.ts';

const random = new SeededRandom('labels');
const labels = Uint8Array.from({ length: 2000 }, () => (random.uniform() < 0.3 ? 1 : 0));
const columns = Array.from(labels, (_, index) => ['north', 'south', 'west'][index % 3] ?? '');
const WAYS: readonly Partition[] = [
  { kind: 'iid', nodes: 7 },
  { kind: 'dirichlet', nodes: 7, alpha: 0.5 },
  { kind: 'dirichlet', nodes: 7, alpha: 0.001 },
  { kind: 'quantity', nodes: 7, alpha: 0.5 },
  { kind: 'column', values: columns },
];

describe('partitions', () => {
  for (const way of WAYS)
    it(`${JSON.stringify({ ...way, values: undefined })}: every example is at one node, again the same`, () => {
      const parts = partition(way, labels, 1);
      const all = parts.flatMap((part) => [...part]).sort((a, b) => a - b);
      assert.deepEqual(all, [...labels.keys()]);
      assert.deepEqual(partition(way, labels, 1), parts);
      if (way.kind !== 'column') assert.notDeepEqual(partition(way, labels, 2), parts);
    });

  const positives = (part: Uint32Array): number => part.reduce((sum, example) => sum + (labels[example] ?? 0), 0);

  it('IID nodes are of one size and one kind', () => {
    for (const part of partition({ kind: 'iid', nodes: 7 }, labels, 1)) {
      assert.ok(part.length === 285 || part.length === 286);
      assert.ok(Math.abs(positives(part) / part.length - 0.3) < 0.09);
    }
  });

  it('a large alpha is near IID, a small one gives a class to few nodes', () => {
    for (const part of partition({ kind: 'dirichlet', nodes: 4, alpha: 1e6 }, labels, 1))
      assert.ok(Math.abs(part.length - 500) < 5);
    const shares = partition({ kind: 'dirichlet', nodes: 4, alpha: 0.05 }, labels, 1).map(positives);
    assert.ok(Math.max(...shares) > 0.6 * shares.reduce((sum, one) => sum + one, 0));
  });

  it('shares of a Dirichlet distribution have its variance', () => {
    // Var = (1/k)(1 − 1/k)/(k·alpha + 1): 0.1875/3 = 0.0625 for k = 4, alpha = 0.5.
    const firsts = Array.from(
      { length: 600 },
      (_, seed) => (partition({ kind: 'quantity', nodes: 4, alpha: 0.5 }, labels, seed)[0]?.length ?? 0) / 2000,
    );
    const mean = firsts.reduce((sum, one) => sum + one, 0) / firsts.length;
    const variance = firsts.reduce((sum, one) => sum + (one - mean) ** 2, 0) / firsts.length;
    assert.ok(Math.abs(mean - 0.25) < 0.03, `mean ${mean}`);
    assert.ok(Math.abs(variance - 0.0625) < 0.01, `variance ${variance}`);
  });
});

describe('sites of a round', () => {
  const sites = ['aa', 'bb', 'cc', 'dd', 'ee'];

  it('are all where no number is told', () => {
    assert.deepEqual(chosenSites(sites, { seed: 1, round: 1 }), sites);
    assert.deepEqual(chosenSites(sites, { seed: 1, round: 1, count: 9 }), sites);
  });

  it('are as many as told, the same for a seed, and each site has its turn', () => {
    const turns = new Map<string, number>();
    for (let round = 1; round <= 500; round += 1) {
      const drawn = chosenSites(sites, { seed: 3, round, count: 2 });
      assert.equal(new Set(drawn).size, 2);
      assert.deepEqual(chosenSites(sites, { seed: 3, round, count: 2 }), drawn);
      for (const site of drawn) turns.set(site, (turns.get(site) ?? 0) + 1);
    }
    for (const site of sites) assert.ok(Math.abs((turns.get(site) ?? 0) - 200) < 60, `${site} ${turns.get(site)}`);
  });
});
