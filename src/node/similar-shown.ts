import { type Kysely, sql } from 'kysely';
import type { Clock } from '#base';
import type { Migration } from '#store';
import type { SimilarTables } from './similar-tables.ts';

/** Records of whose films were shown beside those of other people. Who they were stays in the house. */
export interface SimilarShownTables {
  similar_shown: { person: string; permit_id: string; times: number; last_at_ms: number };
}

/** How often somebody's films were shown as a similar case under one permit. */
export interface SimilarShowings {
  readonly permitId: string;
  /** As the protection officer wrote it. */
  readonly ground: string;
  readonly times: number;
  readonly lastAtMs: number;
}

/** The table of similar cases that were shown. */
export const similarShownMigration: Migration = {
  id: 'node-193-similar-shown',
  async up(db) {
    await db.schema
      .createTable('similar_shown')
      .addColumn('person', 'text', (column) => column.notNull())
      .addColumn('permit_id', 'text', (column) => column.notNull())
      .addColumn('times', 'integer', (column) => column.notNull())
      .addColumn('last_at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('similar_shown_key', ['person', 'permit_id'])
      .execute();
  },
};

/** Whose films were shown as similar cases: a line of each person's own log. Which and to whom is in the journal. */
export class SimilarShown {
  readonly #db: Kysely<SimilarTables & SimilarShownTables>;
  readonly #clock: Clock;

  constructor(db: Kysely<SimilarTables & SimilarShownTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  /** Before an answer is given. @param people each once */
  async record(people: readonly string[], permitId: string): Promise<void> {
    if (people.length === 0) return;
    const nowMs = this.#clock();
    await this.#db
      .insertInto('similar_shown')
      .values(people.map((person) => ({ person, permit_id: permitId, times: 1, last_at_ms: nowMs })))
      .onConflict((conflict) =>
        conflict
          .columns(['person', 'permit_id'])
          .doUpdateSet(({ ref }) => ({ times: sql`${ref('similar_shown.times')} + 1`, last_at_ms: nowMs })),
      )
      .execute();
  }

  /** How often, by permit, the latest first. */
  async of(person: string): Promise<readonly SimilarShowings[]> {
    const rows = await this.#db
      .selectFrom('similar_shown')
      .innerJoin('similar_permits', 'similar_permits.permit_id', 'similar_shown.permit_id')
      .select(['similar_shown.permit_id', 'ground', 'times', 'last_at_ms'])
      .where('person', '=', person)
      .orderBy('last_at_ms', 'desc')
      .execute();
    return rows.map(({ permit_id, ground, times, last_at_ms }) => ({
      permitId: permit_id,
      ground,
      times: Number(times),
      lastAtMs: Number(last_at_ms),
    }));
  }
}
