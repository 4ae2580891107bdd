import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SeededRandom } from '#base';
import { streamCohort } from '#consent';
import { emptySet, put } from './bit-set.ts';
import type { Searchable } from './matches.ts';
import { openTestDesk, searchableRow } from './search-desk-fixture.ts';
import { SearchIndex } from './search-index.ts';

/** People of one to six rows, in studies or in none, in the order in which an index keeps them; no two rows are alike. */
function someRows(random: SeededRandom, people: number): readonly Searchable[] {
  return Array.from({ length: people }, (_, number) => {
    const person = `p${String(number).padStart(6, '0')}`;
    let study = 0;
    return Array.from({ length: 1 + random.below(6) }, (_, row) => {
      study += random.below(2);
      return searchableRow({ person, studyInstanceUid: `${person}.${study}`, ageYears: row });
    }).map((row, index, all) =>
      index > 0 && index === all.length - 1 && random.below(3) === 0 ? { ...row, studyInstanceUid: null } : row,
    );
  }).flat();
}

async function indexOf(context: TestContext, rows: readonly Searchable[]): Promise<SearchIndex> {
  const { optOuts } = await openTestDesk(context, { rows: () => [] });
  return await SearchIndex.build(streamCohort({ dataset: 'd', dataVersion: 'v', members: rows, standing: optOuts }));
}

/** What the definition says, row by row. */
function counted(rows: readonly Searchable[], studiesOfOne: number) {
  const studies = new Map<string, Set<string>>();
  for (const { person, studyInstanceUid } of rows) {
    const own = studies.get(person) ?? new Set();
    studies.set(person, own);
    if (studyInstanceUid !== null) own.add(studyInstanceUid);
  }
  const many = [...studies.values()].map(({ size }) => Math.min(size, studiesOfOne));
  return { persons: studies.size, studies: many.reduce((sum, size) => sum + size, 0) };
}

for (const [name, one] of [
  ['none', 0],
  ['one in fifty', 50],
  ['one in three', 3],
  ['all', 1],
] as const) {
  test(`people and studies of any rows are those of the definition: ${name}`, async (context) => {
    const random = new SeededRandom(`index/${name}`);
    const rows = someRows(random, 3000);
    const index = await indexOf(context, rows);
    assert.equal(index.rows, rows.length);
    for (let again = 0; again < 20; again += 1) {
      const chosen = rows.flatMap((_, row) => (one > 0 && random.below(one) === 0 ? [row] : []));
      const set = emptySet(rows.length);
      for (const row of chosen) put(set, row);
      const found = chosen.flatMap((row) => rows[row] ?? []);
      for (const studiesOfOne of [1, 2, Number.POSITIVE_INFINITY]) {
        assert.deepEqual(index.count(set, studiesOfOne), counted(found, studiesOfOne));
      }
    }
  });
}
