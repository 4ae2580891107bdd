import { type Kysely, sql, type Transaction } from 'kysely';
import { type Clock, canonicalJson, type Json } from '#base';
import { type Database, prepared } from '#store';
import { startsWith } from './starts-with.ts';
import type { JobsTables } from './task-table.ts';

/** One event of a stream; versions count from 1 without gaps. */
export interface Recorded<Event> {
  readonly version: number;
  readonly event: Event;
}

/** Append-only streams of events; a stream's state is the fold of its events. */
export interface EventLog {
  /** Appends after `expectedVersion`; false when somebody else appended first: read again and decide anew. */
  append(stream: string, expectedVersion: number, events: readonly Json[]): Promise<boolean>;
  read(stream: string, afterVersion?: number): Promise<readonly Recorded<unknown>[]>;
  /** Streams whose name begins so. */
  streams(prefix: string): Promise<readonly string[]>;
  /** Calls back after each append in this process; returns the way to stop. */
  subscribe(listener: (stream: string) => void): () => void;
}

/** Opens the event log over a migrated database. */
export function openEventLog<Tables extends JobsTables>(database: Database<Tables>, clock: Clock): EventLog {
  const db = (database as unknown as Database<JobsTables>).kysely;
  const listeners = new Set<(stream: string) => void>();
  const appending = prepared(
    (stream: string, version: number, event: string, atMs: number) => ({
      compile: () =>
        sql`
          insert into events (stream, version, event, at_ms)
          select ${stream}, cast(${version} as integer) + 1, ${event}, cast(${atMs} as bigint)
          where (select coalesce(max(version), 0) from events where stream = ${stream}) = cast(${version} as integer)
          on conflict (stream, version) do nothing`.compile(db),
    }),
    4,
  );
  const reading = prepared(
    (stream: string, afterVersion: number) =>
      db
        .selectFrom('events')
        .select(['version', 'event'])
        .where('stream', '=', stream)
        .where('version', '>', afterVersion)
        .orderBy('version'),
    2,
  );
  /** In one statement, which holds up nobody while it is thought about. */
  const appendOne = async (next: {
    readonly stream: string;
    readonly expectedVersion: number;
    readonly event: Json;
  }): Promise<boolean> => {
    const { stream, expectedVersion, event } = next;
    const { numAffectedRows } = await appending(db, stream, expectedVersion, canonicalJson(event), clock());
    return Number(numAffectedRows ?? 0) === 1;
  };
  return {
    async append(stream, expectedVersion, events) {
      const [event, ...more] = events;
      if (event === undefined) return true;
      const appended =
        more.length === 0
          ? await appendOne({ stream, expectedVersion, event })
          : await inOneTransaction(db, async (transaction) => {
              const last = await transaction
                .selectFrom('events')
                .select((select) => select.fn.max('version').as('version'))
                .where('stream', '=', stream)
                .executeTakeFirst();
              if (Number(last?.version ?? 0) !== expectedVersion) return false;
              const result = await transaction
                .insertInto('events')
                .values(
                  events.map((event, index) => ({
                    stream,
                    version: expectedVersion + 1 + index,
                    event: canonicalJson(event),
                    at_ms: clock(),
                  })),
                )
                .onConflict((conflict) => conflict.columns(['stream', 'version']).doNothing())
                .executeTakeFirst();
              // Somebody else took the first versions meanwhile: what is behind them must not stay.
              if (Number(result.numInsertedOrUpdatedRows ?? 0) !== events.length) throw new Overtaken();
              return true;
            });
      if (appended) for (const listener of [...listeners]) listener(stream);
      return appended;
    },
    async read(stream, afterVersion = 0) {
      const { rows } = await reading(db, stream, afterVersion);
      return rows.map((row) => ({ version: row.version, event: JSON.parse(row.event) as unknown }));
    },
    async streams(prefix) {
      const rows = await streamNames(db, prefix).execute();
      return rows.map((row) => row.stream);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Streams whose name begins so, newest first; of each its first event is read. */
export function streamNames(db: Kysely<JobsTables>, prefix: string) {
  return (
    db
      .selectFrom('events')
      .select('stream')
      // Said as the index of first events says it, which is not used for a value that is told later.
      .where(sql<boolean>`version = 1`)
      .where(startsWith('stream', prefix))
      .orderBy('at_ms', 'desc')
  );
}

/** Rolls a transaction back in which another writer was first. */
class Overtaken extends Error {}

async function inOneTransaction(
  db: Kysely<JobsTables>,
  work: (transaction: Transaction<JobsTables>) => Promise<boolean>,
): Promise<boolean> {
  try {
    return await db.transaction().execute(work);
  } catch (error) {
    if (error instanceof Overtaken) return false;
    throw error;
  }
}
