import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from './bytes.ts';

/**
 * Repeatable randomness (sfc32, Doty-Humphrey 2010; passes PractRand) for synthesis, shuffles and initial weights.
 * @note Never for keys, nonces or privacy noise.
 */
export class SeededRandom {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;
  #spareNormal: number | undefined;

  /** Equal seeds give equal streams on every machine. */
  constructor(seed: string | number) {
    this.#seed = String(seed);
    const words = new DataView(sha256(utf8(this.#seed)).buffer);
    this.#a = words.getInt32(0);
    this.#b = words.getInt32(4);
    this.#c = words.getInt32(8);
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  /** A stream of its own for one purpose; drawing from it leaves this one where it is. */
  fork(label: string | number): SeededRandom {
    return new SeededRandom(`${this.#seed}/${label}`);
  }

  /** Uniform integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return sum >>> 0;
  }

  /** Uniform in [0, 1) with 32 random bits. */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** Uniform integer in [0, bound); bound at most 2^32. */
  below(bound: number): number {
    const limit = 4294967296 - (4294967296 % bound);
    for (;;) {
      const draw = this.uint32();
      if (draw < limit) return draw % bound;
    }
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal;
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const squared = x * x + y * y;
      if (squared === 0 || squared >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(squared)) / squared);
      this.#spareNormal = y * scale;
      return x * scale;
    }
  }

  /** One of the items. @throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('nothing to pick from');
    return items[this.below(items.length)] as T;
  }

  /** The integers 0 … count − 1 in random order (Fisher–Yates). */
  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, index) => index);
    for (let last = count - 1; last > 0; last -= 1) {
      const other = this.below(last + 1);
      const kept = order[last] as number;
      order[last] = order[other] as number;
      order[other] = kept;
    }
    return order;
  }
}
