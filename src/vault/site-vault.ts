import { randomBytes } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Selectable, sql, type Transaction } from 'kysely';
import { canonicalJson, equalBytes, fromHex, fromUtf8, UnicaError, utf8 } from '#base';
import { type Database, migrate, openDatabase, syncFolder } from '#store';
import { keyedDigest, keyFor, openBox, sealBox } from './sealed-box.ts';
import { type VaultTables, vaultMigrations } from './tables.ts';
import { lockingKey, type VaultKey } from './vault-key.ts';

/** Whose an image was, and what it is called by now. */
export interface VaultLink {
  /** As the hospital writes it, without spaces at its ends. */
  readonly patientId: string;
  /** IssuerOfPatientID; '' where the image named none. */
  readonly issuer: string;
  /** The pseudonym. */
  readonly person: string;
  /** Days by which this person's dates were moved back; 0 where they were removed. */
  readonly daysBack: number;
  readonly studyInstanceUid: string;
  readonly newStudyInstanceUid: string;
}

/** What the vault knows of one number of a hospital. */
export interface VaultPerson {
  readonly patientId: string;
  readonly issuer: string;
  readonly person: string;
  readonly daysBack: number;
  readonly studies: readonly { readonly studyInstanceUid: string; readonly newStudyInstanceUid: string }[];
}

/** What is asked: exactly one of these. UIDs of studies. */
export type VaultQuestion =
  | { readonly patientId: string }
  | { readonly person: string }
  | { readonly studyInstanceUid: string }
  | { readonly newStudyInstanceUid: string };

/** Where the site keeps who its pseudonyms are. Whoever opened it closes it. */
export interface SiteVault {
  /**
   * Keeps links, on the disk when this resolves; those that are there already cost a look-up. Returns how many were new.
   * @throws UnicaError `vault.key-changed`, `vault.damaged`, `vault.unusable`
   */
  record(links: readonly VaultLink[]): Promise<number>;
  /** @throws UnicaError `vault.key-changed`, `vault.damaged` also when entries were taken out; `vault.unusable` */
  find(question: VaultQuestion): Promise<readonly VaultPerson[]>;
  /** Everybody, one after the other. */
  people(): AsyncIterable<VaultPerson>;
  /** Takes a person and all studies out and overwrites where they stood; returns the entries that went. */
  forget(question: VaultQuestion): Promise<number>;
  /** Opens every entry and compares their number and sum with the sealed one. @throws as {@link find} */
  check(): Promise<{ readonly people: number; readonly studies: number }>;
  /** Encrypts all of it anew under a new key, or nothing of it; afterwards the old key opens nothing. */
  rotateKey(key: VaultKey): Promise<void>;
  close(): Promise<void>;
}

/** Entries read or written at once. */
const PAGE = 500;

type Queries = Transaction<VaultTables> | Database<VaultTables>['kysely'];

/**
 * Opens a vault; with `create`, makes one where there is none.
 * @throws UnicaError `vault.missing`, `vault.exists` with `create: 'new'`, `vault.key-unusable`, `vault.wrong-key`,
 * `vault.damaged`, `vault.unusable`
 */
