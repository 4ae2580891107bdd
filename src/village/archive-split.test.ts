import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { nodeShares, type SplitFilm, splitArchives } from './archive-split.ts';

const random = new SeededRandom('archive-split');
const films: readonly SplitFilm[] = Array.from({ length: 900 }, () => {
  const person = random.below(500);
  return { person: `P${person}`, positive: person % 2 === 0 && random.uniform() < 0.9 };
});

for (const nodes of [1, 2, 3, 5, 8]) {
  test(`${nodes} nodes: every film is in one place, a person's films in the same`, () => {
    const split = splitArchives(films, { nodes, heldOutShare: 0.2, seed: 7 });
    const places = [...split.nodes, split.heldOut];
    assert.deepEqual(
      places.flat().sort((a, b) => a - b),
      films.map((_, index) => index),
    );
    const placeOf = new Map<string, number>();
    for (const [place, indices] of places.entries()) {
      for (const index of indices) {
        const person = films[index]?.person ?? '';
        assert.equal(placeOf.get(person) ?? place, place);
        placeOf.set(person, place);
      }
    }
  });

  test(`${nodes} nodes: shares sum to one`, () => {
    for (const kind of ['positive', 'negative'] as const) {
      assert.ok(Math.abs(nodeShares(nodes).reduce((sum, share) => sum + share[kind], 0) - 1) < 1e-12);
    }
  });
}

test('the first node lacks films with the finding, the second films without', () => {
  const [first = [], second = []] = splitArchives(films, { nodes: 3, heldOutShare: 0.2, seed: 7 }).nodes;
  const rate = (indices: readonly number[]) =>
    indices.filter((index) => films[index]?.positive === true).length / indices.length;
  assert.ok(rate(first) < 0.35, `first ${rate(first)}`);
  assert.ok(rate(second) > 0.6, `second ${rate(second)}`);
});

test('about a fifth of each class is kept apart', () => {
  const { heldOut } = splitArchives(films, { nodes: 3, heldOutShare: 0.2, seed: 7 });
  assert.ok(Math.abs(heldOut.length / films.length - 0.2) < 0.03);
});

test('the seed alone decides', () => {
  const split = (seed: number) => splitArchives(films, { nodes: 3, heldOutShare: 0.2, seed });
  assert.deepEqual(split(7), split(7));
  assert.notDeepEqual(split(7), split(8));
});
