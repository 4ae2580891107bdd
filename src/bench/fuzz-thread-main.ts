// Entry of the thread that examines damaged files; owned by `fuzzDicom`.
import { parentPort, workerData } from 'node:worker_threads';
import { examineDicom } from './examine-dicom.ts';
import { type FuzzThreadAnswer, type FuzzThreadSetup, fuzzInput, SLOW_MS } from './fuzz-dicom.ts';

const TOLD_EVERY = 2000;

const { seed, files, from, to, current } = workerData as FuzzThreadSetup;
const at = new Int32Array(current);
let endings = new Map<string, [ending: string, count: number, first: number]>();
let slowestMs = 0;

for (let input = from; input < to; input += 1) {
  Atomics.store(at, 0, input);
  const bytes = fuzzInput(seed, files, input);
  try {
    const { ending, tookMs } = timed(bytes);
    const known = endings.get(ending);
    if (known) known[1] += 1;
    else endings.set(ending, [ending, 1, input]);
    slowestMs = Math.max(slowestMs, tookMs);
  } catch (error) {
    tell({ kind: 'crash', input, message: error instanceof Error ? String(error.stack) : String(error) });
  }
  if (input % TOLD_EVERY === TOLD_EVERY - 1 || input === to - 1) {
    tell({ kind: 'endings', endings: [...endings.values()], done: input + 1, slowestMs });
    endings = new Map();
  }
}

/** A slow input is given two more chances, since the machine may have been busy. */
function timed(bytes: Uint8Array): { readonly ending: string; readonly tookMs: number } {
  let ending = '';
  let tookMs = Number.POSITIVE_INFINITY;
  for (let chance = 0; chance < 3 && tookMs > SLOW_MS; chance += 1) {
    const began = performance.now();
    ending = examineDicom(bytes);
    tookMs = Math.min(tookMs, performance.now() - began);
  }
  return { ending, tookMs };
}

function tell(answer: FuzzThreadAnswer): void {
  parentPort?.postMessage(answer);
}
