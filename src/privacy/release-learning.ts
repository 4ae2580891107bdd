import { UnicaError } from '#base';
import { type Releasable, released } from './releasable.ts';

/** A model's update is let out only when at least so many people's images went into it. */
export const MINIMUM_PEOPLE = 10;

/**
 * Lets out the update of a round as it travels: finite numbers, of the expected size, made from enough people.
 * @param encode makes the bytes that leave, of the checked update
 * @throws UnicaError `privacy.too-few-people`, `privacy.update-refused`.
 */
export function releaseUpdate(
  update: Float32Array,
  rule: { readonly expectedLength: number; readonly people: number; readonly minimumPeople?: number },
  encode: (update: Float32Array) => Uint8Array,
): Releasable<Uint8Array> {
  checkPeople(rule);
  if (update.length !== rule.expectedLength) throw refused('wrong size');
  if (!update.every(Number.isFinite)) throw refused('not finite');
  return released(encode(update));
}

/** Counts of scores by class in equal bins. */
export interface Histogram {
  readonly negative: readonly number[];
  readonly positive: readonly number[];
}

/** Different people of each class. */
export interface PeopleOfClasses {
  readonly negative: number;
  readonly positive: number;
}

/**
 * Lets out a histogram of validation scores, or nothing when either class is of too few people: a histogram of a handful
 * of people would be a list of them. People are counted, not films: one person's films are no crowd.
 */
export function releaseHistogram(
  histogram: Histogram,
  people: PeopleOfClasses,
  minimumPeople: number = MINIMUM_PEOPLE,
): Releasable<Histogram> | null {
  if (people.negative < minimumPeople || people.positive < minimumPeople) return null;
  return released({ negative: [...histogram.negative], positive: [...histogram.positive] });
}

/** What a site tells of a round beside its update. */
export interface RoundMetrics {
  /** Films trained on. */
  readonly samples: number;
  readonly loss: number;
  readonly seconds: number;
  readonly bytesOut: number;
  /** Bytes of the change as it was before it was made smaller, and how much of its length was left out; absent where it was not. */
  readonly compression?: { readonly plainBytes: number; readonly leftBehind: number } | undefined;
  readonly validation: { readonly loss: number; readonly samples: number; readonly histogram: Histogram } | null;
}

/**
 * Lets out the metrics of a round: means over enough people, finite; those of validation only where its histogram may
 * leave. @throws UnicaError as {@link releaseUpdate}.
 */
export function releaseMetrics(
  { samples, loss, seconds, bytesOut, compression, validation }: RoundMetrics,
  rule: {
    readonly people: number;
    readonly validationPeople: PeopleOfClasses;
    readonly minimumPeople?: number;
  },
): Releasable<RoundMetrics> {
  checkPeople(rule);
  const shown =
    validation === null ? null : (releaseScores(validation, rule.validationPeople, rule.minimumPeople)?.value ?? null);
  const { plainBytes = 0, leftBehind = 0 } = compression ?? {};
  for (const value of [samples, loss, seconds, bytesOut, plainBytes, leftBehind]) {
    if (!Number.isFinite(value)) throw refused('a metric is not finite');
  }
  const told = { samples, loss, seconds, bytesOut, validation: shown };
  return released(compression === undefined ? told : { ...told, compression: { plainBytes, leftBehind } });
}

/**
 * Lets out how a model does on films that were kept apart, or nothing when either class is of too few people.
 * @throws UnicaError `privacy.update-refused` where a figure is not finite.
 */
export function releaseScores(
  scores: NonNullable<RoundMetrics['validation']>,
  people: PeopleOfClasses,
  minimumPeople: number = MINIMUM_PEOPLE,
): Releasable<NonNullable<RoundMetrics['validation']>> | null {
  const histogram = releaseHistogram(scores.histogram, people, minimumPeople)?.value;
  if (histogram === undefined) return null;
  const { loss, samples } = scores;
  if (!Number.isFinite(loss) || !Number.isFinite(samples)) throw refused('a metric is not finite');
  return released({ loss, samples, histogram });
}

function checkPeople(rule: { readonly people: number; readonly minimumPeople?: number }): void {
  const minimum = rule.minimumPeople ?? MINIMUM_PEOPLE;
  if (!(rule.people >= minimum)) throw new UnicaError('privacy.too-few-people', { minimum });
}

function refused(problem: string): UnicaError {
  return new UnicaError('privacy.update-refused', { problem });
}
