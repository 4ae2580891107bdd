import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import type { BlobStore, Migration } from '#store';

/** Epochs that were trained, one row each and never one twice, and where the newest of a round can be gone on from. */
export interface TrainingMemoryTables {
  trained_epochs: { job_id: string; round: number; part: string; epoch: number; at_ms: number };
  training_checkpoints: { job_id: string; round: number; part: string; checkpoint_sha256: string };
}

/** Tables of what was trained. */
export const trainingMemoryMigration: Migration = {
  id: 'node-034-training-memory',
  async up(db) {
    await db.schema
      .createTable('trained_epochs')
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('round', 'integer', (column) => column.notNull())
      .addColumn('part', 'text', (column) => column.notNull())
      .addColumn('epoch', 'integer', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('training_checkpoints')
      .addColumn('job_id', 'text', (column) => column.notNull())
      .addColumn('round', 'integer', (column) => column.notNull())
      .addColumn('part', 'text', (column) => column.notNull())
      .addColumn('checkpoint_sha256', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('training_checkpoints_key', ['job_id', 'round', 'part'])
      .execute();
  },
};

/** What the node remembers of a round while it trains: a node that falls goes on after the last epoch it finished. */
export class TrainingMemory {
  readonly #db: Kysely<TrainingMemoryTables>;
  readonly #blobs: BlobStore;
  readonly #clock: Clock;

  constructor(db: Kysely<TrainingMemoryTables>, blobs: BlobStore, clock: Clock) {
    this.#db = db;
    this.#blobs = blobs;
    this.#clock = clock;
  }

  /** Where a training of this round can be gone on from; nothing where no epoch of it was finished. */
  async resume(jobId: string, round: number, part: string): Promise<Uint8Array | undefined> {
    const row = await this.#db
      .selectFrom('training_checkpoints')
      .select('checkpoint_sha256')
      .where('job_id', '=', jobId)
      .where('round', '=', round)
      .where('part', '=', part)
      .executeTakeFirst();
    return row === undefined ? undefined : await this.#blobs.get(row.checkpoint_sha256);
  }

  /** An epoch is finished: its row and its checkpoint together, or neither. */
  async keep(
    { jobId, round, part }: { readonly jobId: string; readonly round: number; readonly part: string },
    epoch: number,
    checkpoint: Uint8Array,
  ): Promise<void> {
    const { sha256 } = await this.#blobs.put(checkpoint);
    const key = { job_id: jobId, round, part };
    const before = await this.#db.transaction().execute(async (transaction) => {
      const earlier = await transaction
        .selectFrom('training_checkpoints')
        .select('checkpoint_sha256')
        .where('job_id', '=', jobId)
        .where('round', '=', round)
        .where('part', '=', part)
        .executeTakeFirst();
      await transaction
        .insertInto('trained_epochs')
        .values({ ...key, epoch, at_ms: this.#clock() })
        .execute();
      await transaction
        .insertInto('training_checkpoints')
        .values({ ...key, checkpoint_sha256: sha256 })
        .onConflict((conflict) =>
          conflict.columns(['job_id', 'round', 'part']).doUpdateSet({ checkpoint_sha256: sha256 }),
        )
        .execute();
      return earlier?.checkpoint_sha256;
    });
    if (before !== undefined && before !== sha256) await this.#blobs.remove(before);
  }

  /** A round is finished, with its last epoch; its checkpoints are of no more use. */
  async finish(jobId: string, round: number, lastEpoch: number): Promise<void> {
    await this.#db
      .insertInto('trained_epochs')
      .values({ job_id: jobId, round, part: 'common', epoch: lastEpoch, at_ms: this.#clock() })
      .execute();
    const rows = await this.#db
      .selectFrom('training_checkpoints')
      .select('checkpoint_sha256')
      .where('job_id', '=', jobId)
      .where('round', '<=', round)
      .execute();
    if (rows.length === 0) return;
    await this.#db.deleteFrom('training_checkpoints').where('job_id', '=', jobId).where('round', '<=', round).execute();
    for (const row of rows) await this.#blobs.remove(row.checkpoint_sha256);
  }
}
