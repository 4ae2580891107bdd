import type { Journal } from '#audit';
import type { Clock } from '#base';
import { type Database, type Migration, serially } from '#store';
import { type ConsentDecisionTables, consentDecisionMigration } from './consents.ts';
import { type DatasetBasisTables, datasetBasisMigration } from './dataset-bases.ts';
import { type OptOutExceptionTables, optOutExceptionMigration } from './opt-out-exceptions.ts';
import { asStanding, type Standing } from './standing.ts';
import { type ConsentTextTables, consentTextMigration } from './text-ledger.ts';

/** The ledger's records: every decision stays, the newest of a person counts. */
export interface ConsentTables
  extends ConsentDecisionTables,
    DatasetBasisTables,
    ConsentTextTables,
    OptOutExceptionTables {
  opt_outs: { version: number; person: string; decision: OptOutDecision; at_ms: number };
}

/** What a person decided about secondary use (EHDS article 71). */
export type OptOutDecision = 'opt-out' | 'withdraw-opt-out';

/** Who opted out of secondary use. People are pseudonyms here; the node alone can make one of an identity. */
export interface OptOuts extends Standing {
  /** Takes effect for every cohort drawn from now on, and makes earlier ones out of date. */
  record(person: string, decision: OptOutDecision, actor: string): Promise<void>;
  isOptedOut(person: string): boolean;
  /** Counts decisions. */
  version(): number;
  list(): Promise<readonly { readonly person: string; readonly atMs: number }[]>;
  /** Every decision of a person, oldest first. */
  historyOf(person: string): Promise<readonly { readonly decision: OptOutDecision; readonly atMs: number }[]>;
  /** Reads decisions that another process of this node wrote. */
  refresh(): Promise<void>;
}

/** Tables of the opt-out ledger. */
export const consentMigrations: readonly Migration[] = [
  {
    id: 'consent-001-opt-outs',
    async up(db) {
      await db.schema
        .createTable('opt_outs')
        .addColumn('version', 'bigint', (column) => column.primaryKey())
        .addColumn('person', 'text', (column) => column.notNull())
        .addColumn('decision', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  consentDecisionMigration,
  datasetBasisMigration,
  consentTextMigration,
  optOutExceptionMigration,
];

/** A decision of another process of the node may still be on its way into the journal for so long. */
const ON_ITS_WAY_MS = 10_000;

const TOLD = ['consent.opt-out', 'consent.withdraw-opt-out'] as const;

/**
 * Opens the ledger over a migrated database; who opted out is kept in memory, so that asking costs nothing. A decision that is
 * in effect, but whose entry in the journal was cut off with the process, gets its entry now.
 */
export async function openOptOuts<Tables extends ConsentTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<OptOuts> {
  const db = (database as unknown as Database<ConsentTables>).kysely;
  const inTurn = serially();
  const since = new Map<string, number>();
  let version = 0;
  /** Whose decision each version is: version 1 first. */
  const deciders: string[] = [];
  /** Whether the journal could not be told of the last decision. */
  let isUntold = false;

  const take = (row: ConsentTables['opt_outs']) => {
    if (row.decision === 'opt-out') since.set(row.person, row.at_ms);
    else since.delete(row.person);
    version = row.version;
    deciders[row.version - 1] = row.person;
  };
  const refresh = async () => {
    const rows = await db
      .selectFrom('opt_outs')
      .selectAll()
      .where('version', '>', version)
      .orderBy('version')
      .execute();
    for (const row of rows) take(row);
  };
  const tell = async (row: ConsentTables['opt_outs'], actor: string, because?: string) => {
    isUntold = true;
    await journal.append({
      actor,
      action: `consent.${row.decision}`,
      subject: row.person,
      ...(because === undefined ? {} : { because }),
      facts: { version: row.version },
    });
    isUntold = false;
  };
  /** Decisions are written in turn, so that only the last can lack its entry. Who entered it is not known any more. */
  const tellInterrupted = async ({ now }: { readonly now: boolean }) => {
    const row = await db.selectFrom('opt_outs').selectAll().orderBy('version', 'desc').limit(1).executeTakeFirst();
    if (row === undefined) {
      isUntold = false;
      return;
    }
    const told = await journal.newestFacts(TOLD);
    if (told !== undefined && Number(told['version']) >= row.version) {
      isUntold = false;
      return;
    }
    if (!now && clock() - row.at_ms < ON_ITS_WAY_MS) {
      isUntold = true;
      return;
    }
    await tell(row, 'opt-out-ledger', 'interrupted, entered later');
  };
  await refresh();
  // A command opens the ledger beside a node that runs: what that node has just written it tells of itself.
  await tellInterrupted({ now: false });

  const ledger: OptOuts = {
    record: (person, decision, actor) =>
      inTurn(async () => {
        await refresh();
        if (isUntold) await tellInterrupted({ now: true });
        const row = { version: version + 1, person, decision, at_ms: clock() };
        await db.insertInto('opt_outs').values(row).execute();
        take(row);
        await tell(row, actor);
      }),
    isOptedOut: (person) => since.has(person),
    isLeftOut: (person) => since.has(person),
    version: () => version,
    changedSince: (earlier) => deciders.slice(earlier),
    async historyOf(person) {
      const rows = await db
        .selectFrom('opt_outs')
        .select(['decision', 'at_ms'])
        .where('person', '=', person)
        .orderBy('version')
        .execute();
      return rows.map(({ decision, at_ms: atMs }) => ({ decision, atMs }));
    },
    list: async () => [...since].map(([person, atMs]) => ({ person, atMs })).sort((a, b) => b.atMs - a.atMs),
    refresh: () =>
      inTurn(async () => {
        await refresh();
        if (isUntold) await tellInterrupted({ now: false });
      }),
  };
  return asStanding(Object.freeze(ledger));
}
