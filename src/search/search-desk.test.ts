import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { UnicaError } from '#base';
import type { CohortQuery } from '#wire';
import type { Searchable } from './matches.ts';
import { EXACT, openTestDesk, searchableRow } from './search-desk-fixture.ts';

const F: CohortQuery = { is: 'sex', in: ['F'] };
const M: CohortQuery = { is: 'sex', in: ['M'] };
const EVERYONE: CohortQuery = { all: [] };
const code = (wanted: string) => (error: unknown) => error instanceof UnicaError && error.code === wanted;

/** People 0000 … with one film each; `row` says more of them. */
function people(count: number, row: (index: number) => Partial<Searchable> = () => ({})): readonly Searchable[] {
  return Array.from({ length: count }, (_, index) =>
    searchableRow({ person: `p${String(index).padStart(6, '0')}`, ...row(index) }),
  );
}

/** A permit of somebody's own, for a project of its own. */
function permitOf(number: number) {
  return { permitId: `permit-${number}`, holder: `holder-${number}`, projectId: `request-${number}` };
}

let asker = 0;
/** Everybody asks one question, so that no budget and no earlier answer stands in the way. */
function somebody(): string {
  asker += 1;
  return `r${asker}`;
}

test('what is counted is what is there, without anybody who opted out, also after the index was built', async (context) => {
  let rows: readonly Searchable[] = [];
  let version = 0;
  const { desk, optOuts } = await openTestDesk(context, {
    rows: () => rows,
    rule: EXACT,
    dataVersion: () => `v${version}`,
  });
  const out = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ person: fc.nat(8), number: fc.nat(2), sex: fc.constantFrom('F', 'M') }), { maxLength: 30 }),
      fc.array(fc.record({ person: fc.nat(8), leaves: fc.boolean() }), { minLength: 1, maxLength: 3 }),
      async (drawn, decisions) => {
        version += 1;
        rows = drawn.map(({ person, number, sex }) =>
          searchableRow({ person: `p${person}`, studyInstanceUid: `p${person}.${number}`, sex }),
        );
        for (const { person, leaves } of decisions) {
          await optOuts.record(`p${person}`, leaves ? 'opt-out' : 'withdraw-opt-out', 'test');
          if (leaves) out.add(`p${person}`);
          else out.delete(`p${person}`);
          const { persons, studies } = await desk.answer({ query: F, requester: somebody() });
          const women = rows.filter((one) => one.sex === 'F' && !out.has(one.person));
          const expected = (values: readonly (string | null)[]) => {
            const count = new Set(values).size;
            return count === 0 ? { below: 1 } : { count };
          };
          assert.deepEqual(persons, expected(women.map((one) => one.person)));
          assert.deepEqual(studies, expected(women.map((one) => one.studyInstanceUid)));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('an opt-out takes effect within a second, over a hundred thousand people', async (context) => {
  const { desk, optOuts } = await openTestDesk(context, { rows: () => people(100_000), rule: EXACT });
  assert.deepEqual((await desk.answer({ query: F, requester: somebody() })).persons, { count: 100_000 });
  await optOuts.record('p050000', 'opt-out', 'test');
  const beganMs = performance.now();
  assert.deepEqual((await desk.answer({ query: F, requester: somebody() })).persons, { count: 99_999 });
  assert.ok(performance.now() - beganMs < 1000);
});

test('many studies of few people tell nothing; a person counts with four studies at most', async (context) => {
  const rows = Array.from({ length: 900 }, (_, index) =>
    searchableRow({ person: `p${index % 9}`, studyInstanceUid: `s${index}` }),
  );
  const few = await openTestDesk(context, { rows: () => rows });
  const { persons, studies } = await few.desk.answer({ query: EVERYONE, requester: 'r' });
  assert.deepEqual([persons, studies], [{ below: 10 }, { below: 10 }]);
  const clipped = await openTestDesk(context, { rows: () => rows, rule: { ...EXACT, studiesOfOne: 4 } });
  assert.deepEqual((await clipped.desk.answer({ query: EVERYONE, requester: 'r' })).studies, { count: 36 });
});

test('one question has one answer however it is put and whoever asks; other data, another secret or an opt-out draw anew', async (context) => {
  let version = 'v1';
  const rows = () => people(5000, (index) => ({ sex: index % 2 === 0 ? 'F' : 'M' }));
  const rule = { epsilon: 0.001, roundTo: 1 };
  const { desk, optOuts } = await openTestDesk(context, { rows, rule, dataVersion: () => version });
  const answer = async (query: CohortQuery) => (await desk.answer({ query, requester: somebody() })).persons;
  const first = await answer(F);
  const spellings: readonly CohortQuery[] = [
    F,
    { not: { not: F } },
    { is: 'sex', in: [' f '] },
    { any: [F, { all: [F, F] }] },
  ];
  for (const again of spellings) assert.deepEqual(await answer(again), first);
  const other = await openTestDesk(context, { rows, rule, secret: new Uint8Array(32).fill(8) });
  assert.notDeepEqual((await other.desk.answer({ query: F, requester: 'r' })).persons, first);
  version = 'v2';
  assert.notDeepEqual(await answer(F), first);
  version = 'v1';
  await optOuts.record('a person without images', 'opt-out', 'test');
  assert.notDeepEqual(await answer(F), first);
});

test('a question that differs by a handful of people from an earlier one of the requester or the project is refused', async (context) => {
  const rows = people(2000, (index) => ({ findings: index < 5 ? ['rare'] : index < 500 ? ['common'] : [] }));
  const { desk } = await openTestDesk(context, { rows: () => rows });
  const rare: CohortQuery = { is: 'finding', in: ['rare'] };
  const ask = async (query: CohortQuery, requester: string, project?: string) =>
    await desk.answer({ query, requester, project });
  await ask(EVERYONE, 'ana', 'lung');
  await assert.rejects(ask({ not: rare }, 'ana'), code('search.too-near'));
  await assert.rejects(ask({ not: rare }, 'ben', 'lung'), code('search.too-near'));
  await assert.rejects(ask({ not: rare }, 'ben', 'lung'), code('search.too-near'), 'again, without another entry');
  assert.deepEqual((await ask(rare, 'ana')).persons, { below: 10 }, 'a withheld count tells nothing to compare with');
  assert.ok('count' in (await ask({ is: 'finding', in: ['common'] }, 'ana')).persons);
  assert.ok('count' in (await ask({ not: rare }, 'carla', 'breast')).persons);
});

test('twenty questions of a person and so many of all a day, refusals among them, repeats free, across a restart', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-desk-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const rows = () => people(3000, (index) => ({ ageYears: index % 90 }));
  const opened = async (context: Pick<TestContext, 'after'>) =>
    await openTestDesk(context, {
      rows,
      questionsOfAll: 30,
      database: { engine: 'sqlite', path: join(folder, 'node.sqlite') },
    });
  const age = (bin: number): CohortQuery => ({ is: 'ageYears', from: bin * 5, to: bin * 5 + 4 });
  const first = await opened(context);
  const answers = [];
  for (let bin = 0; bin < 18; bin += 1) answers.push(await first.desk.answer({ query: age(bin), requester: 'ana' }));
  await first.desk.answer({ query: EVERYONE, requester: 'ana' });
  await assert.rejects(
    first.desk.answer({ query: { is: 'sex', in: ['F'] }, requester: 'ana' }),
    code('search.too-near'),
  );
  await first.database.close();
  const again = await opened(context);
  assert.deepEqual(await again.desk.answer({ query: age(3), requester: 'ana' }), answers[3]);
  await assert.rejects(
    again.desk.answer({ query: { any: [age(1), age(2)] }, requester: 'ana' }),
    code('node.questions-spent'),
  );
  for (let bin = 0; bin < 10; bin += 1) await again.desk.answer({ query: age(bin), requester: 'ben' });
  for (let year = 2000; year < 2010; year += 1) {
    await again.desk.answer({ query: { is: 'studyYear', from: year, to: year }, requester: 'eve' });
  }
  await assert.rejects(
    again.desk.answer({ query: { is: 'modality', in: ['CT'] }, requester: 'eve' }),
    code('node.dataset-questions-spent'),
  );
  assert.deepEqual((await again.desk.answer({ query: age(3), requester: 'eve' })).persons, answers[3]?.persons);
});

test('a ledger that was altered is not gone on with', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'unica-ledger-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const database = { engine: 'sqlite', path: join(folder, 'node.sqlite') } as const;
  const { desk, database: records } = await openTestDesk(context, { rows: () => people(100), database });
  await desk.answer({ query: EVERYONE, requester: 'ana' });
  await desk.answer({ query: F, requester: 'ben' });
  await records.kysely.deleteFrom('question_ledger').where('requester', '=', 'ana').execute();
  await records.close();
  await assert.rejects(openTestDesk(context, { rows: () => people(100), database }), code('search.ledger-broken'));
});

