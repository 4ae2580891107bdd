import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { keepAsAsked } from './young-generation.ts';

/**
 * Of one thread, between two quick collections. What is in use in two of them counts as living long from then on, and they take a
 * millisecond where a whole node is in memory.
 */
const COLLECTED_EVERY_BYTES = 8_388_608;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let passedBytes = 0;

/**
 * Told of content that has passed through this thread's memory and is over: what a connection brings, what is read from a file and
 * written to another. Such bytes lie outside the heap, and V8 looks at the small objects that hold them: it either lets hundreds of
 * megabytes pile up behind a few of these (a thread that imports slices), or takes the bytes for something that lives long and goes
 * through everything that is in memory, again and again (a receiver: three quarters of its processor time). So the quick collection
 * of what is young is asked for each time so much has passed.
 */
export function bytesPassed(sizeBytes: number): void {
  passedBytes += sizeBytes;
  if (passedBytes < COLLECTED_EVERY_BYTES) return;
  passedBytes = 0;
  collect ??= quickCollection();
  collect({ type: 'minor' });
  keepAsAsked();
}

/** There is no other way to it; the flag is taken back, so that no program finds it among its globals. */
function quickCollection(): Collect {
  setFlagsFromString('--expose-gc');
  const found: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? (found as Collect) : () => {};
}
