import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SEARCH_FIELDS } from '#vocab';
import { QUERY_FIELDS } from '#wire';
import { factsOfCodes, numberFieldOf } from './facts-of-codes.ts';

const ROWS: readonly (readonly [string, readonly string[], object])[] = [
  ['a diagnosis by itself', ['CLIN1000060'], { diagnosis: ['CLIN1000060'] }],
  ['a result by itself says nothing', ['COM1001310'], {}],
  [
    'a result of a test',
    ['CLIN1045815=COM1001310', 'CLIN1046085=COM1001332'],
    {
      estrogenReceptor: ['COM1001310'],
      progesteroneReceptor: ['COM1001332'],
    },
  ],
  [
    'BI-RADS under its key, and PI-RADS under the key it shares',
    ['IMG1005459=IMG1005466', 'IMG1005459=IMG1005479'],
    {
      birads: ['IMG1005466'],
      pirads: ['IMG1005479'],
    },
  ],
  ['what nobody asks for', ['CLIN1037128', 'a=b', ''], {}],
];
for (const [name, codes, facts] of ROWS) {
  test(`coded facts by field: ${name}`, () => assert.deepEqual(factsOfCodes(codes), facts));
}

test('numbers by what was measured', () => {
  assert.deepEqual(
    [numberFieldOf('CLIN1033410'), numberFieldOf('CLIN1045913'), numberFieldOf('x')],
    ['psa', 'ki67', undefined],
  );
});

test('the fields of the language and of the table are the same', () => {
  assert.deepEqual([...SEARCH_FIELDS.keys()].sort(), [...QUERY_FIELDS].sort());
});
