import type { Kysely } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, canonicalJson, type Json, sha256Hex } from '#base';
import {
  type readingModeSchema,
  type readingSettingsSchema,
  type readingSettingsViewSchema,
  type SiteTable,
  siteTableSchema,
} from '#wire';
import type { NodeTables } from './tables.ts';

type Mode = ReturnType<typeof readingModeSchema.parse>;

const MODE = 'reading.mode';

/** How reading is done here: whether the own read comes first, and what the site lets follow from bands of risk. */
export class ReadingSettings {
  readonly #db: Kysely<NodeTables>;
  readonly #journal: Journal;
  readonly #clock: Clock;

  constructor(db: Kysely<NodeTables>, journal: Journal, clock: Clock) {
    this.#db = db;
    this.#journal = journal;
    this.#clock = clock;
  }

  /** The own read comes first unless the site said otherwise. */
  async mode(): Promise<Mode> {
    const row = await this.#db.selectFrom('settings').select('value').where('key', '=', MODE).executeTakeFirst();
    return row?.value === 'on-demand' ? 'on-demand' : 'own-read-first';
  }

  /** The site's own table, with the number of its version. */
  async siteTable(): Promise<{ readonly version: number; readonly table: SiteTable | null }> {
    const row = await this.#db
      .selectFrom('site_guidelines')
      .selectAll()
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    const text = row?.site_table ?? null;
    return { version: row?.version ?? 0, table: text === null ? null : siteTableSchema.parse(JSON.parse(text)) };
  }

  async view(): Promise<ReturnType<typeof readingSettingsViewSchema.parse>> {
    const { version, table } = await this.siteTable();
    return { mode: await this.mode(), siteTable: table, siteTableVersion: version };
  }

  /** What is as it was is not written again. */
  async set(wish: ReturnType<typeof readingSettingsSchema.parse>, actor: string): Promise<void> {
    const now = await this.view();
    if (wish.mode !== now.mode) {
      await this.#db
        .insertInto('settings')
        .values({ key: MODE, value: wish.mode })
        .onConflict((known) => known.column('key').doUpdateSet({ value: wish.mode }))
        .execute();
      await this.#journal.append({ actor, action: 'reading.mode-changed', subject: wish.mode, facts: {} });
    }
    const text = wish.siteTable === null ? null : canonicalJson(wish.siteTable as unknown as Json);
    if (text === (now.siteTable === null ? null : canonicalJson(now.siteTable as unknown as Json))) return;
    await this.#db
      .insertInto('site_guidelines')
      .values({ site_table: text, changed_by: actor, at_ms: this.#clock() })
      .execute();
    await this.#journal.append({
      actor,
      action: 'reading.site-table-changed',
      subject: `version-${now.siteTableVersion + 1}`,
      facts: { tableSha256: text === null ? null : sha256Hex(text) },
    });
  }
}
