import type { Kysely } from 'kysely';
import type { Clock } from '#base';
import type { ClinicTables } from './clinic-tables.ts';

/** What may come of a study or of a result, beside what the models say. */
export type ClinicEvent =
  | 'scored'
  | 'refused'
  | 'left-out'
  | 'no-number'
  | 'no-order'
  | 'model-changed'
  | 'mixed-study'
  | 'unreadable'
  | 'failed'
  | 'queue-full'
  | 'sent'
  | 'send-refused'
  | 'given-up'
  | 'not-shown';

/** Counts what came of studies, day by day; who they are of is not in it. */
export class ClinicTally {
  readonly #db: Kysely<ClinicTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<ClinicTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async add(what: ClinicEvent, model = ''): Promise<void> {
    await this.#db
      .insertInto('clinic_tally')
      .values({ day: new Date(this.#clock()).toISOString().slice(0, 10), what, model, count: 1 })
      .onConflict((conflict) =>
        conflict.columns(['day', 'what', 'model']).doUpdateSet((set) => ({ count: set('clinic_tally.count', '+', 1) })),
      )
      .execute();
  }

  /** Of the last so many days, today included, the most frequent first. */
  async lately(
    days: number,
  ): Promise<readonly { readonly what: string; readonly model: string; readonly count: number }[]> {
    const from = new Date(this.#clock() - (days - 1) * 86_400_000).toISOString().slice(0, 10);
    const rows = await this.#db
      .selectFrom('clinic_tally')
      .select(['what', 'model'])
      .select((select) => select.fn.sum('count').as('count'))
      .where('day', '>=', from)
      .groupBy(['what', 'model'])
      .execute();
    return rows
      .map(({ what, model, count }) => ({ what, model, count: Number(count) }))
      .toSorted((a, b) => b.count - a.count);
  }
}
