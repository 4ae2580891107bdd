import { sql, type Transaction } from 'kysely';
import { type Clock, canonicalJson, type Json } from '#base';
import { type SiteKeys, signText } from '#identity';
import { type Database, type Migration, prepared, serially } from '#store';
import {
  CHECKPOINT_EVERY,
  ChainCheck,
  type Checkpoint,
  checkpointText,
  digestOf,
  type EntryRow,
  GENESIS,
  type Verification,
} from './chain.ts';
import { inGroups } from './in-groups.ts';

/** The journal's records. */
export interface AuditTables {
  audit_entries: EntryRow;
  audit_checkpoints: { sequence: number; entry_sha256: string; signature: string; at_ms: number };
}

/** Something that happened. @note Facts are counts, codes and digests; never an identifier of a person. */
export interface AuditEvent {
  /** `site:lisbon`, `person-3f…`, `rule:automatic`. */
  readonly actor: string;
  /** `dataset.published`, `job.approved` … */
  readonly action: string;
  readonly subject: string;
  /** Permit, rule or legal basis. */
  readonly because?: string;
  readonly facts: { readonly [key: string]: Json };
}

/** An entry as it is shown. */
export interface AuditEntry {
  readonly sequence: number;
  readonly atMs: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly because: string | null;
  readonly entrySha256: string;
}

/** Which entries are shown; each part narrows them. */
export interface JournalFilter {
  /** The action begins with it. */
  readonly action?: string | undefined;
  /** The action is one of these. */
  readonly actions?: readonly string[] | undefined;
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  /** Entries before this number. */
  readonly before?: number | undefined;
}

