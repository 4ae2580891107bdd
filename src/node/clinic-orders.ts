import type { Kysely } from 'kysely';
import { type Clock, hmacSha256, toHex } from '#base';
import type { ClinicTables } from './clinic-tables.ts';

/** Orders are forgotten after so long. */
const KEPT_MS = 14 * 86_400_000;

/** What was ordered: which examination is to be scored, by the keyed digest of its accession number. */
export class ClinicOrders {
  readonly #db: Kysely<ClinicTables>;
  readonly #clock: Clock;
  readonly #secret: Uint8Array;

  constructor(parts: { readonly db: Kysely<ClinicTables>; readonly clock: Clock; readonly secret: Uint8Array }) {
    this.#db = parts.db;
    this.#clock = parts.clock;
    this.#secret = parts.secret;
  }

  /** What stands for an accession number here; null for none. */
  digestOf(accessionNumber: string | undefined): string | null {
    const number = accessionNumber?.trim() ?? '';
    return number === '' ? null : toHex(hmacSha256(this.#secret, `accession\n${number}`));
  }

  /** Writes an order down; of the same examination the newest holds. @param models null: whatever is enabled */
  async take(
    accessionNumber: string,
    models: readonly string[] | null,
    source: 'portal' | 'worklist',
  ): Promise<'taken' | 'known'> {
    const accession = this.digestOf(accessionNumber);
    if (accession === null) return 'known';
    const values = { models: models === null ? null : JSON.stringify(models), source, at_ms: this.#clock() };
    const known = await this.find(accession);
    // A worklist is asked again and again, and says less than a person does.
    if (known !== undefined && source === 'worklist') return 'known';
    await this.#db
      .insertInto('clinic_orders')
      .values({ accession, ...values })
      .onConflict((conflict) => conflict.column('accession').doUpdateSet(values))
      .execute();
    return known === undefined ? 'taken' : 'known';
  }

  /** @param accession digest */
  async find(accession: string): Promise<{ readonly models: readonly string[] | null } | undefined> {
    const row = await this.#db
      .selectFrom('clinic_orders')
      .select('models')
      .where('accession', '=', accession)
      .executeTakeFirst();
    return row === undefined
      ? undefined
      : { models: row.models === null ? null : (JSON.parse(row.models) as readonly string[]) };
  }

  async forgetOld(): Promise<void> {
    await this.#db
      .deleteFrom('clinic_orders')
      .where('at_ms', '<', this.#clock() - KEPT_MS)
      .execute();
  }

  async count(): Promise<number> {
    const row = await this.#db
      .selectFrom('clinic_orders')
      .select((select) => select.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return Number(row.count);
  }
}