test('what the node knows nothing of is counted as nobody, and said', async (context) => {
  const { desk } = await openTestDesk(context, {
    rows: () => people(100, () => ({ findings: ['IMG1005466'], coded: { diagnosis: ['CLIN1000169'] } })),
    rule: { ...EXACT, threshold: 10 },
  });
  const answer = async (query: CohortQuery) => await desk.answer({ query, requester: somebody() });
  const gleason = await answer({ not: { is: 'gleason', in: ['CLIN1025818'] } });
  assert.deepEqual([gleason.persons, gleason.unsupported], [{ below: 10 }, ['gleason']]);
  const known = await answer({ is: 'diagnosis', in: ['CLIN1000060'] });
  assert.deepEqual(
    [known.persons, known.unsupported],
    [{ count: 100 }, []],
    'breast cancer has carcinoma of breast in it',
  );
  const birads = await answer({ is: 'birads', in: ['IMG1005466'] });
  assert.deepEqual(birads.persons, { count: 100 }, 'a finding that is a code is that code');
});

test('facets count people by value and by bin; rare values are not named, near cells are withheld with a companion', async (context) => {
  const rows = people(1000, (index) => ({
    sex: index % 4 === 0 ? 'M' : 'F',
    ageYears: 40 + (index % 30),
    findings: index === 7 ? ['one of a kind'] : index % 10 === 0 ? ['Mass'] : [],
  }));
  const { desk } = await openTestDesk(context, { rows: () => rows, rule: { ...EXACT, threshold: 10 } });
  const { facets, persons } = await desk.answer({
    query: EVERYONE,
    requester: 'ana',
    facets: ['sex', 'finding', 'ageYears'],
  });
  assert.deepEqual(persons, { count: 1000 });
  const table = (field: string) => facets?.find((one) => one.field === field)?.cells;
  assert.deepEqual(table('sex'), [
    { value: 'COM1001366', persons: { count: 250 } },
    { value: 'COM1001370', persons: { count: 750 } },
  ]);
  assert.deepEqual(table('finding'), [{ value: 'mass', persons: { count: 100 } }]);
  assert.deepEqual(
    table('ageYears')?.map((cell) => ('from' in cell ? [cell.from, cell.to] : [])),
    [
      [40, 44],
      [45, 49],
      [50, 54],
      [55, 59],
      [60, 64],
      [65, 69],
    ],
  );
  // Then the men of a question that differs by five of them.
  const lessFive: CohortQuery = { any: [F, { all: [M, { not: { is: 'ageYears', from: 40, to: 44 } }] }] };
  const again = await desk.answer({ query: lessFive, requester: 'ana', facets: ['sex'] });
  assert.ok(again.facets?.[0]?.cells.some((cell) => 'count' in cell.persons) ?? false);
});

