import { UnicaError } from '#base';

/**
 * Updates are averaged as integers: a change of a parameter is a multiple of 2^-24, weighted by the number of films. As
 * long as no change reaches 8 and the films of a round stay below 2^26, every partial sum is an integer below 2^53 and
 * therefore exact in a double: the sum does not depend on the order in which updates arrive.
 */
const SCALE = 2 ** 24;
/** No change of a parameter reaches it. */
export const LARGEST_CHANGE = 8;
/** Films that one round can take from all its sites together. */
export const MOST_FILMS = 2 ** 26;

/** What a sum can hold: `largest` times `mostWeight` is at most 2^29, so that every partial sum is exact. */
interface SumBounds {
  /** No number may reach it. */
  readonly largest: number;
  readonly mostWeight: number;
}

/** Changes of parameters, weighted by films. */
const CHANGE_BOUNDS: SumBounds = { largest: LARGEST_CHANGE, mostWeight: MOST_FILMS };
/** Numbers of the size of gradients, one for each of at most 256 sites. */
export const SITE_BOUNDS: SumBounds = { largest: 2 ** 21, mostWeight: 2 ** 8 };

/** The running sum of a round; hub memory does not grow with the number of sites. */
export class FixedPointSum {
  readonly #sums: Float64Array;
  readonly #bounds: SumBounds;
  #films = 0;

  constructor(length: number, bounds: SumBounds = CHANGE_BOUNDS) {
    this.#sums = new Float64Array(length);
    this.#bounds = bounds;
  }

  /** Films so far: the sum of the weights. */
  get films(): number {
    return this.#films;
  }

  /**
   * Adds a site's change of the parameters, weighted by its films.
   * @param factor what each number is multiplied by before it becomes an integer; 1 unless told
   * @throws UnicaError `learning.update-refused`: wrong length, not finite, beyond the bounds, no films.
   */
  add(change: Float32Array, films: number, factor = 1): void {
    const { largest, mostWeight } = this.#bounds;
    if (change.length !== this.#sums.length) throw refused('its size is not that of the model');
    if (!Number.isSafeInteger(films) || films < 1) throw refused('it was made from no films');
    if (this.#films + films > mostWeight) throw refused('the round has too many films');
    checkChange(change, largest / factor);
    this.#films += films;
    for (let index = 0; index < change.length; index += 1) {
      this.#sums[index] = (this.#sums[index] ?? 0) + films * Math.round((change[index] ?? 0) * factor * SCALE);
    }
  }

  /** The weighted mean. @throws RangeError before anything was added. */
  mean(): Float64Array {
    const divisor = this.#divisor();
    return this.#sums.map((sum) => sum / divisor);
  }

  /** The parameters after the weighted mean change. @throws RangeError before anything was added. */
  applyTo(parameters: Float32Array): Float32Array {
    const divisor = this.#divisor();
    return parameters.map((value, index) => value + (this.#sums[index] ?? 0) / divisor);
  }

  #divisor(): number {
    if (this.#films === 0) throw new RangeError('nothing was added');
    return this.#films * SCALE;
  }
}

/** @throws UnicaError `learning.update-refused` when a change is not a number below `largest`, 8 unless told. */
export function checkChange(change: Float32Array, largest: number = LARGEST_CHANGE): void {
  for (let at = 0; at < change.length; at += 1) {
    const value = change[at] ?? 0;
    if (Math.abs(value) < largest) continue;
    if (!Number.isFinite(value)) throw refused('it holds numbers that are not finite');
    throw refused(`a parameter changed by ${Number(largest.toPrecision(3))} or more`);
  }
}

/** @throws UnicaError `learning.update-refused` when a change is longer (Euclidean) than a job allows. */
export function checkNorm(change: Float32Array, longest: number): void {
  checkLength(lengthOf(change), longest);
}

/** Euclidean length. */
export function lengthOf(change: Float32Array): number {
  return Math.sqrt(squareOf(change));
}

/** Square of the Euclidean length, summed in the order of the numbers. @param before of the numbers before these */
export function squareOf(change: Float32Array, before = 0): number {
  let square = before;
  for (let at = 0; at < change.length; at += 1) {
    const value = change[at] ?? 0;
    square += value * value;
  }
  return square;
}

/** @throws UnicaError `learning.update-refused` when a change of this length is longer than a job allows. */
export function checkLength(length: number, longest: number): void {
  if (!(length <= longest)) throw refused('its change as a whole is longer than the job allows');
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.update-refused', { problem });
}
