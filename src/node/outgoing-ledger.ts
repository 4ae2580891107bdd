import type { Kysely } from 'kysely';
import { type Clock, sha256Hex } from '#base';
import type { NodeTables } from './tables.ts';

/** What a request to the hub is for, in the words the portal translates. */
export type OutgoingKind =
  | 'enrol'
  | 'poll'
  | 'receipt-count'
  | 'receipt-decision'
  | 'receipt-round'
  | 'receipt-other'
  | 'update'
  | 'weights-asked'
  | 'update-asked'
  | 'renew'
  | 'dataset'
  | 'checkpoint';

/** One request about to leave. */
export interface Outgoing {
  readonly kind: OutgoingKind;
  readonly method: string;
  readonly path: string;
  readonly body: Uint8Array;
  readonly jobId: string | null;
}

/** The node's list of everything that left it: written before a request is sent, so that nothing leaves unlisted. */
export class OutgoingLedger {
  readonly #db: Kysely<NodeTables>;
  readonly #clock: Clock;
  #next: Promise<number>;

  constructor(db: Kysely<NodeTables>, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
    this.#next = db
      .selectFrom('outgoing')
      .select((select) => select.fn.max('sequence').as('last'))
      .executeTakeFirst()
      .then((row) => Number(row?.last ?? 0) + 1);
  }

  /** Lists a request; resolves once it is on disk. */
  async record(outgoing: Outgoing): Promise<void> {
    const sequence = this.#next;
    this.#next = sequence.then((number) => number + 1);
    await this.#db
      .insertInto('outgoing')
      .values({
        sequence: await sequence,
        at_ms: this.#clock(),
        kind: outgoing.kind,
        method: outgoing.method,
        path: outgoing.path,
        bytes: outgoing.body.length,
        body_sha256: sha256Hex(outgoing.body),
        job_id: outgoing.jobId,
      })
      .execute();
  }

  /** The newest rows first. */
  async list(page: { readonly limit: number; readonly before?: number | undefined }) {
    let query = this.#db.selectFrom('outgoing').selectAll().orderBy('sequence', 'desc').limit(page.limit);
    if (page.before !== undefined) query = query.where('sequence', '<', page.before);
    return await query.execute();
  }

  /** Requests and body bytes by kind. */
  async totals(): Promise<readonly { readonly kind: string; readonly requests: number; readonly bytes: number }[]> {
    const rows = await this.#db
      .selectFrom('outgoing')
      .select((select) => ['kind', select.fn.countAll().as('requests'), select.fn.sum('bytes').as('bytes')])
      .groupBy('kind')
      .orderBy('kind')
      .execute();
    return rows.map((row) => ({ kind: row.kind, requests: Number(row.requests), bytes: Number(row.bytes ?? 0) }));
  }
}
