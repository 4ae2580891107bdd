import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { type ConsentTables, consentMigrations, type OptOuts, openOptOuts, sealCohort } from '#consent';
import { migrate, openDatabase } from '#store';
import type { CohortQuery } from '#wire';
import { answerCount } from './answer-count.ts';
import type { Searchable } from './matches.ts';

type Journal = Parameters<typeof openOptOuts>[1]['journal'];

/** Keeps entries in memory, unsigned. */
function memoryJournal(): Journal {
  const entries: Awaited<ReturnType<Journal['append']>>[] = [];
  return {
    async append({ actor, action, subject, because }) {
      const entry = {
        sequence: entries.length + 1,
        atMs: 1,
        actor,
        action,
        subject,
        because: because ?? null,
        entrySha256: '',
      };
      entries.push(entry);
      return entry;
    },
    view: async () => ({ entries, total: entries.length }),
    verify: async () => ({ entries: entries.length, intact: true, broken_at: null }),
    checkpoint: async () => undefined,
  };
}

async function ledger(context: TestContext): Promise<OptOuts> {
  const database = await openDatabase<ConsentTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, consentMigrations);
  return await openOptOuts(database, { journal: memoryJournal(), clock: () => 1 });
}

const SECRET = new Uint8Array(32).fill(7);
const EXACT = { threshold: 1, epsilon: Number.POSITIVE_INFINITY, roundTo: 1 };

function study(person: number, number: number, sex: string): Searchable {
  return {
    person: `p${person}`,
    studyInstanceUid: `p${person}.${number}`,
    modality: 'DX',
    bodyPart: 'CHEST',
    manufacturer: null,
    sex,
    ageYears: 50,
    studyYear: 2020,
    findings: [],
  };
}

const draw = (optOuts: OptOuts, members: readonly Searchable[], dataVersion = 'v1') =>
  sealCohort({ dataset: 'd', dataVersion, members, optOuts });

test('what is counted is what is there, without anybody who opted out', async (context) => {
  const optOuts = await ledger(context);
  const out = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ person: fc.nat(8), number: fc.nat(2), sex: fc.constantFrom('F', 'M') }), { maxLength: 30 }),
      fc.nat(8),
      fc.boolean(),
      async (drawn, person, leaves) => {
        await optOuts.record(`p${person}`, leaves ? 'opt-out' : 'withdraw-opt-out', 'test');
        if (leaves) out.add(`p${person}`);
        else out.delete(`p${person}`);
        const studies = drawn.map((one) => study(one.person, one.number, one.sex));
        const cohort = draw(optOuts, studies);
        const { persons, studies: told } = answerCount(
          cohort,
          { is: 'sex', in: ['F'] },
          { secret: SECRET, rule: EXACT },
        ).value;
        const women = studies.filter((one) => one.sex === 'F' && !out.has(one.person));
        const people = new Set(women.map((one) => one.person)).size;
        const expected = people === 0 ? { below: 1 } : { count: people };
        assert.deepEqual(persons, expected);
        if (people > 0) assert.deepEqual(told, { count: new Set(women.map((one) => one.studyInstanceUid)).size });
      },
    ),
    { numRuns: 200 },
  );
});

test('many studies of few people tell nothing', async (context) => {
  const studies = Array.from({ length: 900 }, (_, index) => study(index % 9, index, 'F'));
  const { value } = answerCount(draw(await ledger(context), studies), { all: [] }, { secret: SECRET });
  assert.deepEqual(value, { persons: { below: 10 }, studies: { below: 10 } });
});

test('one question has one answer however it is put; other data, another secret or an opt-out draw anew', async (context) => {
  const optOuts = await ledger(context);
  const studies = Array.from({ length: 5000 }, (_, index) => study(index, 0, index % 2 === 0 ? 'F' : 'M'));
  const rule = { threshold: 10, epsilon: 0.001, roundTo: 1 };
  const F: CohortQuery = { is: 'sex', in: ['F'] };
  const answer = (query: CohortQuery, dataVersion = 'v1', secret = SECRET) =>
    answerCount(draw(optOuts, studies, dataVersion), query, { secret, rule }).value;
  const first = answer(F);
  const spellings: readonly CohortQuery[] = [
    F,
    { not: { not: F } },
    { is: 'sex', in: [' f '] },
    { any: [F, { all: [F, F] }] },
  ];
  for (const again of spellings) assert.deepEqual(answer(again), first);
  assert.notDeepEqual(answer(F, 'v2'), first);
  assert.notDeepEqual(answer(F, 'v1', new Uint8Array(32).fill(8)), first);
  await optOuts.record('a person without images', 'opt-out', 'test');
  assert.notDeepEqual(answer(F), first);
});
