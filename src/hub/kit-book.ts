import { type Kysely, sql, type Transaction } from 'kysely';
import type { Journal } from '#audit';
import { type Clock, isoInstant, UnicaError } from '#base';
import type { CleanLogo } from '#outreach';
import {
  KIT_LANGUAGES,
  KIT_MATERIALS,
  KIT_USES,
  type KitHandedOut,
  type KitLanguage,
  type KitMaterial,
  type KitPartner,
  type KitPartnerView,
  type KitReach,
  type KitUse,
  kitPartnerSchema,
} from '#wire';
import type { HubTables } from './tables.ts';

/** Partners beyond these are refused. */
const MOST_PARTNERS = 200;
/** Whoever opens pages over and over moves the counters no further than this within a minute, and the hub writes no more often. */
const MOST_COUNTED_A_MINUTE = 1200;
const MINUTE_MS = 60_000;
const MOST_DAYS = 60;

type Counted = Pick<KitHandedOut, 'material' | 'language'> & { readonly use: KitUse };
const none = (): Record<KitUse, number> => ({ view: 0, print: 0, download: 0, copy: 0, 'handed-out': 0 });

/** Whose kit it is, and how far it has come: partners with their logos, and counters of nobody. */
export class KitBook {
  readonly #parts: {
    readonly db: Kysely<HubTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  };
  #minute = { index: -1, counted: 0 };

  constructor(parts: {
    readonly db: Kysely<HubTables>;
    readonly journal: Journal;
    readonly clock: Clock;
    readonly newId: (prefix: string) => string;
  }) {
    this.#parts = parts;
  }

  /** Every partner, by name. */
  async partners(): Promise<KitPartnerView[]> {
    const rows = await this.#parts.db
      .selectFrom('kit_partners')
      .select(['partner_id', 'partner', 'logo_type', 'changed_at_ms'])
      .execute();
    const views = rows.map((row) => ({
      ...kitPartnerSchema.parse(JSON.parse(row.partner)),
      partnerId: row.partner_id,
      // The moment is in the address, so that a new logo is not taken for the old one.
      logo: row.logo_type === null ? null : `/api/kit/partners/${row.partner_id}/logo?at=${Number(row.changed_at_ms)}`,
    }));
    return views.sort((a, b) => a.name.localeCompare(b.name, 'en') || a.partnerId.localeCompare(b.partnerId));
  }

  /** @throws UnicaError `http.not-found` */
  async logo(partnerId: string): Promise<{ readonly mediaType: string; readonly base64: string }> {
    const row = await this.#parts.db
      .selectFrom('kit_partners')
      .select(['logo_type', 'logo'])
      .where('partner_id', '=', partnerId)
      .executeTakeFirst();
    if (row?.logo_type == null || row.logo === null) throw new UnicaError('http.not-found', { what: 'logo' });
    return { mediaType: row.logo_type, base64: row.logo };
  }

  /** A new partner. @throws UnicaError `hub.kit-full` @returns its id */
  async add(partner: KitPartner, by: string): Promise<string> {
    const { clock, newId } = this.#parts;
    const partnerId = newId('partner');
    await this.#tell(by, 'kit.partner-added', { partnerId, because: partner.name }, async (db) => {
      const { count } = await db
        .selectFrom('kit_partners')
        .select((row) => row.fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow();
      if (Number(count) >= MOST_PARTNERS) throw new UnicaError('hub.kit-full', { most: MOST_PARTNERS });
      await db
        .insertInto('kit_partners')
        .values({
          partner_id: partnerId,
          partner: JSON.stringify(partner),
          logo_type: null,
          logo: null,
          changed_at_ms: clock(),
        })
        .execute();
    });
    return partnerId;
  }

  /** @throws UnicaError `http.not-found` */
  async change(partnerId: string, partner: KitPartner, by: string): Promise<void> {
    await this.#update(partnerId, { partner: JSON.stringify(partner) }, { by, action: 'kit.partner-changed' });
  }

  /** Sets the logo, or takes it away. @throws UnicaError `http.not-found` */
  async setLogo(partnerId: string, logo: CleanLogo | null, by: string): Promise<void> {
    const set =
      logo === null
        ? { logo_type: null, logo: null }
        : { logo_type: logo.mediaType, logo: Buffer.from(logo.bytes).toString('base64') };
    await this.#update(partnerId, set, { by, action: 'kit.logo-set' });
  }

  /** @throws UnicaError `http.not-found` */
  async remove(partnerId: string, by: string): Promise<void> {
    await this.#tell(by, 'kit.partner-removed', { partnerId, because: partnerId }, async (db) => {
      const { numDeletedRows } = await db
        .deleteFrom('kit_partners')
        .where('partner_id', '=', partnerId)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw new UnicaError('http.not-found', { what: 'partner' });
    });
  }

  /** One more, today. Nothing about who is taken or kept. */
  async count(counted: Counted): Promise<void> {
    const nowMs = this.#parts.clock();
    const index = Math.floor(nowMs / MINUTE_MS);
    if (index !== this.#minute.index) this.#minute = { index, counted: 0 };
    this.#minute.counted += 1;
    if (this.#minute.counted > MOST_COUNTED_A_MINUTE) return;
    await addUses(this.#parts.db, { ...counted, day: isoInstant(nowMs).slice(0, 10), count: 1 });
  }

  /** What people gave out by hand. @throws UnicaError `hub.kit-day-ahead` for a day that has not come */
  async handOut({ because, ...handed }: KitHandedOut, by: string): Promise<void> {
    const today = isoInstant(this.#parts.clock()).slice(0, 10);
    if (handed.day > today) throw new UnicaError('hub.kit-day-ahead', { day: handed.day });
    const { journal } = this.#parts;
    await journal.together(async (db: Transaction<HubTables>) => {
      await addUses(db, { ...handed, use: 'handed-out' });
      const { material, language, day, count } = handed;
      const subject = `${material}/${language}`;
      return {
        event: { actor: by, action: 'kit.handed-out', subject, because, facts: { day, count } },
        result: undefined,
      };
    });
  }

  /** Sums over all days by material and language, and over all materials by day. */
  async reach(): Promise<KitReach> {
    const rows = new Map<string, KitReach['rows'][number]>();
    const days = new Map<string, KitReach['days'][number]>();
    for (const { material, language, day, use, count } of await this.uses()) {
      const key = `${material}/${language}`;
      const row = rows.get(key) ?? { material, language, ...none() };
      row[use] += count;
      rows.set(key, row);
      const ofDay = days.get(day) ?? { day, ...none() };
      ofDay[use] += count;
      days.set(day, ofDay);
    }
    const place = (row: { readonly material: KitMaterial; readonly language: KitLanguage }) =>
      KIT_MATERIALS.indexOf(row.material) * KIT_LANGUAGES.length + KIT_LANGUAGES.indexOf(row.language);
    return {
      rows: [...rows.values()].sort((a, b) => place(a) - place(b)),
      days: [...days.values()].sort((a, b) => b.day.localeCompare(a.day)).slice(0, MOST_DAYS),
    };
  }

  /** Every counter, by day. */
  async uses(): Promise<readonly (Counted & { readonly day: string; readonly count: number })[]> {
    const rows = await this.#parts.db
      .selectFrom('kit_uses')
      .selectAll()
      .orderBy('day')
      .orderBy('material')
      .orderBy('language')
      .orderBy('use')
      .execute();
    return rows.flatMap((row) => {
      const material = KIT_MATERIALS.find((one) => one === row.material);
      const language = KIT_LANGUAGES.find((one) => one === row.language);
      const use = KIT_USES.find((one) => one === row.use);
      if (material === undefined || language === undefined || use === undefined) return [];
      return [{ material, language, use, day: row.day, count: Number(row.count) }];
    });
  }

  async #update(
    partnerId: string,
    set: Partial<Pick<HubTables['kit_partners'], 'partner' | 'logo' | 'logo_type'>>,
    { by, action }: { readonly by: string; readonly action: string },
  ): Promise<void> {
    await this.#tell(by, action, { partnerId, because: partnerId }, async (db) => {
      const { numUpdatedRows } = await db
        .updateTable('kit_partners')
        .set({ ...set, changed_at_ms: this.#parts.clock() })
        .where('partner_id', '=', partnerId)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new UnicaError('http.not-found', { what: 'partner' });
    });
  }

  async #tell(
    by: string,
    action: string,
    { partnerId, because }: { readonly partnerId: string; readonly because: string },
    write: (db: Transaction<HubTables>) => Promise<void>,
  ): Promise<void> {
    await this.#parts.journal.together(async (db: Transaction<HubTables>) => {
      await write(db);
      return { event: { actor: by, action, subject: partnerId, because, facts: {} }, result: undefined };
    });
  }
}

async function addUses(db: Kysely<HubTables>, added: HubTables['kit_uses']): Promise<void> {
  await db
    .insertInto('kit_uses')
    .values(added)
    .onConflict((conflict) =>
      conflict
        .columns(['material', 'language', 'day', 'use'])
        .doUpdateSet({ count: sql<number>`kit_uses.count + excluded.count` }),
    )
    .execute();
}