test('facets never contradict the total, whatever the question and its company', async (context) => {
  const rows = people(400, (index) => ({
    sex: index % 11 === 0 ? 'O' : index % 3 === 0 ? 'M' : 'F',
    ageYears: 40 + (index % 45),
    manufacturer: `m${index % 17}`,
    findings: index % 10 === 0 ? ['Mass'] : ['Opacity'],
  }));
  const { desk } = await openTestDesk(context, { rows: () => rows });
  let looked = 0;
  for (let question = 0; question < 60; question += 1) {
    const makers = Array.from({ length: 1 + (question % 6) }, (_, at) => `m${(question * 5 + at * 3) % 17}`);
    const { persons, studies, facets } = await desk.answer({
      query: { is: 'manufacturer', in: makers },
      requester: `person ${question}`,
      facets: question % 2 === 0 ? ['sex', 'finding'] : ['sex', 'finding', 'ageYears', 'manufacturer'],
    });
    if ('below' in persons) {
      assert.deepEqual(
        facets?.map(({ cells }) => cells.length),
        facets?.map(() => 0),
      );
      continue;
    }
    assert.ok('count' in studies && studies.count >= persons.count);
    for (const { field, cells } of facets ?? []) {
      const told = cells.flatMap((cell) => ('count' in cell.persons ? [cell.persons.count] : []));
      assert.ok(
        told.every((count) => count <= persons.count),
        `${field}: ${told.join()} of ${persons.count}`,
      );
      if (field !== 'sex') continue;
      assert.ok(told.reduce((sum, count) => sum + count, 0) <= persons.count, `${told.join()} of ${persons.count}`);
      assert.notEqual(cells.length - told.length, 1, 'no cell is withheld alone');
    }
    looked += 1;
  }
  assert.ok(looked > 40, `${looked}`);
});

