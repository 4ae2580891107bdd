import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { forEachEngine } from '#store';
import { Cohort, sealCohort } from './cohort.ts';
import { type ConsentTables, consentMigrations, type OptOuts, openOptOuts } from './opt-outs.ts';

type Tables = ConsentTables & AuditTables;
const PEOPLE = ['p1', 'p2', 'p3', 'p4'];

const draw = (optOuts: OptOuts) =>
  sealCohort({
    dataset: 'd',
    dataVersion: 'v',
    standing: optOuts,
    members: PEOPLE.flatMap((person) => [
      { person, film: 1 },
      { person, film: 2 },
    ]),
  });

forEachEngine(
  test,
  process.env['UNICA_TEST_POSTGRES_URL'],
  'nobody who opted out is in a cohort, whatever came before',
  async (open, context) => {
    const steps = fc.array(
      fc.record({ person: fc.constantFrom(...PEOPLE), decision: fc.constantFrom('opt-out', 'withdraw-opt-out') }),
      { maxLength: 12 },
    );
    const database = await open<Tables>(context, [...auditMigrations, ...consentMigrations]);
    await fc.assert(
      fc.asyncProperty(steps, async (decisions) => {
        await database.kysely.deleteFrom('opt_outs').execute();
        const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
        const optOuts = await openOptOuts(database, { journal, clock: () => 1 });
        const out = new Set<string>();
        for (const { person, decision } of decisions) {
          const before = draw(optOuts);
          await optOuts.record(person, decision as 'opt-out', 'test');
          assert.equal(before.isCurrent(), false, 'a cohort drawn before a decision is out of date');
          if (decision === 'opt-out') out.add(person);
          else out.delete(person);
          const cohort = draw(optOuts);
          assert.deepEqual(
            [...new Set(cohort.members.map((member) => member.person))],
            PEOPLE.filter((one) => !out.has(one)),
          );
          assert.equal(cohort.people, PEOPLE.length - out.size);
          assert.ok(cohort.narrow(({ film }) => film === 1).members.every((member) => !out.has(member.person)));
        }
        const again = await openOptOuts(database, { journal, clock: () => 1 });
        assert.equal(draw(again).people, PEOPLE.length - out.size, 'after a restart');
      }),
      { numRuns: 15 },
    );
  },
);

test('nobody else can seal a cohort', () => {
  const refused = (error: unknown) => error instanceof UnicaError && error.code === 'consent.not-a-cohort';
  // @ts-expect-error the constructor is private
  assert.throws(() => new Cohort(Symbol('x'), { members: [] }), refused);
  const forged = { members: [{ person: 'p' }], people: 1 };
  // @ts-expect-error a look-alike is no cohort
  const cohort: Cohort = forged;
  assert.equal(cohort instanceof Cohort, false);
});
