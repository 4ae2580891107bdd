import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnicaError } from '#base';
import { hyperOntologyConcepts } from '#vocab';
import { ConceptSearch } from './concept-search.ts';
import { PUBLIC_CONCEPTS, readConceptTable } from './concept-table.ts';
import { rulesOfConcepts } from './rules-of-concepts.ts';

const HEADER = ['concept', 'system', 'code'];

test('exact matches that come with the product are those of the public search form', () => {
  assert.deepEqual(PUBLIC_CONCEPTS.matches.get('CLIN1000060'), [{ system: 'SNOMED CT', code: '254837009' }]);
  assert.deepEqual(PUBLIC_CONCEPTS.matches.get('IMG1000024'), [{ system: 'RadLex', code: 'RID10349' }]);
  for (const concept of PUBLIC_CONCEPTS.matches.keys()) assert.ok(hyperOntologyConcepts().has(concept), concept);
});

test("a site's table adds codes and names, which are searched, in spite of slips", () => {
  const table = readConceptTable(HEADER, [
    ['CLIN1000060', 'Name', 'Brustdrüsenkrebs'],
    ['CLIN1000060', 'icd10', 'C50'],
    ['CLIN1033410', 'LOINC', '2857-1'],
    ['CLIN1000060', 'SNOMED CT', '254837009'],
    ['', '', ''],
  ]);
  const search = new ConceptSearch(table);
  const [first] = search.search('Brustdrusenkrbes');
  assert.equal(first?.concept.code, 'CLIN1000060');
  assert.deepEqual(first?.matches, [
    { system: 'SNOMED CT', code: '254837009' },
    { system: 'ICD-10', code: 'C50' },
  ]);
  assert.deepEqual(
    search.search('2857-1').map(({ concept, score }) => [concept.code, score]),
    [['CLIN1033410', 1]],
  );
  assert.equal(rulesOfConcepts(table).values.get('diagnosis brustdrusenkrebs'), 'CLIN1000060');
});

test('a code that two systems write for different concepts finds both', () => {
  const table = readConceptTable(HEADER, [
    ['CLIN1000060', 'ICD-10', 'C50'],
    ['CLIN1000065', 'ICD-O-3', 'C50'],
    ['CLIN1000060', 'ICD-O-3', 'C50.1'],
  ]);
  const found = (text: string) => new ConceptSearch(table).search(text).map(({ concept }) => concept.code);
  assert.deepEqual(found('c50'), ['CLIN1000060', 'CLIN1000065']);
  assert.deepEqual(found('C50.1'), ['CLIN1000060']);
});

const REFUSED: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a concept that is none', ['CLIN9999999', 'LOINC', '2857-1'], /no concept CLIN9999999/],
  ['a system that is none', ['CLIN1000060', 'MeSH', 'D1'], /is no system/],
  ['a check digit of SNOMED CT', ['CLIN1000060', 'SNOMED CT', '254837008'], /no code of SNOMED CT/],
  ['two digits swapped', ['CLIN1000060', 'SNOMED CT', '254873009'], /no code of SNOMED CT/],
  ['a check digit of LOINC', ['CLIN1033410', 'LOINC', '2857-2'], /no code of LOINC/],
  ['a morphology', ['CLIN1000060', 'ICD-O-3', '85003'], /no code of ICD-O-3/],
  ['a code of another concept', ['CLIN1000065', 'SNOMED CT', '254837009'], /both CLIN1000060 and CLIN1000065/],
  ['an empty name', ['CLIN1000060', 'name', ''], /1 to 200/],
];
for (const [name, row, problem] of REFUSED) {
  test(`concept table: ${name} is refused with its row`, () => {
    const rows = [['CLIN1000060', 'name', 'x'], row];
    assert.throws(
      () => readConceptTable(HEADER, rows),
      (error) =>
        error instanceof UnicaError &&
        error.code === 'mapping.concepts-unreadable' &&
        error.facts['row'] === 2 &&
        problem.test(error.message),
    );
  });
}

test('concept table: columns that are missing are named', () => {
  assert.throws(() => readConceptTable(['concept', 'code'], []), /no column "system"/);
});
