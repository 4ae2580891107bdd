import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { type Clock, sha256Hex, UnicaError } from '#base';
import type { Migration } from '#store';

/** Records of which account is which patient's, by pseudonym. */
export interface PatientAccountTables {
  patient_accounts: { account: string; person: string; at_ms: number };
  patient_codes: { code_sha256: string; person: string; expires_at_ms: number; used_at_ms: number | null };
  complaints: {
    complaint_id: string;
    person: string;
    text: string;
    at_ms: number;
    answer: string | null;
    answered_by: string | null;
    answered_at_ms: number | null;
  };
}

/** Tables of patients' accounts and complaints. */
export const patientAccountMigration: Migration = {
  id: 'node-087-patients',
  async up(db) {
    await db.schema
      .createTable('patient_accounts')
      .addColumn('account', 'text', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('patient_codes')
      .addColumn('code_sha256', 'text', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('used_at_ms', 'bigint')
      .execute();
    await db.schema
      .createTable('complaints')
      .addColumn('complaint_id', 'text', (column) => column.primaryKey())
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addColumn('answer', 'text')
      .addColumn('answered_by', 'text')
      .addColumn('answered_at_ms', 'bigint')
      .execute();
  },
};

const CODE_DAYS = 7;
/** Without letters and digits that are mistaken for one another. */
const LETTERS = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/** Which account is which patient's: made by staff who have seen the person, with a code for one account. */
export class PatientAccounts {
  readonly #db: Kysely<PatientAccountTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<PatientAccountTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** A code for a person, shown once: 80 bits of chance, kept as a digest, and no longer than it is good for. */
  async code(person: string): Promise<{ readonly code: string; readonly expiresAtMs: number }> {
    const letters = [...randomBytes(16)].map((byte) => LETTERS[byte % 32]).join('');
    const code = letters.match(/.{4}/g)?.join('-') ?? letters;
    const nowMs = this.#clock();
    const expiresAtMs = nowMs + CODE_DAYS * 86_400_000;
    await this.#db.deleteFrom('patient_codes').where('expires_at_ms', '<=', nowMs).execute();
    await this.#db
      .insertInto('patient_codes')
      .values({ code_sha256: sha256Hex(plain(code)), person, expires_at_ms: expiresAtMs, used_at_ms: null })
      .execute();
    return { code, expiresAtMs };
  }

  /** Binds an account to the person of a code; a later code binds it to another. @throws UnicaError `patients.code-unusable` */
  async link(account: string, code: string): Promise<string> {
    const nowMs = this.#clock();
    const used = await this.#db
      .updateTable('patient_codes')
      .set({ used_at_ms: nowMs })
      .where('code_sha256', '=', sha256Hex(plain(code)))
      .where('used_at_ms', 'is', null)
      .where('expires_at_ms', '>', nowMs)
      .returning('person')
      .executeTakeFirst();
    if (used === undefined) throw new UnicaError('patients.code-unusable');
    const values = { person: used.person, at_ms: nowMs };
    await this.#db
      .insertInto('patient_accounts')
      .values({ account, ...values })
      .onConflict((conflict) => conflict.column('account').doUpdateSet(values))
      .execute();
    return used.person;
  }

  /** The pseudonym of an account; undefined where it is nobody's yet. */
  async personOf(account: string): Promise<string | undefined> {
    const row = await this.#db
      .selectFrom('patient_accounts')
      .select('person')
      .where('account', '=', account)
      .executeTakeFirst();
    return row?.person;
  }
}

function plain(code: string): string {
  return code.toUpperCase().replace(/[^0-9A-Z]/g, '');
}

/** Complaints of one person that wait for an answer. */
const MOST_WAITING = 20;

/** What patients complain about, and what they are answered. Their words stay out of the journal. */
export class Complaints {
  readonly #db: Kysely<PatientAccountTables>;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(db: Kysely<PatientAccountTables>, clock: Clock, newId: (prefix: string) => string) {
    this.#db = db;
    this.#clock = clock;
    this.#newId = newId;
  }

  /** @throws UnicaError `patients.many-complaints` */
  async write(person: string, text: string): Promise<string> {
    const { waiting } = await this.#db
      .selectFrom('complaints')
      .select((select) => select.fn.countAll().as('waiting'))
      .where('person', '=', person)
      .where('answer', 'is', null)
      .executeTakeFirstOrThrow();
    if (Number(waiting) >= MOST_WAITING) throw new UnicaError('patients.many-complaints', { most: MOST_WAITING });
    const complaintId = this.#newId('complaint');
    await this.#db
      .insertInto('complaints')
      .values({
        complaint_id: complaintId,
        person,
        text,
        at_ms: this.#clock(),
        answer: null,
        answered_by: null,
        answered_at_ms: null,
      })
      .execute();
    return complaintId;
  }

  /** @throws UnicaError `http.not-found` where there is none that waits */
  async answer(complaintId: string, answer: string, actor: string): Promise<void> {
    const result = await this.#db
      .updateTable('complaints')
      .set({ answer, answered_by: actor, answered_at_ms: this.#clock() })
      .where('complaint_id', '=', complaintId)
      .where('answer', 'is', null)
      .executeTakeFirst();
    if (Number(result.numUpdatedRows) === 0) throw new UnicaError('http.not-found', { what: 'complaint that waits' });
  }

  /** How many were written between two moments; the last one is outside. */
  async written(fromMs: number, toMs: number): Promise<number> {
    const row = await this.#db
      .selectFrom('complaints')
      .select((select) => select.fn.countAll().as('complaints'))
      .where('at_ms', '>=', fromMs)
      .where('at_ms', '<', toMs)
      .executeTakeFirstOrThrow();
    return Number(row.complaints);
  }

  /** Newest first, 500 at most; of a person, or of all. */
  async list(person?: string) {
    let wanted = this.#db.selectFrom('complaints').selectAll().orderBy('at_ms', 'desc').limit(500);
    if (person !== undefined) wanted = wanted.where('person', '=', person);
    return (await wanted.execute()).map((row) => ({
      complaintId: row.complaint_id,
      atMs: row.at_ms,
      text: row.text,
      answer: row.answer,
      answeredAtMs: row.answered_at_ms,
    }));
  }
}
