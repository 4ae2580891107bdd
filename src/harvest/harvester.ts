import { asUnicaError, type Clock, type Log } from '#base';
import type { Database } from '#store';
import { type DocumentLimits, openFetcher } from './fetch-document.ts';
import { guardedLookup, privateHostsFor } from './harvest-address.ts';
import type { HarvestTables } from './harvest-tables.ts';
import { claimDue, letGo, type VisitLimits, type VisitParts, type VisitReport, visitSource } from './visit-source.ts';

/** How much of a catalogue is read: some thousand records, and not more than ten minutes. */
export const HARVEST_LIMITS: VisitLimits & { readonly document: DocumentLimits } = {
  document: { bytes: 4 * 1024 * 1024, redirects: 5, timeoutMs: 20_000 },
  documents: 4000,
  bytes: 64 * 1024 * 1024,
  records: 1000,
  statements: 3000,
  things: 500,
  depth: 4,
  distributions: 20,
  visitMs: 600_000,
  pauseMs: 100,
};

/** Reads the catalogues that are due, one after another. */
export class Harvester {
  readonly #parts: VisitParts;
  readonly #onVisited: (report: VisitReport) => Promise<void>;
  readonly #log: Log;
  readonly #ending = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: {
    readonly database: Database<HarvestTables>;
    readonly clock: Clock;
    readonly log: Log;
    readonly allowedHosts: ReadonlySet<string>;
    readonly agentName: string;
    /** Told after each visit. */
    readonly onVisited: (report: VisitReport) => Promise<void>;
    readonly limits?: Partial<typeof HARVEST_LIMITS>;
  }) {
    const limits = { ...HARVEST_LIMITS, ...options.limits };
    const { allowedHosts, agentName } = options;
    this.#parts = {
      database: options.database,
      clock: options.clock,
      limits,
      openFetcherFor(address) {
        const hosts = privateHostsFor(address, allowedHosts);
        return openFetcher({ allowedHosts: hosts, lookup: guardedLookup(hosts), limits: limits.document, agentName });
      },
    };
    this.#onVisited = options.onVisited;
    this.#log = options.log;
  }

  /** Begins with what is due, unless it is at work already; resolves at once. */
  begin(): void {
    if (this.#running !== undefined || this.#ending.signal.aborted) return;
    this.#running = this.visitDue()
      .then(() => {})
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) this.#log.warn('harvest.failed', { code: asUnicaError(error).code });
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Reads everything that is due now, or one catalogue of it. */
  async visitDue(only?: string): Promise<readonly VisitReport[]> {
    const reports: VisitReport[] = [];
    for (;;) {
      const sourceId = await claimDue(this.#parts, only);
      if (sourceId === undefined) return reports;
      const report = await visitSource(sourceId, this.#parts, this.#ending.signal).catch(async (thrown: unknown) => {
        // Removed while it was read: there is nothing to tell.
        if (asUnicaError(thrown).code === 'http.not-found') return undefined;
        await letGo(sourceId, this.#parts, this.#ending.signal.aborted).catch(() => {});
        throw thrown;
      });
      if (report === undefined) continue;
      reports.push(report);
      await this.#onVisited(report);
    }
  }

  /** Stops in the middle; what was read is kept, and the catalogue is read again once its claim ends. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}
