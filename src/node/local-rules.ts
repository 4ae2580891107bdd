import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, UnicaError } from '#base';
import type { Migration } from '#store';
import { type LocalRule, type LocalRuleWish, localRuleWishSchema } from '#wire';

/** What the people of this node refuse, whatever a permit says. */
export interface LocalRuleTables {
  local_rules: {
    rule_id: string;
    /** JSON LocalRuleWish. */
    rule: string;
    created_by: string;
    created_at_ms: number;
    withdrawn_at_ms: number | null;
  };
}

/** The table of local rules. */
export const localRuleMigration: Migration = {
  id: 'node-081-local-rules',
  async up(db) {
    await db.schema
      .createTable('local_rules')
      .addColumn('rule_id', 'text', (column) => column.primaryKey())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('withdrawn_at_ms', 'bigint')
      .execute();
  },
};

/** The node's own clauses of every permit's policy: they forbid from the moment they are made until they are withdrawn. */
export class LocalRules {
  readonly #db: Kysely<LocalRuleTables>;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(db: Kysely<LocalRuleTables>, clock: Clock, newId: (prefix: string) => string) {
    this.#db = db;
    this.#clock = clock;
    this.#newId = newId;
  }

  async create(wish: LocalRuleWish, createdBy: string): Promise<LocalRule> {
    const rule = localRuleWishSchema.parse(wish);
    const ruleId = this.#newId('rule');
    const createdAtMs = this.#clock();
    await this.#db
      .insertInto('local_rules')
      .values({
        rule_id: ruleId,
        rule: canonicalJson(rule),
        created_by: createdBy,
        created_at_ms: createdAtMs,
        withdrawn_at_ms: null,
      })
      .execute();
    return { ...rule, ruleId, createdBy, createdAtMs };
  }

  /** @throws UnicaError `http.not-found`. */
  async withdraw(ruleId: string): Promise<void> {
    const done = await this.#db
      .updateTable('local_rules')
      .set({ withdrawn_at_ms: this.#clock() })
      .where('rule_id', '=', ruleId)
      .where('withdrawn_at_ms', 'is', null)
      .executeTakeFirst();
    if (Number(done.numUpdatedRows) !== 1) {
      throw new UnicaError('http.not-found', { what: 'rule of that number in force' });
    }
  }

  /** Those in force, newest first. */
  async list(): Promise<readonly LocalRule[]> {
    const rows = await this.#db
      .selectFrom('local_rules')
      .selectAll()
      .where('withdrawn_at_ms', 'is', null)
      .orderBy('created_at_ms', 'desc')
      .orderBy('rule_id', 'desc')
      .execute();
    return rows.map((row) => ({
      ...localRuleWishSchema.parse(JSON.parse(row.rule)),
      ruleId: row.rule_id,
      createdBy: row.created_by,
      createdAtMs: row.created_at_ms,
    }));
  }
}
