import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SeededRandom } from '#base';
import { fuzzSeeds } from './fuzz-seeds.ts';
import { mutated } from './mutate-dicom.ts';

/** A campaign of damaged files against parser, rewriter, decoders and de-identification. */
export interface FuzzPlan {
  readonly inputs: number;
  readonly seed: string;
  /** The first input, where an earlier campaign of the same seed and files did those before; 0 when absent. */
  readonly from?: number;
  /** Real files to damage as well; small ones, since each is copied for each input. */
  readonly files?: readonly Uint8Array[];
  readonly onProgress?: (done: number, report: FuzzReport) => void;
  /** Told as they are found. */
  readonly onFinding?: (finding: FuzzFinding) => void;
  /** Ends it early; the report is of what was done until then. */
  readonly signal?: AbortSignal;
}

/** An input that did what none may do. */
export interface FuzzFinding {
  readonly input: number;
  readonly what: 'crash' | 'hang';
  readonly message: string;
}

/** What a campaign found. */
export interface FuzzReport {
  readonly from: number;
  /** Up to which input it went, those before {@link from} among them. */
  readonly inputs: number;
  readonly findings: readonly FuzzFinding[];
  /** How inputs ended, with how many did and the first of them. */
  readonly endings: readonly { readonly ending: string; readonly count: number; readonly first: number }[];
  /** Of one input; in processor time where it took long by the clock, which a busy machine lets run on. */
  readonly slowestMs: number;
  readonly slowestInput: number;
  /** Resident memory after a tenth of the inputs and at its most; after all, when the thread is gone, nothing would show. */
  readonly earlyMiB: number;
  readonly mostMiB: number;
  readonly seconds: number;
}

/** What the thread that examines is given. */
export interface FuzzThreadSetup {
  readonly seed: string;
  readonly files: readonly Uint8Array[];
  readonly from: number;
  readonly to: number;
  /** Int32: the input under examination, so that one that never ends can be named. */
  readonly current: SharedArrayBuffer;
}

/** What the thread tells. */
export type FuzzThreadAnswer =
  | {
      readonly kind: 'endings';
      /** Of the inputs since the last time. */
      readonly endings: readonly (readonly [ending: string, count: number, first: number])[];
      readonly done: number;
      readonly slowestMs: number;
      readonly slowestInput: number;
    }
  | { readonly kind: 'crash'; readonly input: number; readonly message: string };

/** Of processor time: more is a hang. By the clock a thread that gets no processor would be one. */
const PATIENCE_MS = 10_000;
/** By the clock; what took longer is done again, and its processor time counts. */
export const DOUBTFUL_MS = 100;
const LOOK_EVERY_MS = 500;

/** The input of this number: the same for the same seed and files. */
export function fuzzInput(seed: string, files: readonly Uint8Array[], input: number): Uint8Array {
  const random = new SeededRandom(`${seed}/${input}`);
  const one = files[input % files.length] as Uint8Array;
  return mutated(random, one, files[random.below(files.length)] as Uint8Array);
}

/** Runs a campaign. An input that hangs ends its thread; the next thread goes on behind it. */
export async function fuzzDicom({
  inputs,
  seed,
  from: first = 0,
  files = [],
  onProgress,
  onFinding,
  signal,
}: FuzzPlan): Promise<FuzzReport> {
  const began = performance.now();
  const findings: FuzzFinding[] = [];
  const found = (finding: FuzzFinding) => {
    findings.push(finding);
    onFinding?.(finding);
  };
  const endings = new Map<string, { count: number; first: number }>();
  const slowest = { ms: 0, input: first };
  let [done, earlyMiB, mostMiB] = [first, 0, 0];
  const reportOf = (upTo: number): FuzzReport => ({
    from: first,
    inputs: upTo,
    findings,
    endings: [...endings].map(([ending, one]) => ({ ending, ...one })).toSorted((a, b) => b.count - a.count),
    slowestMs: slowest.ms,
    slowestInput: slowest.input,
    earlyMiB,
    mostMiB,
    seconds: (performance.now() - began) / 1000,
  });
  const corpus = [...fuzzSeeds(), ...files];
  for (let from = first; from < inputs && signal?.aborted !== true; ) {
    const current = new SharedArrayBuffer(4);
    const at = new Int32Array(current);
    at[0] = from;
    const thread = new Worker(new URL('./fuzz-thread-main.js', import.meta.url), {
      workerData: { seed, files: corpus, from, to: inputs, current } satisfies FuzzThreadSetup,
      execArgv: [],
    });
    thread.on('message', (answer: FuzzThreadAnswer) => {
      if (answer.kind === 'crash') {
        found({ input: answer.input, what: 'crash', message: answer.message });
        return;
      }
      for (const [ending, count, first] of answer.endings) {
        const known = endings.get(ending);
        if (known) known.count += count;
        else endings.set(ending, { count, first });
      }
      done = answer.done;
      if (answer.slowestMs > slowest.ms) [slowest.ms, slowest.input] = [answer.slowestMs, answer.slowestInput];
      mostMiB = Math.max(mostMiB, residentMiB());
      if (earlyMiB === 0 && done - first >= (inputs - first) / 10) earlyMiB = residentMiB();
      onProgress?.(done, reportOf(done));
    });
    const hung = await untilEnded(thread, at, signal);
    if (hung === undefined) from = inputs;
    else {
      found({ input: hung, what: 'hang', message: `no end after ${PATIENCE_MS / 1000} s` });
      from = hung + 1;
    }
  }
  return reportOf(signal?.aborted === true ? done : inputs);
}

/** → The input at which the thread hangs, or undefined when it came to its end or was told to. */
async function untilEnded(
  thread: Worker,
  current: Int32Array,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  let [input, since] = [-1, process.cpuUsage()];
  let hung: number | undefined;
  let isEnding = false;
  const end = () => {
    if (!isEnding) void thread.terminate();
    isEnding = true;
  };
  const watch = setInterval(() => {
    const now = Atomics.load(current, 0);
    // This thread does next to nothing: what the process uses is used by the other.
    const { user, system } = process.cpuUsage(since);
    if (now !== input) [input, since] = [now, process.cpuUsage()];
    else if (!isEnding && (user + system) / 1000 > PATIENCE_MS) {
      hung = now;
      end();
    }
  }, LOOK_EVERY_MS);
  signal?.addEventListener('abort', end);
  if (signal?.aborted === true) end();
  try {
    await once(thread, 'exit');
    return hung;
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', end);
  }
}

function residentMiB(): number {
  return process.memoryUsage.rss() / 2 ** 20;
}
