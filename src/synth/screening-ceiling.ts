import type { ScreeningRecord } from './screening-record.ts';

/** Examinations whose cancer or last news comes later are alive at five years. */
const HORIZON_YEARS = 5;

/**
 * The concordance index within five years that somebody would reach who sees everything but the future: of the latent risk
 * itself, over these examinations. They are ordered by the mean of the chances at one to five years, so that of two cancers
 * that are sure to come the earlier stands first. No model can be expected to do better. null without a pair of known order.
 */
export function screeningCeiling(records: readonly ScreeningRecord[]): number | null {
  return screeningConcordance(
    records,
    records.map(({ latent }) => latent.risk.reduce((sum, risk) => sum + risk, 0)),
  );
}

/**
 * Harrell's concordance index of some risks within five years: of the pairs whose order is known, the share in which the
 * higher risk has the earlier cancer; equal risks count half. A tree of counts over the ranks of the risks, so that
 * 20,000 examinations take milliseconds.
 */
export function screeningConcordance(records: readonly ScreeningRecord[], risks: ArrayLike<number>): number | null {
  const times = records.map(({ outcome }) => Math.min(outcome.years, HORIZON_YEARS));
  const isEvent = records.map(({ outcome }) => outcome.cancer && outcome.years <= HORIZON_YEARS);
  const ranks = ranksOf(risks, records.length);
  const tree = new CountTree(records.length);
  // From the longest time to the shortest; at one moment those without a cancer have lived longer than those with.
  const order = records
    .map((_, index) => index)
    .sort((a, b) => (times[b] ?? 0) - (times[a] ?? 0) || Number(isEvent[a]) - Number(isEvent[b]));
  let [pairs, right] = [0, 0];
  let held: number[] = [];
  let heldTime = Number.NaN;
  for (const index of order) {
    const time = times[index] ?? 0;
    if (time !== heldTime) {
      for (const other of held) tree.add(ranks[other] ?? 0);
      [held, heldTime] = [[], time];
    }
    const rank = ranks[index] ?? 0;
    if (!isEvent[index]) {
      tree.add(rank);
      continue;
    }
    const [below, upTo] = [tree.below(rank), tree.below(rank + 1)];
    pairs += tree.size;
    right += below + (upTo - below) / 2;
    held.push(index);
  }
  return pairs === 0 ? null : right / pairs;
}

/** Rank of each value among the different ones, from 0. */
function ranksOf(values: ArrayLike<number>, count: number): Uint32Array {
  const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Uint32Array(count);
  let rank = -1;
  let last = Number.NaN;
  for (const index of order) {
    const value = values[index] ?? 0;
    if (value !== last) rank += 1;
    last = value;
    ranks[index] = rank;
  }
  return ranks;
}

/** How many ranks lie below another (Fenwick 1994). */
class CountTree {
  readonly #counts: Uint32Array;
  size = 0;

  constructor(ranks: number) {
    this.#counts = new Uint32Array(ranks + 1);
  }

  add(rank: number): void {
    this.size += 1;
    for (let at = rank + 1; at < this.#counts.length; at += at & -at) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** How many ranks less than this were added. */
  below(rank: number): number {
    let sum = 0;
    for (let at = Math.min(rank, this.#counts.length - 1); at > 0; at -= at & -at) sum += this.#counts[at] ?? 0;
    return sum;
  }
}
