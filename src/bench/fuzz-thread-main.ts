// Entry of the thread that examines damaged files; owned by `fuzzDicom`.
import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { examineDicom } from './examine-dicom.ts';
import { DOUBTFUL_MS, type FuzzThreadAnswer, type FuzzThreadSetup, fuzzInput } from './fuzz-dicom.ts';

const TOLD_EVERY = 2000;

const { seed, files, from, to, current } = workerData as FuzzThreadSetup;
const at = new Int32Array(current);
let endings = new Map<string, [ending: string, count: number, first: number]>();
let slowestMs = 0;
let slowestInput = from;

for (let input = from; input < to; input += 1) {
  Atomics.store(at, 0, input);
  const bytes = fuzzInput(seed, files, input);
  try {
    const { ending, tookMs } = timed(bytes);
    const known = endings.get(ending);
    if (known) known[1] += 1;
    else endings.set(ending, [ending, 1, input]);
    if (tookMs > slowestMs) [slowestMs, slowestInput] = [tookMs, input];
  } catch (error) {
    tell({ kind: 'crash', input, message: error instanceof Error ? String(error.stack) : String(error) });
  }
  if (input % TOLD_EVERY === TOLD_EVERY - 1 || input === to - 1) {
    tell({ kind: 'endings', endings: [...endings.values()], done: input + 1, slowestMs, slowestInput });
    endings = new Map();
    // As all that reads files does: promises of compiled decoders that never had their turn would keep what they came of, and look like a leak.
    await setImmediate();
  }
}

/** By the clock, which costs nothing to ask; what took long so is done twice more, and the less processor time counts. */
function timed(bytes: Uint8Array): { readonly ending: string; readonly tookMs: number } {
  const began = performance.now();
  let ending = examineDicom(bytes);
  let tookMs = performance.now() - began;
  if (tookMs <= DOUBTFUL_MS) return { ending, tookMs };
  for (let chance = 0; chance < 2; chance += 1) {
    // Nobody else in this process has work.
    const before = process.cpuUsage();
    ending = examineDicom(bytes);
    const { user, system } = process.cpuUsage(before);
    tookMs = Math.min(tookMs, (user + system) / 1000);
  }
  return { ending, tookMs };
}

function tell(answer: FuzzThreadAnswer): void {
  parentPort?.postMessage(answer);
}
