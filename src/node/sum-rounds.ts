import { type Kysely, sql } from 'kysely';
import type { OpenedSum, SiteSum } from '#aggregation';
import { type Clock, canonicalJson, type Json } from '#base';
import type { Migration } from '#store';

/** Rounds whose updates this node masks: their secrets, until the sum is opened. */
export interface SumRoundTables {
  sum_rounds: {
    job_id: string;
    round: number;
    weights_sha256: string;
    /** The update as it was trained, in the node's own blobs; it never leaves so. */
    update_sha256: string;
    /** JSON SiteSum or OpenedSum. */
    state: string;
    begun_at_ms: number;
  };
}

/** The table of masked rounds. */
export const sumRoundMigration: Migration = {
  id: 'node-031-sum-rounds',
  async up(db) {
    await db.schema
      .createTable('sum_rounds')
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('round', 'integer', (column) => column.notNull())
      .addColumn('weights_sha256', 'text', (column) => column.notNull())
      .addColumn('update_sha256', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('begun_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('sum_rounds_key', ['job_id', 'round'])
      .execute();
  },
};

/** Secrets of a round that never ended are kept no longer: a job that waits so long for its sites is over. */
const KEPT_MS = 14 * 86_400_000;

/** A round as this node keeps it. */
export interface SumRoundRow {
  readonly jobId: string;
  readonly round: number;
  readonly weightsSha256: string;
  readonly updateSha256: string;
  readonly state: SiteSum | OpenedSum;
}

/**
 * Keeps the secrets of masked rounds over restarts, and no longer than needed: opening the sum overwrites them, the next round of
 * the job forgets the last, and what never ended is forgotten after two weeks. Deleted text is overwritten in the file.
 */
export class SumRounds {
  readonly #db: Kysely<SumRoundTables>;
  readonly #clock: Clock;

  private constructor(db: Kysely<SumRoundTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  static async open(db: Kysely<SumRoundTables>, clock: Clock): Promise<SumRounds> {
    await sql`PRAGMA secure_delete = ON`.execute(db);
    return new SumRounds(db, clock);
  }

  async find(jobId: string, round: number): Promise<SumRoundRow | undefined> {
    const row = await this.#db
      .selectFrom('sum_rounds')
      .selectAll()
      .where('job_id', '=', jobId)
      .where('round', '=', round)
      .executeTakeFirst();
    return row === undefined ? undefined : rowOf(row);
  }

  /** Whether an update is one that this node may still have to mask. */
  async needs(updateSha256: string): Promise<boolean> {
    const rows = await this.#db
      .selectFrom('sum_rounds')
      .selectAll()
      .where('update_sha256', '=', updateSha256)
      .execute();
    return rows.some((row) => !('opened' in rowOf(row).state));
  }

  /** Keeps a round as it is now, and forgets earlier ones of its job. → what was forgotten */
  async keep({ jobId, round, weightsSha256, updateSha256, state }: SumRoundRow): Promise<readonly SumRoundRow[]> {
    const text = canonicalJson(state as unknown as Json);
    await this.#db
      .insertInto('sum_rounds')
      .values({
        job_id: jobId,
        round,
        weights_sha256: weightsSha256,
        update_sha256: updateSha256,
        state: text,
        begun_at_ms: this.#clock(),
      })
      .onConflict((conflict) =>
        conflict.columns(['job_id', 'round']).doUpdateSet({ state: text, update_sha256: updateSha256 }),
      )
      .execute();
    const old = (await this.#db.selectFrom('sum_rounds').selectAll().execute()).filter(
      (row) => (row.job_id === jobId && row.round < round) || row.begun_at_ms < this.#clock() - KEPT_MS,
    );
    for (const row of old) {
      await this.#db.deleteFrom('sum_rounds').where('job_id', '=', row.job_id).where('round', '=', row.round).execute();
    }
    return old.map(rowOf);
  }
}

function rowOf(row: SumRoundTables['sum_rounds']): SumRoundRow {
  return {
    jobId: row.job_id,
    round: row.round,
    weightsSha256: row.weights_sha256,
    updateSha256: row.update_sha256,
    state: JSON.parse(row.state) as SiteSum | OpenedSum,
  };
}
