import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CDM } from '#vocab';
import { filledColumns, jsonOfValues } from './filled-columns.ts';
import { type CdmValue, emptyValues } from './person-row.ts';

const tables = [...new Set(CDM.map(({ table }) => table))];
const odd: readonly CdmValue[] = [
  'CLIN1001234',
  '',
  'a "quoted" \\ back\\slash\n\t\u0000\u001f\u007f\u2028',
  'Größe – Ελλάδα – Україна 𝒳 \ud800',
  0,
  -0,
  12.5,
  1e21,
  true,
  false,
  null,
];

test('values of a row are written as JSON.stringify writes them, whichever of its columns are filled', () => {
  for (const table of tables) {
    const columns = Object.keys(emptyValues(table));
    for (let round = 0; round < 60; round += 1) {
      const values = emptyValues(table);
      columns.forEach((column, at) => {
        // Each round fills other columns with other values, the first none and the last all.
        const isFilled = round === 59 || (round * (at + 3)) % 7 < round % 5;
        if (isFilled) values[column] = odd[(round + at) % odd.length] ?? null;
      });
      const filled = filledColumns(table, values);
      assert.equal(jsonOfValues(filled, values), JSON.stringify(values), table);
      assert.deepEqual(
        filled.columns,
        columns.filter((column) => values[column] !== null),
      );
      assert.equal(filledColumns(table, { ...values }), filled, 'what rows have alike is one object');
    }
  }
});

test('a table that the model does not have is no table', () => {
  assert.throws(() => filledColumns('patients', {}), RangeError);
});