test('exact counts under a permit are exact, of enough people, and not of nearly the same people twice', async (context) => {
  const rows = people(203, (index) => ({ findings: index < 3 ? ['rare'] : [] }));
  const { desk } = await openTestDesk(context, { rows: () => rows });
  const permit = { permitId: 'permit-1', holder: 'ana', projectId: 'request-1' };
  const ask = async (query: CohortQuery) => await desk.answerExactly({ query, requester: 'ana' }, permit);
  assert.deepEqual((await ask(EVERYONE)).persons, { count: 203 });
  assert.deepEqual((await ask({ is: 'finding', in: ['rare'] })).persons, { below: 10 });
  await assert.rejects(ask({ not: { is: 'finding', in: ['rare'] } }), code('search.too-near'));
});

test('a permit for statistics has tables of exact counts, without small cells and what would give them away', async (context) => {
  // 120 women, 80 men, three of neither.
  const rows = people(203, (index) => ({ sex: index < 120 ? 'F' : index < 200 ? 'M' : 'O' }));
  const { desk } = await openTestDesk(context, { rows: () => rows, rule: { threshold: 10 } });
  const asked = { query: EVERYONE, requester: 'ana', facets: ['sex'] } as const;
  const plain = await desk.answerExactly(asked, permitOf(1));
  assert.equal(plain.facets, undefined, 'a permit for counts has counts');
  const { persons, facets } = await desk.answerExactly(asked, { ...permitOf(2), statistics: true });
  assert.deepEqual(persons, { count: 203 });
  assert.deepEqual(
    facets?.[0]?.cells,
    [
      // Women and all are told; were men too, three people would be what is left, and a bound made of 80 would tell 80.
      { value: 'COM1001366', persons: { below: 204 } },
      { value: 'COM1001370', persons: { count: 120 } },
    ],
    'exactly, and not what tells of three people',
  );
  assert.deepEqual(
    await desk.answerExactly(asked, { ...permitOf(2), statistics: true }).then((again) => again.facets),
    facets,
  );
  const named = { ...asked, query: { any: [F, M] } };
  const whole = await desk.answerExactly(named, { ...permitOf(3), statistics: true });
  assert.deepEqual(
    whole.facets?.[0]?.cells.map(({ persons }) => persons),
    [{ count: 80 }, { count: 120 }],
    'with nobody outside nothing is withheld',
  );
});
