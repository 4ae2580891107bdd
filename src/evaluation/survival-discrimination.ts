import { censoringSurvival, checkFollowUp, type FollowUp, valueAt } from './follow-up.ts';

/** Scores nearer to one another than this count as equal (as scikit-survival has it). */
const TIED = 1e-8;

/**
 * Uno's concordance (Uno et al. 2011): as Harrell's, but pairs are weighted by the chance that they could be seen, so that it does
 * not depend on how people were censored. Events from `tauYears` on are left out. Null without a pair.
 * @param risks higher is sooner
 * @param censoring whose follow-up the censoring is estimated from; the same people unless told
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function unoConcordance(
  risks: ArrayLike<number>,
  followUp: FollowUp,
  { tauYears, censoring = followUp }: { readonly tauYears: number; readonly censoring?: FollowUp },
): number | null {
  checkFollowUp(followUp, [risks]);
  const { years, events } = followUp;
  const uncensored = censoringSurvival(censoring);
  const ranks = new RiskCounts(risks);
  const order = Array.from({ length: years.length }, (_, person) => person).sort(
    (a, b) => (years[b] ?? 0) - (years[a] ?? 0),
  );
  let [pairs, right] = [0, 0];
  // From the last backwards: whoever has been counted lives longer than the one at hand.
  for (let first = 0; first < order.length; ) {
    const time = years[order[first] ?? 0] ?? 0;
    let after = first;
    while (after < order.length && years[order[after] ?? 0] === time) after += 1;
    const here = order.slice(first, after);
    for (const person of here) if (events[person] !== 1) ranks.count(person);
    if (time < tauYears) {
      for (const person of here) {
        const seen = valueAt(uncensored, time);
        if (events[person] !== 1 || seen <= 0) continue;
        const { below, tied, all } = ranks.against(person);
        const weight = 1 / seen ** 2;
        pairs += weight * all;
        right += weight * (below + tied / 2);
      }
    }
    for (const person of here) if (events[person] === 1) ranks.count(person);
    first = after;
  }
  return pairs === 0 ? null : right / pairs;
}

/**
 * How well scores tell those who have the event by a moment from those who are still without it then (cumulative/dynamic AUC, Uno
 * et al. 2007; Hung & Chiang 2010), each event weighted by the inverse chance of not being censored before. Null when a side is empty.
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function timeDependentAuc(
  risks: ArrayLike<number>,
  followUp: FollowUp,
  { atYears, censoring = followUp }: { readonly atYears: number; readonly censoring?: FollowUp },
): number | null {
  checkFollowUp(followUp, [risks]);
  const { years, events } = followUp;
  const uncensored = censoringSurvival(censoring);
  const ranks = new RiskCounts(risks);
  const cases: number[] = [];
  for (let person = 0; person < years.length; person += 1) {
    if ((years[person] ?? 0) > atYears) ranks.count(person);
    else if (events[person] === 1) cases.push(person);
  }
  let [total, right] = [0, 0];
  for (const person of cases) {
    const seen = valueAt(uncensored, years[person] ?? 0);
    if (seen <= 0) continue;
    const { below, tied, all } = ranks.against(person);
    total += all / seen;
    right += (below + tied / 2) / seen;
  }
  return total === 0 ? null : right / total;
}

/** Counts people by risk in a binary indexed tree (Fenwick 1994), so that all pairs take n log n. */
class RiskCounts {
  readonly #place: Uint32Array;
  readonly #tree: Uint32Array;
  #all = 0;

  constructor(risks: ArrayLike<number>) {
    const order = Array.from({ length: risks.length }, (_, person) => person).sort(
      (a, b) => (risks[a] ?? 0) - (risks[b] ?? 0),
    );
    this.#place = new Uint32Array(risks.length);
    let [place, last] = [0, Number.NEGATIVE_INFINITY];
    for (const person of order) {
      const risk = risks[person] ?? 0;
      if (risk - last > TIED || place === 0) place += 1;
      last = risk;
      this.#place[person] = place;
    }
    this.#tree = new Uint32Array(place + 1);
  }

  count(person: number): void {
    this.#all += 1;
    for (let at = this.#place[person] ?? 0; at < this.#tree.length; at += at & -at)
      this.#tree[at] = (this.#tree[at] ?? 0) + 1;
  }

  /** Of those counted: how many have a lower risk than the person, the same, and how many there are. */
  against(person: number): { readonly below: number; readonly tied: number; readonly all: number } {
    const place = this.#place[person] ?? 0;
    const below = this.#upTo(place - 1);
    return { below, tied: this.#upTo(place) - below, all: this.#all };
  }

  #upTo(place: number): number {
    let sum = 0;
    for (let at = place; at > 0; at -= at & -at) sum += this.#tree[at] ?? 0;
    return sum;
  }
}
