import { UnicaError } from '#base';

/** A model of fewer parameters has no room for pictures; of more, whether it remembers its people is tried before it leaves. */
export const MEMORISATION_ABOVE_PARAMETERS = 1_000_000;

/** Examples of each side below which nothing can be said. */
const FEWEST_EXAMPLES = 20;
/** Whoever guesses by the loss whether somebody was learned from may be right for at most so many pairs in a hundred. */
const HIGHEST_SUCCESS = 0.75;
/** One-sided, 99 %. */
const Z = 2.326;

/** How well the loss tells who was learned from. */
export interface MembershipGuess {
  /** Share of pairs, one learned from and one not, that the loss orders rightly: 0.5 is guessing, 1 is certain. */
  readonly success: number;
  /** The least that it is, at 99 %. */
  readonly atLeast: number;
}

/**
 * Membership inference by the loss (Yeom, Giacomelli, Fredrikson, Jha 2018), as the area under the curve over all thresholds, with
 * the standard error of Hanley and McNeil (1982): whoever has the model and a film tries whether the film was learned from.
 * @returns undefined where one side has too few examples to say anything
 */
export function guessMembership(learned: readonly number[], heldOut: readonly number[]): MembershipGuess | undefined {
  const [m, n] = [learned.length, heldOut.length];
  if (m < FEWEST_EXAMPLES || n < FEWEST_EXAMPLES) return undefined;
  // By ranks, ties shared: what was learned has the smaller losses.
  const all = [
    ...learned.map((loss) => ({ loss, isLearned: true })),
    ...heldOut.map((loss) => ({ loss, isLearned: false })),
  ].sort((a, b) => a.loss - b.loss);
  let ranksOfHeldOut = 0;
  for (let first = 0; first < all.length; ) {
    let after = first + 1;
    while (after < all.length && all[after]?.loss === all[first]?.loss) after += 1;
    const rank = (first + 1 + after) / 2;
    for (let at = first; at < after; at += 1) if (all[at]?.isLearned === false) ranksOfHeldOut += rank;
    first = after;
  }
  const success = (ranksOfHeldOut - (n * (n + 1)) / 2) / (m * n);
  const q1 = success / (2 - success);
  const q2 = (2 * success * success) / (1 + success);
  const variance =
    (success * (1 - success) + (n - 1) * (q1 - success * success) + (m - 1) * (q2 - success * success)) / (m * n);
  return { success, atLeast: success - Z * Math.sqrt(Math.max(0, variance)) };
}

/**
 * Holds what is about to leave against that bound. The two shares are of many people and tell nothing of one.
 * @throws UnicaError `privacy.model-remembers`.
 */
export function checkMemorisation(guess: MembershipGuess | undefined): void {
  if (guess === undefined || guess.atLeast <= HIGHEST_SUCCESS) return;
  throw new UnicaError('privacy.model-remembers', {
    success: guess.success.toFixed(2),
    most: HIGHEST_SUCCESS.toFixed(2),
  });
}
