import type { Kysely } from 'kysely';
import { sha256Hex } from '#base';
import type { RelayRuns } from '#flower';
import type { HubTables } from './tables.ts';

/** Which run of a SuperLink is which job's; hubs that share the records each have their own. */
export class SuperlinkRuns {
  readonly #db: Kysely<HubTables>;

  constructor(db: Kysely<HubTables>) {
    this.#db = db;
  }

  /** Those of a hub that is known at the SuperLink by a key (PEM). */
  of(publicKeyPem: string): RelayRuns {
    const db = this.#db;
    const hubKey = sha256Hex(new TextEncoder().encode(publicKeyPem));
    return {
      async runOf(jobId) {
        const query = db.selectFrom('superlink_runs').select('run_id').where('hub_key', '=', hubKey);
        const row = await query.where('job_id', '=', jobId).executeTakeFirst();
        return row === undefined ? undefined : BigInt(row.run_id);
      },
      async jobOf(runId) {
        const query = db.selectFrom('superlink_runs').select('job_id').where('hub_key', '=', hubKey);
        return (await query.where('run_id', '=', String(runId)).executeTakeFirst())?.job_id;
      },
      async remember(jobId, runId) {
        await db
          .insertInto('superlink_runs')
          .values({ hub_key: hubKey, job_id: jobId, run_id: String(runId) })
          .onConflict((conflict) => conflict.columns(['hub_key', 'job_id']).doUpdateSet({ run_id: String(runId) }))
          .execute();
      },
      async forget(jobId) {
        await db.deleteFrom('superlink_runs').where('hub_key', '=', hubKey).where('job_id', '=', jobId).execute();
      },
    };
  }
}
