import { createCipheriv } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

const CHUNK_BYTES = 262_144;
const ZEROS = new Uint8Array(CHUNK_BYTES);
/** After so many chunks others get a turn: some ten milliseconds of work. */
const CHUNKS_A_TURN = 64;

/**
 * Adds a mask to numbers modulo 2³², or takes it off: the key stream of AES-128 in counter mode (NIST SP 800-38A section 6.5),
 * read as little-endian 32-bit integers. A key serves for one mask only.
 * @param sign 1 adds, −1 takes off
 * @param counter the first counter block, 0 unless told
 */
export async function addMask(
  numbers: Int32Array,
  key: Uint8Array,
  sign: 1 | -1,
  counter: Uint8Array = new Uint8Array(16),
): Promise<void> {
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  const perChunk = CHUNK_BYTES / 4;
  let chunks = 0;
  for (let start = 0; start < numbers.length; start += perChunk) {
    const part = numbers.subarray(start, start + perChunk);
    const stream = integersOf(cipher.update(ZEROS.subarray(0, part.byteLength)));
    if (sign === 1) for (let at = 0; at < part.length; at += 1) part[at] = ((part[at] ?? 0) + (stream[at] ?? 0)) | 0;
    else for (let at = 0; at < part.length; at += 1) part[at] = ((part[at] ?? 0) - (stream[at] ?? 0)) | 0;
    chunks += 1;
    if (chunks % CHUNKS_A_TURN === 0) await setImmediate();
  }
}

/** Adds numbers that arrived, 4 bytes little-endian each, modulo 2³². @throws RangeError where their number differs. */
export function addNumbers(sum: Int32Array, bytes: Uint8Array): void {
  if (bytes.length !== 4 * sum.length) throw new RangeError('as many numbers as the sum');
  const numbers = integersOf(bytes);
  for (let at = 0; at < sum.length; at += 1) sum[at] = ((sum[at] ?? 0) + (numbers[at] ?? 0)) | 0;
}

/** Numbers as they travel: 4 bytes little-endian each. */
export function bytesOfNumbers(numbers: Int32Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Bytes as 32-bit integers of this machine, which is taken to be little-endian. */
function integersOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
