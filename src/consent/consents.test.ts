import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AuditEvent, type AuditTables, auditMigrations, openJournal } from '#audit';
import { UnicaError } from '#base';
import { generateKeys } from '#identity';
import { forEachEngine } from '#store';
import { CONSENT_PURPOSES } from '#wire';
import { sealCohort } from './cohort.ts';
import { FIRST_TEXTS, TEXT_LANGUAGES } from './consent-texts.ts';
import { brokenConsent, type ConsentWish, openConsents } from './consents.ts';
import { openDatasetBases } from './dataset-bases.ts';
import { openStanding } from './open-standing.ts';
import { type ConsentTables, consentMigrations, openOptOuts } from './opt-outs.ts';
import { readabilityOf } from './readability.ts';
import { printedReceipt, receiptOf } from './receipt.ts';
import { openConsentTexts } from './text-ledger.ts';

type Tables = ConsentTables & AuditTables;

const SERVER = process.env['UNICA_TEST_POSTGRES_URL'];
const HOUR = 3_600_000;
const ISSUER = { siteId: 'lisbon', name: 'Hospital <b>', country: 'PT' };

const wish = (change: Partial<ConsentWish> = {}): ConsentWish => ({
  person: 'p1',
  purposes: ['cancer-research'],
  givenBy: { kind: 'self' },
  textVersion: 1,
  language: 'en',
  channel: 'portal',
  ...change,
});
const code = (wanted: string) => (error: unknown) => error instanceof UnicaError && error.code === wanted;

forEachEngine(
  test,
  SERVER,
  'consents: two ledgers that are never mixed, proxies that end, four eyes, and a row that was altered',
  async (open, context) => {
    const database = await open<Tables>(context, [...auditMigrations, ...consentMigrations]);
    const time = { nowMs: 1_700_000_000_000 };
    const clock = () => time.nowMs;
    const journal = openJournal(database, { keys: generateKeys(), clock });
    const opened = async () => {
      const optOuts = await openOptOuts(database, { journal, clock });
      const consents = await openConsents(database, { journal, clock });
      const bases = await openDatasetBases(database, { journal, clock });
      return { optOuts, consents, bases, standing: openStanding({ optOuts, consents, bases, dataset: 'd' }) };
    };
    const { optOuts, consents, bases, standing } = await opened();
    const people = () =>
      sealCohort({
        dataset: 'd',
        dataVersion: 'v',
        standing,
        members: ['p1', 'p2', 'p3'].map((person) => ({ person })),
      })
        .members.map(({ person }) => person)
        .join(' ');

    assert.equal(people(), 'p1 p2 p3', 'by law, nobody has to consent');
    await bases.set('d', { kind: 'consent', purpose: 'cancer-research', reference: 'dga-art-25' }, 'officer');
    assert.equal(people(), '', 'by consent, nobody is there yet');
    await consents.record(wish(), 'p');
    await consents.record(wish({ person: 'p2', purposes: ['education'] }), 'p');
    assert.equal(people(), 'p1', 'another purpose is no consent to this one');
    await optOuts.record('p1', 'opt-out', 'p');
    assert.equal(people(), '', 'a consent does not lift an opt-out');
    await optOuts.record('p2', 'opt-out', 'p');
    await optOuts.record('p2', 'withdraw-opt-out', 'p');
    assert.equal(people(), '', 'an opt-out taken back is no consent');
    await optOuts.record('p1', 'withdraw-opt-out', 'p');
    assert.equal(people(), 'p1');

    const untilMs = time.nowMs + 5 * HOUR;
    await consents.record(wish({ person: 'p3', givenBy: { kind: 'parent', untilMs } }), 'p');
    const before = standing.version();
    assert.equal(people(), 'p1 p3');
    time.nowMs = untilMs;
    assert.equal(people(), 'p1', 'she came of age: her parent decides no more');
    await standing.refresh();
    assert.deepEqual(standing.changedSince(before), ['p3']);
    await assert.rejects(
      consents.record(wish({ givenBy: { kind: 'parent', untilMs } }), 'p'),
      code('consent.proxy-over'),
    );

    await consents.draft('form-00000001', wish({ person: 'p2', channel: 'paper' }), 'anna');
    assert.equal(people(), 'p1', 'a form that one person entered is in effect for nobody');
    await assert.rejects(consents.decideDraft('form-00000001', 'confirmed', 'anna'), code('consent.four-eyes'));
    await consents.decideDraft('form-00000001', 'confirmed', 'bert');
    assert.equal(people(), 'p1 p2');
    await assert.rejects(consents.decideDraft('form-00000001', 'confirmed', 'carla'), code('http.not-found'));
    await consents.record(wish({ person: 'p2', purposes: [] }), 'p');
    assert.equal(people(), 'p1', 'withdrawn in one step');
    assert.deepEqual(
      (await consents.historyOf('p2')).map(({ purposes }) => purposes.length),
      [1, 1, 0],
    );

    const again = await opened();
    assert.equal(again.standing.version(), standing.version(), 'the version is the same after a restart');
    for (const person of ['p1', 'p2', 'p3']) assert.equal(again.standing.isLeftOut(person), standing.isLeftOut(person));

    assert.equal(await brokenConsent(database, journal), undefined);
    await database.kysely
      .updateTable('consent_decisions')
      .set({ purposes: '["outside-eu"]' })
      .where('version', '=', 2)
      .execute();
    assert.equal(await brokenConsent(database, journal), 2, 'a row that is not the one that the journal was told of');
  },
);

