import { UnicaError } from '#base';
import type { Interval } from './bootstrap.ts';
import { logisticFit, logisticSums } from './logistic-fit.ts';
import { Z95 } from './normal.ts';
import { logitOf } from './survival-calibration.ts';

/** People with neighbouring scores: how many, the sum of their scores, and how many of them had what was looked for. */
export interface ScoreBin {
  readonly people: number;
  readonly expected: number;
  readonly found: number;
}

/** How scores fit what was found, out of bins alone; null where a figure has no finite answer. */
export interface BinnedCalibration {
  /** Expected over observed: above 1, the model promises too much. The interval is that of a share, on the logarithm. */
  readonly ratio: Interval | null;
  /** Of logit(found) = intercept + logit(score). */
  readonly intercept: Interval | null;
  /** Of logit(found) = a + slope · logit(score), and that a. */
  readonly slope: Interval | null;
  readonly interceptOfSlope: number | null;
}

/**
 * Calibration out of bins, which is all that leaves a site. The ratio is exact; intercept and slope take everybody of a bin at its
 * mean score, which draws a slope towards none by the spread within the bins.
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function binnedCalibration(bins: readonly ScoreBin[]): BinnedCalibration {
  for (const { people, expected, found } of bins)
    if (!(people > 0 && expected >= 0 && expected <= people && found >= 0 && found <= people))
      throw new UnicaError('evaluation.numbers-unfit', { problem: 'a bin has more found, or expected, than people' });
  const [people, expected, found] = (['people', 'expected', 'found'] as const).map((part) =>
    bins.reduce((sum, bin) => sum + bin[part], 0),
  ) as [number, number, number];
  const both = found > 0 && found < people;
  return {
    ratio: ratioOf(people, expected, found),
    intercept: both ? interceptOf(bins, found) : null,
    ...slopeOf(bins),
  };
}

function ratioOf(people: number, expected: number, found: number): Interval | null {
  if (found === 0 || expected === 0) return null;
  const value = expected / found;
  const factor = Math.exp(Z95 * Math.sqrt((1 - found / people) / found));
  return { value, low: value / factor, high: value * factor };
}

/** Newton on Σ n σ(logit + a) = found, which rises with a. */
function interceptOf(bins: readonly ScoreBin[], found: number): Interval | null {
  let intercept = 0;
  let information = 0;
  for (let step = 0; step < 100; step += 1) {
    let expected = 0;
    information = 0;
    for (const bin of bins) {
      const p = 1 / (1 + Math.exp(-(meanLogit(bin) + intercept)));
      expected += bin.people * p;
      information += bin.people * p * (1 - p);
    }
    if (!(information > 1e-9)) return null;
    const move = Math.max(-1, Math.min(1, (found - expected) / information));
    intercept += move;
    if (Math.abs(move) < 1e-10) break;
  }
  return around(intercept, 1 / Math.sqrt(information));
}

function slopeOf(bins: readonly ScoreBin[]): Pick<BinnedCalibration, 'slope' | 'interceptOfSlope'> {
  const none = { slope: null, interceptOfSlope: null };
  const rows = bins.flatMap((bin) => [
    { logit: meanLogit(bin), outcome: 1, weight: bin.found },
    { logit: meanLogit(bin), outcome: 0, weight: bin.people - bin.found },
  ]);
  const [logits, outcomes, weights] = (['logit', 'outcome', 'weight'] as const).map((part) =>
    rows.map((row) => row[part]),
  ) as [number[], number[], number[]];
  if (new Set(logits).size < 2) return none;
  const fit = logisticFit([logits], outcomes, { weights });
  if (fit === null) return none;
  const [a = 0, b = 0, , c = 0] = logisticSums(fit, [logits], outcomes, weights).information;
  const determinant = a * c - b * b;
  const variance = determinant > 0 ? a / determinant : Number.NaN;
  const [intercept = 0, slope = 0] = fit;
  return Number.isFinite(variance) ? { slope: around(slope, Math.sqrt(variance)), interceptOfSlope: intercept } : none;
}

function meanLogit({ people, expected }: ScoreBin): number {
  return logitOf(expected / people);
}

function around(value: number, stdError: number): Interval {
  return { value, low: value - Z95 * stdError, high: value + Z95 * stdError };
}
