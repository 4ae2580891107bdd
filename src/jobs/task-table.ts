import { type Kysely, sql } from 'kysely';
import { type Clock, canonicalJson, type Json } from '#base';
import { type Database, type Migration, prepared } from '#store';
import { rangeOfPrefix } from './starts-with.ts';

/** Work that survives a crash. Times are milliseconds since the epoch. */
export interface JobsTables {
  tasks: {
    id: string;
    queue: string;
    /** Enqueuing the same key again changes nothing. */
    key: string;
    kind: string;
    payload: string;
    state: 'ready' | 'leased' | 'done' | 'failed' | 'cancelled';
    holder: string | null;
    attempts: number;
    not_before_ms: number;
    lease_until_ms: number;
    expires_at_ms: number | null;
    result: string | null;
    because: string | null;
    created_at_ms: number;
  };
  events: {
    stream: string;
    version: number;
    event: string;
    at_ms: number;
  };
}

/** A task as it stands. */
export interface Task {
  readonly id: string;
  readonly queue: string;
  readonly kind: string;
  readonly payload: unknown;
  readonly state: JobsTables['tasks']['state'];
  readonly holder: string | null;
  readonly attempts: number;
  readonly leaseUntilMs: number;
}

/** Durable work: enqueued once, leased, renewed, completed or offered again. */
export interface TaskTable {
  enqueue(task: {
    readonly queue: string;
    readonly key: string;
    readonly kind: string;
    readonly payload: Json;
    readonly expiresAtMs?: number | undefined;
  }): Promise<string>;
  lease(wish: {
    readonly queue: string;
    readonly holder: string;
    readonly max: number;
    readonly leaseMs: number;
    readonly kinds: readonly string[];
    /** Tasks the holder still has; others that were leased to it are given to it again. Absent: only time ends a lease. */
    readonly holding?: readonly string[] | undefined;
  }): Promise<readonly Task[]>;
  /** The new end of the lease, or undefined when the task is not this holder's any more. */
  renew(id: string, holder: string, leaseMs: number): Promise<number | undefined>;
  complete(id: string, holder: string, result: Json): Promise<boolean>;
  fail(
    id: string,
    holder: string,
    how: { readonly because: string } & ({ readonly final: true } | { readonly retryAfterMs: number }),
  ): Promise<boolean>;
  /** Cancels the open tasks of a key prefix. */
  cancel(keyPrefix: string): Promise<void>;
  get(id: string): Promise<Task | undefined>;
}

