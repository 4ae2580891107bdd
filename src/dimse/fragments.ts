import { concatBytes } from '#base';

/** A piece of a data set as it is sent. */
export interface Fragment {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/**
 * The same bytes in pieces of `sizeBytes`, only the last shorter. What lies in one chunk is not copied. Nothing at all is
 * one empty piece, which is the last.
 */
export async function* fragmentsOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  sizeBytes: number,
): AsyncGenerator<Fragment, void, undefined> {
  let held: Uint8Array | undefined;
  for await (const chunk of chunks) {
    let rest = held === undefined || held.length === 0 ? chunk : concatBytes([held, chunk]);
    // The last full piece is held back too: whether it is the last is not known before the next chunk.
    while (rest.length > sizeBytes) {
      yield { bytes: rest.subarray(0, sizeBytes), isLast: false };
      rest = rest.subarray(sizeBytes);
    }
    held = rest;
  }
  yield { bytes: held ?? new Uint8Array(0), isLast: true };
}
