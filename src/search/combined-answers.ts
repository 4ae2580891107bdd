import type { BitSet } from './bit-set.ts';

/** Whom an exact number counts: members of a set as bits, and how many there are. */
export interface CountedSet {
  readonly members: BitSet;
  readonly size: number;
}

/** What a look at combinations is held to. */
export interface CombinationRule {
  /** Fewer people than this must not be told of. */
  readonly threshold: number;
  /** So many earlier answers are added and subtracted at most, 1–3. */
  readonly atMost: number;
  /** Nobody at all is told of, too: where a refusal would otherwise say that there is somebody. */
  readonly nobodyToo: boolean;
  /** Where the members are not people: the person of each, in ascending order, and how many one person has at most. */
  readonly belonging?: { readonly personOf: Uint32Array; readonly mostOfOne: number };
}

/** Combinations whose members are looked at for one number; beyond it the number counts as one that tells too much. */
const MOST_LOOKS = 400_000;

/**
 * Whether a number, added to and subtracted from up to three earlier ones, is that of a handful of people: the sum over the sets is zero
 * for everybody but fewer than the threshold. "All − women − men" is one, and the general tracker of Denning and Schlörer (1980), "(C or T) +
 * (C or not T) − T − (not T)", another. One earlier set of everybody (`whole`) is combined with any three others, so that complements
 * cost no place. Combinations are first held to their sizes, which rules nearly all of them out without a look at the sets.
 * @param earlier sets of the same members; none need be there twice
 * @returns true also where that would take too long to tell
 */
export function tellsOfFew(
  one: CountedSet,
  earlier: readonly CountedSet[],
  whole: CountedSet | undefined,
  rule: CombinationRule,
): boolean {
  const sets = earlier.filter((set) => set !== whole).toSorted((a, b) => a.size - b.size);
  const wholes = whole === undefined ? [[]] : [[], [minus(whole)], [plus(whole)]];
  const look = new Look(rule);
  return wholes.some((withWhole) => look.from([plus(one), ...withWhole], sets, 0, rule.atMost));
}

interface Signed {
  readonly set: CountedSet;
  readonly sign: 1 | -1;
}

const plus = (set: CountedSet): Signed => ({ set, sign: 1 });
const minus = (set: CountedSet): Signed => ({ set, sign: -1 });
const SIGNS = [-1, 1] as const;

class Look {
  readonly #rule: CombinationRule;
  #looks = 0;

  constructor(rule: CombinationRule) {
    this.#rule = rule;
  }

  /** Whether a combination, or one with more of the sets from a place on, tells of few. */
  from(combined: readonly Signed[], sets: readonly CountedSet[], place: number, more: number): boolean {
    if (combined.length > 1 && this.#tells(combined)) return true;
    if (more === 0) return false;
    const sum = combined.reduce((total, { set, sign }) => total + sign * set.size, 0);
    return SIGNS.some((sign) => {
      // The last set has to bring the sum near zero, so only those of such a size are tried.
      const slack = this.#slack(combined.length);
      const [low, high] = more > 1 ? [0, Number.POSITIVE_INFINITY] : [-sign * sum - slack, -sign * sum + slack];
      for (let at = Math.max(place, firstOfSize(sets, low)); at < sets.length; at += 1) {
        const set = sets[at];
        if (set === undefined || set.size > high) break;
        if (this.from([...combined, { set, sign }], sets, at + 1, more - 1)) return true;
      }
      return false;
    });
  }

  #tells(combined: readonly Signed[]): boolean {
    const positive = combined.flatMap(({ set, sign }) => (sign === 1 ? [set] : []));
    const negative = combined.flatMap(({ set, sign }) => (sign === 1 ? [] : [set]));
    // Sums of what is told are told by themselves to be of enough people.
    if (negative.length === 0) return false;
    const { threshold, nobodyToo, belonging } = this.#rule;
    const sum = combined.reduce((total, { set, sign }) => total + sign * set.size, 0);
    if (Math.abs(sum) > this.#slack(Math.max(positive.length, negative.length))) return false;
    this.#looks += 1;
    if (this.#looks > MOST_LOOKS) return true;
    const left = peopleLeft(positive, negative, threshold, belonging?.personOf);
    return left < threshold && (nobodyToo || left > 0);
  }

  /** Of sets that cancel but for a handful of people, the sizes add up to no more than this. */
  #slack(sets: number): number {
    return (this.#rule.threshold - 1) * (this.#rule.belonging?.mostOfOne ?? 1) * sets;
  }
}

/** Index of the first set that is at least so large; they ascend. */
function firstOfSize(sets: readonly CountedSet[], least: number): number {
  let low = 0;
  let high = sets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sets[middle]?.size ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** People for whom the sum of the sets is not zero; counting ends at `enough`. */
function peopleLeft(
  positive: readonly CountedSet[],
  negative: readonly CountedSet[],
  enough: number,
  personOf: Uint32Array | undefined,
): number {
  const words = positive[0]?.members.length ?? 0;
  let people = 0;
  let last = -1;
  for (let word = 0; word < words; word += 1) {
    let bits = differing(positive, negative, word);
    while (bits !== 0) {
      const member = (word << 5) + 31 - Math.clz32(bits & -bits);
      bits &= bits - 1;
      const person = personOf === undefined ? member : (personOf[member] ?? 0);
      if (person !== last) people += 1;
      last = person;
      if (people >= enough) return people;
    }
  }
  return people;
}

/** Members of a word that are in more sets of one side than of the other: counted in three bits, 32 members at once. */
function differing(positive: readonly CountedSet[], negative: readonly CountedSet[], word: number): number {
  let [ones, twos, fours] = [0, 0, 0];
  for (const { members } of positive) {
    const bits = members[word] ?? 0;
    const carry = ones & bits;
    ones ^= bits;
    fours ^= twos & carry;
    twos ^= carry;
  }
  let [otherOnes, otherTwos, otherFours] = [0, 0, 0];
  for (const { members } of negative) {
    const bits = members[word] ?? 0;
    const carry = otherOnes & bits;
    otherOnes ^= bits;
    otherFours ^= otherTwos & carry;
    otherTwos ^= carry;
  }
  return (ones ^ otherOnes) | (twos ^ otherTwos) | (fours ^ otherFours);
}
