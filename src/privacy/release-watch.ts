import { type Releasable, released } from './releasable.ts';
import type { Guarded } from './release-count.ts';
import { MINIMUM_PEOPLE } from './release-learning.ts';
import { releaseTable } from './release-table.ts';

/** Different people by their scores and by what is known of them, in a stretch of time. */
export interface WatchedPeople<Of extends string> {
  readonly people: number;
  readonly scores: readonly number[];
  readonly inputs: readonly { readonly of: Of; readonly cells: Readonly<Record<string, number>> }[];
}

/** A person with a score and what was found; the score between 0 and 1. */
export interface ScoredOutcome {
  readonly score: number;
  readonly isAlarm: boolean;
  readonly found: boolean;
}

/** People with neighbouring scores. */
export interface OutcomeBin {
  readonly people: number;
  readonly expected: number;
  readonly found: number;
  readonly isAlarm: boolean | null;
}

/**
 * Lets out how scores and inputs were spread, or nothing where too few people are in it. Scores leave as histograms of a round do, whole;
 * a small cell of what is known of people is withheld, and a second one where one alone could be had by subtraction.
 */
export function releaseWatchedPeople<Of extends string>(
  { people, scores, inputs }: WatchedPeople<Of>,
  { leastPeople }: { readonly leastPeople: number },
): Releasable<{
  readonly people: number;
  readonly scores: readonly number[];
  readonly inputs: readonly { readonly of: Of; readonly cells: Readonly<Record<string, Guarded>> }[];
}> | null {
  if (people < Math.max(leastPeople, MINIMUM_PEOPLE)) return null;
  const exact = { threshold: MINIMUM_PEOPLE, epsilon: Number.POSITIVE_INFINITY, roundTo: 1 };
  const seed = { secret: new Uint8Array(1), dataVersion: '', question: '' };
  return released({
    people,
    scores: [...scores],
    inputs: inputs.map(({ of, cells }) => ({ of, cells: releaseTable(cells, exact, seed).value })),
  });
}

/**
 * Lets out how often what was looked for was found among people with neighbouring scores, at least ten in each bin; nothing where
 * fewer than ten had it or had it not. One person's examinations are no crowd: each person comes once.
 * Nor does a bin hold people with an alarm and without, unless fewer than ten would be told of as the ones or the others.
 * @param edges scores between which bins begin
 */
export function releaseOutcomes(
  people: readonly ScoredOutcome[],
  { edges }: { readonly edges: readonly number[] },
): Releasable<readonly OutcomeBin[]> | null {
  const found = people.filter((one) => one.found).length;
  if (found < MINIMUM_PEOPLE || people.length - found < MINIMUM_PEOPLE) return null;
  const above = people.filter(({ isAlarm }) => isAlarm);
  const below = people.filter(({ isAlarm }) => !isAlarm);
  const isSplit = above.length >= MINIMUM_PEOPLE && below.length >= MINIMUM_PEOPLE;
  const parts: readonly { readonly of: readonly ScoredOutcome[]; readonly isAlarm: boolean | null }[] = isSplit
    ? [
        { of: below, isAlarm: false },
        { of: above, isAlarm: true },
      ]
    : [{ of: people, isAlarm: null }];
  return released(parts.flatMap(({ of, isAlarm }) => binsOf(of, edges).map((bin) => ({ ...bin, isAlarm }))));
}

/** Neighbouring bins together until each holds ten people. */
function binsOf(people: readonly ScoredOutcome[], edges: readonly number[]): readonly Omit<OutcomeBin, 'isAlarm'>[] {
  const raw = new Map<number, Omit<OutcomeBin, 'isAlarm'>>();
  for (const { score, found } of people) {
    const place = edges.findIndex((edge) => score < edge);
    const key = place === -1 ? edges.length : place;
    raw.set(key, together(raw.get(key) ?? NOBODY, { people: 1, expected: score, found: found ? 1 : 0 }));
  }
  const bins: Omit<OutcomeBin, 'isAlarm'>[] = [];
  let open = NOBODY;
  for (const [, bin] of [...raw].sort(([a], [b]) => a - b)) {
    open = together(open, bin);
    if (open.people < MINIMUM_PEOPLE) continue;
    bins.push(open);
    open = NOBODY;
  }
  const last = bins.pop();
  return [...bins, last === undefined ? open : together(last, open)].map((bin) => ({
    ...bin,
    // A sum of scores to the last digit could be taken apart; rounded up it must not say more than everybody.
    expected: Math.min(bin.people, Number(bin.expected.toPrecision(4))),
  }));
}

const NOBODY = { people: 0, expected: 0, found: 0 };

function together(a: typeof NOBODY, b: typeof NOBODY): typeof NOBODY {
  return { people: a.people + b.people, expected: a.expected + b.expected, found: a.found + b.found };
}
