import { UnicaError } from '#base';

/**
 * Updates are averaged as integers: a change of a parameter is a multiple of 2^-24, weighted by the number of films. As
 * long as no change reaches 8 and the films of a round stay below 2^26, every partial sum is an integer below 2^53 and
 * therefore exact in a double: the sum does not depend on the order in which updates arrive.
 */
const SCALE = 2 ** 24;
const LARGEST_CHANGE = 8;
/** Films that one round can take from all its sites together. */
export const MOST_FILMS = 2 ** 26;

/** The running sum of a round; hub memory does not grow with the number of sites. */
export class FixedPointSum {
  readonly #sums: Float64Array;
  #films = 0;

  constructor(length: number) {
    this.#sums = new Float64Array(length);
  }

  /** Films so far. */
  get films(): number {
    return this.#films;
  }

  /**
   * Adds a site's change of the parameters, weighted by its films.
   * @throws UnicaError `learning.update-refused`: wrong length, not finite, a change of 8 or more, no films.
   */
  add(change: Float32Array, films: number): void {
    if (change.length !== this.#sums.length) throw refused('its size is not that of the model');
    if (!Number.isSafeInteger(films) || films < 1) throw refused('it was made from no films');
    if (this.#films + films > MOST_FILMS) throw refused('the round has too many films');
    checkChange(change);
    this.#films += films;
    for (let index = 0; index < change.length; index += 1) {
      this.#sums[index] = (this.#sums[index] ?? 0) + films * Math.round((change[index] ?? 0) * SCALE);
    }
  }

  /** The parameters after the weighted mean change. @throws RangeError before anything was added. */
  applyTo(parameters: Float32Array): Float32Array {
    if (this.#films === 0) throw new RangeError('nothing was added');
    const divisor = this.#films * SCALE;
    return parameters.map((value, index) => value + (this.#sums[index] ?? 0) / divisor);
  }
}

/** @throws UnicaError `learning.update-refused` when a change is not a number below 8. */
export function checkChange(change: Float32Array): void {
  for (const value of change) {
    if (!Number.isFinite(value)) throw refused('it holds numbers that are not finite');
    if (Math.abs(value) >= LARGEST_CHANGE) throw refused('a parameter changed by 8 or more');
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.update-refused', { problem });
}