forEachEngine(
  test,
  SERVER,
  'consents: a process that ends between a decision and its entry in the journal leaves no broken ledger',
  async (open, context) => {
    const database = await open<Tables>(context, [...auditMigrations, ...consentMigrations]);
    const clock = () => 1_700_000_000_000;
    const journal = openJournal(database, { keys: generateKeys(), clock });
    const cut = { ...journal, append: async () => await Promise.reject(new Error('the process ended here')) };
    await (await openConsents(database, { journal, clock })).record(wish(), 'p');
    const dying = await openConsents(database, { journal: cut, clock });
    await assert.rejects(dying.record(wish({ purposes: [] }), 'p'), /the process ended here/);
    assert.equal(await brokenConsent(database, journal), 2);

    const reopened = await openConsents(database, { journal, clock });
    assert.equal(reopened.of('p1'), undefined, 'the withdrawal is in effect');
    assert.equal(await brokenConsent(database, journal), undefined);
    const { entries, total } = await journal.view(1);
    assert.equal(entries[0]?.action, 'consent.withdrawn');
    assert.match(entries[0]?.because ?? '', /interrupted/, 'the entry says that it came late');
    await openConsents(database, { journal, clock });
    assert.equal((await journal.view(1)).total, total, 'it is written once');

    let isFull = true;
    const filling: typeof journal = {
      ...journal,
      append: async (event) => {
        if (isFull) throw new Error('the disk is full');
        return await journal.append(event);
      },
    };
    const living = await openConsents(database, { journal: filling, clock });
    await assert.rejects(living.record(wish(), 'p'), /the disk is full/);
    isFull = false;
    await living.record(wish({ purposes: [] }), 'p');
    assert.equal(await brokenConsent(database, journal), undefined, 'the next decision first tells of the one before');

    isFull = true;
    await assert.rejects(living.record(wish(), 'p'), /the disk is full/);
    await database.kysely
      .updateTable('consent_decisions')
      .set({ purposes: '["outside-eu"]' })
      .where('version', '=', 5)
      .execute();
    await openConsents(database, { journal, clock });
    assert.equal(await brokenConsent(database, journal), 5, 'an altered row is given no entry');
  },
);

forEachEngine(
  test,
  SERVER,
  'opt-outs: one whose entry in the journal was cut off with the process gets it when the ledger is opened, or before the next',
  async (open, context) => {
    const database = await open<Tables>(context, [...auditMigrations, ...consentMigrations]);
    let nowMs = 1_700_000_000_000;
    const clock = () => nowMs;
    const journal = openJournal(database, { keys: generateKeys(), clock });
    let isCut = true;
    const cut = {
      ...journal,
      append: async (event: AuditEvent) =>
        await (isCut ? Promise.reject(new Error('the process ended here')) : journal.append(event)),
    };
    const versions = async () => [
      ...(await journal.factsOf('consent.opt-out')),
      ...(await journal.factsOf('consent.withdraw-opt-out')),
    ];
    const dying = await openOptOuts(database, { journal: cut, clock });
    await assert.rejects(dying.record('p1', 'opt-out', 'p'), /the process ended here/);
    assert.deepEqual([dying.isOptedOut('p1'), await versions()], [true, []], 'in effect, and not told');
    isCut = false;
    await dying.record('p2', 'opt-out', 'p');
    assert.deepEqual(await versions(), [{ version: 1 }, { version: 2 }]);
    isCut = true;
    await assert.rejects(dying.record('p1', 'withdraw-opt-out', 'p'), /the process ended here/);
    const beside = await openOptOuts(database, { journal, clock });
    assert.equal(beside.isOptedOut('p1'), false);
    assert.equal((await journal.view(1)).total, 2, 'a command beside the node leaves it the entry that it is writing');
    nowMs += 10_000;
    await beside.refresh();
    await beside.refresh();
    const { entries, total } = await journal.view(1);
    assert.deepEqual(
      [entries[0]?.action, entries[0]?.subject, total],
      ['consent.withdraw-opt-out', 'p1', 3],
      'told when nobody else had',
    );
    assert.match(entries[0]?.because ?? '', /interrupted/, 'the entry says that it came late');
    await openOptOuts(database, { journal, clock });
    assert.equal((await journal.view(1)).total, 3, 'it is written once');
  },
);

