import type { ChildProcess } from 'node:child_process';
import { UnicaError, unpackError } from '#base';
import { forkTrainer, runTrainer, type TrainerListeners } from './trainer.ts';
import type { TrainerMessage, TrainerProgress, TrainerRequest, TrainerResults } from './trainer-messages.ts';

/** A process that waits longer for the next piece of work is ended: a node trains for minutes a day. */
const IDLE_MS = 30_000;
/** What ONNX Runtime may not have given back is given back by a new process. */
const MOST_RUNS = 400;

/**
 * As `runTrainer`, but the process is kept for the next piece of work: starting one takes longer than a round of a small
 * model. It ends when idle, when stopped, with its parent and with {@link close}. Work that comes while it works gets a
 * process of its own.
 */
export class WarmTrainer {
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #runs = 0;
  #busy = false;
  #closed = false;

  /** @throws as `runTrainer`. */
  async run<Request extends TrainerRequest>(
    request: Request,
    listeners: TrainerListeners = {},
  ): Promise<TrainerResults[Request['kind']]> {
    listeners.signal?.throwIfAborted();
    if (this.#busy || this.#closed) return await runTrainer(request, listeners);
    this.#busy = true;
    clearTimeout(this.#idle);
    try {
      const child = this.#warm();
      child.ref();
      child.channel?.ref();
      return await answer<Request['kind']>(child, request, listeners);
    } finally {
      this.#busy = false;
      this.#rest();
    }
  }

  /** Ends the process. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  #warm(): ChildProcess {
    if (this.#child !== undefined && this.#runs < MOST_RUNS) {
      this.#runs += 1;
      return this.#child;
    }
    this.#end();
    const child = forkTrainer();
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    this.#runs = 1;
    return child;
  }

  #rest(): void {
    if (this.#closed || this.#child === undefined) {
      this.#end();
      return;
    }
    this.#child.unref();
    this.#child.channel?.unref();
    this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
  }

  #end(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

function answer<Kind extends keyof TrainerResults>(
  child: ChildProcess,
  request: TrainerRequest,
  { signal, onProgress }: TrainerListeners,
): Promise<TrainerResults[Kind]> {
  return new Promise<TrainerResults[Kind]>((resolve, reject) => {
    let failure: unknown;
    let refused: { readonly reason: unknown } | undefined;
    const settle = (end: () => void): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
      signal?.removeEventListener('abort', stop);
      end();
    };
    const told = (progress: TrainerProgress): void => {
      try {
        onProgress?.(progress);
      } catch (reason) {
        refused = { reason };
        child.kill('SIGKILL');
      }
    };
    const onMessage = (message: TrainerMessage): void => {
      if (refused !== undefined) return;
      if (message.kind === 'progress') told(message.progress);
      else if (message.kind === 'result') settle(() => resolve(message.result as TrainerResults[Kind]));
      else settle(() => reject(unpackError(message.error)));
    };
    const onExit = (code: number | null, killedBy: NodeJS.Signals | null): void => {
      const how = killedBy ? `signal ${killedBy}` : `exit code ${code}`;
      settle(() => {
        if (refused) reject(refused.reason);
        else if (signal?.aborted) reject(signal.reason);
        else reject(new UnicaError('engine.trainer-stopped', { how }, { cause: failure }));
      });
    };
    const onError = (error: Error): void => {
      failure = error;
      child.kill('SIGKILL');
      if (child.pid !== undefined) return;
      settle(() =>
        reject(new UnicaError('engine.trainer-stopped', { how: 'it could not be started' }, { cause: error })),
      );
    };
    const stop = (): void => {
      child.kill('SIGKILL');
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
    child.on('error', onError);
    signal?.addEventListener('abort', stop, { once: true });
    child.send(request);
  });
}
