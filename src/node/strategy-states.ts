import type { Kysely } from 'kysely';
import { decodeState, encodeState, type StrategyState } from '#learning';
import type { BlobStore, Migration } from '#store';

/** What the node's strategies remember between rounds: control variates, normalisation, personal models. */
export interface StrategyStateTables {
  strategy_states: { job_id: string; round: number; state_sha256: string };
}

/** The table of remembered states. */
export const strategyStateMigration: Migration = {
  id: 'node-024-strategy-states',
  async up(db) {
    await db.schema
      .createTable('strategy_states')
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('round', 'integer', (column) => column.notNull())
      .addColumn('state_sha256', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('strategy_states_key', ['job_id', 'round'])
      .execute();
  },
};

/**
 * Keeps what a site remembers of each round until the hub says which one counted: a round that was trained here but closed
 * without this site must not be remembered, or hub and site would tell different stories. None of it leaves the node.
 */
export class StrategyStates {
  readonly #db: Kysely<StrategyStateTables>;
  readonly #blobs: BlobStore;

  constructor(db: Kysely<StrategyStateTables>, blobs: BlobStore) {
    this.#db = db;
    this.#blobs = blobs;
  }

  /** What is remembered of a round; nothing where there was none. Older rounds are forgotten. */
  async of(jobId: string, countedRound: number | undefined): Promise<StrategyState> {
    if (countedRound === undefined) return {};
    const rows = await this.#db.selectFrom('strategy_states').selectAll().where('job_id', '=', jobId).execute();
    const kept = rows.filter(({ round }) => round >= countedRound).map((row) => row.state_sha256);
    for (const { round, state_sha256 } of rows.filter((row) => row.round < countedRound)) {
      await this.#db.deleteFrom('strategy_states').where('job_id', '=', jobId).where('round', '=', round).execute();
      if (!kept.includes(state_sha256)) await this.#blobs.remove(state_sha256);
    }
    const row = rows.find(({ round }) => round === countedRound);
    return row === undefined ? {} : decodeState(await this.#blobs.get(row.state_sha256));
  }

  /** Remembers a round; the same round again replaces it. */
  async keep(jobId: string, round: number, state: StrategyState): Promise<void> {
    if (Object.keys(state).length === 0) return;
    const { sha256 } = await this.#blobs.put(encodeState(state));
    await this.#db
      .insertInto('strategy_states')
      .values({ job_id: jobId, round, state_sha256: sha256 })
      .onConflict((conflict) => conflict.columns(['job_id', 'round']).doUpdateSet({ state_sha256: sha256 }))
      .execute();
  }
}
