/** A case that vectors are kept of: a study of a person. */
export interface KnownCase {
  readonly person: string;
  readonly study: string;
}

/** A case, and how far it lies from what was asked for. */
export interface NearCase extends KnownCase {
  /** Root of the mean square over the numbers of a vector, each in its own standard deviations among all cases: 0 is the same. */
  readonly distance: number;
}

/** What is asked of a case. */
type OfCase = (known: KnownCase) => boolean;

const FIRST_ROWS = 256;
/** Studies that are told at once. */
const MOST_NEAREST = 500;

/**
 * Vectors of one version of a model, searched exactly: every one is looked at, which for 100,000 takes some hundredths of a second. The
 * newest take the place of the oldest when there are too many.
 */
export class NearestCases {
  readonly #length: number;
  readonly #most: number;
  #rows = new Float32Array();
  #cases: (KnownCase | undefined)[] = [];
  /** Rows in use by their keys, in the order in which they were put. */
  readonly #places = new Map<string, number>();
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  /** Rows that are free again. */
  readonly #free: number[] = [];

  /** @param length numbers of a vector @param most vectors that are kept; each takes four bytes a number */
  constructor(length: number, most: number) {
    this.#length = length;
    this.#most = most;
    this.#sums = new Float64Array(length);
    this.#squares = new Float64Array(length);
  }

  /** Vectors that are kept. */
  get size(): number {
    return this.#places.size;
  }

  /** Numbers of a vector. */
  get length(): number {
    return this.#length;
  }

  /** Keeps a vector under a key; one of that key before is no more. A vector of another length is none of this model's. */
  put(key: string, known: KnownCase, vector: Float32Array): void {
    if (vector.length !== this.#length || !vector.every(Number.isFinite)) return;
    this.remove(key);
    const [oldest] = this.#places.keys();
    if (this.#places.size >= this.#most && oldest !== undefined) this.remove(oldest);
    const row = this.#free.pop() ?? this.#cases.length;
    this.#cases[row] = { person: known.person, study: known.study };
    if ((row + 1) * this.#length > this.#rows.length) {
      const larger = new Float32Array(this.#length * Math.min(this.#most, Math.max(FIRST_ROWS, 2 * row)));
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows.set(vector, row * this.#length);
    this.#count(row, 1);
    this.#places.set(key, row);
  }

  /** Lets go of a vector. */
  remove(key: string): void {
    const row = this.#places.get(key);
    if (row === undefined) return;
    this.#places.delete(key);
    this.#cases[row] = undefined;
    this.#count(row, -1);
    this.#rows.fill(0, row * this.#length, (row + 1) * this.#length);
    this.#free.push(row);
  }

  /** Lets go of every vector that must not be kept. */
  removeWhere(mustGo: OfCase): void {
    for (const [key, row] of [...this.#places]) {
      const known = this.#cases[row];
      if (known === undefined || mustGo(known)) this.remove(key);
    }
  }

  /**
   * The studies that lie nearest to any of these vectors, one after the other, each once and no more than {@link MOST_NEAREST}; how many
   * studies were looked at; and the distance within which half of them lie, null where there is none. Only what may be told is looked at.
   */
  nearest(
    vectors: readonly Float32Array[],
    mayTell: OfCase,
  ): { readonly cases: readonly NearCase[]; readonly searched: number; readonly medianDistance: number | null } {
    const weights = this.#weights();
    const slots = new Map<string, number>();
    const distances = new Float64Array(this.size);
    const told: KnownCase[] = [];
    for (const row of this.#places.values()) {
      const known = this.#cases[row];
      if (known === undefined || !mayTell(known)) continue;
      let least = Number.POSITIVE_INFINITY;
      for (const vector of vectors) least = Math.min(least, this.#distance(vector, row, weights));
      const slot = slots.get(known.study);
      if (slot === undefined) {
        slots.set(known.study, told.length);
        distances[told.length] = least;
        told.push(known);
      } else distances[slot] = Math.min(least, distances[slot] ?? least);
    }
    const searched = told.length;
    const sorted = distances.slice(0, searched).sort();
    const limit = sorted[Math.min(searched, MOST_NEAREST) - 1] ?? 0;
    const cases = told
      .flatMap((known, slot) => {
        const distance = distances[slot] ?? 0;
        return distance <= limit ? [{ ...known, distance }] : [];
      })
      .sort((a, b) => a.distance - b.distance)
      .slice(0, MOST_NEAREST);
    return { cases, searched, medianDistance: sorted[searched >> 1] ?? null };
  }

  /** One over the variance of each number over all vectors, as a share of how many numbers vary; 0 where one never varies. */
  #weights(): Float64Array {
    const variances = this.#sums.map((sum, at) => {
      const mean = sum / this.size;
      const variance = (this.#squares[at] ?? 0) / this.size - mean * mean;
      // What is left of a number that never varies is rounding.
      return variance > 1e-9 * mean * mean && variance > 1e-12 ? variance : 0;
    });
    const varying = variances.reduce((count, variance) => count + (variance > 0 ? 1 : 0), 0);
    return variances.map((variance) => (variance > 0 ? 1 / (variance * varying) : 0));
  }

  /** Adds what a row holds to the sums over all rows, or takes it off again. */
  #count(row: number, times: 1 | -1): void {
    for (let at = 0; at < this.#length; at += 1) {
      const value = this.#rows[row * this.#length + at] ?? 0;
      this.#sums[at] = (this.#sums[at] ?? 0) + times * value;
      this.#squares[at] = (this.#squares[at] ?? 0) + times * value * value;
    }
  }

  #distance(vector: Float32Array, row: number, weights: Float64Array): number {
    const begin = row * this.#length;
    let sum = 0;
    for (let at = 0; at < this.#length; at += 1) {
      const apart = (vector[at] ?? 0) - (this.#rows[begin + at] ?? 0);
      sum += apart * apart * (weights[at] ?? 0);
    }
    return Math.sqrt(sum);
  }
}
