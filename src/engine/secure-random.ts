import { randomFillSync } from 'node:crypto';

/** Random numbers that nobody can foresee, for privacy: from the system's cryptographic source, never from a seed. */
export class SecureRandom {
  readonly #words = new Uint32Array(16_384);
  #at = this.#words.length;
  #spare: number | undefined;

  /** Uniform in (0, 1) with 53 random bits. */
  uniform(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11) + 0.5) / 2 ** 53;
  }

  /** Standard normal (Box & Muller 1958, in 64 bits). */
  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  #word(): number {
    if (this.#at === this.#words.length) {
      randomFillSync(this.#words);
      this.#at = 0;
    }
    const word = this.#words[this.#at] as number;
    this.#at += 1;
    return word;
  }
}