/** Tables of tasks and event streams. */
export const jobsMigrations: readonly Migration[] = [
  {
    id: 'jobs-001-tasks',
    async up(db) {
      await db.schema
        .createTable('tasks')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('queue', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull().unique())
        .addColumn('kind', 'text', (column) => column.notNull())
        .addColumn('payload', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('holder', 'text')
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('not_before_ms', 'bigint', (column) => column.notNull())
        .addColumn('lease_until_ms', 'bigint', (column) => column.notNull())
        .addColumn('expires_at_ms', 'bigint')
        .addColumn('result', 'text')
        .addColumn('because', 'text')
        .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('tasks_waiting').on('tasks').columns(['queue', 'state', 'created_at_ms']).execute();
      await db.schema
        .createTable('events')
        .addColumn('stream', 'text', (column) => column.notNull())
        .addColumn('version', 'integer', (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('events_key', ['stream', 'version'])
        .execute();
    },
  },
  {
    id: 'jobs-002-keys-in-order',
    async up(db, engine) {
      // SQLite orders text by its bytes, and so has the index of keys already.
      if (engine === 'postgres') await sql`create index tasks_keys on tasks (key collate "C")`.execute(db);
      await sql`create index events_first on events (at_ms, stream) where version = 1`.execute(db);
    },
  },
];

/** Opens the task table over a migrated database. */
export function openTaskTable<Tables extends JobsTables>(
  database: Database<Tables>,
  { clock, newId }: { readonly clock: Clock; readonly newId: (prefix: string) => string },
): TaskTable {
  const db = (database as unknown as Database<JobsTables>).kysely;
  const changing = (set: Partial<JobsTables['tasks']>, id: string, holder: string) =>
    db.updateTable('tasks').set(set).where('id', '=', id).where('holder', '=', holder).where('state', '=', 'leased');
  const change = async (id: string, holder: string, set: Partial<JobsTables['tasks']>) =>
    Number((await changing(set, id, holder).executeTakeFirst()).numUpdatedRows) === 1;
  const completing = prepared(
    (result: string, id: string, holder: string) => changing({ state: 'done', result }, id, holder),
    3,
  );
  /** Of orders with as many kinds and as many tasks held. */
  const leasings = new Map<string, ReturnType<typeof preparedLease>>();
  const leasing = async (order: LeaseOrder): Promise<readonly JobsTables['tasks'][]> => {
    const { queue, holder, kinds, holding, max, nowMs, untilMs } = order;
    const shape = `${kinds.length}/${holding?.length}`;
    const lease = leasings.get(shape) ?? preparedLease(db, order);
    leasings.set(shape, lease);
    return (await lease(db, queue, holder, max, nowMs, untilMs, ...kinds, ...(holding ?? []))).rows;
  };
  const getting = prepared((id: string) => db.selectFrom('tasks').selectAll().where('id', '=', id), 1);
  const enqueuing = prepared(
    (id: string, queue: string, key: string, kind: string, payload: string, expiresAtMs: number | null, atMs: number) =>
      db
        .insertInto('tasks')
        .values({
          id,
          queue,
          key,
          kind,
          payload,
          state: 'ready',
          holder: null,
          attempts: 0,
          not_before_ms: 0,
          lease_until_ms: 0,
          expires_at_ms: expiresAtMs,
          result: null,
          because: null,
          created_at_ms: atMs,
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('id'),
    7,
  );
  return {
    async enqueue({ queue, key, kind, payload, expiresAtMs }) {
      const id = newId('task');
      const text = canonicalJson(payload);
      const { rows } = await enqueuing(db, id, queue, key, kind, text, expiresAtMs ?? null, clock());
      const [added] = rows;
      if (added !== undefined) return added.id;
      const row = await db.selectFrom('tasks').select('id').where('key', '=', key).executeTakeFirstOrThrow();
      return row.id;
    },
    async lease({ queue, holder, max, leaseMs, kinds, holding }) {
      if (kinds.length === 0) return [];
      const nowMs = clock();
      const order = { queue, holder, kinds, holding, max, nowMs, untilMs: nowMs + leaseMs };
      if (database.engine === 'sqlite') return inOrder(await leasing(order)).map(taskOf);
      return await db.transaction().execute(async (transaction) => {
        const rows = await freeTasks(transaction, order).forUpdate().skipLocked().execute();
        if (rows.length === 0) return [];
        const ids = rows.map(({ id }) => id);
        return inOrder(await takeTasks(transaction, order).where('id', 'in', ids).execute()).map(taskOf);
      });
    },
    async renew(id, holder, leaseMs) {
      const leaseUntilMs = clock() + leaseMs;
      return (await change(id, holder, { lease_until_ms: leaseUntilMs })) ? leaseUntilMs : undefined;
    },
    complete: async (id, holder, result) =>
      Number((await completing(db, canonicalJson(result), id, holder)).numAffectedRows ?? 0) === 1,
    fail: async (id, holder, how) =>
      await change(
        id,
        holder,
        'final' in how
          ? { state: 'failed', because: how.because }
          : { state: 'ready', holder: null, because: how.because, not_before_ms: clock() + how.retryAfterMs },
      ),
    async cancel(keyPrefix) {
      await cancelling(db, keyPrefix, database.engine).execute();
    },
    async get(id) {
      const [row] = (await getting(db, id)).rows;
      return row === undefined ? undefined : taskOf(row);
    },
  };
}

/** Cancels the open tasks of a prefix, and reads those of the prefix alone, however many a hub has given in its years. */
export function cancelling(db: Kysely<JobsTables>, keyPrefix: string, engine: 'sqlite' | 'postgres') {
  return db
    .updateTable('tasks')
    .set({ state: 'cancelled' })
    .where(rangeOfPrefix('key', keyPrefix, engine))
    .where('state', 'in', ['ready', 'leased']);
}

interface LeaseOrder {
  readonly queue: string;
  readonly holder: string;
  readonly kinds: readonly string[];
  readonly holding: readonly string[] | undefined;
  readonly max: number;
  readonly nowMs: number;
  readonly untilMs: number;
}

/** Tasks that an order may have. */
function freeTasks(from: Kysely<JobsTables>, { queue, holder, kinds, holding, max, nowMs }: LeaseOrder) {
  return (
    from
      .selectFrom('tasks')
      .where('queue', '=', queue)
      // Said for the index: what is done stays, and would be looked at one by one.
      .where('state', 'in', ['ready', 'leased'])
      .where('kind', 'in', [...kinds])
      .where('not_before_ms', '<=', nowMs)
      .where((where) =>
        where.or([
          where('state', '=', 'ready'),
          where.and([where('state', '=', 'leased'), where('lease_until_ms', '<=', nowMs)]),
          ...(holding === undefined
            ? []
            : [
                where.and([
                  where('state', '=', 'leased'),
                  where('holder', '=', holder),
                  ...(holding.length === 0 ? [] : [where('id', 'not in', [...holding])]),
                ]),
              ]),
        ]),
      )
      .where((where) => where.or([where('expires_at_ms', 'is', null), where('expires_at_ms', '>', nowMs)]))
      .orderBy('created_at_ms')
      .orderBy('id')
      .limit(max)
      .select('id')
  );
}

/** Leases to who orders; which ones is still to be said. */
function takeTasks(from: Kysely<JobsTables>, { holder, untilMs }: LeaseOrder) {
  return from
    .updateTable('tasks')
    .set((was) => ({ state: 'leased' as const, holder, attempts: was('attempts', '+', 1), lease_until_ms: untilMs }))
    .returningAll();
}

/** One statement, which nobody comes between; a poll that finds nothing locks nothing. */
function preparedLease(db: Kysely<JobsTables>, { kinds, holding }: LeaseOrder) {
  const count = 5 + kinds.length + (holding?.length ?? 0);
  return prepared(
    (queue: string, holder: string, max: number, nowMs: number, untilMs: number, ...lists: readonly string[]) => {
      const order = {
        ...{ queue, holder, max, nowMs, untilMs },
        kinds: lists.slice(0, kinds.length),
        holding: holding === undefined ? undefined : lists.slice(kinds.length),
      };
      return takeTasks(db, order).where('id', 'in', freeTasks(db, order));
    },
    count,
  );
}

/** As they were enqueued: what an update returns has no order. */
function inOrder(rows: readonly JobsTables['tasks'][]): readonly JobsTables['tasks'][] {
  return rows.toSorted((a, b) => a.created_at_ms - b.created_at_ms || (a.id < b.id ? -1 : 1));
}

function taskOf(row: JobsTables['tasks']): Task {
  return {
    id: row.id,
    queue: row.queue,
    kind: row.kind,
    payload: JSON.parse(row.payload),
    state: row.state,
    holder: row.holder,
    attempts: row.attempts,
    leaseUntilMs: row.lease_until_ms,
  };
}