export async function openVault(options: {
  readonly path: string;
  readonly key: VaultKey;
  readonly create?: 'new' | 'if-missing';
}): Promise<SiteVault> {
  const { path, key, create } = options;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined && create === undefined) throw new UnicaError('vault.missing');
  if (found !== undefined && create === 'new') throw new UnicaError('vault.exists');
  if (found === undefined) await makePrivateFile(path);
  const database = await within(() => openDatabase<VaultTables>({ engine: 'sqlite', path }));
  try {
    await within(async () => {
      // What is taken out must not stay in the free pages of the file.
      await sql`pragma secure_delete = on`.execute(database.kysely);
      await migrate(database, vaultMigrations);
    });
    const keys = await openHeader(database, key, { mayCreate: create !== undefined });
    return new OpenVault(database, keys);
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Made before SQLite does, so that its journals too are for the owner alone. */
async function makePrivateFile(path: string): Promise<void> {
  await within(async () => {
    const file = await open(path, 'a', 0o600);
    await file.sync();
    await file.close();
    await syncFolder(dirname(path));
  });
}

/** The keys of one purpose each, all of the vault's own key. */
interface Keys {
  /** As it lies in the header: another one means that the key was changed. */
  readonly wrapped: Uint8Array;
  readonly seal: Uint8Array;
  readonly find: Uint8Array;
  readonly tally: Uint8Array;
}

interface Tally {
  readonly links: number;
  readonly sum: bigint;
}

const EMPTY: Tally = { links: 0, sum: 0n };
const MODULUS = 2n ** 256n;

function keysOf(own: Uint8Array, wrapped: Uint8Array): Keys {
  return { wrapped, seal: keyFor('seal', own), find: keyFor('find', own), tally: keyFor('tally', own) };
}

async function newHeader(key: VaultKey, tally: Tally) {
  const salt = Uint8Array.from(randomBytes(32));
  const locking = await lockingKey(key, salt);
  const own = Uint8Array.from(randomBytes(32));
  const wrapped = sealBox(keyFor('wrap', locking), 'own key', own);
  const keys = keysOf(own, wrapped);
  const row = {
    header_id: 1,
    salt,
    key_check: keyFor('check', locking),
    wrapped_key: wrapped,
    tally: sealedTally(keys, tally),
  };
  return { keys, row };
}

async function openHeader(
  database: Database<VaultTables>,
  key: VaultKey,
  { mayCreate }: { readonly mayCreate: boolean },
): Promise<Keys> {
  const stored = () => within(() => database.kysely.selectFrom('vault_header').selectAll().executeTakeFirst());
  if ((await stored()) === undefined) {
    if (!mayCreate) throw new UnicaError('vault.damaged', { problem: 'its header is gone' });
    const { row } = await newHeader(key, EMPTY);
    // Of two that make it at once, one does; both then open what is there.
    await within(() =>
      database.kysely
        .insertInto('vault_header')
        .values(row)
        .onConflict((conflict) => conflict.column('header_id').doNothing())
        .execute(),
    );
  }
  const header = await stored();
  if (header === undefined) throw new UnicaError('vault.damaged', { problem: 'its header is gone' });
  const locking = await lockingKey(key, new Uint8Array(header.salt));
  if (!equalBytes(keyFor('check', locking), new Uint8Array(header.key_check))) throw new UnicaError('vault.wrong-key');
  const wrapped = new Uint8Array(header.wrapped_key);
  const keys = keysOf(openBox(keyFor('wrap', locking), 'own key', wrapped), wrapped);
  openedTally(keys, new Uint8Array(header.tally));
  return keys;
}

class OpenVault implements SiteVault {
  readonly #database: Database<VaultTables>;
  #keys: Keys;

  constructor(database: Database<VaultTables>, keys: Keys) {
    this.#database = database;
    this.#keys = keys;
  }

  async record(links: readonly VaultLink[]): Promise<number> {
    const entries = new Map(links.flatMap(entriesOf).map((entry) => [hex(this.#digest(entry.identity)), entry]));
    const unknown = async (db: Queries) => {
      for (const identities of pagesOf([...entries.keys()])) {
        const known = await db
          .selectFrom('vault_links')
          .select('identity')
          .where('identity', 'in', identities.map(fromHex))
          .execute();
        for (const { identity } of known) entries.delete(hex(new Uint8Array(identity)));
      }
    };
    await within(() => unknown(this.#database.kysely));
    if (entries.size === 0) return 0;
    return await this.#change(async (transaction, tally) => {
      // Another process may have been faster.
      await unknown(transaction);
      const rows = [...entries.values()].map((entry) => rowOf(this.#keys, entry));
      for (const some of pagesOf(rows)) await transaction.insertInto('vault_links').values(some).execute();
      const sum = rows.reduce((total, row) => (total + weightOf(this.#keys, row)) % MODULUS, tally.sum);
      return { tally: { links: tally.links + rows.length, sum }, result: rows.length };
    });
  }

  async find(question: VaultQuestion): Promise<readonly VaultPerson[]> {
    await this.#compareCount();
    const numbers = new Map<string, Entry>();
    for (const entry of await this.#answers(question)) {
      const rows = entry.kind === 'person' ? [entry] : await this.#entries('owner', ['owner', entry.person], 'person');
      for (const row of rows) numbers.set(row.identity.join('\n'), row);
    }
    const people: VaultPerson[] = [];
    for (const entry of numbers.values()) if (entry.kind === 'person') people.push(await this.#person(entry));
    return people;
  }

  async *people(): AsyncIterable<VaultPerson> {
    for await (const { entry } of this.#all()) if (entry.kind === 'person') yield await this.#person(entry);
  }

  async forget(question: VaultQuestion): Promise<number> {
    const owners = [...new Set((await this.find(question)).map(({ person }) => person))];
    let gone = 0;
    for (const person of owners) {
      const owner = this.#digest(['owner', person]);
      gone += await this.#change(async (transaction, tally) => {
        const rows = await transaction.selectFrom('vault_links').selectAll().where('owner', '=', owner).execute();
        let { sum } = tally;
        for (const row of rows) sum = (sum + MODULUS - weightOf(this.#keys, bytesOf(row))) % MODULUS;
        await transaction.deleteFrom('vault_links').where('owner', '=', owner).execute();
        return { tally: { links: tally.links - rows.length, sum }, result: rows.length };
      });
    }
    if (gone > 0) await this.#emptyJournal();
    return gone;
  }

  async check(): Promise<{ readonly people: number; readonly studies: number }> {
    const found = { people: 0, studies: 0 };
    let sum = 0n;
    const tally = await this.#tally(this.#database.kysely);
    for await (const { entry, row } of this.#all()) {
      sum = (sum + weightOf(this.#keys, row)) % MODULUS;
      if (entry.kind === 'person') found.people += 1;
      else found.studies += 1;
    }
    // Somebody else may have written in between; then the sum is looked at again.
    const after = await this.#tally(this.#database.kysely);
    if (after.sum !== tally.sum) return await this.check();
    if (sum !== tally.sum || found.people + found.studies !== tally.links) throw incomplete();
    return found;
  }

  async rotateKey(key: VaultKey): Promise<void> {
    const old = this.#keys;
    const fresh = await newHeader(key, EMPTY);
    await within(() =>
      this.#database.transaction(async (transaction) => {
        const before = await this.#tally(transaction);
        let sum = 0n;
        let oldSum = 0n;
        let links = 0;
        for await (const page of this.#pages(transaction)) {
          const renewed = page.map(({ number, entry, row }) => {
            oldSum = (oldSum + weightOf(old, row)) % MODULUS;
            const fresher = rowOf(fresh.keys, entry);
            sum = (sum + weightOf(fresh.keys, fresher)) % MODULUS;
            return { number, ...fresher };
          });
          links += page.length;
          const numbers = page.map(({ number }) => number);
          await transaction.deleteFrom('vault_links').where('number', 'in', numbers).execute();
          await transaction.insertInto('vault_links').values(renewed).execute();
        }
        if (oldSum !== before.sum || links !== before.links) throw incomplete();
        await transaction
          .updateTable('vault_header')
          .set({ ...fresh.row, tally: sealedTally(fresh.keys, { links, sum }) })
          .execute();
      }),
    );
    this.#keys = fresh.keys;
    await within(() => sql`vacuum`.execute(this.#database.kysely));
    await this.#emptyJournal();
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** Everything or nothing, under the number and sum of what is there. */
  async #change<Result>(
    work: (
      transaction: Transaction<VaultTables>,
      tally: Tally,
    ) => Promise<{ readonly tally: Tally; readonly result: Result }>,
  ): Promise<Result> {
    return await within(() =>
      this.#database.transaction(async (transaction) => {
        const { tally, result } = await work(transaction, await this.#tally(transaction));
        await transaction
          .updateTable('vault_header')
          .set({ tally: sealedTally(this.#keys, tally) })
          .execute();
        return result;
      }),
    );
  }

  async #tally(db: Queries): Promise<Tally> {
    const header = await within(() =>
      db.selectFrom('vault_header').select(['wrapped_key', 'tally']).executeTakeFirst(),
    );
    if (header === undefined) throw new UnicaError('vault.damaged', { problem: 'its header is gone' });
    if (!equalBytes(new Uint8Array(header.wrapped_key), this.#keys.wrapped)) throw new UnicaError('vault.key-changed');
    return openedTally(this.#keys, new Uint8Array(header.tally));
  }

  /** An entry that was taken out would otherwise be an honest "nobody of that number". */
  async #compareCount(): Promise<void> {
    const [tally, counted] = await within(() =>
      this.#database.transaction(async (transaction) => [
        await this.#tally(transaction),
        await transaction
          .selectFrom('vault_links')
          .select((select) => select.fn.countAll().as('links'))
          .executeTakeFirstOrThrow(),
      ]),
    );
    if (Number(counted.links) !== tally.links) throw incomplete();
  }

  #answers(question: VaultQuestion): Promise<readonly Entry[]> {
    if ('patientId' in question) return this.#entries('original', ['person', question.patientId.trim()], 'person');
    if ('person' in question) return this.#entries('pseudonym', ['person', question.person.trim()], 'person');
    if ('studyInstanceUid' in question) {
      return this.#entries('original', ['study', question.studyInstanceUid.trim()], 'study');
    }
    return this.#entries('pseudonym', ['study', question.newStudyInstanceUid.trim()], 'study');
  }

  async #entries<Kind extends Entry['kind']>(
    column: 'original' | 'pseudonym' | 'owner',
    words: readonly string[],
    kind: Kind,
  ): Promise<readonly Extract<Entry, { readonly kind: Kind }>[]> {
    const rows = await within(() =>
      this.#database.kysely
        .selectFrom('vault_links')
        .selectAll()
        .where(column, '=', this.#digest(words))
        .orderBy('number')
        .execute(),
    );
    return rows.map((row) => openedRow(this.#keys, bytesOf(row))).filter((entry) => isOf(entry, kind));
  }

  async #person({ patientId, issuer, person, daysBack }: PersonEntry): Promise<VaultPerson> {
    const studies = await this.#entries('owner', ['owner', person], 'study');
    return {
      patientId,
      issuer,
      person,
      daysBack,
      studies: studies
        .filter((study) => study.patientId === patientId && study.issuer === issuer)
        .map(({ studyInstanceUid, newStudyInstanceUid }) => ({ studyInstanceUid, newStudyInstanceUid })),
    };
  }

  async *#all() {
    for await (const page of this.#pages(this.#database.kysely)) yield* page;
  }

  async *#pages(db: Queries) {
    for (let after = 0; ; ) {
      const from = after;
      const rows = await within(() =>
        db.selectFrom('vault_links').selectAll().where('number', '>', from).orderBy('number').limit(PAGE).execute(),
      );
      if (rows.length === 0) return;
      after = rows.at(-1)?.number ?? after;
      yield rows.map((stored) => {
        const row = bytesOf(stored);
        return { number: stored.number, row, entry: openedRow(this.#keys, row) };
      });
    }
  }

  #digest(words: readonly string[]): Uint8Array {
    return placeOf(this.#keys, words);
  }

  /** What the write-ahead journal still holds of older pages goes too. */
  async #emptyJournal(): Promise<void> {
    await within(() => sql`pragma wal_checkpoint(truncate)`.execute(this.#database.kysely));
  }
}

interface PersonEntry {
  readonly kind: 'person';
  readonly identity: readonly string[];
  readonly patientId: string;
  readonly issuer: string;
  readonly person: string;
  readonly daysBack: number;
}

interface StudyEntry {
  readonly kind: 'study';
  readonly identity: readonly string[];
  readonly patientId: string;
  readonly issuer: string;
  readonly person: string;
  readonly studyInstanceUid: string;
  readonly newStudyInstanceUid: string;
}

type Entry = PersonEntry | StudyEntry;
type LinkRow = Readonly<Record<'identity' | 'original' | 'pseudonym' | 'owner' | 'sealed', Uint8Array>>;
type StoredRow = Selectable<VaultTables['vault_links']>;

function pagesOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / PAGE) }, (_, page) =>
    items.slice(page * PAGE, (page + 1) * PAGE),
  );
}

function isOf<Kind extends Entry['kind']>(entry: Entry, kind: Kind): entry is Extract<Entry, { readonly kind: Kind }> {
  return entry.kind === kind;
}

function entriesOf(link: VaultLink): readonly Entry[] {
  const { person, daysBack, studyInstanceUid, newStudyInstanceUid } = link;
  const [patientId, issuer] = [link.patientId.trim(), link.issuer.trim()];
  const whose = { patientId, issuer, person };
  return [
    { kind: 'person', identity: ['person', patientId, issuer, person], ...whose, daysBack },
    {
      kind: 'study',
      identity: ['study', patientId, issuer, person, studyInstanceUid],
      ...whose,
      studyInstanceUid,
      newStudyInstanceUid,
    },
  ];
}

function rowOf(keys: Keys, entry: Entry): LinkRow {
  const places = placesOf(keys, entry);
  const content = canonicalJson({ ...entry, identity: [...entry.identity] });
  return { ...places, sealed: sealBox(keys.seal, places.identity, padded(content)) };
}

function placesOf(keys: Keys, entry: Entry): Omit<LinkRow, 'sealed'> {
  const digest = (...words: readonly string[]) => placeOf(keys, words);
  const study = entry.kind === 'study';
  return {
    identity: digest(...entry.identity),
    original: study ? digest('study', entry.studyInstanceUid) : digest('person', entry.patientId),
    pseudonym: study ? digest('study', entry.newStudyInstanceUid) : digest('person', entry.person),
    owner: digest('owner', entry.person),
  };
}

/** 128 bits under which an entry is found. */
function placeOf(keys: Keys, words: readonly string[]): Uint8Array {
  return keyedDigest(keys.find, ...words).subarray(0, 16);
}

/** The number of an entry says nothing, and neither must its length. */
function padded(text: string): Uint8Array {
  const bytes = utf8(text);
  const whole = new Uint8Array(Math.ceil(bytes.length / 128) * 128).fill(0x20);
  whole.set(bytes);
  return whole;
}

function bytesOf({ identity, original, pseudonym, owner, sealed }: StoredRow): LinkRow {
  return {
    identity: new Uint8Array(identity),
    original: new Uint8Array(original),
    pseudonym: new Uint8Array(pseudonym),
    owner: new Uint8Array(owner),
    sealed: new Uint8Array(sealed),
  };
}

function openedRow(keys: Keys, row: LinkRow): Entry {
  // Only this room seals, so what opens has the shape that it was given.
  const entry = JSON.parse(fromUtf8(openBox(keys.seal, row.identity, row.sealed))) as Entry;
  const again = placesOf(keys, entry);
  const inPlace =
    equalBytes(again.original, row.original) &&
    equalBytes(again.pseudonym, row.pseudonym) &&
    equalBytes(again.owner, row.owner);
  if (!inPlace) throw new UnicaError('vault.damaged', { problem: 'an entry stands in a wrong place' });
  return entry;
}

/** What a row adds to the sum of all: without the key nobody can find rows that sum up alike (AdHash of a keyed digest). */
function weightOf(keys: Keys, { identity, sealed }: Pick<LinkRow, 'identity' | 'sealed'>): bigint {
  return BigInt(`0x${hex(keyedDigest(keys.tally, identity, sealed))}`);
}

function sealedTally(keys: Keys, { links, sum }: Tally): Uint8Array {
  return sealBox(keys.seal, 'tally', utf8(canonicalJson({ links, sum: sum.toString(16).padStart(64, '0') })));
}

function openedTally(keys: Keys, box: Uint8Array): Tally {
  const { links, sum } = JSON.parse(fromUtf8(openBox(keys.seal, 'tally', box))) as { links: number; sum: string };
  return { links, sum: BigInt(`0x${sum}`) };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function incomplete(): UnicaError {
  return new UnicaError('vault.damaged', { problem: 'entries were taken out, put back or added' });
}

/** Errors of the database say what was being written; here only what kind of failure it was goes on. */
async function within<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnicaError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'the database failed';
    if (/NOTADB|CORRUPT/.test(code)) throw new UnicaError('vault.damaged', { problem: code });
    throw new UnicaError('vault.unusable', { problem: code });
  }
}
