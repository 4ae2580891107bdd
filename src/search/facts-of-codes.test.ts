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

test('no term is within itself, however far: what belongs to what ends', () => {
  for (const { field, terms } of SEARCH_FIELDS.values()) {
    const wider = new Map(terms.map(({ code, within }) => [code, within]));
    for (const { code } of terms) {
      let [at, steps] = [code as string | null, 0];
      while (at !== null) {
        assert.ok(wider.has(at), `${field}: ${at} is no term of the field`);
        assert.ok(steps <= terms.length, `${field}: ${code} is within itself`);
        at = wider.get(at) ?? null;
        steps += 1;
      }
    }
  }
});
