import { type Clock, canonicalJson, type Json, sha256Hex, UnicaError } from '#base';
import type { Database, Migration } from '#store';
import type { CohortQuery } from '#wire';

/** A node's records of the questions it has answered. */
export interface QuestionTables {
  question_ledger: {
    sequence: number;
    at_ms: number;
    dataset: string;
    requester: string;
    project: string | null;
    /** Of the data and of who may be counted. */
    version: string;
    kind: QuestionKind;
    /** Stands for the question: equal exactly when questions mean the same. */
    question: string;
    /** JSON: canonical questions whose counts were told. */
    told: string;
    /** JSON: the answer, as it left. */
    answer: string;
    /** Epsilon. */
    cost: number;
    previous_sha256: string;
    entry_sha256: string;
  };
}

/** `refused` questions cost as much as answered ones: what is refused tells something, too. */
export type QuestionKind = 'count' | 'facets' | 'exact' | 'refused';

/** A count that was told: the question it was the answer to, in canonical form. */
export interface Told {
  readonly question: string;
  readonly query: CohortQuery;
  /** How many people, where the number was exact: what comes later is compared with it. */
  readonly persons?: number | undefined;
}

/** A question that was answered or refused. */
export interface LedgerEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly dataset: string;
  readonly requester: string;
  readonly project: string | null;
  readonly version: string;
  readonly kind: QuestionKind;
  readonly question: string;
  readonly told: readonly Told[];
  readonly answer: Json;
  readonly cost: number;
  readonly entrySha256: string;
}

/** Tables of a node's ledger of questions. */
export const questionMigrations: readonly Migration[] = [
  {
    id: 'search-101-question-ledger',
    async up(db) {
      await db.schema
        .createTable('question_ledger')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('dataset', 'text', (column) => column.notNull())
        .addColumn('requester', 'text', (column) => column.notNull())
        .addColumn('project', 'text')
        .addColumn('version', 'text', (column) => column.notNull())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('question', 'text', (column) => column.notNull())
        .addColumn('told', 'text', (column) => column.notNull())
        .addColumn('answer', 'text', (column) => column.notNull())
        .addColumn('cost', 'double precision', (column) => column.notNull())
        .addColumn('previous_sha256', 'text', (column) => column.notNull())
        .addColumn('entry_sha256', 'text', (column) => column.notNull())
        .execute();
    },
  },
];

/** What was asked of a node, by whom, and what it said: append-only, each entry holds the digest of the one before. */
export interface QuestionLedger {
  /** All entries about a dataset, oldest first. */
  of(dataset: string): readonly LedgerEntry[];
  append(entry: Omit<LedgerEntry, 'sequence' | 'atMs' | 'entrySha256'>): Promise<LedgerEntry>;
}

const GENESIS = '0'.repeat(64);

/**
 * Opens the ledger over a migrated database and checks every link; it is kept in memory, so that asking costs nothing.
 * @throws UnicaError `search.ledger-broken` where an entry was altered or is missing.
 */
export async function openQuestionLedger<Tables extends QuestionTables>(
  database: Database<Tables>,
  clock: Clock,
): Promise<QuestionLedger> {
  const db = (database as unknown as Database<QuestionTables>).kysely;
  const byDataset = new Map<string, LedgerEntry[]>();
  let head = { sequence: 0, digest: GENESIS };
  const take = (row: QuestionTables['question_ledger']): LedgerEntry => {
    const { entry_sha256, ...unsigned } = row;
    const fits = row.sequence === head.sequence + 1 && row.previous_sha256 === head.digest;
    if (!fits || digestOf(unsigned) !== entry_sha256) {
      throw new UnicaError('search.ledger-broken', { entry: head.sequence + 1 });
    }
    head = { sequence: row.sequence, digest: entry_sha256 };
    const entry = entryOf(row);
    const entries = byDataset.get(row.dataset) ?? [];
    byDataset.set(row.dataset, entries);
    entries.push(entry);
    return entry;
  };
  for (const row of await db.selectFrom('question_ledger').selectAll().orderBy('sequence').execute()) take(row);
  return {
    of: (dataset) => byDataset.get(dataset) ?? [],
    async append(entry) {
      const unsigned = {
        sequence: head.sequence + 1,
        at_ms: clock(),
        dataset: entry.dataset,
        requester: entry.requester,
        project: entry.project,
        version: entry.version,
        kind: entry.kind,
        question: entry.question,
        told: canonicalJson(
          entry.told.map(({ question, query, persons }) =>
            persons === undefined ? { question, query } : { question, query, persons },
          ),
        ),
        answer: canonicalJson(entry.answer),
        cost: entry.cost,
        previous_sha256: head.digest,
      };
      const row = { ...unsigned, entry_sha256: digestOf(unsigned) };
      await db.insertInto('question_ledger').values(row).execute();
      return take(row);
    },
  };
}

function digestOf(unsigned: Omit<QuestionTables['question_ledger'], 'entry_sha256'>): string {
  return sha256Hex(canonicalJson({ ...unsigned }));
}

function entryOf(row: QuestionTables['question_ledger']): LedgerEntry {
  return {
    sequence: row.sequence,
    atMs: row.at_ms,
    dataset: row.dataset,
    requester: row.requester,
    project: row.project,
    version: row.version,
    kind: row.kind,
    question: row.question,
    told: JSON.parse(row.told),
    answer: JSON.parse(row.answer),
    cost: row.cost,
    entrySha256: row.entry_sha256,
  };
}
