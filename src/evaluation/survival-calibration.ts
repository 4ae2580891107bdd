import { UnicaError } from '#base';
import { censoringSurvival, checkFollowUp, type FollowUp, kaplanMeier, valueAt } from './follow-up.ts';
import { logisticFit } from './logistic-fit.ts';
import { Z95 } from './normal.ts';

/**
 * Brier score at a moment (Graf et al. 1999): mean squared difference of the predicted risk and what happened, each person weighted
 * by the inverse chance of being seen as they were. In [0, 1], lower is better.
 * @param probabilities of having the event by `atYears`
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function brierScore(
  probabilities: ArrayLike<number>,
  followUp: FollowUp,
  { atYears, censoring = followUp }: { readonly atYears: number; readonly censoring?: FollowUp },
): number {
  checkFollowUp(followUp, [probabilities]);
  const weights = knownWeights(followUp, atYears, censoring);
  let sum = 0;
  for (let person = 0; person < weights.length; person += 1) {
    const weight = weights[person] ?? 0;
    if (weight === 0) continue;
    sum += weight * ((probabilities[person] ?? 0) - happenedBy(followUp, person, atYears)) ** 2;
  }
  return sum / weights.length;
}

/** Expected events over observed ones, with its 95 % interval. */
export interface ExpectedOverObserved {
  readonly expected: number;
  /** People × the Kaplan–Meier share with the event by then. */
  readonly observed: number;
  /** Above 1: the model promises too much harm. Null where nothing was observed. */
  readonly ratio: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Calibration in the large at a moment: the sum of the predicted risks over the events that censored people would have had too
 * (Kaplan–Meier), with a 95 % interval on the logarithm from Greenwood's variance. With `people`, who each of them is, those of one person
 * are not taken for so many strangers: three exams before one cancer tell as much of a site as one (sums over each person of what
 * each of hers does to the curve, as Williams 1995 does for clustered survival).
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function expectedOverObserved(
  probabilities: ArrayLike<number>,
  followUp: FollowUp,
  { atYears, people }: { readonly atYears: number; readonly people?: readonly string[] | undefined },
): ExpectedOverObserved {
  checkFollowUp(followUp, [probabilities]);
  const curve = kaplanMeier(followUp);
  const survival = valueAt(curve, atYears);
  const count = followUp.years.length;
  const observed = count * (1 - survival);
  let expected = 0;
  for (let person = 0; person < count; person += 1) expected += probabilities[person] ?? 0;
  if (observed === 0) return { expected, observed, ratio: null, low: null, high: null };
  const last = curve.times.findLastIndex((time) => time <= atYears);
  const variance = people === undefined ? (curve.greenwood[last] ?? 0) : clusteredVariance(followUp, atYears, people);
  const stdError = (survival * Math.sqrt(variance)) / (1 - survival);
  const ratio = expected / observed;
  const factor = Math.exp(Z95 * stdError);
  return { expected, observed, ratio, low: ratio / factor, high: ratio * factor };
}

/** Variance of the cumulative hazard at a moment, in place of Greenwood's sum, where exams of one person go together. */
function clusteredVariance({ years, events }: FollowUp, atYears: number, people: readonly string[]): number {
  const order = Array.from({ length: years.length }, (_, exam) => exam).sort(
    (a, b) => (years[a] ?? 0) - (years[b] ?? 0),
  );
  const sums = new Map<string, number>();
  /** Σ d/n² over the moments until now: what whoever is still followed takes from the hazard. */
  let taken = 0;
  for (let first = 0; first < order.length; ) {
    const time = years[order[first] ?? 0] ?? 0;
    let after = first;
    let happened = 0;
    while (after < order.length && years[order[after] ?? 0] === time) {
      happened += events[order[after] ?? 0] ?? 0;
      after += 1;
    }
    const atRisk = order.length - first;
    if (time <= atYears) taken += happened / atRisk ** 2;
    for (const exam of order.slice(first, after)) {
      const own = (time <= atYears ? (events[exam] ?? 0) / atRisk : 0) - taken;
      const person = people[exam] ?? '';
      sums.set(person, (sums.get(person) ?? 0) + own);
    }
    first = after;
  }
  return [...sums.values()].reduce((sum, own) => sum + own ** 2, 0);
}

/**
 * Weak calibration at a moment (Cox 1958): logit(happened) = intercept + slope · logit(predicted), weighted by the inverse chance of
 * being seen. Slope 1 and intercept 0 are right; a slope below 1 is too sure of itself. Null where it has no finite answer.
 * @throws UnicaError `evaluation.numbers-unfit`
 */
export function calibrationSlope(
  probabilities: ArrayLike<number>,
  followUp: FollowUp,
  { atYears, censoring = followUp }: { readonly atYears: number; readonly censoring?: FollowUp },
): { readonly slope: number; readonly intercept: number } | null {
  checkFollowUp(followUp, [probabilities]);
  const weights = knownWeights(followUp, atYears, censoring);
  const outcomes = Float64Array.from(weights, (_, person) => happenedBy(followUp, person, atYears));
  const logits = Float64Array.from(weights, (_, person) => logitOf(probabilities[person] ?? 0));
  const fit = logisticFit([logits], outcomes, { weights });
  return fit === null ? null : { intercept: fit[0] ?? 0, slope: fit[1] ?? 0 };
}

/** Inverse chance of being seen as one was, at a moment: 0 for those censored before it. */
export function knownWeights(followUp: FollowUp, atYears: number, censoring: FollowUp = followUp): Float64Array {
  const { years, events } = followUp;
  const uncensored = censoringSurvival(censoring);
  const then = valueAt(uncensored, atYears);
  return Float64Array.from({ length: years.length }, (_, person) => {
    const time = years[person] ?? 0;
    if (time > atYears) return then > 0 ? 1 / then : 0;
    const seen = valueAt(uncensored, time);
    return events[person] === 1 && seen > 0 ? 1 / seen : 0;
  });
}

/** 1 when the event came by then. */
export function happenedBy({ years, events }: FollowUp, person: number, atYears: number): 0 | 1 {
  return events[person] === 1 && (years[person] ?? 0) <= atYears ? 1 : 0;
}

/** log(p / (1 − p)), kept within ±16. @throws UnicaError `evaluation.numbers-unfit` outside [0, 1]. */
export function logitOf(probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new UnicaError('evaluation.numbers-unfit', { problem: 'a probability is not between 0 and 1' });
  const kept = Math.min(1 - 1e-7, Math.max(1e-7, probability));
  return Math.log(kept / (1 - kept));
}