test('a receipt is JSON-LD with DPV terms, names nobody, and prints without markup of others', () => {
  const decision = { ...wish(), version: 1, atMs: 0, sha256: 'a'.repeat(64) };
  const receipt = receiptOf(decision, ISSUER);
  assert.equal(receipt['dpv:hasConsentStatus']['@id'], 'dpv:ConsentGiven');
  assert.deepEqual(
    receipt['dpv:hasPurpose'].map((purpose) => purpose['@type']),
    ['dpv:NonCommercialResearch'],
  );
  assert.equal(receiptOf({ ...decision, purposes: [] }, ISSUER)['dpv:hasConsentStatus']['@id'], 'dpv:ConsentWithdrawn');
  const atTheDesk = receiptOf({ ...decision, purposes: [], textVersion: 0, channel: 'desk' }, ISSUER);
  assert.ok(!('dpv:hasNotice' in atTheDesk), 'she read no text');
  assert.notEqual(atTheDesk['dct:provenance'], receipt['dct:provenance'], 'she was not at the portal');
  for (const purpose of CONSENT_PURPOSES) {
    const [stated] = receiptOf({ ...decision, purposes: [purpose] }, ISSUER)['dpv:hasPurpose'];
    const term = stated !== undefined && 'dct:conformsTo' in stated ? stated['dct:conformsTo']['@id'] : '';
    assert.doesNotMatch(term, /DUO_00000(04|42)$/, `${purpose} is no general permission`);
  }
  const page = printedReceipt(decision, ISSUER, FIRST_TEXTS.en);
  assert.ok(!page.includes('<b>') && page.includes('Hospital &#60;b&#62;') && page.includes('Research on cancer'));
});

test('the text is plain in every language and has every purpose; office language is refused by name', async (context) => {
  for (const language of TEXT_LANGUAGES) {
    const { isPlain, lix, mostLix } = readabilityOf(language, FIRST_TEXTS[language]);
    assert.ok(isPlain, `${language}: LIX ${lix} of ${mostLix}`);
    assert.equal(Object.keys(FIRST_TEXTS[language].purposes).length, 6);
    assert.equal(FIRST_TEXTS[language].layers.length, FIRST_TEXTS.en.layers.length);
  }
  const { openDatabase, migrate } = await import('#store');
  const database = await openDatabase<Tables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, [...auditMigrations, ...consentMigrations]);
  const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
  const texts = openConsentTexts(database, { journal, clock: () => 1 });
  const hard =
    'Pursuant to the applicable provisions governing the secondary utilisation of pseudonymised electronic health information, ' +
    'participants may, notwithstanding previously communicated determinations, subsequently communicate modified determinations ' +
    'concerning supplementary institutional utilisation purposes, which notwithstanding become operative instantaneously.';
  const unreadable = { ...FIRST_TEXTS.en, layers: [{ title: 'Provisions', body: `${hard} ${hard} ${hard}` }] };
  await assert.rejects(texts.publish({ ...FIRST_TEXTS, en: unreadable }, 'officer'), (error: unknown) => {
    return error instanceof UnicaError && error.code === 'consent.text-hard' && error.facts['language'] === 'en';
  });
  assert.equal((await texts.newest()).version, 1);
  const shorter = { ...FIRST_TEXTS.en, title: 'Your images' };
  assert.equal(await texts.publish({ ...FIRST_TEXTS, en: shorter }, 'officer'), 2);
  assert.equal((await texts.newest()).texts.en.title, 'Your images');
  assert.equal((await texts.version(1))?.en.title, FIRST_TEXTS.en.title, 'earlier ones stay');
});
