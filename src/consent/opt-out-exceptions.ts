import type { Journal } from '#audit';
import { type Clock, canonicalJson, UnicaError } from '#base';
import { type Database, type Migration, serially } from '#store';
import type { OptOutException, OptOutExceptionWish } from '#wire';

/** Records of exceptions from opt-outs: steps, oldest first; none is ever changed. */
export interface OptOutExceptionTables {
  opt_out_exceptions: { version: number; exception_id: string; step: string; at_ms: number };
}

/** The table of exceptions. */
export const optOutExceptionMigration: Migration = {
  id: 'consent-125-opt-out-exceptions',
  async up(db) {
    await db.schema
      .createTable('opt_out_exceptions')
      .addColumn('version', 'bigint', (column) => column.primaryKey())
      .addColumn('exception_id', 'text', (column) => column.notNull())
      .addColumn('step', 'text', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** Who has to agree, each as another person. */
export type Agreeing = 'owner' | 'officer';

type Step =
  | { readonly kind: 'entered'; readonly by: string; readonly wish: OptOutExceptionWish; readonly country: string }
  | { readonly kind: 'agreed'; readonly by: string; readonly as: Agreeing }
  | { readonly kind: 'ended'; readonly by: string; readonly because: string };

interface Known {
  readonly exceptionId: string;
  readonly wish: OptOutExceptionWish;
  readonly country: string;
  readonly enteredAtMs: number;
  readonly agreed: Map<Agreeing, { readonly by: string; readonly atMs: number }>;
  ended: { readonly atMs: number; readonly because: string } | undefined;
}

/**
 * Exceptions from opt-outs by the law of a member state (EHDS, Article 71(4)). There is none unless a person enters the law, and it has an effect
 * only for one project, until its last day, once the owner of the node and the data protection officer, two people, both agreed.
 */
export interface OptOutExceptions {
  /** @returns its number. It has no effect yet. */
  enter(exceptionId: string, wish: OptOutExceptionWish, country: string, by: string): Promise<void>;
  /** @throws UnicaError `http.not-found`, `consent.exception-over`, `consent.exception-second-person`. */
  agree(exceptionId: string, as: Agreeing, by: string): Promise<void>;
  /** Holds at once. @throws UnicaError `http.not-found`, `consent.exception-over`. */
  end(exceptionId: string, because: string, by: string): Promise<void>;
  /** True while opted-out people may be used for a project. */
  lifts(projectId: string): boolean;
  /** Newest first. */
  list(): readonly OptOutException[];
  /** Grows with every step, and when an exception runs out. */
  version(): number;
  refresh(): Promise<void>;
}

/** Opens the exceptions over a migrated database. */
export async function openOptOutExceptions<Tables extends OptOutExceptionTables>(
  database: Database<Tables>,
  { journal, clock }: { readonly journal: Journal; readonly clock: Clock },
): Promise<OptOutExceptions> {
  const db = (database as unknown as Database<OptOutExceptionTables>).kysely;
  const inTurn = serially();
  const known = new Map<string, Known>();
  let steps = 0;
  const take = (exceptionId: string, step: Step, atMs: number) => {
    const one = known.get(exceptionId);
    if (step.kind === 'entered') {
      const { wish, country } = step;
      known.set(exceptionId, { exceptionId, wish, country, enteredAtMs: atMs, agreed: new Map(), ended: undefined });
    } else if (step.kind === 'agreed') one?.agreed.set(step.as, { by: step.by, atMs });
    else if (one !== undefined) one.ended = { atMs, because: step.because };
  };
  const refresh = async () => {
    const rows = await db
      .selectFrom('opt_out_exceptions')
      .selectAll()
      .where('version', '>', steps)
      .orderBy('version')
      .execute();
    for (const row of rows) {
      take(row.exception_id, JSON.parse(row.step) as Step, row.at_ms);
      steps = row.version;
    }
  };
  await refresh();

  const stateOf = (one: Known): OptOutException['state'] => {
    if (one.ended !== undefined) return 'ended';
    if (one.wish.untilMs <= clock()) return 'over';
    return one.agreed.size === 2 ? 'in-force' : 'entered';
  };
  const openOne = (exceptionId: string): Known => {
    const one = known.get(exceptionId);
    if (one === undefined) throw new UnicaError('http.not-found', { what: 'exception of that number' });
    if (stateOf(one) === 'ended' || stateOf(one) === 'over') throw new UnicaError('consent.exception-over');
    return one;
  };
  /** The journal first: what lifts an objection and is not told of has no effect. */
  const append = async (exceptionId: string, step: Step, because: string) => {
    const { by } = step;
    await journal.append({
      actor: by,
      action: `consent.exception-${step.kind}`,
      subject: exceptionId,
      because,
      facts: step.kind === 'agreed' ? { as: step.as } : step.kind === 'entered' ? { project: step.wish.projectId } : {},
    });
    const atMs = clock();
    const version = steps + 1;
    await db
      .insertInto('opt_out_exceptions')
      .values({ version, exception_id: exceptionId, step: canonicalJson(step as never), at_ms: atMs })
      .execute();
    take(exceptionId, step, atMs);
    steps = version;
  };
  return Object.freeze<OptOutExceptions>({
    enter: (exceptionId, wish, country, by) =>
      inTurn(async () => {
        await refresh();
        await append(exceptionId, { kind: 'entered', by, wish, country }, `${wish.law}, ${wish.place}`);
      }),
    agree: (exceptionId, as, by) =>
      inTurn(async () => {
        await refresh();
        const one = openOne(exceptionId);
        if ([...one.agreed].some(([other, agreed]) => other !== as && agreed.by === by)) {
          throw new UnicaError('consent.exception-second-person');
        }
        if (!one.agreed.has(as)) await append(exceptionId, { kind: 'agreed', by, as }, one.wish.law);
      }),
    end: (exceptionId, because, by) =>
      inTurn(async () => {
        await refresh();
        const one = openOne(exceptionId);
        await append(exceptionId, { kind: 'ended', by, because }, one.wish.law);
      }),
    lifts: (projectId) =>
      [...known.values()].some((one) => one.wish.projectId === projectId && stateOf(one) === 'in-force'),
    list: () =>
      [...known.values()].reverse().map((one) => ({
        ...one.wish,
        exceptionId: one.exceptionId,
        country: one.country,
        enteredAtMs: one.enteredAtMs,
        ownerAgreedAtMs: one.agreed.get('owner')?.atMs ?? null,
        officerAgreedAtMs: one.agreed.get('officer')?.atMs ?? null,
        endedAtMs: one.ended?.atMs ?? null,
        endedBecause: one.ended?.because ?? null,
        state: stateOf(one),
      })),
    version: () => steps + [...known.values()].filter((one) => stateOf(one) === 'over').length,
    refresh: () => inTurn(refresh),
  });
}
