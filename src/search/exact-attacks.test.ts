import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { UnicaError } from '#base';
import type { CohortQuery } from '#wire';
import type { Searchable } from './matches.ts';
import { openTestDesk, searchableRow } from './search-desk-fixture.ts';

/** Only the target has a study of this year; whether they have the finding is what nobody may learn. */
const YEAR = 1990;
const SECRET: CohortQuery = { is: 'finding', in: ['secret'] };
const OF_YEAR: CohortQuery = { is: 'studyYear', from: YEAR, to: YEAR };
const makers = (from: number, to: number): CohortQuery => ({
  is: 'manufacturer',
  in: Array.from({ length: to - from }, (_, index) => `m${from + index}`),
});
const all = (...of: readonly CohortQuery[]): CohortQuery => ({ all: [...of] });
const any = (...of: readonly CohortQuery[]): CohortQuery => ({ any: [...of] });
const not = (of: CohortQuery): CohortQuery => ({ not: of });
const TARGET = all(SECRET, OF_YEAR);

/** Numbers whose sum, with signs, is the number of people like the target. The last one is the one too many. */
const ATTACKS: readonly {
  readonly name: string;
  /** With how many earlier numbers the last one has to be combined. */
  readonly combined: number;
  readonly asks: readonly (readonly [1 | -1, CohortQuery])[];
}[] = [
  {
    name: 'one from one',
    combined: 1,
    asks: [
      [1, SECRET],
      [-1, all(SECRET, not(OF_YEAR))],
    ],
  },
  {
    name: 'two parts from a whole',
    combined: 2,
    asks: [
      [1, SECRET],
      [-1, all(SECRET, makers(0, 5))],
      [-1, all(SECRET, makers(5, 10), not(OF_YEAR))],
    ],
  },
  {
    name: 'the whole last',
    combined: 2,
    asks: [
      [-1, all(SECRET, makers(0, 5))],
      [-1, all(SECRET, makers(5, 10), not(OF_YEAR))],
      [1, SECRET],
    ],
  },
  {
    name: 'three parts from a whole',
    combined: 3,
    asks: [
      [1, SECRET],
      [-1, all(SECRET, makers(0, 3))],
      [-1, all(SECRET, makers(3, 6))],
      [-1, all(SECRET, makers(6, 10), not(OF_YEAR))],
    ],
  },
  {
    name: 'the general tracker of Denning and Schlörer',
    combined: 1,
    asks: [
      [-1, makers(0, 5)],
      [-1, not(makers(0, 5))],
      [1, any(TARGET, makers(0, 5))],
      [1, any(TARGET, not(makers(0, 5)))],
    ],
  },
];

/** 600 people with one film each, and one more of the maker m9 whose film is of another year. */
function world(has: boolean): readonly Searchable[] {
  return Array.from({ length: 601 }, (_, index) =>
    searchableRow({
      person: `p${String(index).padStart(4, '0')}`,
      manufacturer: index === 600 ? 'm9' : `m${index % 10}`,
      studyYear: index === 600 ? YEAR : 2020,
      findings: index === 600 ? (has ? ['secret'] : []) : index % 3 === 0 ? ['secret'] : [],
    }),
  );
}

/** The numbers that were told, with their signs; undefined where one of them was refused. */
async function attacked(
  context: Pick<TestContext, 'after'>,
  attack: (typeof ATTACKS)[number],
  options: { readonly has: boolean; readonly combined?: number; readonly permits?: readonly number[] },
): Promise<number | undefined> {
  const { desk } = await openTestDesk(context, {
    rows: () => world(options.has),
    ...(options.combined === undefined ? {} : { combined: options.combined }),
  });
  let sum = 0;
  for (const [index, [sign, query]] of attack.asks.entries()) {
    const number = options.permits?.[index % options.permits.length] ?? 1;
    try {
      const { persons } = await desk.answerExactly(
        { query, requester: 'eve' },
        { permitId: `permit-${number}`, holder: 'eve', projectId: `request-${number}` },
      );
      if (!('count' in persons)) return undefined;
      sum += sign * persons.count;
    } catch (error) {
      if (!(error instanceof UnicaError) || error.code !== 'search.too-near') throw error;
      if (attack.combined > 1) assert.equal(index, attack.asks.length - 1, 'what comes before is told');
      return undefined;
    }
  }
  return sum;
}

for (const attack of ATTACKS) {
  test(`exact numbers are not put together: ${attack.name}`, async (context) => {
    for (const has of [true, false]) {
      if (attack.combined > 1) {
        const told = await attacked(context, attack, { has, combined: attack.combined - 1 });
        assert.equal(told, has ? 1 : 0, 'without the look at so many numbers the attack tells of the target');
      }
      assert.equal(await attacked(context, attack, { has }), undefined, 'refused, whether there is somebody or nobody');
      assert.equal(
        await attacked(context, attack, { has, permits: [1, 2] }),
        undefined,
        'over two permits of one holder, too',
      );
    }
  });
}

