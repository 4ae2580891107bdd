import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** After so much the memory of what has passed is let go of. */
const RELEASE_EVERY_BYTES = 16 * 2 ** 20;

type Collect = (options?: { readonly type: 'minor' }) => void;

/**
 * Counts bytes of content that has passed through memory, and has V8 let go of them now and then. By itself it looks at the small
 * objects that hold them only, of which thousands fit before it collects: at 64 KiB each some 200 MB of content that is over. A
 * collection of the young objects takes about a millisecond.
 */
export class PassedBytes {
  readonly #collect: Collect;
  #passed = 0;

  constructor(collect: Collect = collectorOfV8()) {
    this.#collect = collect;
  }

  add(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed < RELEASE_EVERY_BYTES) return;
    this.#passed = 0;
    this.#collect({ type: 'minor' });
  }
}

let found: Collect | undefined;

/** V8's own, which only a new context shows once the flag is set. */
function collectorOfV8(): Collect {
  if (found === undefined) {
    setFlagsFromString('--expose-gc');
    found = runInNewContext('gc') as Collect;
  }
  return found;
}
