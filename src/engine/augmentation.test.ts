import assert from 'node:assert/strict';
import { it } from 'node:test';
import { SeededRandom } from '#base';
import { type Augmentation, augment } from './augmentation.ts';

const shape = [2, 9, 7];
const picture = Float32Array.from({ length: 126 }, (_, index) => Math.sin(index));

function changed(how: Augmentation, seed = 'a'): Float32Array {
  const to = new Float32Array(picture.length);
  augment(picture, to, shape, how, new SeededRandom(seed));
  return to;
}

it('nothing asked, nothing changed', () => {
  assert.deepEqual(changed({}), picture);
  assert.deepEqual(changed({ shiftPixels: 0, rotateDegrees: 0, zoom: 0, contrast: 0, noise: 0 }), picture);
});

it('mirrors whole pictures, about half of them', () => {
  const mirrored = Float32Array.from(picture, (_, index) => picture[index - (index % 7) + 6 - (index % 7)] ?? 0);
  const seen = Array.from({ length: 60 }, (_, seed) => changed({ mirror: true }, String(seed)));
  const flips = seen.filter((one) =>
    one.every((value, index) => Math.abs(value - (mirrored[index] ?? 9)) < 1e-6),
  ).length;
  const same = seen.filter((one) => one.every((value, index) => value === picture[index])).length;
  assert.equal(flips + same, 60);
  assert.ok(flips > 15 && same > 15);
});

it('a constant picture stays constant under every movement', () => {
  const to = new Float32Array(126);
  const how = { shiftPixels: 3, rotateDegrees: 30, zoom: 0.3, mirror: true };
  augment(new Float32Array(126).fill(4), to, shape, how, new SeededRandom(1));
  assert.ok(to.every((value) => Math.abs(value - 4) < 1e-5));
});

it('a shift moves a line by no more than asked, and keeps its middle brightness', () => {
  const line = Float32Array.from({ length: 126 }, (_, index) => (index % 7 === 3 ? 1 : 0));
  for (let seed = 0; seed < 20; seed += 1) {
    const to = new Float32Array(126);
    augment(line, to, shape, { shiftPixels: 2 }, new SeededRandom(seed));
    const row = to.slice(28, 35);
    const middle =
      row.reduce((sum, value, column) => sum + value * column, 0) / row.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(middle - 3) <= 2.001, `middle at ${middle}`);
    assert.ok(Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
  }
});

it('channels move together', () => {
  const twice = Float32Array.from({ length: 126 }, (_, index) => Math.cos(index % 63));
  const to = new Float32Array(126);
  augment(twice, to, shape, { shiftPixels: 2, rotateDegrees: 20 }, new SeededRandom(5));
  assert.deepEqual(to.slice(0, 63), to.slice(63));
});
