import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import type { CohortQuery } from '#wire';
import { canonicalQuery } from './canonical-query.ts';
import { matches, type Searchable } from './matches.ts';
import { queryText } from './question.ts';

const F: CohortQuery = { is: 'sex', in: ['F'] };
const DX: CohortQuery = { is: 'modality', in: ['DX'] };
const over50: CohortQuery = { is: 'ageYears', from: 50 };

const SAME: readonly [string, CohortQuery, CohortQuery][] = [
  ['absorption', F, { any: [F, { all: [F, DX] }] }],
  ['De Morgan', { not: { all: [F, DX] } }, { any: [{ not: F }, { not: DX }] }],
  ['a case split', F, { any: [{ all: [F, DX] }, { all: [F, { not: DX }] }] }],
  ['case and white space', F, { is: 'sex', in: [' f'] }],
  ['a list is an OR', { is: 'sex', in: ['F', 'M'] }, { any: [{ is: 'sex', in: ['M'] }, F] }],
  ['one value excludes another', F, { all: [F, { not: { is: 'sex', in: ['M'] } }] }],
  [
    'two bins side by side',
    over50,
    {
      any: [
        { is: 'ageYears', from: 50, to: 69 },
        { is: 'ageYears', from: 70 },
      ],
    },
  ],
  ['a bound within a bin', over50, { is: 'ageYears', from: 53 }],
  ['a complement of a known age', over50, { all: [{ is: 'ageYears' }, { not: { is: 'ageYears', to: 49 } }] }],
  ['nobody', { any: [] }, { all: [F, { not: F }] }],
  ['everyone', { all: [] }, { any: [F, { not: F }] }],
  ['two findings of one study', { is: 'finding', in: ['a', 'b'] }, { any: ['b', 'a'].map(finding) }],
];
for (const [name, one, other] of SAME) {
  test(`one question, put in two ways: ${name}`, () => assert.equal(queryText(one), queryText(other)));
}

const DIFFERENT: readonly [string, CohortQuery, CohortQuery][] = [
  ['everyone and nobody', { all: [] }, { any: [] }],
  ['not of unknown sex', { not: F }, { is: 'sex', in: ['M'] }],
  ['unknown ages are in no range', { not: { is: 'ageYears', to: 49 } }, over50],
  ['a study may have both findings', finding('a'), { all: [finding('a'), { not: finding('b') }] }],
  ['a value named like our own words', { is: 'sex', in: ['else'] }, { not: { is: 'sex', in: ['else'] } }],
  ['a finding named like a field', finding('sex'), { is: 'sex', in: ['yes'] }],
];
for (const [name, one, other] of DIFFERENT) {
  test(`two questions: ${name}`, () => assert.notEqual(queryText(one), queryText(other)));
}

const atom = fc.constantFrom<CohortQuery>(
  F,
  { is: 'sex', in: ['M', 'f'] },
  DX,
  finding('Opacity'),
  { is: 'ageYears', to: 49 },
  over50,
  { is: 'ageYears', from: 40, to: 60 },
);
const { query } = fc.letrec<{ query: CohortQuery }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    atom,
    fc.array(tie('query'), { maxLength: 2 }).map((all) => ({ all })),
    fc.array(tie('query'), { maxLength: 2 }).map((any) => ({ any })),
    tie('query').map((not) => ({ not })),
  ),
}));

/** A study of every kind that the atoms can tell apart. */
const STUDIES: readonly Searchable[] = ['F', 'M', 'O', null].flatMap((sex) =>
  ['DX', null].flatMap((modality) =>
    [null, 10, 42, 52, 63, 88].flatMap((ageYears) =>
      [[], ['Opacity']].map((findings) => ({
        person: 'p',
        studyInstanceUid: 's',
        modality,
        bodyPart: null,
        manufacturer: null,
        sex,
        ageYears,
        studyYear: null,
        findings,
      })),
    ),
  ),
);

test('texts are equal exactly when the questions hold of the same studies', () => {
  const seen = { same: 0, different: 0 };
  fc.assert(
    fc.property(query, query, (one, other) => {
      const [first, second] = [canonicalQuery(one), canonicalQuery(other)];
      const same = STUDIES.every((study) => matches(first, study) === matches(second, study));
      assert.equal(queryText(one) === queryText(other), same);
      seen[same ? 'same' : 'different'] += 1;
    }),
    { numRuns: 3000, seed: 11 },
  );
  assert.ok(seen.same > 100 && seen.different > 100, JSON.stringify(seen));
});

test('a question that would take for ever is refused, one with two hundred conditions is not', () => {
  const pairs = Array.from({ length: 100 }, (_, index) => ({ all: [finding(`a${index}`), finding(`b${index}`)] }));
  assert.throws(
    () => queryText({ any: pairs }),
    (error) => error instanceof UnicaError && error.code === 'search.too-intricate',
  );
  const long = Array.from({ length: 200 }, (_, index) => finding(`f${index}`));
  assert.match(queryText({ all: [{ any: long }, F] }), /^[0-9a-f]{64}$/);
});

function finding(value: string): CohortQuery {
  return { is: 'finding', in: [value] };
}
