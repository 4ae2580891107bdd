import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Transaction } from 'kysely';
import { canonicalJson, UnicaError } from '#base';
import { generateKeys, type SiteKeys, signText, verifyText } from '#identity';
import { type Database, forEachEngine, migrate, type OpenFresh, openDatabase } from '#store';
import { verifyExport, writeExport } from './audit-export.ts';
import { checkpointText } from './chain.ts';
import { type AuditTables, auditMigrations, openJournal } from './journal.ts';

const POSTGRES_URL = process.env['UNICA_TEST_POSTGRES_URL'];

type Row = AuditTables['audit_entries'];

/** A journal of 130 entries: the hundredth signed by itself, the 120th by hand, ten after it signed by nothing. */
async function fullJournal(open: OpenFresh, context: Parameters<OpenFresh>[0]) {
  const database = await open<AuditTables>(context, auditMigrations);
  const keys = generateKeys();
  let nowMs = 1000;
  const clock = () => {
    nowMs += 1;
    return nowMs;
  };
  const journal = openJournal(database, { keys, clock });
  for (let number = 1; number <= 130; number += 1) {
    const because = number % 3 === 0 ? { because: 'permit-1' } : {};
    await journal.append({
      actor: 'site:lisbon',
      action: 'query.answered',
      subject: `query-${number}`,
      ...because,
      facts: { number },
    });
    if (number === 120) await journal.checkpoint();
  }
  return { database, keys, clock, journal };
}

