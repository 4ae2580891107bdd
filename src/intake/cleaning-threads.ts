import { Worker } from 'node:worker_threads';
import { asUnicaError, unpackError } from '#base';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';

/** Files that a thread is given at once: at first few, to learn how long they take. */
const TASKS_AT_FIRST = 2;
const TASKS_AT_ONCE = 16;
/** Files that take longer than this together are not given at once. */
const AT_ONCE_MS = 50;

/** Processor time of a thread's start and of compiling its code, in ms: one for fewer files than that would be no gain. */
const START_MS = 400;
/** A thread that has cleaned for less takes far longer for a file than it will: its code is not compiled yet. */
const COLD_MS = 200;
/** Threads that clean for so long, and write for little of it, get help also where nobody knows how much is to come. */
const LONG_MS = 5 * START_MS;
const BUSY_SHARE = 0.75;

/** An object with a megabyte of metadata is a hundred thousand small things that live until it is written. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 64 } as const;

interface Waiting {
  readonly task: CleaningTask;
  readonly resolve: (result: CleaningResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads that clean files; started when there is enough work for them, ended by whoever opened them. One is enough where writing
 * takes longer than cleaning, since the system's own threads write.
 */
export class CleaningThreads {
  readonly #setup: CleaningSetup;
  readonly #running = new Set<Promise<void>>();
  readonly #most: number;
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  readonly #waiting: Waiting[] = [];
  #startedAtMs = 0;
  /** What threads were busy since the last one was started. */
  #busyMs = 0;
  /** What a file of the last answer took. */
  #fileMs: number | undefined;
  /** What stopped a thread. It gets no more files, and perhaps no other is there: nobody would clean what is waiting. */
  #failure: { readonly error: unknown } | undefined;

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
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
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
      const given = this.#give(thread, this.#waiting.splice(0, this.#atOnce()));
      this.#running.add(given);
      void given.then(() => this.#running.delete(given));
    }
  }

  #atOnce(): number {
    if (this.#fileMs === undefined) return TASKS_AT_FIRST;
    // Few files are spread over the threads, many go by the dozen.
    const share = Math.ceil(this.#waiting.length / this.#most);
    return Math.max(1, Math.min(TASKS_AT_ONCE, share, Math.floor(AT_ONCE_MS / this.#fileMs)));
  }

  #isHelpWanted(): boolean {
    if (this.#threads.length === 0) return true;
    if (this.#threads.length >= this.#most || this.#fileMs === undefined) return false;
    if (this.#busyMs < COLD_MS) return false;
    if (this.#waiting.length * this.#fileMs > START_MS) return true;
    const elapsedMs = this.#threads.length * (performance.now() - this.#startedAtMs);
    // Fewer are waiting where all are known.
    const isMoreToCome = this.#waiting.length > TASKS_AT_ONCE;
    return isMoreToCome && this.#busyMs > LONG_MS && this.#busyMs > BUSY_SHARE * elapsedMs;
  }

  #started(): Worker | undefined {
    if (!this.#isHelpWanted()) return undefined;
    this.#startedAtMs = performance.now();
    this.#busyMs = 0;
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
      this.#busyMs += answer.sumMs;
      if (answer.sumMs > 0) this.#fileMs = answer.fastestMs;
      given.forEach(({ resolve }, index) => {
        const result = answer.results[index];
        if (result) resolve(result);
      });
      this.#idle.push(thread);
      this.#handOut();
    } catch (error) {
      this.#failure ??= { error };
      for (const { reject } of [...given, ...this.#waiting.splice(0)]) reject(error);
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
