import type { Kysely } from 'kysely';
import { type Clock, UnicaError } from '#base';
import { type Witness, witnessSchema } from '#wire';
import type { NodeTables } from './tables.ts';

/** The hub is asked about its journal this often, and whenever it is reached again. */
const ASK_EVERY_MS = 30_000;

const HELD = 'hub-witness';
const SET_BACK = 'hub-set-back';

/**
 * What this node remembers of the hub's journal: its last entry that it was told of. A hub that no longer has it was set back to
 * an older state; the node then takes no work until a person has looked at it.
 */
export class HubWitness {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;
  #held: Witness | null;
  #setBack: boolean;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  private constructor(db: Kysely<NodeTables>, clock: Clock, held: Witness | null, setBack: boolean) {
    this.#db = db;
    this.#clock = clock;
    this.#held = held;
    this.#setBack = setBack;
  }

  static async open(db: Kysely<NodeTables>, clock: Clock): Promise<HubWitness> {
    const { held, setBack } = await read(db);
    return new HubWitness(db, clock, held, setBack);
  }

  /** True: the hub was set back, and nobody has said yet that this is right. */
  get setBack(): boolean {
    return this.#setBack;
  }

  /** What to ask the hub about now; undefined while it was asked lately. @param reached whether the hub was just reached again */
  question(reached: boolean): Witness | null | undefined {
    if (!reached && this.#clock() - this.#askedAtMs < ASK_EVERY_MS) return undefined;
    return this.#held;
  }

  /** Takes the hub's answer. @throws UnicaError `node.hub-restored` */
  async take({ head, knowsWitness }: { readonly head: Witness | null; readonly knowsWitness: boolean }): Promise<void> {
    this.#askedAtMs = this.#clock();
    const held = this.#held;
    if (!knowsWitness || (held !== null && (head === null || head.sequence < held.sequence))) {
      this.#setBack = true;
      await this.#put(SET_BACK, 'true');
      throw new UnicaError('node.hub-restored');
    }
    if (head === null || head.entrySha256 === held?.entrySha256) return;
    await this.#put(HELD, JSON.stringify(head));
    this.#held = head;
  }

  /** Follows what `unica node accept-hub` has written beside this process. */
  async reload(): Promise<void> {
    const { held, setBack } = await read(this.#db);
    this.#held = held;
    this.#setBack = setBack;
  }

  /** A person has looked at it: the hub as it is now is the one to go on with. */
  async accept(): Promise<void> {
    await this.#db.deleteFrom('settings').where('key', 'in', [HELD, SET_BACK]).execute();
    await this.reload();
  }

  async #put(key: string, value: string): Promise<void> {
    await this.#db
      .insertInto('settings')
      .values({ key, value })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
      .execute();
  }
}

async function read(db: Kysely<NodeTables>): Promise<{ held: Witness | null; setBack: boolean }> {
  const rows = await db.selectFrom('settings').selectAll().where('key', 'in', [HELD, SET_BACK]).execute();
  const valueAt = (key: string) => rows.find((row) => row.key === key)?.value;
  const held = valueAt(HELD);
  return {
    held: held === undefined ? null : witnessSchema.parse(JSON.parse(held)),
    setBack: valueAt(SET_BACK) === 'true',
  };
}
