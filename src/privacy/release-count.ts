import { hmacSha256 } from '#base';
import { type Releasable, released } from './releasable.ts';

/** A count that may be withheld. */
export type Guarded = { readonly count: number } | { readonly below: number };

/** How counts are let out. */
export interface CountRule {
  /** Counts below this are told as "fewer than". */
  readonly threshold: number;
  /** Strength of the noise: two-sided geometric with this epsilon for a change of one person; Infinity for none. */
  readonly epsilon: number;
  /** Disclosed counts are multiples of this. */
  readonly roundTo: number;
}

/** Counts of federated search and of published records: fewer than ten, epsilon 0.2, multiples of ten. */
export const PUBLIC_COUNTS: CountRule = { threshold: 10, epsilon: 0.2, roundTo: 10 };

/** What the noise of one answer depends on: the same question has the same answer, whoever asks and however often. */
export interface NoiseSeed {
  /** The node's secret. */
  readonly secret: Uint8Array;
  /** Digest of the dataset version. */
  readonly dataVersion: string;
  /** Canonical form of the question. */
  readonly question: string;
  /** Which number of the answer. */
  readonly cell: string;
}

/**
 * Lets out a count of people or studies: withheld when the truth is small, else with two-sided geometric noise (Ghosh,
 * Roughgarden, Sundararajan 2012) drawn by a keyed function of question and data, then rounded. Never negative.
 */
export function releaseCount(trueCount: number, rule: CountRule, seed: NoiseSeed): Releasable<Guarded> {
  return released(guard(trueCount, rule, seed));
}

/** The rule itself, for tables whose cells are released together. */
export function guard(trueCount: number, rule: CountRule, seed: NoiseSeed): Guarded {
  if (!Number.isSafeInteger(trueCount) || trueCount < 0) throw new RangeError(`${trueCount} is not a count`);
  if (trueCount < rule.threshold) return { below: rule.threshold };
  const noisy = trueCount + geometricNoise(rule.epsilon, uniforms(seed));
  const rounded = Math.round(noisy / rule.roundTo) * rule.roundTo;
  // What noise brings below the threshold is told as the threshold's own multiple: withholding it would say "small".
  return { count: Math.max(rounded, Math.ceil(rule.threshold / rule.roundTo) * rule.roundTo) };
}

/**
 * Two-sided geometric noise: P(k) = (1 − a) / (1 + a) · a^|k| with a = e^−ε, as the difference of two geometric draws.
 * @param draws two uniforms in (0, 1)
 */
export function geometricNoise(epsilon: number, draws: readonly [number, number]): number {
  if (epsilon === Number.POSITIVE_INFINITY) return 0;
  const [first, second] = draws.map((uniform) => Math.floor(Math.log(uniform) / -epsilon));
  return (first ?? 0) - (second ?? 0);
}

function uniforms(seed: NoiseSeed): readonly [number, number] {
  const digest = hmacSha256(seed.secret, `noise\n${seed.dataVersion}\n${seed.question}\n${seed.cell}`);
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const uniform = (offset: number) =>
    (view.getUint32(offset) * 2 ** 21 + (view.getUint32(offset + 4) >>> 11) + 0.5) / 2 ** 53;
  return [uniform(0), uniform(8)];
}
