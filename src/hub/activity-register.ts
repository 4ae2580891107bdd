import type { Kysely, Selectable, Transaction } from 'kysely';
import { z } from 'zod';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, sha256Hex, UnicaError, utf8 } from '#base';
import { namedIn } from '#progress';
import {
  type Activity,
  type ActivityChange,
  type ActivityKept,
  type ActivityVersion,
  type PlainActivity,
  plainActivitySchema,
} from '#wire';
import type { HubTables } from './tables.ts';

const namesSchema = z.array(z.string());

/** What the network does with others, as its coordinators write it down: a change is a version more. */
export class ActivityRegister {
  readonly #db: Kysely<HubTables>;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #newId: (prefix: string) => string;

  constructor(parts: {
    readonly db: Kysely<HubTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  }) {
    this.#db = parts.db;
    this.#journal = parts.journal;
    this.#clock = parts.clock;
    this.#newId = parts.newId;
  }

  /** @param by who does it @throws UnicaError `hub.activity-names-people` */
  async enter(activity: Activity, by: string): Promise<ActivityKept> {
    const activityId = this.#newId('activity');
    return await this.#keep({ activityId, version: 1, activity, because: '', by });
  }

  /**
   * A new version; those before it stay.
   * @param by who does it
   * @throws UnicaError `hub.activity-changed`, `hub.activity-names-people`, `http.not-found`
   */
  async change(activityId: string, { activity, basedOn, because }: ActivityChange, by: string): Promise<ActivityKept> {
    return await this.#keep({ activityId, version: basedOn + 1, activity, because, by });
  }

  /** Takes the names of people out of every version, adds one without them, and tells the journal that it was done. @throws UnicaError `http.not-found` */
  async forgetPeople(activityId: string, because: string, by: string): Promise<void> {
    await this.#journal.together(async (transaction: Transaction<HubTables>) => {
      const newest = await newestVersion(transaction, activityId);
      const { numUpdatedRows } = await transaction
        .updateTable('activity_versions')
        .set({ people: null })
        .where('activity_id', '=', activityId)
        .where('people', 'is not', null)
        .executeTakeFirst();
      if (numUpdatedRows > 0n) {
        // A version more: a form that was opened before is based on an older one, and cannot bring the names back.
        const row = await transaction
          .selectFrom('activity_versions')
          .selectAll()
          .where('activity_id', '=', activityId)
          .where('version', '=', newest)
          .executeTakeFirstOrThrow();
        await transaction
          .insertInto('activity_versions')
          .values({ ...row, version: newest + 1, because, by, at_ms: this.#clock() })
          .execute();
      }
      const facts = { versions: Number(numUpdatedRows) };
      return {
        event: { actor: by, action: 'activity.people-forgotten', subject: activityId, because, facts },
        result: undefined,
      };
    });
  }

  /** The newest version of each, the last changed first. */
  async newest(): Promise<readonly ActivityVersion[]> {
    const rows = await this.#db
      .selectFrom('activity_versions as one')
      .selectAll()
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('activity_versions as later')
              .select('later.version')
              .whereRef('later.activity_id', '=', 'one.activity_id')
              .whereRef('later.version', '>', 'one.version'),
          ),
        ),
      )
      .orderBy('at_ms', 'desc')
      .orderBy('activity_id')
      .execute();
    return rows.map(versionOf);
  }

  /** Every version of one, newest first. @throws UnicaError `http.not-found` */
  async versions(activityId: string): Promise<readonly ActivityVersion[]> {
    const rows = await this.#db
      .selectFrom('activity_versions')
      .selectAll()
      .where('activity_id', '=', activityId)
      .orderBy('version', 'desc')
      .execute();
    if (rows.length === 0) throw new UnicaError('http.not-found', { what: 'activity' });
    return rows.map(versionOf);
  }

  async #keep({
    activityId,
    version,
    activity,
    because,
    by,
  }: ActivityKept & {
    readonly activity: Activity;
    readonly because: string;
    readonly by: string;
  }): Promise<ActivityKept> {
    const where = activity.isPublic ? namedIn(activity) : undefined;
    if (where !== undefined) throw new UnicaError('hub.activity-names-people', { where });
    const { people, ...plain } = activity;
    // Without the people: when they are forgotten, the digest in the journal still holds.
    const content = canonicalJson(plain);
    return await this.#journal.together(async (transaction: Transaction<HubTables>) => {
      if (version > 1) {
        const newest = await newestVersion(transaction, activityId);
        if (newest !== version - 1) throw new UnicaError('hub.activity-changed', { version: newest });
      }
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto('activity_versions')
        .values({
          activity_id: activityId,
          version,
          content,
          people: people.length === 0 ? null : canonicalJson(people),
          because,
          by,
          at_ms: this.#clock(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      // Another hub of the same network came first.
      if (numInsertedOrUpdatedRows === 0n) throw new UnicaError('hub.activity-changed', { version });
      const action = version === 1 ? 'activity.entered' : 'activity.changed';
      const facts = { version, sha256: sha256Hex(utf8(content)), isPublic: plain.isPublic };
      return {
        event: { actor: by, action, subject: activityId, ...(because === '' ? {} : { because }), facts },
        result: { activityId, version },
      };
    });
  }
}

async function newestVersion(db: Kysely<HubTables>, activityId: string): Promise<number> {
  const row = await db
    .selectFrom('activity_versions')
    .select(({ fn }) => fn.max('version').as('version'))
    .where('activity_id', '=', activityId)
    .executeTakeFirst();
  // The maximum of no rows is null, whatever the types say.
  if (row === undefined || Number(row.version) === 0) throw new UnicaError('http.not-found', { what: 'activity' });
  return Number(row.version);
}

function versionOf(row: Selectable<HubTables['activity_versions']>): ActivityVersion {
  const plain: PlainActivity = plainActivitySchema.parse(JSON.parse(row.content));
  return {
    activityId: row.activity_id,
    version: row.version,
    ...plain,
    people: row.people === null ? [] : namesSchema.parse(JSON.parse(row.people)),
    because: row.because,
    by: row.by,
    atMs: row.at_ms,
  };
}