/** What somebody with the database but without the key can do: make all digests from an entry on fit again. */
async function relink(database: Database<AuditTables>, from: number): Promise<void> {
  const rows = await database.kysely.selectFrom('audit_entries').selectAll().orderBy('sequence').execute();
  let previous = '0'.repeat(64);
  for (const row of rows) {
    const { entry_sha256: before, ...unsigned } = { ...row, previous_sha256: previous };
    const digest = row.sequence < from ? before : sha256(canonicalJson(unsigned));
    await database.kysely
      .updateTable('audit_entries')
      .set({ previous_sha256: previous, entry_sha256: digest })
      .where('sequence', '=', row.sequence)
      .execute();
    previous = digest;
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const brokenAt = (at: number, entries: number) => ({ entries, intact: false, broken_at: at });

forEachEngine(
  test,
  POSTGRES_URL,
  'the journal: an intact one says so, newest first, its head signed',
  async (open, context) => {
    const { journal, keys, database } = await fullJournal(open, context);
    assert.deepEqual(await journal.verify(), { entries: 130, intact: true, broken_at: null });
    const { entries, total } = await journal.view(2);
    assert.equal(total, 130);
    assert.deepEqual(
      entries.map((entry) => [entry.sequence, entry.subject, entry.because]),
      [
        [130, 'query-130', null],
        [129, 'query-129', 'permit-1'],
      ],
    );
    const head = await journal.checkpoint();
    assert.ok(head);
    assert.deepEqual([head.sequence, head.entrySha256], [130, entries[0]?.entrySha256]);
    assert.equal(verifyText(keys.publicKey, checkpointText(130, head.entrySha256), head.signature), true);
    const points = await database.kysely
      .selectFrom('audit_checkpoints')
      .select('sequence')
      .orderBy('sequence')
      .execute();
    assert.deepEqual(
      points.map((point) => point.sequence),
      [100, 120, 130],
    );
  },
);

forEachEngine(test, POSTGRES_URL, 'the journal: an empty one is intact and has no head', async (open, context) => {
  const database = await open<AuditTables>(context, auditMigrations);
  const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
  assert.deepEqual(await journal.verify(), { entries: 0, intact: true, broken_at: null });
  assert.equal(await journal.checkpoint(), undefined);
  assert.deepEqual(await journal.view(5), { entries: [], total: 0 });
});

forEachEngine(test, POSTGRES_URL, 'the journal: every changed field of an entry is located', async (open, context) => {
  const { journal, database } = await fullJournal(open, context);
  const changes: readonly Partial<Row>[] = [
    { at_ms: 5 },
    { actor: 'site:graz' },
    { action: 'query.refused' },
    { subject: 'query-1' },
    { because: null },
    { because: '' },
    { facts: '{"number":7}' },
    { facts: '{ "number": 42 }' },
    { previous_sha256: 'f'.repeat(64) },
    { entry_sha256: 'f'.repeat(64) },
  ];
  const genuine = await database.kysely
    .selectFrom('audit_entries')
    .selectAll()
    .where('sequence', '=', 42)
    .executeTakeFirstOrThrow();
  const set = (row: Partial<Row>) =>
    database.kysely.updateTable('audit_entries').set(row).where('sequence', '=', 42).execute();
  for (const change of changes) {
    await set(change);
    assert.deepEqual(await journal.verify(), brokenAt(42, 41), JSON.stringify(change));
    await set(genuine);
  }
  assert.equal((await journal.verify()).intact, true);
});

const FORGERIES: readonly (readonly [string, number, (world: World) => Promise<unknown>])[] = [
  ['an entry taken out', 42, ({ entries }) => entries.remove(42, 42)],
  ['the first entry taken out', 1, ({ entries }) => entries.remove(1, 1)],
  [
    'an entry taken out and the rest numbered anew and linked',
    100,
    async ({ entries, database }) => {
      await entries.remove(42, 42);
      for (let number = 43; number <= 130; number += 1) await entries.set(number, { sequence: number - 1 });
      await relink(database, 42);
    },
  ],
  [
    'an entry changed and everything after it linked anew',
    100,
    async ({ entries, database }) => {
      await entries.set(42, { actor: 'site:graz' });
      await relink(database, 42);
    },
  ],
  [
    'an entry after the last full hundred changed and linked anew',
    120,
    async ({ entries, database }) => {
      await entries.set(110, { actor: 'site:graz' });
      await relink(database, 110);
    },
  ],
  ['the tail cut off below a signed head', 116, ({ entries }) => entries.remove(116, 130)],
  [
    'everything linked anew, and the signed heads made to fit without the key',
    100,
    async (world) => {
      await world.entries.set(42, { actor: 'site:graz' });
      await relink(world.database, 42);
      await world.resign(generateKeys());
    },
  ],
  [
    'everything linked anew, and the signed heads taken out',
    100,
    async ({ entries, database }) => {
      await entries.set(42, { actor: 'site:graz' });
      await relink(database, 42);
      await database.kysely.deleteFrom('audit_checkpoints').execute();
    },
  ],
  [
    'a signed head moved to another entry',
    110,
    async ({ database }) =>
      await database.kysely
        .updateTable('audit_checkpoints')
        .set({ sequence: 110 })
        .where('sequence', '=', 120)
        .execute(),
  ],
];

async function worldOf(open: OpenFresh, context: Parameters<OpenFresh>[0]) {
  const { database, keys, journal } = await fullJournal(open, context);
  const db = database.kysely;
  const entries = {
    set: async (sequence: number, row: Partial<Row>) =>
      await db.updateTable('audit_entries').set(row).where('sequence', '=', sequence).execute(),
    remove: async (from: number, to: number) =>
      await db.deleteFrom('audit_entries').where('sequence', '>=', from).where('sequence', '<=', to).execute(),
  };
  const resign = async (by: SiteKeys) => {
    for (const point of await db.selectFrom('audit_checkpoints').select('sequence').execute()) {
      const { entry_sha256 } = await db
        .selectFrom('audit_entries')
        .select('entry_sha256')
        .where('sequence', '=', point.sequence)
        .executeTakeFirstOrThrow();
      const signature = signText(by, checkpointText(point.sequence, entry_sha256));
      await db
        .updateTable('audit_checkpoints')
        .set({ entry_sha256, signature })
        .where('sequence', '=', point.sequence)
        .execute();
    }
  };
  return { database, keys, journal, entries, resign };
}
type World = Awaited<ReturnType<typeof worldOf>>;

for (const [name, at, forge] of FORGERIES) {
  forEachEngine(test, POSTGRES_URL, `the journal: ${name}`, async (open, context) => {
    const world = await worldOf(open, context);
    await forge(world);
    const { intact, broken_at } = await world.journal.verify();
    assert.deepEqual({ intact, broken_at }, { intact: false, broken_at: at });
  });
}

forEachEngine(test, POSTGRES_URL, 'the journal: only the owner of the key can rewrite it', async (open, context) => {
  const world = await worldOf(open, context);
  await world.entries.set(42, { actor: 'site:graz' });
  await relink(world.database, 42);
  await world.resign(world.keys);
  assert.equal((await world.journal.verify()).intact, true, 'so the forgeries above fail for want of the key alone');
});

forEachEngine(
  test,
  POSTGRES_URL,
  'the journal: two programs that write at once make one chain',
  async (open, context) => {
    const database = await open<AuditTables>(context, auditMigrations);
    const keys = generateKeys();
    const journals = [1, 2].map(() => openJournal(database, { keys, clock: () => 1 }));
    const event = { actor: 'a', action: 'b', subject: 'c', facts: {} };
    await Promise.all(Array.from({ length: 12 }, (_, index) => journals[index % 2]?.append(event)));
    assert.deepEqual(await journals[0]?.verify(), { entries: 12, intact: true, broken_at: null });
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'the journal: events that come together are one transaction and one chain',
  async (open, context) => {
    const database = await open<AuditTables>(context, auditMigrations);
    const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
    const event = (number: number) => ({ actor: 'a', action: 'b', subject: `${number}`, facts: { number } });
    // Listened to at once: it fails long before the others are written.
    const broken = assert.rejects(journal.append({ ...event(0), facts: { number: Number.NaN } }), RangeError);
    const entries = await Promise.all(Array.from({ length: 1203 }, (_, number) => journal.append(event(number))));
    await broken;
    assert.deepEqual(
      entries.map(({ sequence, subject }) => [sequence, subject]),
      Array.from({ length: 1203 }, (_, number) => [number + 1, `${number}`]),
    );
    assert.deepEqual(await journal.verify(), { entries: 1203, intact: true, broken_at: null });
  },
);

forEachEngine(
  test,
  POSTGRES_URL,
  'the journal: a change of the records and what tells of it are both there or neither is',
  async (open, context) => {
    const database = await open<AuditTables & { trail: { step: string } }>(context, [
      ...auditMigrations,
      {
        id: 'test-trail',
        async up(db) {
          await db.schema.createTable('trail').addColumn('step', 'text').execute();
        },
      },
    ]);
    const journal = openJournal(database, { keys: generateKeys(), clock: () => 1 });
    const event = (subject: string, facts = {}) => ({ actor: 'a', action: 'b', subject, facts });
    const step = async (name: string, facts = {}) =>
      await journal.together(async (records: Transaction<{ trail: { step: string } }>) => {
        await records.insertInto('trail').values({ step: name }).execute();
        if (name === 'refused') throw new Error('no such step');
        return { event: event(name, facts), result: name.length };
      });
    const [taken, refused, untold, ...others] = await Promise.allSettled([
      step('taken'),
      step('refused'),
      step('untold', { number: Number.NaN }),
      ...Array.from({ length: 20 }, (_, number) => journal.append(event(`${number}`))),
    ]);
    assert.deepEqual(taken, { status: 'fulfilled', value: 5 });
    assert.deepEqual([refused?.status, untold?.status], ['rejected', 'rejected']);
    assert.ok(others.every(({ status }) => status === 'fulfilled'));
    assert.deepEqual(await database.kysely.selectFrom('trail').selectAll().execute(), [{ step: 'taken' }]);
    assert.deepEqual(await journal.verify(), { entries: 21, intact: true, broken_at: null });
  },
);

/** An export's bytes, in pieces that end anywhere. */
async function exported(journal: Awaited<ReturnType<typeof fullJournal>>['journal'], publicKey: string) {
  let text = '';
  for await (const line of writeExport(journal, { house: 'lisbon', publicKey })) text += line;
  return text;
}
async function* inPieces(text: string) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += 777) yield bytes.subarray(at, at + 777);
}

forEachEngine(test, POSTGRES_URL, 'an exported journal is verified without its house', async (open, context) => {
  const { journal, keys } = await fullJournal(open, context);
  const { publicKey } = keys;
  const text = await exported(journal, publicKey);
  const whole = { entries: 130, intact: true, broken_at: null, house: 'lisbon', publicKey };
  assert.deepEqual(await verifyExport(inPieces(text)), whole);
  assert.deepEqual(await verifyExport(inPieces(text), publicKey), whole);
  const strangers = await verifyExport(inPieces(text), generateKeys().publicKey);
  assert.deepEqual([strangers.intact, strangers.broken_at], [false, 100], 'another key signed it');
  const lines = text.split('\n');
  const withoutOne = [...lines.slice(0, 50), ...lines.slice(51)].join('\n');
  assert.equal((await verifyExport(inPieces(withoutOne))).broken_at, 50);
  const cut = lines.slice(0, 90).join('\n');
  assert.equal(
    (await verifyExport(inPieces(cut))).entries,
    89,
    'what was cut off at the end shows in the number alone',
  );
});

forEachEngine(
  test,
  POSTGRES_URL,
  'a changed byte of an exported journal is located or refused, wherever it is',
  async (open, context) => {
    const { journal, keys } = await fullJournal(open, context);
    const text = await exported(journal, keys.publicKey);
    const lineAt = (at: number) => text.slice(0, at).split('\n').length;
    const start = text.indexOf('\n') + 1;
    const places = [text.lastIndexOf('"}}') - 1];
    for (let at = start; at < text.length; at += 251) places.push(at);
    for (const at of places) {
      if (text[at] === '\n') continue;
      const changed = `${text.slice(0, at)}${text[at] === '7' ? '8' : '7'}${text.slice(at + 1)}`;
      const found = await verifyExport(inPieces(changed), keys.publicKey).catch((error: unknown) => error);
      if (found instanceof UnicaError) {
        assert.equal(found.facts['line'], lineAt(at));
        continue;
      }
      const { broken_at } = found as Awaited<ReturnType<typeof verifyExport>>;
      // The header is a line, and each signature before.
      assert.ok((broken_at ?? 0) >= lineAt(at) - 4 && (broken_at ?? 0) <= lineAt(at), `byte ${at}: ${broken_at}`);
    }
  },
);

test('what is no exported journal is refused with its line', async () => {
  const header = `${JSON.stringify({ format: 'unica-audit-1', house: 'h', publicKey: 'k' })}\n`;
  for (const [text, line] of [
    ['', 1],
    ['{}\n', 1],
    ['PK\u0003\u0004', 1],
    [`${header}nothing\n`, 2],
    [`${header}{"entry":{"sequence":"1"}}\n`, 2],
    [`${header}{"checkpoint":{"sequence":0}}\n`, 2],
    [`${header}${' '.repeat(2_000_000)}`, 2],
  ] as const) {
    await assert.rejects(verifyExport(inPieces(text)), (error: UnicaError) => {
      assert.equal(error.code, 'audit.not-an-export');
      assert.equal(error.facts['line'], line);
      return true;
    });
  }
});

test('a journal that was signed with one key after another is whole; an export of it, under a signature of the present key alone', async (context) => {
  const database = await openDatabase<AuditTables>({ engine: 'sqlite', path: ':memory:' });
  context.after(() => database.close());
  await migrate(database, auditMigrations);
  const [old, present] = [generateKeys(), generateKeys()];
  const clock = () => 1;
  const event = { actor: 'a', action: 'b', subject: 'c', facts: {} };
  const before = openJournal(database, { keys: old, clock });
  await before.append(event);
  const { publicKey } = old;
  const unsigned = await exported(before, publicKey);
  assert.equal((await verifyExport(inPieces(unsigned))).intact, true);
  assert.deepEqual(
    await verifyExport(inPieces(unsigned), publicKey),
    { entries: 1, intact: false, broken_at: 1, house: 'lisbon', publicKey },
    'nobody signed it: anybody could have made it',
  );
  await before.checkpoint();
  const journal = openJournal(database, { keys: present, clock, formerKeys: () => [old.publicKey, present.publicKey] });
  assert.equal((await openJournal(database, { keys: present, clock }).verify()).intact, false, 'a key nobody knows');
  assert.equal((await journal.verify()).intact, true);
  const whose = { house: 'lisbon', publicKey: present.publicKey, formerKeys: [old.publicKey] };
  const text = async () => {
    let lines = '';
    for await (const line of writeExport(journal, whose)) lines += line;
    return lines;
  };
  const verified = async () => (await verifyExport(inPieces(await text()), present.publicKey)).intact;
  assert.equal(await verified(), false, 'the export alone names the old key: the present one has signed nothing');
  await journal.append(event);
  await journal.checkpoint();
  assert.equal(await verified(), true);
});
