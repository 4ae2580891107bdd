import { SeededRandom } from '#base';
import { type Interval, quantile } from './bootstrap.ts';
import { stabilityIndex } from './drift.ts';

/** Draws of both histograms for an interval. */
const DRAWS = 400;

/**
 * Neighbouring bins put together until each holds at least a share of the reference: an index over bins of a handful of people is
 * mostly chance. Both histograms get the same bins.
 * @param leastShare of the reference in a bin, above 0 and at most 1
 */
export function mergedBins(
  reference: readonly number[],
  now: readonly number[],
  leastShare = 0.08,
): { readonly reference: readonly number[]; readonly now: readonly number[] } {
  const least = leastShare * reference.reduce((sum, count) => sum + count, 0);
  const merged: { reference: number; now: number }[] = [];
  let open = { reference: 0, now: 0 };
  reference.forEach((count, bin) => {
    open = { reference: open.reference + count, now: open.now + (now[bin] ?? 0) };
    if (open.reference < least) return;
    merged.push(open);
    open = { reference: 0, now: 0 };
  });
  const last = merged.at(-1);
  if (last === undefined) merged.push(open);
  else merged[merged.length - 1] = { reference: last.reference + open.reference, now: last.now + open.now };
  return { reference: merged.map((bin) => bin.reference), now: merged.map((bin) => bin.now) };
}

/**
 * The population stability index with 95 %, by drawing both histograms anew from themselves. The index of two samples of one source is
 * above 0 by chance, and that of draws by as much again, which the interval takes off (basic bootstrap, Davison and Hinkley 1997).
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function stabilityInterval(
  reference: readonly number[],
  now: readonly number[],
  { seed }: { readonly seed: string },
): Interval {
  const value = stabilityIndex(reference, now);
  const random = new SeededRandom(`${seed}/stability`);
  const drawn = Array.from({ length: DRAWS }, () =>
    stabilityIndex(drawnHistogram(reference, random), drawnHistogram(now, random)),
  ).sort((a, b) => a - b);
  const low = Math.max(0, 2 * value - quantile(drawn, 0.975));
  return { value, low, high: Math.max(low, 2 * value - quantile(drawn, 0.025)) };
}

/**
 * More people than this are drawn a bin at a time rather than one by one, which would keep a hub busy for seconds. A bin's number is then
 * about normal with its own count as variance: such numbers, as shares of their sum, vary together as those of people drawn one by one do.
 */
const MOST_ONE_BY_ONE = 100;

/** About as many people, drawn from the histogram itself. */
function drawnHistogram(counts: readonly number[], random: SeededRandom): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > MOST_ONE_BY_ONE)
    return counts.map((count) => Math.max(0, Math.round(count + Math.sqrt(count) * random.normal())));
  const drawn = new Array<number>(counts.length).fill(0);
  for (let person = 0; person < total; person += 1) {
    let at = random.below(total);
    let bin = 0;
    while (at >= (counts[bin] ?? 0)) {
      at -= counts[bin] ?? 0;
      bin += 1;
    }
    drawn[bin] = (drawn[bin] ?? 0) + 1;
  }
  return drawn;
}
