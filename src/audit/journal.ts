import { type Clock, canonicalJson, type Json, sha256Hex } from '#base';
import { type SiteKeys, signText, verifyText } from '#identity';
import { type Database, type Migration, serially } from '#store';

/** The journal's records. */
export interface AuditTables {
  audit_entries: {
    sequence: number;
    at_ms: number;
    actor: string;
    action: string;
    subject: string;
    because: string | null;
    facts: string;
    previous_sha256: string;
    entry_sha256: string;
  };
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

/** Result of a verification; `broken_at` is the first entry that does not fit. */
export interface Verification {
  readonly entries: number;
  readonly intact: boolean;
  readonly broken_at: number | null;
}

/** The signed head of the journal. */
export interface Checkpoint {
  readonly sequence: number;
  readonly entrySha256: string;
  readonly signature: string;
  readonly atMs: number;
}

/** An append-only journal in which every entry holds the digest of the one before. */
export interface Journal {
  append(event: AuditEvent): Promise<AuditEntry>;
  /** An entry's number and digest, or those of the head; undefined where there is none. */
  at(place: number | 'head'): Promise<Pick<Checkpoint, 'sequence' | 'entrySha256'> | undefined>;
  /** Newest first. */
  view(limit: number): Promise<{ entries: AuditEntry[]; total: number }>;
  /** Checks every link and every signed checkpoint; names the first that is broken. */
  verify(): Promise<Verification>;
  /** Signs the head; undefined while the journal is empty. */
  checkpoint(): Promise<Checkpoint | undefined>;
}

/** Every so many entries the head is signed by itself. */
const CHECKPOINT_EVERY = 100;
const GENESIS = '0'.repeat(64);
const PAGE = 2000;

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

  const head = async () =>
    await db
      .selectFrom('audit_entries')
      .select(['sequence', 'entry_sha256'])
      .orderBy('sequence', 'desc')
      .limit(1)
      .executeTakeFirst();

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

  return {
    append: (event) =>
      inTurn(async () => {
        const entry = await database.transaction(async (transaction) => {
          const table = transaction as unknown as typeof db;
          const last = await table
            .selectFrom('audit_entries')
            .select(['sequence', 'entry_sha256'])
            .orderBy('sequence', 'desc')
            .limit(1)
            .executeTakeFirst();
          const unsigned = {
            sequence: (last?.sequence ?? 0) + 1,
            at_ms: clock(),
            actor: event.actor,
            action: event.action,
            subject: event.subject,
            because: event.because ?? null,
            facts: canonicalJson(event.facts),
            previous_sha256: last?.entry_sha256 ?? GENESIS,
          };
          const row = { ...unsigned, entry_sha256: sha256Hex(canonicalJson(unsigned)) };
          await table.insertInto('audit_entries').values(row).execute();
          // Together with its entry, so that a missing signature means tampering and not a crash.
          if (row.sequence % CHECKPOINT_EVERY === 0) await sign(table, row.sequence, row.entry_sha256);
          return row;
        });
        return entryOf(entry);
      }),
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
    async view(limit) {
      const rows = await db.selectFrom('audit_entries').selectAll().orderBy('sequence', 'desc').limit(limit).execute();
      return { entries: rows.map(entryOf), total: rows[0]?.sequence ?? 0 };
    },
    async verify() {
      let previous = GENESIS;
      let sequence = 0;
      const digests = new Map<number, string>();
      const broken = (at: number): Verification => ({ entries: sequence, intact: false, broken_at: at });
      for (;;) {
        const rows = await db
          .selectFrom('audit_entries')
          .selectAll()
          .where('sequence', '>', sequence)
          .orderBy('sequence')
          .limit(PAGE)
          .execute();
        if (rows.length === 0) break;
        for (const { entry_sha256, ...unsigned } of rows) {
          if (unsigned.sequence !== sequence + 1) return broken(sequence + 1);
          if (unsigned.previous_sha256 !== previous) return broken(unsigned.sequence);
          if (sha256Hex(canonicalJson(unsigned)) !== entry_sha256) return broken(unsigned.sequence);
          sequence = unsigned.sequence;
          previous = entry_sha256;
          if (sequence % CHECKPOINT_EVERY === 0) digests.set(sequence, entry_sha256);
        }
      }
      const points = await db.selectFrom('audit_checkpoints').selectAll().orderBy('sequence').execute();
      const signed = new Set(points.map((point) => point.sequence));
      const missing = [...digests.keys()].find((due) => !signed.has(due));
      if (missing !== undefined) return broken(missing);
      for (const point of points) {
        const digest =
          digests.get(point.sequence) ??
          (
            await db
              .selectFrom('audit_entries')
              .select('entry_sha256')
              .where('sequence', '=', point.sequence)
              .executeTakeFirst()
          )?.entry_sha256;
        const text = checkpointText(point.sequence, point.entry_sha256);
        const genuine = [keys.publicKey, ...formerKeys()].some((key) => verifyText(key, text, point.signature));
        if (digest !== point.entry_sha256 || !genuine) return broken(Math.min(point.sequence, sequence + 1));
      }
      return { entries: sequence, intact: true, broken_at: null };
    },
    checkpoint: () =>
      inTurn(async () => {
        const last = await head();
        return last === undefined ? undefined : await sign(db, last.sequence, last.entry_sha256);
      }),
  };
}

/** The text under a checkpoint's signature. */
export function checkpointText(sequence: number, entrySha256: string): string {
  return `unica-checkpoint-v1\n${sequence}\n${entrySha256}`;
}

function entryOf(row: AuditTables['audit_entries']): AuditEntry {
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
