import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { breastRegion } from '#films';
import { densityFeatures, densityShares, fitDensity } from './breast-density.ts';

/** Half a disc with dense islands over fat, in so large a part of it. */
function breast(dense: number, seed: string) {
  const random = new SeededRandom(seed);
  const side = 160;
  const islands = Array.from({ length: 12 }, () => ({
    x: random.between(0.1, 0.6) * side,
    y: random.between(0.25, 0.75) * side,
    radius: 0.22 * side * Math.sqrt(dense) * random.between(0.5, 1),
  }));
  const values = Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    if ((x / (0.8 * side)) ** 2 + ((y - side / 2) / (0.45 * side)) ** 2 > 1) return 0.02 * random.uniform();
    const island = islands.some((one) => Math.hypot(one.x - x, one.y - y) < one.radius);
    return (island ? 0.8 : 0.35) + 0.04 * random.normal();
  });
  return { rows: side, columns: side, values };
}

function featuresOf(dense: number, seed: string): Float64Array {
  const picture = breast(dense, seed);
  const region = breastRegion(picture);
  assert.ok(region);
  return densityFeatures(picture, region);
}

const GRADES = { F: 0.05, G: 0.3, D: 0.8 } as const;
const classes = ['F', 'G', 'D'] as const;

test('breasts of other density are told apart, and shares add up to one', () => {
  const learned = classes.flatMap((density) =>
    Array.from({ length: 8 }, (_, index) => ({
      density,
      features: featuresOf(GRADES[density], `${density}/${index}`),
    })),
  );
  const model = fitDensity(learned, classes);
  for (const density of classes)
    for (let index = 0; index < 4; index += 1) {
      const shares = densityShares(model, featuresOf(GRADES[density], `${density}/new/${index}`));
      assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
      if (density !== 'G') assert.equal(classes[shares.indexOf(Math.max(...shares))], density);
    }
  assert.deepEqual(fitDensity(learned, classes), model);
});

test('a class without a breast, and a breast of a few pixels, are refused', () => {
  const examples = [{ density: 'F', features: Float64Array.of(1, 2) }];
  assert.throws(() => fitDensity(examples, classes), { code: 'engine.data-mismatch' });
  const speck = {
    rows: 32,
    columns: 32,
    values: Float32Array.from({ length: 1024 }, (_, at) => (at % 32 < 3 ? 1 : 0)),
  };
  const region = breastRegion(speck);
  assert.ok(region);
  assert.throws(() => densityFeatures(speck, region), { code: 'pilots.film-unusable' });
});

test('fat as dark as air inside a breast belongs to it', () => {
  const side = 100;
  const values = Float32Array.from({ length: side * side }, (_, index) => {
    const [x, y] = [index % side, Math.floor(index / side)];
    if (Math.hypot(x - 30, y - 50) < 8) return 0;
    return Math.hypot(x, y - 50) < 60 ? 1 : 0;
  });
  const region = breastRegion({ rows: side, columns: side, values });
  assert.equal(region?.mask[50 * side + 30], 1);
  assert.equal(region?.mask[50 * side + 90], 0);
});
