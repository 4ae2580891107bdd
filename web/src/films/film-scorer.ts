import type { ChestReading } from '#films';
import type { ClinicModelFile } from '#wire';
import { ProblemError, problemOf } from '../api/problem.ts';
import type { NetworkAnswer, NetworkWish } from './network-messages.ts';

/** How far a film has come. */
export type ScoringStep = 'fetching' | 'scoring';

/** A score that was made in this browser, and how long the worker took for it. */
export interface BrowserReading {
  readonly reading: ChestReading;
  readonly tookMs: number;
}

/** The worker could not do it; `code` of the product's table of errors where it is one of them. */
export class ScoringFailed extends Error {
  readonly code: string | null;

  constructor(code: string | null) {
    super(code ?? 'the worker failed');
    this.name = 'ScoringFailed';
    this.code = code;
  }
}

type WithoutId<T> = T extends unknown ? Omit<T, 'wishId'> : never;

/** Scores chest films in a worker of this browser: the model is fetched, the film stays. Whoever makes one closes it. */
export class FilmScorer {
  readonly #model: string;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, { take(answer: NetworkAnswer): void; fail(error: Error): void }>();
  #opened: Promise<unknown> | undefined;
  #wishes = 0;
  #isClosed = false;

  constructor(model: string) {
    this.#model = model;
  }

  /** @throws ProblemError when the model cannot be fetched, ScoringFailed */
  async read(file: Blob, onStep: (step: ScoringStep) => void): Promise<BrowserReading> {
    onStep('fetching');
    this.#opened ??= this.#open();
    await this.#opened.catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    onStep('scoring');
    const bytes = await file.arrayBuffer();
    const answer = await this.#ask({ kind: 'read', file: bytes }, [bytes]);
    if (answer.kind !== 'read') throw new ScoringFailed(null);
    return answer;
  }

  /** Ends the worker, whatever it is doing; what waits for it fails. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #begin(): Worker {
    const worker = new Worker(new URL('./network-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<NetworkAnswer>) => {
      this.#waiting.get(data.wishId)?.take(data);
      this.#waiting.delete(data.wishId);
    });
    // One that could not be loaded, or fell, answers nobody any more: the next film begins with another.
    worker.addEventListener('error', () => {
      if (worker === this.#worker) this.#end();
    });
    return worker;
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#opened = undefined;
    for (const { fail } of this.#waiting.values()) fail(new ScoringFailed(null));
    this.#waiting.clear();
  }

  async #open(): Promise<void> {
    const [onnx, contract, gate] = await Promise.all([
      this.#fetched('model.onnx'),
      this.#fetched('preprocessing.json'),
      this.#fetched('gate.json'),
    ]);
    const parts = { 'preprocessing.json': new Uint8Array(contract), 'gate.json': new Uint8Array(gate) };
    await this.#ask({ kind: 'open', network: { onnx, parts } }, [onnx]);
  }

  async #fetched(file: ClinicModelFile): Promise<ArrayBuffer> {
    const path = `/api/clinic/models/${this.#model}/files/${file}`;
    const response = await fetch(path, { credentials: 'same-origin' }).catch(() => {
      throw new ProblemError(0, 'unreachable');
    });
    if (!response.ok) throw await problemOf(response);
    return await response.arrayBuffer();
  }

  async #ask(wish: WithoutId<NetworkWish>, transfer: Transferable[]): Promise<NetworkAnswer> {
    if (this.#isClosed) throw new ScoringFailed(null);
    this.#worker ??= this.#begin();
    const worker = this.#worker;
    this.#wishes += 1;
    const wishId = this.#wishes;
    const answer = await new Promise<NetworkAnswer>((take, fail) => {
      this.#waiting.set(wishId, { take, fail });
      worker.postMessage({ wishId, ...wish }, transfer);
    });
    if (answer.kind === 'failed') throw new ScoringFailed(answer.code);
    return answer;
  }
}