test('studies are not put together either, where their people could be told', async (context) => {
  // Everybody has a study before 2000 and one after; one has a third, of 2000.
  const rows = Array.from({ length: 100 }, (_, index) => [
    ...[1995, 2005].map((studyYear) =>
      searchableRow({ person: `p${index}`, studyInstanceUid: `${index}.${studyYear}`, studyYear }),
    ),
    ...(index === 50
      ? [searchableRow({ person: `p${index}`, studyInstanceUid: `${index}.2000`, studyYear: 2000 })]
      : []),
  ]).flat();
  const { desk } = await openTestDesk(context, { rows: () => rows });
  const ask = async (query: CohortQuery) =>
    await desk.answerExactly({ query, requester: 'eve' }, { permitId: 'p', holder: 'eve', projectId: 'r' });
  const years = (from: number, to: number): CohortQuery => ({ is: 'studyYear', from, to });
  assert.deepEqual((await ask(years(1990, 1999))).studies, { count: 100 });
  await assert.rejects(
    ask({ all: [] }),
    (error) => error instanceof UnicaError && error.code === 'search.too-near',
    'all people have both',
  );
});

test('what is useful stays: separate groups, a table under a permit, a repeat, and the same after enough have come', async (context) => {
  let people = 600;
  const { desk } = await openTestDesk(context, {
    rows: () => world(true).slice(0, people),
    dataVersion: () => `v${people}`,
  });
  const permit = { permitId: 'p', holder: 'ana', projectId: 'r', statistics: true };
  const ask = async (query: CohortQuery, facets: readonly ('manufacturer' | 'sex')[] = []) =>
    await desk.answerExactly({ query, requester: 'ana', facets }, permit);
  const code = (wanted: string) => (error: unknown) => error instanceof UnicaError && error.code === wanted;
  assert.deepEqual(
    (await ask({ all: [] }, ['manufacturer'])).facets?.[0]?.cells.map(({ persons }) => persons),
    [...Array.from({ length: 10 }, () => ({ count: 60 }))],
  );
  assert.deepEqual((await ask(SECRET)).persons, { count: 200 });
  assert.deepEqual((await ask(all(SECRET, makers(0, 5)))).persons, { count: 100 });
  assert.deepEqual((await ask(SECRET)).persons, { count: 200 });
  people = 599;
  await assert.rejects(ask({ all: [] }), code('search.too-little-new'));
  await assert.rejects(ask({ all: [] }), code('search.too-little-new'), 'again');
  people = 590;
  assert.deepEqual((await ask({ all: [] })).persons, { count: 590 }, 'ten have gone');
});

test('what was told before is told anew only where it does not tell of whoever is left', async (context) => {
  // Of fifteen who are neither women nor men three are left: what all less women and men would tell.
  let version = 1;
  const rows = () => {
    const [women, men, others] = version === 1 ? [100, 100, 15] : [120, 120, 3];
    return Array.from({ length: women + men + others }, (_, index) =>
      searchableRow({
        person: `p${String(index).padStart(4, '0')}`,
        sex: index < women ? 'F' : index < women + men ? 'M' : 'O',
      }),
    );
  };
  const { desk } = await openTestDesk(context, { rows, dataVersion: () => `v${version}` });
  const ask = async (query: CohortQuery) =>
    (await desk.answerExactly({ query, requester: 'eve' }, { permitId: 'p', holder: 'eve', projectId: 'r' })).persons;
  const sex = (of: string): CohortQuery => ({ is: 'sex', in: [of] });
  const told = async () => [await ask({ all: [] }), await ask(sex('F'))];
  assert.deepEqual(await told(), [{ count: 215 }, { count: 100 }]);
  assert.deepEqual(await ask(sex('M')), { count: 100 });
  version = 2;
  assert.deepEqual(await told(), [{ count: 243 }, { count: 120 }]);
  await assert.rejects(ask(sex('M')), (error) => error instanceof UnicaError && error.code === 'search.too-near');
});

test('a table that is looked at before it leaves is the one that leaves, also where the last exact numbers are spent', async (context) => {
  const rows = Array.from({ length: 600 }, (_, index) =>
    searchableRow({
      person: `p${String(index).padStart(4, '0')}`,
      manufacturer: `m${index % 10}`,
      sex: index < 300 ? 'F' : 'M',
    }),
  );
  for (const numbers of [254, 255]) {
    const { desk, ledger } = await openTestDesk(context, { rows: () => rows });
    // So many numbers of other data, that are of nobody here.
    await ledger.append({
      ...{ dataset: 'd', version: 'v0', requester: 'holder ana', project: 'r', question: 'earlier', kind: 'exact' },
      told: Array.from({ length: numbers }, (_, index) => ({
        question: `earlier ${index}`,
        query: { is: 'manufacturer', in: [`gone${index}`] },
        persons: 50,
      })),
      answer: {},
      cost: 0,
    });
    const drafts: unknown[] = [];
    const { persons, facets } = await desk.answerExactly(
      { query: { is: 'sex', in: ['F'] }, requester: 'ana', facets: ['manufacturer'] },
      {
        ...{ permitId: 'p', holder: 'ana', projectId: 'r', statistics: true },
        mayLeave: async (draft) => {
          drafts.push({ persons: draft.persons, facets: draft.facets });
        },
      },
    );
    assert.deepEqual(drafts, [{ persons, facets }], `after ${numbers} numbers`);
  }
});
