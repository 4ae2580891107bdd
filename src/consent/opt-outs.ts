import type { Journal } from '#audit';
import type { Clock } from '#base';
import { type Database, type Migration, serially } from '#store';

/** The ledger's records: every decision stays, the newest of a person counts. */
export interface ConsentTables {
  opt_outs: { version: number; person: string; decision: OptOutDecision; at_ms: number };
}

/** What a person decided about secondary use (EHDS article 71). */
export type OptOutDecision = 'opt-out' | 'withdraw-opt-out';

/** Who opted out of secondary use. People are pseudonyms here; the node alone can make one of an identity. */
export interface OptOuts {
  /** Takes effect for every cohort drawn from now on, and makes earlier ones out of date. */
  record(person: string, decision: OptOutDecision, actor: string): Promise<void>;
  isOptedOut(person: string): boolean;
  /** Counts decisions. */
  version(): number;
  list(): Promise<readonly { readonly person: string; readonly atMs: number }[]>;
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
];

const ledgers = new WeakSet<OptOuts>();

/** True for a ledger that was opened here; something that merely looks like one may know of nobody's wish. */
export function isLedger(optOuts: OptOuts): boolean {
  return ledgers.has(optOuts);
}

/** Opens the ledger over a migrated database; who opted out is kept in memory, so that asking costs nothing. */
export async function openOptOuts<Tables extends ConsentTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<OptOuts> {
  const db = (database as unknown as Database<ConsentTables>).kysely;
  const inTurn = serially();
  const since = new Map<string, number>();
  let version = 0;

  const take = (row: ConsentTables['opt_outs']) => {
    if (row.decision === 'opt-out') since.set(row.person, row.at_ms);
    else since.delete(row.person);
    version = row.version;
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
  await refresh();

  const ledger: OptOuts = {
    record: (person, decision, actor) =>
      inTurn(async () => {
        await refresh();
        const row = { version: version + 1, person, decision, at_ms: clock() };
        await db.insertInto('opt_outs').values(row).execute();
        take(row);
        await journal.append({
          actor,
          action: `consent.${decision}`,
          subject: person,
          facts: { version: row.version },
        });
      }),
    isOptedOut: (person) => since.has(person),
    version: () => version,
    list: async () => [...since].map(([person, atMs]) => ({ person, atMs })).sort((a, b) => b.atMs - a.atMs),
    refresh: () => inTurn(refresh),
  };
  ledgers.add(Object.freeze(ledger));
  return ledger;
}
