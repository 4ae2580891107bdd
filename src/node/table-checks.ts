import type { Kysely, Transaction } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import type { Migration } from '#store';
import type { CheckedTable, TableCheckVerdict } from '#wire';

/** Exact tables that two people look at before they leave. */
export interface TableCheckTables {
  table_checks: {
    check_id: string;
    permit_id: string;
    project_id: string;
    holder: string;
    purpose: string;
    /** Digest of the question, its fields and the permit: the same question again asks for the same check. */
    question: string;
    /** JSON: the question, the fields, the tables as they would leave. */
    asked: string;
    answer: string;
    answer_sha256: string;
    asked_at_ms: number;
    state: 'waiting' | 'released' | 'refused' | 'replaced';
    first_by: string | null;
    first_at_ms: number | null;
    second_by: string | null;
    second_at_ms: number | null;
    because: string | null;
  };
}

/** The table of checks. */
export const tableCheckMigration: Migration = {
  id: 'node-122-table-checks',
  async up(db) {
    await db.schema
      .createTable('table_checks')
      .addColumn('check_id', 'text', (column) => column.primaryKey())
      .addColumn('permit_id', 'text', (column) => column.notNull())
      .addColumn('project_id', 'text', (column) => column.notNull())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('purpose', 'text', (column) => column.notNull())
      .addColumn('question', 'text', (column) => column.notNull())
      .addColumn('asked', 'text', (column) => column.notNull())
      .addColumn('answer', 'text', (column) => column.notNull())
      .addColumn('answer_sha256', 'text', (column) => column.notNull())
      .addColumn('asked_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('first_by', 'text')
      .addColumn('first_at_ms', 'bigint')
      .addColumn('second_by', 'text')
      .addColumn('second_at_ms', 'bigint')
      .addColumn('because', 'text')
      .execute();
  },
};

/** A permit's tables that wait at once, at most: whoever checks them has to be able to. */
const MOST_WAITING = 20;

/** A table that is asked for, as it would leave. */
export interface AskedTable {
  readonly permitId: string;
  readonly projectId: string;
  readonly holder: string;
  readonly purpose: string;
  readonly asked: Pick<CheckedTable, 'query' | 'fields'>;
  readonly answer: CheckedTable['answer'];
}

type Row = TableCheckTables['table_checks'];

/**
 * The check of what leaves under a permit for export: the table is counted, waits, and leaves when two different people of the node
 * found it to be anonymous. What they looked at is what leaves: a table that the data have changed since is another one, and waits anew.
 */
export class TableChecks {
  readonly #db: Kysely<TableCheckTables>;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(
    db: Kysely<TableCheckTables>,
    parts: { readonly journal: Journal; readonly clock: Clock; readonly newId: (prefix: string) => string },
  ) {
    this.#db = db;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#newId = parts.newId;
  }

  /**
   * Returns where exactly this table passed both checks.
   * @throws UnicaError `node.table-waits`, `node.table-refused`, `node.tables-waiting`.
   */
  async mustHavePassed(table: AskedTable): Promise<{ readonly checkId: string }> {
    const question = sha256Hex(canonicalJson({ permit: table.permitId, asked: table.asked as unknown as Json }));
    const answer = canonicalJson(table.answer as unknown as Json);
    const digest = sha256Hex(answer);
    const rows = await this.#db
      .selectFrom('table_checks')
      .selectAll()
      .where('permit_id', '=', table.permitId)
      .orderBy('asked_at_ms', 'desc')
      .execute();
    const known = rows.find((row) => row.question === question && row.answer_sha256 === digest);
    if (known !== undefined && known.state !== 'replaced') {
      if (known.state === 'refused') throw new UnicaError('node.table-refused', { because: known.because ?? '' });
      if (known.state === 'waiting') throw new UnicaError('node.table-waits', { checkId: known.check_id });
      return { checkId: known.check_id };
    }
    // What was counted of other data is looked at no more.
    await this.#db
      .updateTable('table_checks')
      .set({ state: 'replaced' })
      .where('question', '=', question)
      .where('state', '=', 'waiting')
      .execute();
    const waiting = rows.filter((row) => row.state === 'waiting' && row.question !== question).length;
    if (waiting >= MOST_WAITING) throw new UnicaError('node.tables-waiting', { most: MOST_WAITING });
    const checkId = this.#newId('check');
    await this.#db
      .insertInto('table_checks')
      .values({
        check_id: checkId,
        permit_id: table.permitId,
        project_id: table.projectId,
        holder: table.holder,
        purpose: table.purpose,
        question,
        asked: canonicalJson(table.asked as unknown as Json),
        answer,
        answer_sha256: digest,
        asked_at_ms: this.#clock(),
        state: 'waiting',
        first_by: null,
        first_at_ms: null,
        second_by: null,
        second_at_ms: null,
        because: null,
      })
      .execute();
    throw new UnicaError('node.table-waits', { checkId });
  }

  /**
   * One person's verdict, which counts together with its entry in the journal. The first that finds it anonymous waits for another
   * person's; one refusal is enough.
   * @throws UnicaError `http.not-found`, `node.table-checked`, `node.second-person`.
   */
  async judge(checkId: string, verdict: TableCheckVerdict, by: string): Promise<CheckedTable> {
    const row = await this.#row(checkId);
    if (row.state !== 'waiting') throw new UnicaError('node.table-checked', { checkId });
    const refuses = verdict.verdict === 'refused';
    const isSecond = row.first_by !== null;
    if (!refuses && row.first_by === by) throw new UnicaError('node.second-person');
    const at = this.#clock();
    const change: Partial<Row> = refuses
      ? { state: 'refused', because: verdict.because, second_by: by, second_at_ms: at }
      : isSecond
        ? { state: 'released', second_by: by, second_at_ms: at }
        : { first_by: by, first_at_ms: at };
    const state = change.state ?? row.state;
    await this.#journal.together(async (records: Transaction<TableCheckTables>) => {
      const done = await records
        .updateTable('table_checks')
        .set(change)
        .where('check_id', '=', checkId)
        .where('state', '=', 'waiting')
        // Of two who judge at once one is first; the other's verdict is weighed anew.
        .where('first_by', row.first_by === null ? 'is' : '=', row.first_by)
        .executeTakeFirst();
      if (Number(done.numUpdatedRows) !== 1) throw new UnicaError('node.table-checked', { checkId });
      const action = refuses ? 'table.refused' : 'table.found-anonymous';
      return {
        event: { actor: by, action, subject: checkId, because: row.permit_id, facts: { state } },
        result: undefined,
      };
    });
    return shown(await this.#row(checkId), by);
  }

  /** Newest first, at most 200. */
  async list(reader: string): Promise<readonly CheckedTable[]> {
    const rows = await this.#db
      .selectFrom('table_checks')
      .selectAll()
      .where('state', '!=', 'replaced')
      .orderBy('asked_at_ms', 'desc')
      .limit(200)
      .execute();
    return rows.map((row) => shown(row, reader));
  }

  async #row(checkId: string): Promise<Row> {
    const row = await this.#db
      .selectFrom('table_checks')
      .selectAll()
      .where('check_id', '=', checkId)
      .executeTakeFirst();
    if (row === undefined) throw new UnicaError('http.not-found', { what: 'table to check of that number' });
    return row;
  }
}

function shown(row: Row, reader: string): CheckedTable {
  const asked = JSON.parse(row.asked) as Pick<CheckedTable, 'query' | 'fields'>;
  return {
    checkId: row.check_id,
    permitId: row.permit_id,
    projectId: row.project_id,
    requestedBy: row.holder,
    purpose: row.purpose,
    query: asked.query,
    fields: asked.fields,
    answer: JSON.parse(row.answer) as CheckedTable['answer'],
    askedAtMs: row.asked_at_ms,
    state: row.state === 'replaced' ? 'waiting' : row.state,
    firstAtMs: row.first_at_ms,
    firstByYou: row.first_by === reader,
    secondAtMs: row.second_at_ms,
    because: row.because,
  };
}
