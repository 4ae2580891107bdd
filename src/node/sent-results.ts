import type { Kysely } from 'kysely';
import { type Clock, hmacSha256, toHex } from '#base';
import type { ResultDeliveryTables } from './result-delivery-tables.ts';

/** Which results each system has confirmed, by keyed digests: the hospital's own UIDs are not kept. */
export class SentResults {
  readonly #parts: {
    readonly db: Kysely<ResultDeliveryTables>;
    readonly secret: Uint8Array;
    readonly clock: Clock;
  };

  constructor(parts: {
    readonly db: Kysely<ResultDeliveryTables>;
    readonly secret: Uint8Array;
    readonly clock: Clock;
  }) {
    this.#parts = parts;
  }

  /** @param object SOP Instance UID, or what else names the object for good */
  async wasSent(object: string, destination: string): Promise<boolean> {
    const row = await this.#parts.db
      .selectFrom('result_deliveries')
      .select('sent_at_ms')
      .where('object', '=', this.#digestOf(object))
      .where('destination', '=', destination)
      .executeTakeFirst();
    return row !== undefined;
  }

  async writeDown(object: string, destination: string): Promise<void> {
    await this.#parts.db
      .insertInto('result_deliveries')
      .values({ object: this.#digestOf(object), destination, sent_at_ms: this.#parts.clock() })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  #digestOf(object: string): string {
    return toHex(hmacSha256(this.#parts.secret, `result delivery\n${object}`));
  }
}
