import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, type Json } from '#base';
import type { Database, Migration } from '#store';
import { startsWith } from './starts-with.ts';

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
];

/** Opens the task table over a migrated database. */
export function openTaskTable<Tables extends JobsTables>(
  database: Database<Tables>,
  { clock, newId }: { readonly clock: Clock; readonly newId: (prefix: string) => string },
): TaskTable {
  const db = (database as unknown as Database<JobsTables>).kysely;
  const change = async (id: string, holder: string, set: Partial<JobsTables['tasks']>) => {
    const result = await db
      .updateTable('tasks')
      .set(set)
      .where('id', '=', id)
      .where('holder', '=', holder)
      .where('state', '=', 'leased')
      .executeTakeFirst();
    return Number(result.numUpdatedRows) === 1;
  };
  return {
    async enqueue({ queue, key, kind, payload, expiresAtMs }) {
      const id = newId('task');
      const added = await db
        .insertInto('tasks')
        .values({
          id,
          queue,
          key,
          kind,
          payload: canonicalJson(payload),
          state: 'ready',
          holder: null,
          attempts: 0,
          not_before_ms: 0,
          lease_until_ms: 0,
          expires_at_ms: expiresAtMs ?? null,
          result: null,
          because: null,
          created_at_ms: clock(),
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .returning('id')
        .executeTakeFirst();
      if (added !== undefined) return added.id;
      const row = await db.selectFrom('tasks').select('id').where('key', '=', key).executeTakeFirstOrThrow();
      return row.id;
    },
    async lease({ queue, holder, max, leaseMs, kinds, holding }) {
      if (kinds.length === 0) return [];
      const nowMs = clock();
      const free = (from: Kysely<JobsTables>) =>
        from
          .selectFrom('tasks')
          .where('queue', '=', queue)
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
          .select('id');
      const take = (from: Kysely<JobsTables>) =>
        from
          .updateTable('tasks')
          .set((was) => ({
            state: 'leased' as const,
            holder,
            attempts: was('attempts', '+', 1),
            lease_until_ms: nowMs + leaseMs,
          }))
          .returningAll();
      if (database.engine === 'sqlite') {
        // One statement, which nobody comes between; a poll that finds nothing locks nothing.
        const found = await take(db).where('id', 'in', free(db)).execute();
        return inOrder(found).map(taskOf);
      }
      return await db.transaction().execute(async (transaction) => {
        const rows = await free(transaction).forUpdate().skipLocked().execute();
        if (rows.length === 0) return [];
        const ids = rows.map(({ id }) => id);
        return inOrder(await take(transaction).where('id', 'in', ids).execute()).map(taskOf);
      });
    },
    async renew(id, holder, leaseMs) {
      const leaseUntilMs = clock() + leaseMs;
      return (await change(id, holder, { lease_until_ms: leaseUntilMs })) ? leaseUntilMs : undefined;
    },
    complete: async (id, holder, result) => await change(id, holder, { state: 'done', result: canonicalJson(result) }),
    fail: async (id, holder, how) =>
      await change(
        id,
        holder,
        'final' in how
          ? { state: 'failed', because: how.because }
          : { state: 'ready', holder: null, because: how.because, not_before_ms: clock() + how.retryAfterMs },
      ),
    async cancel(keyPrefix) {
      await db
        .updateTable('tasks')
        .set({ state: 'cancelled' })
        .where(startsWith('key', keyPrefix))
        .where('state', 'in', ['ready', 'leased'])
        .execute();
    },
    async get(id) {
      const row = await db.selectFrom('tasks').selectAll().where('id', '=', id).executeTakeFirst();
      return row === undefined ? undefined : taskOf(row);
    },
  };
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
