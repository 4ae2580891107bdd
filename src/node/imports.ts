import type { Kysely } from 'kysely';
import { type Clock, canonicalJson } from '#base';
import type { ImportView } from '#wire';
import type { NodeTables } from './tables.ts';

/** What an import has come to so far. */
export interface ImportCounts {
  received: number;
  accepted: number;
  quarantined: number;
  duplicates: number;
  optedOut: number;
  readonly rejected: { path: string; reason: string }[];
}

/** At most this many rejected files are listed by name; the count goes on. */
const REJECTED_LISTED = 200;

/** The list of imports. */
export class Imports {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<NodeTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async begin(importId: string, source: string): Promise<void> {
    await this.#db
      .insertInto('imports')
      .values({
        import_id: importId,
        state: 'running',
        because: null,
        source,
        started_at_ms: this.#clock(),
        ended_at_ms: null,
        received: 0,
        accepted: 0,
        quarantined: 0,
        duplicates: 0,
        opted_out: 0,
        rejected: '[]',
      })
      .execute();
  }

  async progress(importId: string, counts: ImportCounts): Promise<void> {
    await this.#db.updateTable('imports').set(columnsOf(counts)).where('import_id', '=', importId).execute();
  }

  async end(importId: string, counts: ImportCounts, failure: string | null): Promise<void> {
    await this.#db
      .updateTable('imports')
      .set({
        ...columnsOf(counts),
        state: failure === null ? 'done' : 'failed',
        because: failure,
        ended_at_ms: this.#clock(),
      })
      .where('import_id', '=', importId)
      .execute();
  }

  /** An import that was running when the node stopped did not finish; what it took in is kept. */
  async closeInterrupted(): Promise<void> {
    await this.#db
      .updateTable('imports')
      .set({
        state: 'failed',
        because: 'the node stopped; start it again, nothing is taken twice',
        ended_at_ms: this.#clock(),
      })
      .where('state', '=', 'running')
      .execute();
  }

  async view(importId: string): Promise<ImportView | undefined> {
    const row = await this.#db.selectFrom('imports').selectAll().where('import_id', '=', importId).executeTakeFirst();
    return row === undefined ? undefined : this.#viewOf(row);
  }

  /** Newest first. */
  async list(limit: number): Promise<readonly ImportView[]> {
    const rows = await this.#db
      .selectFrom('imports')
      .selectAll()
      .orderBy('started_at_ms', 'desc')
      .limit(limit)
      .execute();
    return rows.map((row) => this.#viewOf(row));
  }

  #viewOf(row: NodeTables['imports']): ImportView {
    return {
      importId: row.import_id,
      state: row.state,
      because: row.because,
      startedAtMs: row.started_at_ms,
      seconds: ((row.ended_at_ms ?? this.#clock()) - row.started_at_ms) / 1000,
      source: row.source,
      received: row.received,
      accepted: row.accepted,
      quarantined: row.quarantined,
      duplicates: row.duplicates,
      optedOut: row.opted_out,
      rejected: JSON.parse(row.rejected) as ImportView['rejected'],
    };
  }
}

function columnsOf(counts: ImportCounts) {
  return {
    received: counts.received,
    accepted: counts.accepted,
    quarantined: counts.quarantined,
    duplicates: counts.duplicates,
    opted_out: counts.optedOut,
    rejected: canonicalJson(counts.rejected.slice(0, REJECTED_LISTED)),
  };
}
