import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Of the network's, between two quick collections. What is in use in two of them counts as living long from then on: with a quarter
 * of this, buffers of an import beside a reception stayed, and a node took 30 MB more.
 */
const COLLECTED_EVERY_BYTES = 16_777_216;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let passedBytes = 0;

/**
 * Told of all bytes that a connection brings. Each read of the network is memory of its own outside the heap, 64 KiB, done with a
 * moment later. The engine counts it with what lives long until a quick collection has seen that it is gone, and begins a thorough
 * one, of everything that a node has in memory, each time so much has grown by a few megabytes: three quarters of the processor time
 * of a receiver with four senders. So the quick one is asked for before that.
 */
export function bytesPassed(sizeBytes: number): void {
  passedBytes += sizeBytes;
  if (passedBytes < COLLECTED_EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= quickCollection();
  collect({ type: 'minor' });
}

/** There is no other way to it; the flag is taken back, so that no program finds it among its globals. */
function quickCollection(): Collect {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : () => {};
}
