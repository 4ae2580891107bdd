import { Worker } from 'node:worker_threads';
import { asUnicaError, unpackError } from '#base';
import type { CleaningAnswer, CleaningResult, CleaningSetup, CleaningTask } from './deidentify-messages.ts';
import type { FileCleaner } from './file-cleaner.ts';

/** Files that a thread is given at once: at first few, to learn how long they take. */
const TASKS_AT_FIRST = 2;
const TASKS_AT_ONCE = 16;
/** Files that take longer than this together are not given at once. */
const AT_ONCE_MS = 50;

/** Processor time of a thread's start and of compiling its code, in ms. */
const START_MS = 400;
/** A thread that has cleaned for less takes far longer for a file than it will: its code is not compiled yet. */
const COLD_MS = 500;
/**
 * What takes less is done before a thread more would have helped much. Who cleans for so long, and writes for little of it, gets
 * help also where nobody knows how much is to come.
 */
const LONG_MS = 5 * START_MS;
const BUSY_SHARE = 0.75;

/** Files that take longer than this each are left to threads: whoever called has something else to do meanwhile. */
const SLOW_MS = 100;
/**
 * So are those about one that takes so long: meanwhile nobody hears a signal, and threads that are done wait for the next. Files
 * that are given at once are expected to take far less.
 */
const HELD_UP_MS = 1000;

/** An object with a megabyte of metadata is a hundred thousand small things that live until it is written. */
const THREAD_LIMITS = { maxYoungGenerationSizeMb: 64 } as const;

/** Somebody who cleans files: a thread, or the calling thread itself. */
interface Cleaner {
  readonly isOwn: boolean;
  cleaned(tasks: readonly CleaningTask[]): Promise<CleaningAnswer>;
}

interface Waiting {
  readonly task: CleaningTask;
  readonly resolve: (result: CleaningResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Who cleans files. First the calling thread itself, between whatever else it has to do: a thread's start and the compiling of
 * its code cost as much as a thousand small files, and the system's own threads write. Threads are started when there is enough
 * work for them, and ended by whoever opened them; the calling thread leaves all to them where a file is large or slow.
 */
export class CleaningThreads {
  readonly #setup: CleaningSetup;
  readonly #running = new Set<Promise<void>>();
  readonly #most: number;
  readonly #threads: Worker[] = [];
  readonly #idle: Cleaner[] = [];
  readonly #waiting: Waiting[] = [];
  #isHandedSoon = false;
  /** Cleaners that there are, the calling thread among them. */
  #count = 0;
  #isOwnLeft = false;
  /** What the calling thread cleaned for. */
  #ownMs = 0;
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
    if (!this.#isHandedSoon) {
      this.#isHandedSoon = true;
      setImmediate(() => {
        this.#isHandedSoon = false;
        this.#handOut();
      });
    }
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
      const cleaner = this.#idle.pop() ?? this.#started();
      if (cleaner === undefined) return;
      const given = this.#give(cleaner, this.#waiting.splice(0, this.#atOnce()));
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
    if (this.#count === 0) return true;
    if (this.#count >= this.#most || this.#fileMs === undefined) return false;
    if (this.#busyMs < COLD_MS) return false;
    if (this.#waiting.length * this.#fileMs > LONG_MS) return true;
    const elapsedMs = this.#count * (performance.now() - this.#startedAtMs);
    // Fewer are waiting where all are known.
    const isMoreToCome = this.#waiting.length > TASKS_AT_ONCE;
    return isMoreToCome && this.#busyMs > LONG_MS && this.#busyMs > BUSY_SHARE * elapsedMs;
  }

  #started(): Cleaner | undefined {
    if (!this.#isHelpWanted()) return undefined;
    const isFirst = this.#count === 0 && !this.#isOwnLeft;
    this.#count += 1;
    this.#startedAtMs = performance.now();
    this.#busyMs = 0;
    return isFirst ? ownCleaner(this.#setup) : this.#startedThread();
  }

  #startedThread(): Cleaner {
    const address = new URL('./deidentify-thread-main.js', import.meta.url);
    const thread = new Worker(address, { workerData: this.#setup, execArgv: [], resourceLimits: THREAD_LIMITS });
    this.#threads.push(thread);
    return {
      isOwn: false,
      cleaned(tasks) {
        const answered = answerOf(thread);
        thread.postMessage(
          tasks,
          tasks.flatMap((task) =>
            'bytes' in task && task.bytes.buffer instanceof ArrayBuffer ? [task.bytes.buffer] : [],
          ),
        );
        return answered;
      },
    };
  }

  async #give(cleaner: Cleaner, given: readonly Waiting[]): Promise<void> {
    try {
      const isAlone = cleaner.isOwn && this.#count === 1;
      const before = process.cpuUsage();
      const answer = await cleaner.cleaned(given.map(({ task }) => task));
      if ('failure' in answer) throw unpackError(answer.failure);
      // On a busy machine the clock tells how long others worked: a thread more would only share with this one then.
      const aloneMs = isAlone ? process.cpuUsage(before).user / 1000 : undefined;
      const tookMs = aloneMs ?? answer.sumMs;
      this.#busyMs += tookMs;
      if (answer.sumMs > 0) this.#fileMs = Math.min(answer.fastestMs, tookMs / given.length);
      const left = given.filter((waiting, index) => {
        const result = answer.results[index];
        if (result?.kind === 'large') return true;
        if (result) waiting.resolve(result);
        return false;
      });
      // Whoever would have cleaned them is perhaps not there any more, and nobody is started.
      if (this.#failure !== undefined) throw this.#failure.error;
      if (cleaner.isOwn && this.#isForThreads(tookMs, left)) {
        this.#isOwnLeft = true;
        this.#count -= 1;
        this.#waiting.unshift(...left);
      } else this.#idle.push(cleaner);
      this.#handOut();
    } catch (error) {
      this.#failure ??= { error };
      for (const { reject } of [...given, ...this.#waiting.splice(0)]) reject(error);
    }
  }

  #isForThreads(tookMs: number, left: readonly Waiting[]): boolean {
    this.#ownMs += tookMs;
    // A first file takes far longer than the next.
    const isSlow = (this.#fileMs ?? 0) > SLOW_MS || tookMs > HELD_UP_MS;
    return left.length > 0 || (isSlow && this.#ownMs > LONG_MS);
  }
}

/** The calling thread. What cleaning takes is loaded only where there is something to clean. */
function ownCleaner(setup: CleaningSetup): Cleaner {
  let cleaner: FileCleaner | undefined;
  return {
    isOwn: true,
    async cleaned(tasks) {
      if (cleaner === undefined) {
        const { FileCleaner } = await import('./file-cleaner.ts');
        cleaner = new FileCleaner(setup, { leavesLarge: true });
      }
      return await cleaner.cleaned(tasks);
    },
  };
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