/** When something first and last happened. */
export interface JournalSpan {
  readonly action: string;
  /** The actor or the subject. */
  readonly of: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** An append-only journal in which every entry holds the digest of the one before. */
export interface Journal {
  /** On disk once it resolves; events that come while others are written share the next transaction. */
  append(event: AuditEvent): Promise<AuditEntry>;
  /**
   * Changes records of the house and tells of it, in one transaction: both are on disk once it resolves, or neither is.
   * @param change uses the transaction that it is given and nothing else of the database; it may be called again
   */
  together<Tables, Result>(
    change: (transaction: Transaction<Tables>) => Promise<{ readonly event: AuditEvent; readonly result: Result }>,
  ): Promise<Result>;
  /** An entry's number and digest, or those of the head; undefined where there is none. */
  at(place: number | 'head'): Promise<Pick<Checkpoint, 'sequence' | 'entrySha256'> | undefined>;
  /** Newest first. `total` is of the whole journal. */
  view(limit: number, filter?: JournalFilter): Promise<{ entries: AuditEntry[]; total: number }>;
  /** Entries of an action between two moments (epoch milliseconds; the last one is outside). */
  tally(
    action: string,
    fromMs: number,
    toMs: number,
  ): Promise<{ readonly entries: number; readonly lastAtMs: number | null }>;
  /** When each actor, or each subject, first and last had an entry of these actions. */
  spans(actions: readonly string[], of: 'actor' | 'subject'): Promise<readonly JournalSpan[]>;
  /** Facts of every entry of an action, oldest first; the others are not read. */
  factsOf(action: string): Promise<readonly AuditEvent['facts'][]>;
  /** Facts of the newest entry of one of these actions; undefined where there is none. */
  newestFacts(actions: readonly string[]): Promise<AuditEvent['facts'] | undefined>;
  /** Checks every link and every signed checkpoint; names the first that is broken. */
  verify(): Promise<Verification>;
  /** Signs the head; undefined while the journal is empty. */
  checkpoint(): Promise<Checkpoint | undefined>;
  /** Everything up to the head of this moment, oldest first, each signature directly after its entry. */
  links(): AsyncGenerator<Link>;
}

const PAGE = 2000;
/** An entry or a signature of one, in the order in which a verifier takes them. */
export type Link = { readonly entry: EntryRow } | { readonly checkpoint: Checkpoint };

/** Nine values each: well below what both databases take in one statement. */
const MOST_IN_A_GROUP = 500;

/** Tables of the journal. */
export const auditMigrations: readonly Migration[] = [
  {
    id: 'audit-001-journal',
    async up(db) {
      await db.schema
        .createTable('audit_entries')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .addColumn('actor', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('subject', 'text', (column) => column.notNull())
        .addColumn('because', 'text')
        .addColumn('facts', 'text', (column) => column.notNull())
        .addColumn('previous_sha256', 'text', (column) => column.notNull())
        .addColumn('entry_sha256', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('audit_checkpoints')
        .addColumn('sequence', 'bigint', (column) => column.primaryKey())
        .addColumn('entry_sha256', 'text', (column) => column.notNull())
        .addColumn('signature', 'text', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  {
    id: 'audit-002-actions',
    async up(db) {
      // What happened how often in a year, and what a ledger was told, are asked of journals of millions of entries.
      await db.schema.createIndex('audit_entries_action').on('audit_entries').columns(['action', 'at_ms']).execute();
    },
  },
];

/** Opens the journal of a house over a migrated database. */
export function openJournal<Tables extends AuditTables>(
  database: Database<Tables>,
  {
    keys,
    clock,
    formerKeys = () => [],
  }: {
    readonly keys: SiteKeys;
    readonly clock: Clock;
    /** Public keys that the house had before; checkpoints may be signed with one of them. */
    readonly formerKeys?: () => readonly string[];
  },
): Journal {
  const db = (database as unknown as Database<AuditTables>).kysely;
  const inTurn = serially();

  const lastOf = prepared(
    () => db.selectFrom('audit_entries').select(['sequence', 'entry_sha256']).orderBy('sequence', 'desc').limit(1),
    0,
  );
  const head = async () => (await lastOf(db)).rows[0];

  const sign = async (table: typeof db, sequence: number, entrySha256: string): Promise<Checkpoint> => {
    const signature = signText(keys, checkpointText(sequence, entrySha256));
    const atMs = clock();
    await table
      .insertInto('audit_checkpoints')
      .values({ sequence, entry_sha256: entrySha256, signature, at_ms: atMs })
      .onConflict((conflict) => conflict.column('sequence').doNothing())
      .execute();
    return { sequence, entrySha256, signature, atMs };
  };

  const writeIn = async (table: typeof db, events: readonly WrittenEvent[]): Promise<readonly EntryRow[]> => {
    const [last] = (await lastOf(table)).rows;
    const rows: EntryRow[] = [];
    for (const event of events) rows.push(rowAfter(rows.at(-1) ?? last, event, clock()));
    await table.insertInto('audit_entries').values(rows).execute();
    // Together with its entry, so that a missing signature means tampering and not a crash.
    for (const { sequence, entry_sha256 } of rows) {
      if (sequence % CHECKPOINT_EVERY === 0) await sign(table, sequence, entry_sha256);
    }
    return rows;
  };

  const write = async (events: readonly WrittenEvent[]): Promise<AuditEntry[]> => {
    const written = await database.transaction(
      async (transaction) => await writeIn(transaction as unknown as typeof db, events),
    );
    return written.map(entryOf);
  };

  /** Some thousands of links at a time: one by one, each would wait for a turn of the event loop. */
  async function* pages(): AsyncGenerator<readonly Link[]> {
    const end = (await head())?.sequence ?? 0;
    for (let after = 0; ; after += PAGE) {
      const isLast = after + PAGE >= end;
      // Signatures beyond the head are of entries that somebody cut off, or that came since; these are read with them.
      let points = db.selectFrom('audit_checkpoints').selectAll().where('sequence', '>', after).orderBy('sequence');
      if (!isLast) points = points.where('sequence', '<=', after + PAGE);
      const signed = await points.execute();
      const rows = await db
        .selectFrom('audit_entries')
        .selectAll()
        .where('sequence', '>', after)
        .where('sequence', '<=', isLast ? Math.max(end, signed.at(-1)?.sequence ?? 0) : after + PAGE)
        .orderBy('sequence')
        .execute();
      yield inOrder(rows, signed);
      if (isLast) return;
    }
  }

  const appendWritten = inGroups((events: readonly WrittenEvent[]) => inTurn(() => write(events)), MOST_IN_A_GROUP);

  return {
    // Facts that JSON cannot carry fail here, alone, and not with the group.
    append: async (event) => await appendWritten(writtenOf(event)),
    together: async (change) =>
      await inTurn(() =>
        database.transaction(async (transaction) => {
          const { event, result } = await change(transaction as never);
          await writeIn(transaction as unknown as typeof db, [writtenOf(event)]);
          return result;
        }),
      ),
    async at(place) {
      const row = await (place === 'head'
        ? head()
        : db
            .selectFrom('audit_entries')
            .select(['sequence', 'entry_sha256'])
            .where('sequence', '=', place)
            .executeTakeFirst());
      return row === undefined ? undefined : { sequence: row.sequence, entrySha256: row.entry_sha256 };
    },
    async view(limit, filter = {}) {
      const { action, actions, actor, subject, before } = filter;
      let wanted = db.selectFrom('audit_entries').selectAll().orderBy('sequence', 'desc').limit(limit);
      if (action !== undefined) wanted = wanted.where(beginsWith(action));
      if (actions !== undefined) wanted = wanted.where('action', 'in', actions);
      if (actor !== undefined) wanted = wanted.where('actor', '=', actor);
      if (subject !== undefined) wanted = wanted.where('subject', '=', subject);
      if (before !== undefined) wanted = wanted.where('sequence', '<', before);
      const [rows, last] = await Promise.all([wanted.execute(), head()]);
      return { entries: rows.map(entryOf), total: last?.sequence ?? 0 };
    },
    async factsOf(action) {
      const rows = await db
        .selectFrom('audit_entries')
        .select('facts')
        .where('action', '=', action)
        .orderBy('sequence')
        .execute();
      return rows.map(({ facts }) => JSON.parse(facts) as AuditEvent['facts']);
    },
    async tally(action, fromMs, toMs) {
      const row = await db
        .selectFrom('audit_entries')
        .select((select) => [select.fn.countAll().as('entries'), select.fn.max('at_ms').as('last_at_ms')])
        .where('action', '=', action)
        .where('at_ms', '>=', fromMs)
        .where('at_ms', '<', toMs)
        .executeTakeFirstOrThrow();
      const { entries, last_at_ms: lastAtMs } = row;
      return { entries: Number(entries), lastAtMs: lastAtMs === null ? null : Number(lastAtMs) };
    },
    async spans(actions, of) {
      const rows = await db
        .selectFrom('audit_entries')
        .select((select) => [
          'action',
          select.ref(of).as('of'),
          select.fn.min('at_ms').as('first_at_ms'),
          select.fn.max('at_ms').as('last_at_ms'),
        ])
        .where('action', 'in', actions)
        .groupBy(['action', of])
        .execute();
      return rows.map((row) => ({
        action: row.action,
        of: row.of,
        firstAtMs: Number(row.first_at_ms),
        lastAtMs: Number(row.last_at_ms),
      }));
    },
    async newestFacts(actions) {
      const row = await db
        .selectFrom('audit_entries')
        .select('facts')
        .where('action', 'in', actions)
        .orderBy('sequence', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? undefined : (JSON.parse(row.facts) as AuditEvent['facts']);
    },
    async verify() {
      const check = new ChainCheck([...formerKeys().filter((key) => key !== keys.publicKey), keys.publicKey]);
      for await (const page of pages()) {
        for (const link of page) {
          if ('entry' in link) check.entry(link.entry);
          else check.checkpoint(link.checkpoint);
        }
      }
      return check.result();
    },
    async *links() {
      for await (const page of pages()) yield* page;
    },
    checkpoint: () =>
      inTurn(async () => {
        const last = await head();
        return last === undefined ? undefined : await sign(db, last.sequence, last.entry_sha256);
      }),
  };
}

/** An event whose facts are canonical JSON already. */
type WrittenEvent = Omit<AuditEvent, 'facts'> & { readonly facts: string };

function writtenOf(event: AuditEvent): WrittenEvent {
  return { ...event, facts: canonicalJson(event.facts) };
}

/** Not by order: databases order text differently. */
function beginsWith(start: string) {
  return sql<boolean>`substr(action, 1, ${start.length}) = ${start}`;
}

function rowAfter(
  last: { readonly sequence: number; readonly entry_sha256: string } | undefined,
  event: WrittenEvent,
  atMs: number,
): EntryRow {
  const unsigned = {
    sequence: (last?.sequence ?? 0) + 1,
    at_ms: atMs,
    actor: event.actor,
    action: event.action,
    subject: event.subject,
    because: event.because ?? null,
    facts: event.facts,
    previous_sha256: last?.entry_sha256 ?? GENESIS,
  };
  return { ...unsigned, entry_sha256: digestOf(unsigned) };
}

function inOrder(rows: readonly EntryRow[], points: readonly AuditTables['audit_checkpoints'][]): readonly Link[] {
  const links: Link[] = [];
  let next = 0;
  for (const entry of rows) {
    for (; (points[next]?.sequence ?? Number.POSITIVE_INFINITY) < entry.sequence; next += 1) take(points[next]);
    links.push({ entry });
  }
  for (; next < points.length; next += 1) take(points[next]);
  return links;

  function take(point: AuditTables['audit_checkpoints'] | undefined): void {
    if (point === undefined) return;
    const { sequence, entry_sha256: entrySha256, signature, at_ms: atMs } = point;
    links.push({ checkpoint: { sequence, entrySha256, signature, atMs } });
  }
}

function entryOf(row: EntryRow): AuditEntry {
  return {
    sequence: row.sequence,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    because: row.because,
    entrySha256: row.entry_sha256,
  };
}
