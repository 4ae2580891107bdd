import { concatBytes } from '#base';

/** A piece of a data set as it is sent. */
export interface Fragment {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/**
 * The same bytes in pieces of `sizeBytes`, an even number, only the last shorter. What lies in one chunk is not copied.
 * Nothing at all is one empty piece, which is the last. Pieces have an even length (PS3.8 annex E.1): a zero byte is put
 * behind a deflated data set of an odd one, as PS3.5 section A.5 has it; there are no others.
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
  const last = held ?? new Uint8Array(0);
  yield { bytes: last.length % 2 === 0 ? last : concatBytes([last, Uint8Array.of(0)]), isLast: true };
}
