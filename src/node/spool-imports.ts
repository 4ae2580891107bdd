import { asUnicaError, type Log } from '#base';
import type { ImportView } from '#wire';
import type { Importer } from './importer.ts';
import type { IncomingSpool, Waiting } from './incoming-spool.ts';

/** When waiting objects become an import. */
export interface ImportPace {
  /** As soon as so many wait; no import is larger. */
  readonly batchFiles: number;
  /** After so long without a further arrival. */
  readonly silenceMs: number;
  /** At the latest so long after the first arrival. */
  readonly patienceMs: number;
  /** After an import that failed; twice as long after each further one, up to `retryMsAtMost`. */
  readonly retryMs: number;
  readonly retryMsAtMost: number;
}

const PACE: ImportPace = {
  batchFiles: 500,
  silenceMs: 2000,
  patienceMs: 15_000,
  retryMs: 10_000,
  retryMsAtMost: 600_000,
};

/** Imports of single files that fail one after the other before the trouble is taken to be everybody's. */
const LONE_FAILURES_AT_MOST = 3;

/**
 * Makes imports of what arrives in a spool, one at a time, each of objects of one sender. A file leaves the spool once what
 * became of it is on the disk; when an import fails its files stay and are tried again, in smaller and smaller imports, so
 * that one file cannot hold up the others.
 */
export class SpoolImports {
  readonly #spool: IncomingSpool;
  readonly #importer: Pick<Importer, 'run'>;
  readonly #log: Log;
  readonly #pace: ImportPace;
  readonly #onImported: (view: ImportView) => void;
  readonly #beforeImport: (paths: readonly string[]) => Promise<void>;
  readonly #ending = new AbortController();
  readonly #failures = new Map<string, number>();
  #round: Promise<void> | undefined;
  #silence: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #batchFiles: number;

  constructor(parts: {
    readonly spool: IncomingSpool;
    readonly importer: Pick<Importer, 'run'>;
    readonly log: Log;
    readonly pace?: Partial<ImportPace> | undefined;
    /** Called with each import that ended. */
    readonly onImported?: (view: ImportView) => void;
    /** Sees the files as they came before they are imported, and again when that is tried again; what it throws puts the import off. */
    readonly beforeImport?: ((paths: readonly string[]) => Promise<void>) | undefined;
  }) {
    this.#spool = parts.spool;
    this.#importer = parts.importer;
    this.#log = parts.log;
    this.#pace = { ...PACE, ...parts.pace };
    this.#onImported = parts.onImported ?? (() => {});
    this.#beforeImport = parts.beforeImport ?? (async () => {});
    this.#retryMs = this.#pace.retryMs;
    this.#batchFiles = this.#pace.batchFiles;
    this.#spool.onArrival = () => this.#arrived();
    // What an earlier process left has waited long enough.
    if (this.#spool.waitingFiles > 0) void this.importAll();
  }

  /** Imports what waits, without waiting for more; resolves when that was tried. */
  async importAll(): Promise<void> {
    while (this.#round !== undefined) await this.#round;
    await this.#begin();
  }

  /** Stops; what is not imported waits for the next start. */
  async close(): Promise<void> {
    this.#ending.abort();
    this.#forgetTimers();
    clearTimeout(this.#retry);
    await this.#round;
  }

  #arrived(): void {
    // During a round and while a failure is waited out, whatever comes is looked at afterwards.
    if (this.#ending.signal.aborted || this.#round !== undefined || this.#retry !== undefined) return;
    if (this.#spool.waitingFiles >= this.#pace.batchFiles) {
      void this.#begin();
      return;
    }
    const begin = () => void this.#begin();
    this.#patience ??= setTimeout(begin, this.#pace.patienceMs);
    if (this.#silence === undefined) this.#silence = setTimeout(begin, this.#pace.silenceMs);
    else this.#silence.refresh();
  }

  #forgetTimers(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#patience);
    this.#silence = undefined;
    this.#patience = undefined;
  }

  #begin(): Promise<void> {
    if (this.#ending.signal.aborted) return Promise.resolve();
    this.#round ??= this.#importWaiting().then((isDone) => this.#ended(isDone));
    return this.#round;
  }

  #ended(isDone: boolean): void {
    this.#round = undefined;
    if (this.#ending.signal.aborted) return;
    if (isDone) {
      this.#retryMs = this.#pace.retryMs;
      if (this.#spool.waitingFiles > 0) this.#arrived();
      return;
    }
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#begin();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#pace.retryMsAtMost, this.#retryMs * 2);
  }

  /** True when every import of what waited at the start ended well. */
  async #importWaiting(): Promise<boolean> {
    this.#forgetTimers();
    clearTimeout(this.#retry);
    this.#retry = undefined;
    let failed = 0;
    for (const files of this.#bySender()) {
      for (let next = 0; next < files.length; ) {
        if (this.#ending.signal.aborted) return false;
        const batch = files.slice(next, next + this.#batchFiles);
        next += batch.length;
        if (await this.#import(batch)) {
          this.#batchFiles = Math.min(this.#pace.batchFiles, this.#batchFiles * 2);
          continue;
        }
        failed += 1;
        this.#batchFiles = Math.max(1, Math.floor(batch.length / 2));
        if (batch.length > 1 || failed >= LONE_FAILURES_AT_MOST) return false;
      }
    }
    return failed === 0;
  }

  /** Those that were in the way before come last. */
  #bySender(): readonly (readonly Waiting[])[] {
    const failures = ({ name }: Waiting) => this.#failures.get(name) ?? 0;
    const senders = new Map<string, Waiting[]>();
    for (const waiting of [...this.#spool.waiting].sort((a, b) => failures(a) - failures(b))) {
      const files = senders.get(waiting.aeTitle) ?? [];
      senders.set(waiting.aeTitle, files);
      files.push(waiting);
    }
    return [...senders.values()];
  }

  async #import(batch: readonly Waiting[]): Promise<boolean> {
    const [first] = batch;
    if (first === undefined) return true;
    try {
      const paths = await this.#spool.unpack(batch.map(({ name }) => name));
      await this.#beforeImport(paths);
      const view = await this.#importer.run(
        {
          paths,
          clinicalPath: undefined,
          source: `DICOM from ${first.aeTitle}`,
          actor: `dicom:${first.aeTitle}`,
          onOutcome: ({ file, kind }) => this.#settled(file.name, kind === 'rejected' ? 'rejected' : 'taken'),
        },
        undefined,
        this.#ending.signal,
      );
      this.#onImported(view);
      if (view.state === 'done') return true;
      if (!this.#ending.signal.aborted)
        this.#log.warn('node.received-not-imported', { importId: view.importId, files: batch.length });
    } catch (error) {
      this.#log.error('node.received-not-imported', { code: asUnicaError(error).code, files: batch.length }, error);
    }
    for (const { name } of batch) this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1);
    return false;
  }

  async #settled(name: string, outcome: 'taken' | 'rejected'): Promise<void> {
    this.#failures.delete(name);
    if (outcome === 'taken') await this.#spool.remove(name);
    else await this.#spool.setAside(name);
  }
}
