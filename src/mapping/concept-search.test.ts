import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConceptSearch } from './concept-search.ts';
import { PUBLIC_CONCEPTS } from './concept-table.ts';

const search = new ConceptSearch({
  ...PUBLIC_CONCEPTS,
  synonyms: { CLIN1000060: ['Brustkrebs', 'καρκίνος μαστού', 'рак молочної залози'] },
});

const ROWS: readonly (readonly [asked: string, code: string])[] = [
  ['CLIN1000060', 'CLIN1000060'],
  ['254837009', 'CLIN1000060'],
  ['rid10349', 'IMG1000024'],
  ['https://cancerimage.eu/ontology/EUCAIM#CLIN1000060', 'CLIN1000060'],
  ['Malignant neoplasm of breast', 'CLIN1000060'],
  ['malignant neoplasm breast', 'CLIN1000060'],
  ['maligant neoplsm of brest', 'CLIN1000060'],
  ['brustkrebs', 'CLIN1000060'],
  ['Brustkrbes', 'CLIN1000060'],
  ['ΚΑΡΚΊΝΟΣ ΜΑΣΤΟΥ', 'CLIN1000060'],
  ['молочної рак залози', 'CLIN1000060'],
  ['mammography', 'IMG1000030'],
  ['mamography', 'IMG1000030'],
  ['BI-RADS 4B', 'IMG1005472'],
  ['PI-RADS 5', 'IMG1005475'],
  ['invasive ductal carcinoma breast infiltrating', 'CLIN1007973'],
  ['upper outer quadrant', 'BP1000276'],
  ['gleason grade group 3', 'CLIN1025452'],
  ['heterogenously dense', 'IMG1016692'],
];
for (const [asked, code] of ROWS) {
  test(`concepts: ${asked}`, () => {
    const [first] = search.search(asked, { limit: 3 });
    assert.equal(first?.concept.code, code, JSON.stringify(search.search(asked, { limit: 3 })));
  });
}

test('concepts: a search can be narrowed, and nothing is found where nothing is like it', () => {
  const parts = search.search('prostate', { prefixes: ['BP'] });
  assert.ok(parts.length > 5 && parts.every(({ concept }) => concept.code.startsWith('BP')));
  const conditions = search.search('breast carcinoma', { domains: ['Condition'] });
  assert.ok(conditions.length > 3 && conditions.every(({ concept }) => concept.domain === 'Condition'));
  assert.deepEqual(search.search('xqzzyv wwkkj'), []);
  assert.deepEqual(search.search('  '), []);
});
