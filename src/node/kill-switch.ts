import type { Kysely } from 'kysely';
import type { NodeTables } from './tables.ts';

/** The owner's kill switch; kept in the database so that it holds across restarts and with the hub out of reach. */
export class KillSwitch {
  readonly #db: Kysely<NodeTables>;
  #stopped = false;

  private constructor(db: Kysely<NodeTables>, stopped: boolean) {
    this.#db = db;
    this.#stopped = stopped;
  }

  static async open(db: Kysely<NodeTables>): Promise<KillSwitch> {
    const row = await db.selectFrom('settings').select('value').where('key', '=', 'stopped').executeTakeFirst();
    return new KillSwitch(db, row?.value === 'true');
  }

  /** True: no work is taken and nothing leaves. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** Takes effect at once in this process, then on disk. */
  async set(stopped: boolean): Promise<void> {
    this.#stopped = stopped;
    await this.#db
      .insertInto('settings')
      .values({ key: 'stopped', value: String(stopped) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: String(stopped) }))
      .execute();
  }
}
