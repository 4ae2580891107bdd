import { type ChildProcess, fork } from 'node:child_process';
import { UnicaError, unpackError } from '#base';
import type { ScoredResult, ScoringOrder, ScoringReply, ScoringRequest } from './scoring-messages.ts';

/** How a scorer works. */
export interface ScorerSettings {
  /** Processes, each of which reads one study at a time on one core; 1 to 16. */
  readonly processes: number;
  /** A study that takes longer is given up, and its process with it; two minutes when absent. */
  readonly limitMs?: number;
  /** A process that has nothing to do for so long ends; the next study starts one. Ten minutes when absent. */
  readonly idleMs?: number;
  /** Studies that may wait for a process; more are refused. 1,000 when absent. */
  readonly mostWaiting?: number;
}

/** The results of a study, and what they cost. */
export interface StudyScores {
  readonly results: readonly ScoredResult[];
  /** Of the scoring process, reading the files and writing the objects included. */
  readonly processorMs: number;
}

interface Piece {
  readonly request: ScoringRequest;
  readonly resolve: (scores: StudyScores) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

const LIMIT_MS = 120_000;
const IDLE_MS = 600_000;
const MOST_WAITING = 1000;

/**
 * Scores studies in processes of their own that keep their models loaded, so that neither a hostile film nor the load reaches
 * the service. Studies wait in the order in which they came. Whoever made it closes it.
 */
export class StudyScorer {
  readonly #settings: Required<ScorerSettings>;
  readonly #waiting: Piece[] = [];
  readonly #children = new Set<ScoringChild>();
  #number = 0;
  #closed = false;

  constructor(settings: ScorerSettings) {
    this.#settings = { limitMs: LIMIT_MS, idleMs: IDLE_MS, mostWaiting: MOST_WAITING, ...settings };
  }

  /** Studies that wait and that are being read. */
  get pending(): number {
    return this.#waiting.length + [...this.#children].filter(({ isBusy }) => isBusy).length;
  }

  /**
   * The results of a study, never a number without what speaks against it: a film that cannot be read is a refusal with its
   * reason in its result.
   * @throws UnicaError `clinic.model-changed`, `clinic.too-many-films`, `clinic.film-unreadable`, `clinic.mixed-study`,
   * `clinic.scorer-stopped`, `clinic.scorer-full`, those of a model's folder; the reason of `signal`
   */
  async score(order: ScoringOrder, signal?: AbortSignal): Promise<StudyScores> {
    signal?.throwIfAborted();
    if (this.#closed) throw new UnicaError('clinic.scorer-stopped', { how: 'the node is ending' });
    if (this.#waiting.length >= this.#settings.mostWaiting)
      throw new UnicaError('clinic.scorer-full', { most: this.#settings.mostWaiting });
    this.#number += 1;
    const request = { ...order, number: this.#number };
    return await new Promise<StudyScores>((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject, signal });
      this.#go();
    });
  }

  /** Ends the processes; what is being scored fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#waiting.splice(0))
      reject(new UnicaError('clinic.scorer-stopped', { how: 'the node is ending' }));
    await Promise.all([...this.#children].map((child) => child.end()));
  }

  #go(): void {
    for (;;) {
      const free = [...this.#children].find(({ isFree }) => isFree);
      if (free === undefined && this.#children.size >= this.#settings.processes) return;
      const piece = this.#waiting.shift();
      if (piece === undefined) return;
      if (piece.signal?.aborted === true) {
        piece.reject(piece.signal.reason);
        continue;
      }
      const child = free ?? this.#start();
      void child.do(piece).finally(() => this.#go());
    }
  }

  #start(): ScoringChild {
    const child = new ScoringChild(this.#settings, () => this.#children.delete(child));
    this.#children.add(child);
    return child;
  }
}

/** One process, and the one study that it reads. */
class ScoringChild {
  readonly #process: ChildProcess;
  readonly #settings: Required<ScorerSettings>;
  readonly #exited: Promise<void>;
  #idle: NodeJS.Timeout | undefined;
  isBusy = false;

  /** False also for one that was ended and is not gone yet. */
  get isFree(): boolean {
    return !this.isBusy && this.#process.connected && !this.#process.killed;
  }

  constructor(settings: Required<ScorerSettings>, onExit: () => void) {
    this.#settings = settings;
    this.#process = fork(new URL('./scorer-main.js', import.meta.url), {
      serialization: 'advanced',
      execArgv: [],
      // No secret of the service belongs in there.
      env: {},
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#exited = new Promise((resolve) => {
      const gone = () => {
        clearTimeout(this.#idle);
        onExit();
        resolve();
      };
      this.#process.once('exit', gone);
      // A process that could not be started never exits.
      this.#process.once('error', () => {
        if (this.#process.pid === undefined) gone();
      });
    });
  }

  /** Settles the piece; never throws. */
  async do({ request, resolve, reject, signal }: Piece): Promise<void> {
    this.isBusy = true;
    clearTimeout(this.#idle);
    this.#process.ref();
    this.#process.channel?.ref();
    try {
      resolve(await this.#answer(request, signal));
    } catch (error) {
      reject(error);
    } finally {
      this.isBusy = false;
      this.#process.unref();
      this.#process.channel?.unref();
      this.#idle = setTimeout(() => void this.end(), this.#settings.idleMs).unref();
    }
  }

  async end(): Promise<void> {
    clearTimeout(this.#idle);
    this.#process.ref();
    this.#process.kill('SIGKILL');
    if (this.#process.pid !== undefined) await this.#exited;
  }

  async #answer(request: ScoringRequest, signal: AbortSignal | undefined): Promise<StudyScores> {
    const { limitMs } = this.#settings;
    let late = false;
    const kill = () => void this.#process.kill('SIGKILL');
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, limitMs);
    signal?.addEventListener('abort', kill, { once: true });
    try {
      return await new Promise<StudyScores>((resolve, reject) => {
        const onMessage = (reply: ScoringReply) => {
          if (reply.number !== request.number) return;
          off();
          if (reply.kind === 'failed') reject(unpackError(reply.error));
          else resolve({ results: reply.results, processorMs: reply.processorMs });
        };
        const onExit = (code: number | null, killedBy: NodeJS.Signals | null) => {
          off();
          if (signal?.aborted === true) return reject(signal.reason);
          const how = late ? `no answer within ${limitMs / 1000} s` : (killedBy ?? `exit code ${code}`);
          reject(new UnicaError('clinic.scorer-stopped', { how: String(how) }));
        };
        const onError = (cause: Error) => {
          off();
          kill();
          reject(new UnicaError('clinic.scorer-stopped', { how: 'it could not be reached' }, { cause }));
        };
        const off = () => this.#process.off('message', onMessage).off('exit', onExit).off('error', onError);
        this.#process.on('message', onMessage).once('exit', onExit).once('error', onError);
        if (this.#process.exitCode !== null || this.#process.signalCode !== null) return onExit(null, 'SIGKILL');
        this.#process.send(request);
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    }
  }
}
