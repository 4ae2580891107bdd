import { Worker } from 'node:worker_threads';
import { asUnicaError, unpackError } from '#base';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';

/** Files that a thread is given at once. */
const TASKS_AT_ONCE = 8;

/** An object with a megabyte of metadata is a hundred thousand small things that live until it is written. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 64 } as const;

interface Waiting {
  readonly task: CleaningTask;
  readonly resolve: (result: CleaningResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Threads that clean files; started when there is work for them, ended by whoever opened them. */
export class CleaningThreads {
  readonly #setup: CleaningSetup;
  readonly #running = new Set<Promise<void>>();
  readonly #most: number;
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Waiting[] = [];

  constructor(setup: Omit<CleaningSetup, 'stop'>, most: number) {
    this.#setup = { ...setup, stop: new SharedArrayBuffer(4) };
    this.#most = most;
  }

  /** How many files to hand over before waiting for one: enough to keep every thread at work. */
  get capacity(): number {
    return 2 * TASKS_AT_ONCE * this.#most;
  }

  /** @throws whatever stopped the thread: a full disk, a mistake of ours */
  clean(task: CleaningTask): Promise<CleaningResult> {
    const result = new Promise<CleaningResult>((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
    });
    // In the next turn, so that files handed over together go together.
    setImmediate(() => this.#handOut());
    return result;
  }

  /** Lets each thread end the file it is at; what waits is dropped. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    Atomics.store(new Int32Array(this.#setup.stop), 0, 1);
    await Promise.all(this.#running);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }

  #handOut(): void {
    while (this.#waiting.length > 0) {
      const thread = this.#idle.pop() ?? this.#started();
      if (thread === undefined) return;
      // Few files are spread over the threads, many go by the dozen.
      const share = Math.ceil(this.#waiting.length / this.#most);
      const given = this.#give(thread, this.#waiting.splice(0, Math.min(TASKS_AT_ONCE, share)));
      this.#running.add(given);
      void given.then(() => this.#running.delete(given));
    }
  }

  #started(): Worker | undefined {
    if (this.#threads.length >= this.#most) return undefined;
    const address = new URL('./deidentify-thread-main.js', import.meta.url);
    const thread = new Worker(address, { workerData: this.#setup, execArgv: [], resourceLimits: THREAD_LIMITS });
    this.#threads.push(thread);
    return thread;
  }

  async #give(thread: Worker, given: readonly Waiting[]): Promise<void> {
    try {
      const answered = answerOf(thread);
      thread.postMessage(
        given.map(({ task }) => task),
        given.flatMap(({ task }) =>
          'bytes' in task && task.bytes.buffer instanceof ArrayBuffer ? [task.bytes.buffer] : [],
        ),
      );
      const answer = await answered;
      if ('failure' in answer) throw unpackError(answer.failure);
      given.forEach(({ resolve }, index) => {
        const result = answer.results[index];
        if (result) resolve(result);
      });
      this.#idle.push(thread);
      this.#handOut();
    } catch (error) {
      for (const { reject } of given) reject(error);
    }
  }
}

/** The thread's next answer; its end becomes a rejection. */
function answerOf(thread: Worker): Promise<CleaningAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      thread.off('message', onMessage).off('error', onEnd).off('exit', onEnd);
    };
    const onMessage = (answer: CleaningAnswer): void => {
      settle();
      resolve(answer);
    };
    const onEnd = (cause: unknown): void => {
      settle();
      reject(asUnicaError(cause instanceof Error ? cause : new Error(`a cleaning thread ended: ${cause}`)));
    };
    thread.on('message', onMessage).on('error', onEnd).on('exit', onEnd);
  });
}
