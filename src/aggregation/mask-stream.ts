import { type Cipher, createCipheriv } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

/** Numbers that stay in the processor's cache while all masks are added; larger pieces cost fresh memory each time. */
const CHUNK = 16_384;
const ZEROS = new Uint8Array(4 * CHUNK);
const NO_STREAM = new Int32Array(CHUNK);
/** Streams that are added in one pass over the numbers. */
const AT_ONCE = 4;
/**
 * Each piece of a key stream is fresh memory outside the heap, and V8, which sees little of the heap used, marks all of it again and again
 * to be rid of them. As much of the young heap is used up beside each piece, so that the cheap collection of what is young comes
 * first, which frees the pieces with it.
 */
const USED_UP: undefined[][] = [];
const USED_UP_LENGTH = (4 * CHUNK) / 8;
/** After so many numbers of all streams together others get a turn: some ten milliseconds of work. */
const NUMBERS_A_TURN = 4_194_304;

/** A mask: the key stream of a key, which serves for this one only. */
export interface Mask {
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 1 adds, −1 takes off. */
  readonly sign: 1 | -1;
}

/**
 * Masks that are added to numbers modulo 2³², a stretch after the other: key streams of AES-128 in counter mode (NIST SP 800-38A
 * section 6.5), read as little-endian 32-bit integers.
 */
export class MaskStream {
  readonly #added: readonly Cipher[];
  readonly #takenOff: readonly Cipher[];

  /** @param counter the first counter block, 0 unless told */
  constructor(masks: readonly Mask[], counter: Uint8Array = new Uint8Array(16)) {
    const streams = (sign: Mask['sign']) =>
      masks.filter((mask) => mask.sign === sign).map(({ key }) => createCipheriv('aes-128-ctr', key, counter));
    this.#added = streams(1);
    this.#takenOff = streams(-1);
  }

  /** Adds all masks to the next numbers, in place. */
  addTo(numbers: Int32Array): void {
    for (let start = 0; start < numbers.length; start += CHUNK) {
      const part = numbers.subarray(start, start + CHUNK);
      for (let at = 0; at < this.#added.length; at += AT_ONCE) {
        const [a, b, c, d] = nextOf(this.#added, at, part.length);
        for (let index = 0; index < part.length; index += 1) {
          part[index] = (at0(part, index) + at0(a, index) + at0(b, index) + at0(c, index) + at0(d, index)) | 0;
        }
      }
      for (let at = 0; at < this.#takenOff.length; at += AT_ONCE) {
        const [a, b, c, d] = nextOf(this.#takenOff, at, part.length);
        for (let index = 0; index < part.length; index += 1) {
          part[index] = (at0(part, index) - at0(a, index) - at0(b, index) - at0(c, index) - at0(d, index)) | 0;
        }
      }
    }
  }
}

/** Adds masks to all the numbers, in place, and lets others have their turn meanwhile. */
export async function addMasks(numbers: Int32Array, masks: readonly Mask[], counter?: Uint8Array): Promise<void> {
  const stream = new MaskStream(masks, counter);
  const aTurn = CHUNK * Math.max(1, Math.floor(NUMBERS_A_TURN / CHUNK / Math.max(1, masks.length)));
  for (let start = 0; start < numbers.length; start += aTurn) {
    if (start > 0) await setImmediate();
    stream.addTo(numbers.subarray(start, start + aTurn));
  }
}

function nextOf(
  ciphers: readonly Cipher[],
  at: number,
  length: number,
): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const next = (cipher: Cipher | undefined): Int32Array => {
    if (cipher === undefined) return NO_STREAM;
    USED_UP[0] = new Array(USED_UP_LENGTH);
    return integersOf(cipher.update(ZEROS.subarray(0, 4 * length)));
  };
  return [next(ciphers[at]), next(ciphers[at + 1]), next(ciphers[at + 2]), next(ciphers[at + 3])];
}

function at0(numbers: Int32Array, index: number): number {
  return numbers[index] ?? 0;
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
