import { UnicaError } from '#base';
import { checkChange, FixedPointSum, LARGEST_CHANGE, SITE_BOUNDS } from './fixed-point.ts';
import { weightOf } from './number-grid.ts';
import type { NumberGrid, SiteUpdate, SummedUpdates } from './strategy.ts';

/**
 * The mean of a round's changes weighted by films: in jobs that say how updates are added up on their grid, in earlier ones as
 * decision 008 says. On a grid it makes no difference to a bit whether the updates come one by one or as their sum.
 */
export class CountedSum {
  readonly #grid: NumberGrid | undefined;
  readonly #sum: FixedPointSum;
  #numbers: Float64Array | undefined;
  #weight = 0;

  constructor(length: number, grid: NumberGrid | undefined) {
    this.#grid = grid;
    this.#sum = new FixedPointSum(grid === undefined ? length : 0);
    if (grid !== undefined) this.#numbers = new Float64Array(length);
  }

  /** @throws UnicaError `learning.update-refused`. */
  add({ change, films }: Pick<SiteUpdate, 'change' | 'films'>): void {
    const [grid, numbers] = [this.#grid, this.#numbers];
    if (grid === undefined || numbers === undefined) {
      this.#sum.add(change, films);
      return;
    }
    if (change.length !== numbers.length) throw refused('its size is not that of the model');
    if (!Number.isSafeInteger(films) || films < 1) throw refused('it was made from no films');
    checkChange(change);
    const weight = weightOf(films, grid);
    const factor = weight * grid.changes;
    for (let at = 0; at < numbers.length; at += 1) {
      // As countedNumbers does, to the bit.
      numbers[at] = (numbers[at] ?? 0) + Math.floor((change[at] ?? 0) * factor + 0.5);
    }
    this.#weight += weight;
  }

  /** @throws UnicaError `aggregation.aborted` when a number is larger than such sites can make it. */
  addSummed(summed: SummedUpdates): void {
    const [grid, numbers] = [this.#grid, this.#numbers];
    if (grid === undefined || numbers === undefined) throw new RangeError('a sum needs a grid');
    addWithin(numbers, summed.numbers.subarray(0, numbers.length), {
      sites: summed.sites,
      most: LARGEST_CHANGE * summed.weight * grid.changes,
    });
    this.#weight += summed.weight;
  }

  /** The weighted mean. @throws RangeError before anything was added. */
  mean(): Float64Array {
    if (this.#grid === undefined || this.#numbers === undefined) return this.#sum.mean();
    const divisor = this.#divisor(this.#grid);
    return this.#numbers.map((number) => number / divisor);
  }

  /** The parameters after the weighted mean change. @throws RangeError before anything was added. */
  applyTo(parameters: Float32Array): Float32Array {
    if (this.#grid === undefined || this.#numbers === undefined) return this.#sum.applyTo(parameters);
    const divisor = this.#divisor(this.#grid);
    const after = new Float32Array(parameters.length);
    for (let at = 0; at < after.length; at += 1) {
      after[at] = (parameters[at] ?? 0) + (this.#numbers[at] ?? 0) / divisor;
    }
    return after;
  }

  #divisor(grid: NumberGrid): number {
    if (this.#weight === 0) throw new RangeError('nothing was added');
    return this.#weight * grid.changes;
  }
}

/** The mean over the sites of their changes per step (SCAFFOLD), times 1 over the learning rate. */
export class SlopeSum {
  readonly #grid: NumberGrid | undefined;
  readonly #sum: FixedPointSum;
  readonly #numbers: Float64Array;
  #sites = 0;
  #learningRate = 1;

  constructor(length: number, grid: NumberGrid | undefined) {
    this.#grid = grid;
    this.#sum = new FixedPointSum(grid === undefined ? length : 0, SITE_BOUNDS);
    this.#numbers = new Float64Array(grid === undefined ? 0 : length);
  }

  /** Sites so far. */
  get sites(): number {
    return this.#grid === undefined ? this.#sum.films : this.#sites;
  }

  /** @throws UnicaError `learning.update-refused`. */
  add({ change, steps, learningRate }: Pick<SiteUpdate, 'change' | 'steps' | 'learningRate'>): void {
    const whole = Math.max(1, steps);
    if (this.#grid === undefined) {
      this.#sum.add(change, 1, 1 / (whole * learningRate));
      return;
    }
    checkChange(change);
    const factor = this.#grid.perStep / whole;
    for (let at = 0; at < this.#numbers.length; at += 1) {
      this.#numbers[at] = (this.#numbers[at] ?? 0) + Math.round((change[at] ?? 0) * factor);
    }
    this.#sites += 1;
    this.#learningRate = learningRate;
  }

  /** @throws UnicaError `aggregation.aborted` when a number is larger than such sites can make it. */
  addSummed({ numbers, sites, learningRate }: SummedUpdates): void {
    if (this.#grid === undefined) throw new RangeError('a sum needs a grid');
    const { length } = this.#numbers;
    const most = LARGEST_CHANGE * sites * this.#grid.perStep;
    addWithin(this.#numbers, numbers.subarray(length, 2 * length), { sites, most });
    this.#sites += sites;
    this.#learningRate = learningRate;
  }

  /** The mean over the sites. @throws RangeError before anything was added. */
  mean(): Float64Array {
    if (this.#grid === undefined) return this.#sum.mean();
    if (this.#sites === 0) throw new RangeError('nothing was added');
    const divisor = this.#sites * this.#grid.perStep * this.#learningRate;
    return this.#numbers.map((number) => number / divisor);
  }
}

/** Half of a step of the grid for each site is what rounding adds at most. */
function addWithin(
  sum: Float64Array,
  numbers: Int32Array,
  { most, sites }: { readonly most: number; readonly sites: number },
): void {
  if (numbers.length !== sum.length) throw new RangeError('as many numbers as the model has');
  for (let at = 0; at < numbers.length; at += 1) {
    const number = numbers[at] ?? 0;
    if (Math.abs(number) > most + sites) {
      throw new UnicaError('aggregation.aborted', { problem: 'a site sent numbers that no training makes' });
    }
    sum[at] = (sum[at] ?? 0) + number;
  }
}

function refused(problem: string): UnicaError {
  return new UnicaError('learning.update-refused', { problem });
}
