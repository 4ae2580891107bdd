import type { Kysely } from 'kysely';
import type { NodeTables } from './tables.ts';

/** A service looks this often whether another program of its home threw the switch. */
const LOOK_EVERY_MS = 250;

/**
 * The owner's kill switch; kept in the database so that it holds across restarts and with the hub out of reach, and so that
 * `unica node stop-all` works beside a running service. @note Whoever calls {@link watch} calls {@link close}.
 */
export class KillSwitch {
  readonly #db: Kysely<NodeTables>;
  #stopping = new AbortController();
  #watching: NodeJS.Timeout | undefined;
  /** Rises with every throw here, before and after it is on disk; odd: not on disk yet. What was read meanwhile may be older. */
  #thrown = 0;

  private constructor(db: Kysely<NodeTables>, stopped: boolean) {
    this.#db = db;
    if (stopped) this.#stopping.abort();
  }

  static async open(db: Kysely<NodeTables>): Promise<KillSwitch> {
    return new KillSwitch(db, await isStopped(db));
  }

  /** True: no work is taken and nothing leaves. */
  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Aborts what was begun before the switch was thrown; after that a new one for what begins later. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Takes effect at once in this process, then on disk. */
  async set(stopped: boolean): Promise<void> {
    this.#thrown += 1;
    this.#apply(stopped);
    await this.#db
      .insertInto('settings')
      .values({ key: 'stopped', value: String(stopped) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: String(stopped) }))
      .execute();
    this.#thrown += 1;
  }

  /** Follows the switch as other programs throw it. @param onThrown called after it has taken effect here */
  watch(onThrown: () => void): void {
    let looking = false;
    this.#watching ??= setInterval(() => {
      if (looking) return;
      looking = true;
      const before = this.#thrown;
      void isStopped(this.#db)
        .then((stopped) => {
          if (this.#thrown !== before || before % 2 === 1 || stopped === this.stopped) return;
          this.#apply(stopped);
          onThrown();
        })
        .catch(() => {})
        .finally(() => {
          looking = false;
        });
    }, LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#watching);
  }

  #apply(stopped: boolean): void {
    if (stopped) this.#stopping.abort();
    else if (this.stopped) this.#stopping = new AbortController();
  }
}

async function isStopped(db: Kysely<NodeTables>): Promise<boolean> {
  const row = await db.selectFrom('settings').select('value').where('key', '=', 'stopped').executeTakeFirst();
  return row?.value === 'true';
}
