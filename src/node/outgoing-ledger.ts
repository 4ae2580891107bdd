import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import { type Clock, utf8 } from '#base';
import { contentDigest, type Database } from '#store';
import type { OutgoingFilter } from '#wire';
import type { NodeTables } from './tables.ts';

/** What a request to the hub is for, in the words the portal translates. */
export type OutgoingKind =
  | 'enrol'
  | 'key'
  | 'poll'
  | 'receipt-count'
  | 'receipt-decision'
  | 'receipt-round'
  | 'receipt-evaluation'
  | 'receipt-sum'
  | 'receipt-watch'
  | 'receipt-other'
  | 'update'
  | 'masked-update'
  | 'local-model'
  | 'weights-asked'
  | 'update-asked'
  | 'renew'
  | 'dataset'
  | 'checkpoint'
  | 'flower-contact'
  | 'flower-answer';

/** One request about to leave. */
export interface Outgoing {
  readonly kind: OutgoingKind;
  readonly method: string;
  readonly path: string;
  /** Or what is known of it, where it is sent as it is read. */
  readonly body: Uint8Array | { readonly sizeBytes: number; readonly sha256: string };
  readonly jobId: string | null;
}

/** The node's list of everything that left it: written before a request is sent, so that nothing leaves unlisted. */
export class OutgoingLedger {
  readonly #db: Kysely<NodeTables>;
  readonly #settled: () => Promise<void>;
  readonly #clock: Clock;

  constructor({ gathered, settled }: Pick<Database<NodeTables>, 'gathered' | 'settled'>, clock: Clock) {
    this.#db = gathered.kysely;
    this.#settled = settled;
    this.#clock = clock;
  }

  /** Lists a request; resolves once it is on disk, and with it all that was written before. */
  async record(outgoing: Outgoing): Promise<void> {
    const { body } = outgoing;
    const { sizeBytes, sha256 } =
      body instanceof Uint8Array ? { sizeBytes: body.length, sha256: contentDigest(body) } : body;
    await this.#db
      .insertInto('outgoing')
      .values((insert) => ({
        // Numbered in the statement itself: a command such as `unica node rotate-key` lists beside the running service.
        sequence: insert.selectFrom('outgoing').select(sql<number>`coalesce(max(sequence), 0) + 1`.as('next')),
        at_ms: this.#clock(),
        kind: outgoing.kind,
        method: outgoing.method,
        path: outgoing.path,
        bytes: sizeBytes,
        body_sha256: sha256,
        job_id: outgoing.jobId,
      }))
      .execute();
    await this.#settled();
  }

  /** The newest rows first. */
  async list(page: { readonly limit: number; readonly before?: number | undefined; readonly filter?: OutgoingFilter }) {
    let query = fitting(this.#db.selectFrom('outgoing'), page.filter ?? {})
      .selectAll()
      .orderBy('sequence', 'desc')
      .limit(page.limit);
    if (page.before !== undefined) query = query.where('sequence', '<', page.before);
    return await query.execute();
  }

  /** Requests and body bytes by kind, of the rows that fit. */
  async totals(
    filter: OutgoingFilter = {},
  ): Promise<readonly { readonly kind: string; readonly requests: number; readonly bytes: number }[]> {
    const rows = await fitting(this.#db.selectFrom('outgoing'), filter)
      .select((select) => ['kind', select.fn.countAll().as('requests'), select.fn.sum('bytes').as('bytes')])
      .groupBy('kind')
      .orderBy('kind')
      .execute();
    return rows.map((row) => ({ kind: row.kind, requests: Number(row.requests), bytes: Number(row.bytes ?? 0) }));
  }

  /** The jobs that anything left for, newest first, at most 200. */
  async jobs(): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom('outgoing')
      .select((select) => ['job_id', select.fn.max('sequence').as('last')])
      .where('job_id', 'is not', null)
      .groupBy('job_id')
      .orderBy('last', 'desc')
      .limit(200)
      .execute();
    return rows.flatMap((row) => row.job_id ?? []);
  }

  /** All rows that fit as a table for spreadsheets (RFC 4180, UTF-8), oldest first, a stretch at a time. */
  async *csv(filter: OutgoingFilter): AsyncIterable<Uint8Array> {
    yield utf8('\uFEFFnumber,time,kind,method,path,bytes,sha256,job\r\n');
    for (let last = 0; ; ) {
      const rows = await fitting(this.#db.selectFrom('outgoing'), filter)
        .selectAll()
        .where('sequence', '>', last)
        .orderBy('sequence')
        .limit(CSV_STRETCH)
        .execute();
      if (rows.length === 0) return;
      last = rows.at(-1)?.sequence ?? last;
      const lines = rows.map((row) =>
        [
          String(row.sequence),
          new Date(row.at_ms).toISOString(),
          row.kind,
          row.method,
          row.path,
          String(row.bytes),
          row.body_sha256,
          row.job_id ?? '',
        ]
          .map(csvCell)
          .join(','),
      );
      yield utf8(`${lines.join('\r\n')}\r\n`);
    }
  }
}

const CSV_STRETCH = 1000;

/** A cell that a spreadsheet would run as a formula gets an apostrophe before it; what needs quotes gets them. */
export function csvCell(text: string): string {
  const tame = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame;
}

/** The rows of a query that fit a filter. */
function fitting(query: SelectQueryBuilder<NodeTables, 'outgoing', object>, filter: OutgoingFilter) {
  let fits = query;
  if (filter.kind !== undefined) fits = fits.where('kind', '=', filter.kind);
  if (filter.jobId !== undefined) fits = fits.where('job_id', '=', filter.jobId);
  if (filter.fromMs !== undefined) fits = fits.where('at_ms', '>=', filter.fromMs);
  if (filter.toMs !== undefined) fits = fits.where('at_ms', '<', filter.toMs);
  return fits;
}
