import type { Kysely } from 'kysely';
import { type Clock, canonicalJson, UnicaError } from '#base';
import type { Migration } from '#store';
import { type StandingRule, type StandingRuleWish, standingRuleWishSchema } from '#wire';

/** What the owner agreed to in advance, and what each rule has decided. */
export interface StandingRuleTables {
  standing_rules: {
    rule_id: string;
    /** JSON of the rule's scope. */
    scope: string;
    because: string;
    created_by: string;
    created_at_ms: number;
    expires_at_ms: number;
    withdrawn_at_ms: number | null;
  };
  /** One row for each thing a rule has decided; the same thing is decided once. */
  rule_decisions: { rule_id: string; subject: string; rounds: number; epsilon: number; at_ms: number };
}

/** Tables of standing rules, and what the inbox keeps of a job since there are rules. */
export const standingRuleMigration: Migration = {
  id: 'node-051-standing-rules',
  async up(db) {
    await db.schema
      .createTable('standing_rules')
      .addColumn('rule_id', 'text', (column) => column.primaryKey())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
      .addColumn('withdrawn_at_ms', 'bigint')
      .execute();
    await db.schema
      .createTable('rule_decisions')
      .addColumn('rule_id', 'text', (column) => column.notNull().references('standing_rules.rule_id'))
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('rounds', 'integer', (column) => column.notNull())
      .addColumn('epsilon', 'double precision', (column) => column.notNull())
      .addColumn('at_ms', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('rule_decisions_key', ['rule_id', 'subject'])
      .execute();
    for (const column of ['asked', 'rule_id'] as const) {
      await db.schema.alterTable('approvals').addColumn(column, 'text').execute();
    }
    await db.schema.alterTable('approvals').addColumn('decided_at_ms', 'bigint').execute();
  },
};

/** Something a rule may decide. */
export type RuledUpon =
  | { readonly kind: 'count'; readonly permitId: string; readonly subject: string }
  | {
      readonly kind: 'train';
      readonly projectId: string;
      /** The job. */
      readonly subject: string;
      readonly rounds: number;
      /** Null where the job has no differential privacy. */
      readonly epsilon: number | null;
    };

/** A rule's yes. */
export interface RuleDecision {
  readonly ruleId: string;
  readonly because: string;
}

/**
 * What the owner of the node agreed to in advance. A rule has an end, can be withdrawn at any moment, and says of everything it
 * decided that it did; it never says no: what no rule fits waits for a person.
 */
export class StandingRules {
  readonly #db: Kysely<StandingRuleTables>;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(db: Kysely<StandingRuleTables>, clock: Clock, newId: (prefix: string) => string) {
    this.#db = db;
    this.#clock = clock;
    this.#newId = newId;
  }

  async create(wish: StandingRuleWish, createdBy: string): Promise<StandingRule> {
    const { scope, because, days } = standingRuleWishSchema.parse(wish);
    const ruleId = this.#newId('rule');
    const createdAtMs = this.#clock();
    await this.#db
      .insertInto('standing_rules')
      .values({
        rule_id: ruleId,
        scope: canonicalJson(scope),
        because,
        created_by: createdBy,
        created_at_ms: createdAtMs,
        expires_at_ms: createdAtMs + days * 86_400_000,
        withdrawn_at_ms: null,
      })
      .execute();
    return await this.find(ruleId);
  }

  /** From this moment on it decides nothing; what it decided stands until the owner denies it. @throws UnicaError `http.not-found`. */
  async withdraw(ruleId: string): Promise<StandingRule> {
    await this.#db
      .updateTable('standing_rules')
      .set({ withdrawn_at_ms: this.#clock() })
      .where('rule_id', '=', ruleId)
      .where('withdrawn_at_ms', 'is', null)
      .execute();
    return await this.find(ruleId);
  }

  /** @throws UnicaError `http.not-found`. */
  async find(ruleId: string): Promise<StandingRule> {
    const rule = (await this.list()).find((one) => one.ruleId === ruleId);
    if (rule === undefined) throw new UnicaError('http.not-found', { what: 'standing rule of that number' });
    return rule;
  }

  /** Newest first. */
  async list(): Promise<readonly StandingRule[]> {
    const nowMs = this.#clock();
    const rows = await this.#db
      .selectFrom('standing_rules')
      .selectAll()
      .orderBy('created_at_ms', 'desc')
      .orderBy('rule_id', 'desc')
      .execute();
    const spent = await this.#db.selectFrom('rule_decisions').selectAll().execute();
    return rows.map((row) => {
      const used = spent.filter(({ rule_id }) => rule_id === row.rule_id);
      return {
        ruleId: row.rule_id,
        scope: standingRuleWishSchema.shape.scope.parse(JSON.parse(row.scope)),
        because: row.because,
        createdBy: row.created_by,
        createdAtMs: row.created_at_ms,
        expiresAtMs: row.expires_at_ms,
        withdrawnAtMs: row.withdrawn_at_ms,
        state: row.withdrawn_at_ms !== null ? 'withdrawn' : row.expires_at_ms <= nowMs ? 'expired' : 'in-force',
        used: {
          decisions: used.length,
          rounds: used.reduce((sum, { rounds }) => sum + rounds, 0),
          epsilon: used.reduce((sum, { epsilon }) => sum + epsilon, 0),
        },
      };
    });
  }

  /**
   * The yes of the first rule in force that covers it, oldest first, written down before it is given; undefined where none does.
   * Two rules are never added up: one of them has room for the whole job, or a person is asked.
   */
  async decide(asked: RuledUpon): Promise<RuleDecision | undefined> {
    const rules = [...(await this.list())].reverse();
    const rule = rules.find((one) => one.state === 'in-force' && covers(one, asked));
    if (rule === undefined) return undefined;
    await this.#db
      .insertInto('rule_decisions')
      .values({
        rule_id: rule.ruleId,
        subject: asked.subject,
        rounds: asked.kind === 'train' ? asked.rounds : 0,
        epsilon: asked.kind === 'train' ? (asked.epsilon ?? 0) : 0,
        at_ms: this.#clock(),
      })
      .onConflict((conflict) => conflict.columns(['rule_id', 'subject']).doNothing())
      .execute();
    return { ruleId: rule.ruleId, because: sentenceOf(rule) };
  }
}

function covers({ scope, used }: StandingRule, asked: RuledUpon): boolean {
  if (scope.kind === 'count') return asked.kind === 'count' && asked.permitId === scope.permitId;
  if (asked.kind !== 'train' || asked.projectId !== scope.projectId) return false;
  if (used.rounds + asked.rounds > scope.rounds) return false;
  if (scope.epsilon === null) return true;
  // Without differential privacy there is no bound that could be kept.
  return asked.epsilon !== null && used.epsilon + asked.epsilon <= scope.epsilon;
}

function sentenceOf({ ruleId, scope, expiresAtMs }: StandingRule): string {
  const until = new Date(expiresAtMs).toISOString().slice(0, 10);
  const what =
    scope.kind === 'count'
      ? `counts under permit ${scope.permitId}`
      : `training of project ${scope.projectId} up to ${scope.rounds} rounds${scope.epsilon === null ? '' : ` and ε = ${scope.epsilon}`}`;
  return `standing rule ${ruleId}: ${what}, until ${until}`;
}
