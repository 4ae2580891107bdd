import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '#base';
import { squareByArea } from './area-resize.ts';

/** Every pixel cut into k × k pieces, so that all borders of both grids fall between pieces. */
function bruteForce(rows: number, columns: number, values: Float32Array, size: number): Float64Array {
  const longer = Math.max(rows, columns);
  // Twice the size, so that a margin of half a pixel falls between pieces as well.
  const pieces = 2 * size;
  const square = new Float64Array(size * size);
  const rowMargin = ((longer - rows) / 2) * pieces;
  const columnMargin = ((longer - columns) / 2) * pieces;
  const perTarget = (longer * pieces) / size;
  for (let y = 0; y < rows * pieces; y += 1) {
    for (let x = 0; x < columns * pieces; x += 1) {
      const value = values[Math.floor(y / pieces) * columns + Math.floor(x / pieces)] ?? 0;
      const target = Math.floor((y + rowMargin) / perTarget) * size + Math.floor((x + columnMargin) / perTarget);
      square[target] = (square[target] ?? 0) + value / perTarget ** 2;
    }
  }
  return square;
}

for (const [rows, columns, size] of [
  [8, 8, 8],
  [9, 9, 4],
  [7, 5, 3],
  [5, 12, 8],
  [3, 3, 8],
  [1, 6, 4],
  [13, 2, 5],
] as const) {
  test(`${rows} × ${columns} to ${size} × ${size} is the mean of the covered area`, () => {
    const random = new SeededRandom(`${rows}/${columns}`);
    const values = Float32Array.from({ length: rows * columns }, () => random.uniform());
    const square = squareByArea({ rows, columns, values }, size);
    const expected = bruteForce(rows, columns, values, size);
    for (const [index, value] of square.entries()) {
      assert.ok(Math.abs(value - (expected[index] ?? Number.NaN)) < 1e-6, `pixel ${index}`);
    }
  });
}
