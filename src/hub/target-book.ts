import type { Kysely, Transaction } from 'kysely';
import type { Journal } from '#audit';
import type { Clock } from '#base';
import { TARGET_MEASURES, TARGET_SCOPES, type TargetChange, type TargetHistory } from '#wire';
import type { HubTables } from './tables.ts';

/** What the network aims at, as its coordinators set it: nothing is ever overwritten. */
export class TargetBook {
  readonly #parts: {
    readonly db: Kysely<HubTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  };

  constructor(parts: {
    readonly db: Kysely<HubTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  }) {
    this.#parts = parts;
  }

  /** Sets a target, or takes it back, and tells the journal, in one transaction. @param by who does it */
  async set(change: TargetChange, by: string): Promise<void> {
    const { journal, clock, newId } = this.#parts;
    const { measure, scope, key, value, dueOn, because } = change;
    await journal.together(async (transaction: Transaction<HubTables>) => {
      await transaction
        .insertInto('target_changes')
        .values({
          change_id: newId('target'),
          measure,
          scope,
          key,
          value,
          due_on: dueOn,
          because,
          by,
          at_ms: clock(),
        })
        .execute();
      const subject = key === '' ? `${scope}/${measure}` : `${scope}/${key}/${measure}`;
      return {
        event: { actor: by, action: 'target.set', subject, because, facts: { value, dueOn } },
        result: undefined,
      };
    });
  }

  /** Everything that was ever set, newest first. */
  async changes(): Promise<TargetHistory['changes']> {
    const rows = await this.#parts.db
      .selectFrom('target_changes')
      .selectAll()
      .orderBy('at_ms', 'desc')
      .orderBy('change_id')
      .execute();
    return rows.flatMap((row) => {
      const measure = TARGET_MEASURES.find((one) => one === row.measure);
      const scope = TARGET_SCOPES.find((one) => one === row.scope);
      if (measure === undefined || scope === undefined) return [];
      const { key, value, because, by } = row;
      return [{ measure, scope, key, value, dueOn: row.due_on, because, by, atMs: row.at_ms }];
    });
  }
}
