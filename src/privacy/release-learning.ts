import { UnicaError } from '#base';
import { type Releasable, released } from './releasable.ts';

/** A model's update is let out only when at least so many people's images went into it. */
export const MINIMUM_PEOPLE = 10;

/**
 * Lets out the update of a round: finite numbers, of the expected size, made from enough people.
 * @throws UnicaError `privacy.too-few-people`, `privacy.update-refused`.
 */
export function releaseUpdate(
  update: Float32Array,
  rule: { readonly expectedLength: number; readonly people: number; readonly minimumPeople?: number },
): Releasable<Float32Array> {
  const minimum = rule.minimumPeople ?? MINIMUM_PEOPLE;
  if (rule.people < minimum) throw new UnicaError('privacy.too-few-people', { minimum });
  if (update.length !== rule.expectedLength) throw new UnicaError('privacy.update-refused', { problem: 'wrong size' });
  for (const value of update) {
    if (!Number.isFinite(value)) throw new UnicaError('privacy.update-refused', { problem: 'not finite' });
  }
  return released(update);
}

/** Counts of scores by class in equal bins. */
export interface Histogram {
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

/**
 * Lets out a histogram of validation scores, or nothing when either class has too few films: a histogram of a handful of
 * people would be a list of them.
 */
export function releaseHistogram(
  histogram: Histogram,
  minimumOfEachClass: number = MINIMUM_PEOPLE,
): Releasable<Histogram> | null {
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const enough = total(histogram.negative) >= minimumOfEachClass && total(histogram.positive) >= minimumOfEachClass;
  return enough ? released(histogram) : null;
}

/** Lets out plain training metrics: means over enough people, finite. @throws UnicaError as `releaseUpdate`. */
export function releaseMetrics<Metrics extends Readonly<Record<string, number>>>(
  metrics: Metrics,
  people: number,
  minimumPeople: number = MINIMUM_PEOPLE,
): Releasable<Metrics> {
  if (people < minimumPeople) throw new UnicaError('privacy.too-few-people', { minimum: minimumPeople });
  for (const value of Object.values(metrics)) {
    if (!Number.isFinite(value)) throw new UnicaError('privacy.update-refused', { problem: 'a metric is not finite' });
  }
  return released(metrics);
}
