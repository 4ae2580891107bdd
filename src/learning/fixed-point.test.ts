import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import { FixedPointSum } from './fixed-point.ts';

const change = fc.array(fc.float({ min: -7, max: 7, noNaN: true }), { minLength: 5, maxLength: 5 });
const updates = fc.array(fc.record({ change, films: fc.integer({ min: 1, max: 5000 }) }), {
  minLength: 1,
  maxLength: 8,
});

test('the order in which sites arrive changes no bit', () => {
  fc.assert(
    fc.property(updates, fc.integer(), (sites, seed) => {
      const start = Float32Array.from({ length: 5 }, (_, index) => index / 3);
      const folded = (order: typeof sites) => {
        const sum = new FixedPointSum(5);
        for (const site of order) sum.add(Float32Array.from(site.change), site.films);
        return sum.applyTo(start);
      };
      const shuffled = [...sites].sort((a, b) => Math.sin(seed + a.films) - Math.sin(seed + b.films));
      assert.deepEqual(folded(shuffled), folded(sites));
    }),
  );
});

test('the result is the mean weighted by films, within half a step of the fixed point', () => {
  fc.assert(
    fc.property(updates, (sites) => {
      const sum = new FixedPointSum(5);
      for (const site of sites) sum.add(Float32Array.from(site.change), site.films);
      const mean = sum.applyTo(new Float32Array(5));
      const films = sites.reduce((total, site) => total + site.films, 0);
      for (let index = 0; index < 5; index += 1) {
        const exact = sites.reduce((total, site) => total + (site.films * (site.change[index] ?? 0)) / films, 0);
        assert.ok(Math.abs((mean[index] ?? 0) - exact) < 2 ** -24 + 1e-6 * Math.abs(exact));
      }
    }),
  );
});

const REFUSED: readonly [string, Float32Array, number][] = [
  ['another size', new Float32Array(4), 10],
  ['not a number', Float32Array.of(0, Number.NaN, 0), 10],
  ['infinite', Float32Array.of(0, Number.POSITIVE_INFINITY, 0), 10],
  ['a change of 8', Float32Array.of(8, 0, 0), 10],
  ['no films', new Float32Array(3), 0],
  ['half a film', new Float32Array(3), 0.5],
  ['more films than stay exact', new Float32Array(3), 2 ** 26 + 1],
];

for (const [name, update, films] of REFUSED) {
  test(`refused: ${name}; the sum stays as it was`, () => {
    const sum = new FixedPointSum(3);
    sum.add(Float32Array.of(1, 1, 1), 1);
    assert.throws(
      () => sum.add(update, films),
      (error) => error instanceof UnicaError && error.code === 'learning.update-refused',
    );
    assert.deepEqual(sum.applyTo(new Float32Array(3)), Float32Array.of(1, 1, 1));
  });
}
