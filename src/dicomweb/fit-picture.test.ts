import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { fitPicture } from './fit-picture.ts';

/** [rows, columns, channels, viewport, rows and columns that fit]. */
const PICTURES = [
  [40, 30, 1, 10, [10, 8]],
  [37, 53, 1, 16, [11, 16]],
  [23, 17, 3, 9, [9, 7]],
  [5, 300, 1, 64, [1, 64]],
] as const;
for (const [rows, columns, channels, side, size] of PICTURES) {
  test(`${rows} by ${columns} in ${channels} is the mean of what each pixel stands for`, () => {
    const random = new SeededRandom(`fit/${rows}`);
    const shades = Uint8Array.from({ length: rows * columns * channels }, () => random.below(256));
    const small = fitPicture({ rows, columns, channels, shades }, { rows: side, columns: side });
    assert.deepEqual([small.rows, small.columns], size);
    for (let row = 0; row < small.rows; row += 1)
      for (let column = 0; column < small.columns; column += 1)
        for (let channel = 0; channel < channels; channel += 1) {
          const of: number[] = [];
          const [top, left] = [Math.floor((row * rows) / small.rows), Math.floor((column * columns) / small.columns)];
          const bottom = Math.max(top + 1, Math.floor(((row + 1) * rows) / small.rows));
          const right = Math.max(left + 1, Math.floor(((column + 1) * columns) / small.columns));
          for (let y = top; y < bottom; y += 1)
            for (let x = left; x < right; x += 1) of.push(shades[(y * columns + x) * channels + channel] ?? 0);
          const mean = Math.round(of.reduce((sum, shade) => sum + shade, 0) / of.length);
          assert.equal(small.shades[(row * small.columns + column) * channels + channel], mean);
        }
  });
}

test('what fits already stays as it is', () => {
  const picture = { rows: 2, columns: 3, channels: 1 as const, shades: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assert.equal(fitPicture(picture, { rows: 2, columns: 3 }), picture);
  assert.equal(fitPicture(picture, undefined), picture);
});
