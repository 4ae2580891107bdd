import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { UnicaError, unpackError } from '#base';
import type { ThreadAnswer, ThreadOrder, ThreadSetup } from './training-messages.ts';

/** The threads of one training; whoever opened them closes them. */
export class TrainingThreads {
  readonly #threads: readonly Worker[];
  readonly #flags: Int32Array;

  private constructor(threads: readonly Worker[], flags: Int32Array) {
    this.#threads = threads;
    this.#flags = flags;
  }

  /** Starts the threads and waits until each has loaded its graph. */
  static async open(setup: ThreadSetup, count: number): Promise<TrainingThreads> {
    const address = new URL('./training-thread-main.js', import.meta.url);
    const threads = Array.from({ length: count }, () => new Worker(address, { workerData: setup, execArgv: [] }));
    const opened = new TrainingThreads(threads, new Int32Array(setup.shared.flags));
    try {
      await Promise.all(threads.map(answer));
    } catch (thrown) {
      await opened.#terminate();
      throw thrown;
    }
    return opened;
  }

  /** One piece of work that all threads share among themselves; done when all are. */
  async share(order: ThreadOrder): Promise<void> {
    Atomics.store(this.#flags, 0, 0);
    await Promise.all(
      this.#threads.map((thread) => {
        const answered = answer(thread);
        thread.postMessage(order);
        return answered;
      }),
    );
  }

  /** Lets each thread free its memory and end. */
  async close(): Promise<void> {
    // A thread that has ended already has the id −1 and would never answer.
    const running = this.#threads.filter(({ threadId }) => threadId !== -1);
    const ended = running.map((thread) => once(thread, 'exit'));
    for (const thread of running) thread.postMessage({ kind: 'close' } satisfies ThreadOrder);
    await Promise.all(ended);
  }

  async #terminate(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

/** The thread's next answer; its failure or its end becomes a rejection. */
function answer(thread: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      thread.off('message', onMessage).off('error', onError).off('exit', onExit);
      finish();
    };
    const onMessage = (message: ThreadAnswer): void =>
      settle(() => (message.kind === 'failed' ? reject(unpackError(message.error)) : resolve()));
    const onError = (error: Error): void => settle(() => reject(stopped(error)));
    const onExit = (): void => settle(() => reject(stopped(undefined)));
    thread.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

function stopped(cause: unknown): UnicaError {
  return new UnicaError('engine.trainer-stopped', { how: 'a training thread ended' }, { cause });
}
