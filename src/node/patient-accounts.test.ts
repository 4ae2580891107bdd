import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { type ConsentTables, consentMigrations, openConsents, openConsentTexts } from '#consent';
import { generateKeys } from '#identity';
import { type Database, migrate, openDatabase } from '#store';
import { AltruismDesk } from './altruism-desk.ts';
import { DataUses } from './data-uses.ts';
import { Complaints, PatientAccounts } from './patient-accounts.ts';
import { type NodeTables, nodeMigrations } from './tables.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 5, 1);

async function opened(context: TestContext) {
  const database = await openDatabase<NodeTables & AuditTables & ConsentTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, [...auditMigrations, ...consentMigrations, ...nodeMigrations]);
  const time = { nowMs: NOW };
  const db = (database as unknown as Database<NodeTables>).kysely;
  return { database, db, time, clock: () => time.nowMs };
}

test('a code links one account, not twice, not after its days; and is not kept for longer', async (context) => {
  const { db, clock, time } = await opened(context);
  const accounts = new PatientAccounts(db, clock);
  const unusable = (error: unknown) => error instanceof UnicaError && error.code === 'patients.code-unusable';

  const first = await accounts.code('p1');
  assert.equal(await accounts.link('anna', first.code.toLowerCase().replaceAll('-', ' ')), 'p1');
  assert.equal(await accounts.personOf('anna'), 'p1');
  await assert.rejects(accounts.link('bert', first.code), unusable);
  const late = await accounts.code('p2');
  time.nowMs = late.expiresAtMs;
  await assert.rejects(accounts.link('bert', late.code), unusable);
  assert.equal(await accounts.personOf('bert'), undefined);

  await accounts.code('p3');
  const kept = await db.selectFrom('patient_codes').select('person').execute();
  assert.deepEqual(kept, [{ person: 'p3' }]);
});

test('a yearly report counts every complaint of its year; the journal hears of no contact', async (context) => {
  const { database, db, time, clock } = await opened(context);
  const journal = openJournal(database, { keys: generateKeys(), clock });
  let number = 0;
  const complaints = new Complaints(db, clock, (prefix) => {
    number += 1;
    return `${prefix}-${number}`;
  });
  const desk = new AltruismDesk({
    db,
    card: {
      siteId: 'lisbon',
      country: 'PT',
      displayName: 'Lisbon',
      hubUrl: 'https://hub.example',
      hubName: 'Hub',
      hubPublicKey: '',
    },
    clock,
    journal,
    consents: await openConsents(database, { journal, clock }),
    texts: openConsentTexts(database, { journal, clock }),
    uses: new DataUses(db, clock),
    complaints,
    guarded: (count) => (count < 10 ? { below: 10 } : { count }),
  });
  time.nowMs = Date.UTC(2025, 11, 31);
  await complaints.write('p1', 'Of the year before.');
  for (let index = 0; index < 503; index += 1) {
    time.nowMs = NOW - index * 1000;
    await complaints.write(`p${index}`, 'Of this year.');
  }
  time.nowMs = NOW + DAY_MS;
  assert.deepEqual(
    (await desk.view()).years.map(({ year, complaints: written }) => [year, written]),
    [
      [2026, { count: 503 }],
      [2025, { below: 10 }],
      [2024, { below: 10 }],
    ],
  );
  assert.match(await desk.report(2026), /^503 in the year\.$/m);

  const contact = 'Maria Exemplo, maria@example.org';
  await desk.register(
    { name: 'Altruists | <b>', registration: '', website: '', contact, purposes: ['education'] },
    'officer',
  );
  assert.match(await desk.report(2026), /^Altruists \\\| \\<b\\> · not in the public register$/m);
  const facts = await journal.newestFacts(['altruism.registered']);
  assert.deepEqual(facts?.['purposes'], ['education']);
  assert.doesNotMatch(JSON.stringify(facts), /Maria|example\.org/);
});

test('a person has twenty complaints waiting at most, and goes on once one is answered', async (context) => {
  const { db, clock } = await opened(context);
  let number = 0;
  const complaints = new Complaints(db, clock, (prefix) => {
    number += 1;
    return `${prefix}-${number}`;
  });
  for (let index = 0; index < 20; index += 1) await complaints.write('p1', 'Again.');
  const isTooMany = (error: unknown) => error instanceof UnicaError && error.code === 'patients.many-complaints';
  await assert.rejects(complaints.write('p1', 'Once more.'), isTooMany);
  await complaints.write('p2', 'Somebody else.');
  await complaints.answer('complaint-1', 'You are right.', 'officer');
  await complaints.write('p1', 'Thank you.');
});
