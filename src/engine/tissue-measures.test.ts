import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { initialParameters } from './initial-parameters.ts';
import { defineNetwork } from './network-builder.ts';
import { predictAll } from './predictor.ts';
import { TISSUE_MEASURES, tissueMeasures } from './tissue-measures.ts';

const ROWS = 32;
const COLUMNS = 48;
const GREYS = { mean: 0.3, spread: 0.3 };
const MODEL = defineNetwork((network) => {
  network.output('measures', tissueMeasures(network.input('picture', [1, ROWS, COLUMNS]), GREYS));
});

/** Half a breast of a grey, with noise of a size; air right of it. */
function picture(random: SeededRandom, { grey, noise, cell = 1 }: { grey: number; noise: number; cell?: number }) {
  const values = new Float32Array(ROWS * COLUMNS);
  const draws = Float32Array.from({ length: ROWS * COLUMNS }, () => noise * random.normal());
  for (let row = 0; row < ROWS; row += 1)
    for (let column = 0; column < 40; column += 1) {
      const drawn = draws[Math.floor(row / cell) * COLUMNS + Math.floor(column / cell)] ?? 0;
      values[row * COLUMNS + column] = Math.min(1, Math.max(0.05, grey + drawn));
    }
  return values.map((value) => (value - GREYS.mean) / GREYS.spread);
}

async function measured(...pictures: readonly Float32Array[]): Promise<readonly (readonly number[])[]> {
  const all = new Float32Array(pictures.length * ROWS * COLUMNS);
  for (const [place, one] of pictures.entries()) all.set(one, place * ROWS * COLUMNS);
  const { measures = new Float32Array() } = await predictAll(
    MODEL,
    initialParameters(MODEL, 1),
    { picture: all },
    pictures.length,
  );
  return pictures.map((_, place) => [...measures.subarray(place * TISSUE_MEASURES, (place + 1) * TISSUE_MEASURES)]);
}

test('density and roughness are told apart', async () => {
  const random = new SeededRandom('tissue');
  const [smooth, rough, coarse, dense] = (await measured(
    picture(random, { grey: 0.4, noise: 0.02 }),
    picture(random, { grey: 0.4, noise: 0.06 }),
    picture(random, { grey: 0.4, noise: 0.06, cell: 8 }),
    picture(random, { grey: 0.6, noise: 0.02 }),
  )) as [number[], number[], number[], number[]];
  const at = (measures: readonly number[], place: number) => measures[place] ?? Number.NaN;
  // Mean grey.
  assert.ok(at(dense, 0) > at(smooth, 0) + 1);
  assert.ok(Math.abs(at(rough, 0) - at(smooth, 0)) < 0.3);
  // Neighbours at the finest scale, and at four times as many millimetres.
  assert.ok(at(rough, 7) > at(smooth, 7) + 1);
  assert.ok(at(rough, 7) > at(coarse, 7) + 1);
  assert.ok(at(coarse, 11) > at(rough, 11));
});

test('without any tissue it still gives numbers', async () => {
  const [nothing = [], white = []] = await measured(
    new Float32Array(ROWS * COLUMNS).fill(-1),
    new Float32Array(ROWS * COLUMNS).fill(2.3),
  );
  for (const value of [...nothing, ...white]) assert.ok(Math.abs(value) <= 6, `${value}`);
});

test('the mean grey and its spread are those of the tissue without its rim', async () => {
  const random = new SeededRandom('rim');
  const [[middle = Number.NaN, share = Number.NaN] = []] = await measured(picture(random, { grey: 0.5, noise: 0 }));
  // 0.49 and 0.27 are usual, 0.108 and 0.083 how far women lie apart.
  assert.ok(Math.abs(middle - (0.5 - 0.49) / 0.108) < 0.02, `${middle}`);
  const inside = share * 0.083 + 0.27;
  assert.ok(inside > 0.6 && inside < 40 / 48, `${inside}`);
});
