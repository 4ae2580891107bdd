import type { TestContext } from 'node:test';
import { type ConsentTables, consentMigrations, type OptOuts, openOptOuts, streamCohort } from '#consent';
import { type CountRule, SEARCH_COUNTS, type SearchRule } from '#privacy';
import { type Database, type DatabaseConfig, migrate, openDatabase } from '#store';
import type { Searchable } from './matches.ts';
import { openQuestionLedger, type QuestionLedger, type QuestionTables, questionMigrations } from './question-ledger.ts';
import { SearchDesk } from './search-desk.ts';

type Journal = Parameters<typeof openOptOuts>[1]['journal'];
type Tables = ConsentTables & QuestionTables;

/** Takes entries and forgets them. */
function memoryJournal(): Journal {
  return {
    append: async ({ actor, action, subject }) => ({
      sequence: 1,
      atMs: 1,
      actor,
      action,
      subject,
      because: null,
      entrySha256: '',
    }),
    together: async () => {
      throw new Error('there are no records to change beside it');
    },
    at: async () => undefined,
    view: async () => ({ entries: [], total: 0 }),
    tally: async () => ({ entries: 0, lastAtMs: null }),
    verify: async () => ({ entries: 0, intact: true, broken_at: null }),
    checkpoint: async () => undefined,
    newestFacts: async () => undefined,
    factsOf: async () => [],
    spans: async () => [],
    async *links() {},
  };
}

/** No noise, no rounding, nothing withheld: what is counted can be compared. */
export const EXACT: SearchRule = {
  threshold: 1,
  epsilon: Number.POSITIVE_INFINITY,
  roundTo: 1,
  studiesOfOne: Number.MAX_SAFE_INTEGER,
};

/** A desk over rows in memory, with an opt-out ledger and a ledger of questions in a database of its own. */
export async function openTestDesk(
  context: Pick<TestContext, 'after'>,
  options: {
    readonly rows: () => readonly Searchable[];
    readonly rule?: Partial<SearchRule & CountRule>;
    readonly secret?: Uint8Array;
    readonly database?: DatabaseConfig;
    readonly questionsOfAll?: number;
    readonly combined?: number;
    readonly dataVersion?: () => string;
    readonly nowMs?: () => number;
  },
): Promise<{
  readonly desk: SearchDesk;
  readonly optOuts: OptOuts;
  readonly ledger: QuestionLedger;
  readonly database: Database<Tables>;
}> {
  const database = await openDatabase<Tables>(options.database ?? { engine: 'sqlite', path: ':memory:' });
  let open = true;
  const close = async () => {
    if (open) await database.close();
    open = false;
  };
  context.after(close);
  await migrate(database, [...consentMigrations, ...questionMigrations]);
  const clock = options.nowMs ?? (() => 1_000);
  const optOuts = await openOptOuts(database, { journal: memoryJournal(), clock });
  const dataVersion = options.dataVersion ?? (() => 'v1');
  const ledger = await openQuestionLedger(database, clock);
  const desk = new SearchDesk({
    source: {
      revision: async () => dataVersion(),
      draw: async () =>
        streamCohort({
          dataset: 'd',
          dataVersion: dataVersion(),
          members: options.rows().toSorted((a, b) => (a.person < b.person ? -1 : a.person > b.person ? 1 : 0)),
          standing: optOuts,
        }),
    },
    ledger,
    secret: options.secret ?? new Uint8Array(32).fill(7),
    rule: { ...SEARCH_COUNTS, ...options.rule },
    clock,
    questionsOfAll: options.questionsOfAll ?? 1_000_000,
    ...(options.combined === undefined ? {} : { combined: options.combined }),
  });
  return { desk, optOuts, ledger, database: { ...database, close } };
}

/** A row that says little. */
export function searchableRow(row: Partial<Searchable> & { readonly person: string }): Searchable {
  return {
    studyInstanceUid: `${row.person}.1`,
    modality: 'DX',
    bodyPart: 'CHEST',
    manufacturer: null,
    sex: 'F',
    ageYears: 50,
    studyYear: 2020,
    findings: [],
    ...row,
  };
}
