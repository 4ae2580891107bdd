import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CohortQuery, cohortQuerySchema } from '#wire';
import { canonicalQuery } from './canonical-query.ts';
import { matches, type Searchable } from './matches.ts';

const condition: fc.Arbitrary<CohortQuery> = fc.oneof(
  fc.record({
    is: fc.constantFrom('sex', 'modality', 'finding'),
    in: fc.array(fc.constantFrom('F', 'M', ' m ', 'DX', 'CR', 'Opacity'), { minLength: 1, maxLength: 3 }),
  }),
  // Bins of five years, so that rounding outwards changes nothing and the oracle can be exact.
  fc
    .tuple(fc.integer({ min: 0, max: 17 }), fc.integer({ min: 0, max: 17 }))
    .map(([from, to]) => ({ is: 'ageYears', from: from * 5, to: to * 5 + 4 })),
) as fc.Arbitrary<CohortQuery>;
const { query } = fc.letrec<{ query: CohortQuery }>((tie) => ({
  query: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    condition,
    fc.array(tie('query'), { maxLength: 3 }).map((all) => ({ all })),
    fc.array(tie('query'), { maxLength: 3 }).map((any) => ({ any })),
    tie('query').map((not) => ({ not })),
  ),
}));
const study: fc.Arbitrary<Searchable> = fc.record({
  person: fc.constant('p'),
  studyInstanceUid: fc.constant('s'),
  modality: fc.constantFrom('DX', 'CR', null),
  bodyPart: fc.constant(null),
  manufacturer: fc.constant(null),
  sex: fc.constantFrom('F', 'M', null),
  ageYears: fc.option(fc.integer({ min: 0, max: 89 }), { nil: null }),
  studyYear: fc.constant(null),
  findings: fc.subarray(['Opacity', 'Nodule']),
});

/** The meaning of a query, written down once more and plainly. */
function holds(query: CohortQuery, one: Searchable): boolean {
  if ('all' in query) return !query.all.some((child) => !holds(child, one));
  if ('any' in query) return query.any.filter((child) => holds(child, one)).length > 0;
  if ('not' in query) return holds(query.not, one) === false;
  if ('in' in query) {
    const has = { sex: [one.sex], modality: [one.modality], finding: one.findings }[query.is as 'sex'];
    const wanted = query.in.map((value) => value.trim().toUpperCase());
    return has.some((value) => value !== null && wanted.includes(value.toUpperCase()));
  }
  return one.ageYears !== null && one.ageYears >= (query.from ?? 0) && one.ageYears <= (query.to ?? 200);
}

test('a canonical query means what the query meant', () => {
  fc.assert(
    fc.property(query, study, (asked, one) => {
      assert.equal(matches(canonicalQuery(asked), one), holds(asked, one));
    }),
    { numRuns: 2000 },
  );
});

test('a canonical form is its own canonical form, and the order of children says nothing', () => {
  fc.assert(
    fc.property(fc.array(query, { minLength: 2, maxLength: 4 }), (children) => {
      const canonical = canonicalQuery({ all: children });
      assert.deepEqual(canonicalQuery(canonical), canonical);
      assert.deepEqual(canonicalQuery({ all: [...children].reverse() }), canonical);
      assert.deepEqual(canonicalQuery({ all: [{ all: children }, ...children] }), canonical);
    }),
  );
});

const CANONICAL: readonly [string, CohortQuery, CohortQuery][] = [
  ['both ends outwards', { is: 'ageYears', from: 52, to: 61 }, { is: 'ageYears', from: 50, to: 64 }],
  ['from the first bin', { is: 'ageYears', from: 0, to: 4 }, { is: 'ageYears', to: 4 }],
  ['ninety and over are one bin', { is: 'ageYears', from: 97 }, { is: 'ageYears', from: 90 }],
  ['an upper bound that excludes nobody', { is: 'ageYears', from: 50, to: 93 }, { is: 'ageYears', from: 50 }],
  ['years one by one', { is: 'studyYear', from: 2020, to: 2021 }, { is: 'studyYear', from: 2020, to: 2021 }],
  ['a year nobody is near', { is: 'studyYear', from: 1212 }, { is: 'studyYear' }],
  ['one age is its bin', { is: 'ageYears', in: ['52'] }, { is: 'ageYears', from: 50, to: 54 }],
  ['an age that is none', { is: 'ageYears', in: ['old'] }, { any: [] }],
  ['case and white space', { is: 'sex', in: [' f', 'F', 'female'] }, { is: 'sex', in: ['COM1001370'] }],
  ['a code and the DICOM value', { is: 'modality', in: ['DX', 'IMG1000028'] }, { is: 'modality', in: ['IMG1000028'] }],
  [
    'a maker by the beginning',
    { is: 'manufacturer', in: ['SIEMENS Healthineers'] },
    { is: 'manufacturer', in: ['IMG1000044'] },
  ],
  ['a maker without a code', { is: 'manufacturer', in: ['Villa'] }, { is: 'manufacturer', in: ['villa'] }],
  [
    'everything within a code',
    { is: 'birads', in: ['IMG1005465'] },
    { is: 'birads', in: ['IMG1005460', 'IMG1005465', 'IMG1005471', 'IMG1005472'] },
  ],
  ['uneven bins', { is: 'psa', from: 4.5, to: 11 }, { is: 'psa', from: 4, to: 19 }],
];
for (const [name, asked, canonical] of CANONICAL) {
  test(`asked in published bins and folded texts: ${name}`, () => assert.deepEqual(canonicalQuery(asked), canonical));
}

const REFUSED: readonly [string, unknown][] = [
  ['an unknown field', { is: 'name', in: ['x'] }],
  ['an unknown key', { is: 'sex', in: ['F'], or: 1 }],
  ['no values', { is: 'sex', in: [] }],
  ['a range on a text', { is: 'sex', from: 1 }],
  ['neither', { is: 'sex' }],
  ['a list', []],
  ['nothing', null],
  ['ten thousand conditions', { any: Array(10_000).fill({ is: 'sex', in: ['F'] }) }],
  ['ten thousand deep', Array.from({ length: 10_000 }).reduce((inner: unknown) => ({ not: inner }), { all: [] })],
  ['nine deep', Array.from({ length: 9 }).reduce((inner: unknown) => ({ not: inner }), { is: 'sex', in: ['F'] })],
  [
    '201 conditions',
    { all: [{ any: Array(101).fill({ is: 'sex', in: ['F'] }) }, { any: Array(100).fill({ is: 'sex', in: ['F'] }) }] },
  ],
];
for (const [name, asked] of REFUSED) {
  test(`refused at the edge, and fast: ${name}`, () => {
    const beganMs = performance.now();
    assert.equal(cohortQuerySchema.safeParse(asked).success, false);
    assert.ok(performance.now() - beganMs < 250);
  });
}
