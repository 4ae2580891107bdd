import { UnicaError } from '#base';

/** How long each person was followed, and whether that ended with the event (1) or without it (0, censored). */
export interface FollowUp {
  /** Years from the exam to the event or to the last news, above 0. */
  readonly years: ArrayLike<number>;
  /** 1 or 0. */
  readonly events: ArrayLike<number>;
}

/** A function that changes only at some moments: its value from `times[i]` on is `values[i]`; 1 before the first. */
export interface StepFunction {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** @throws UnicaError `evaluation.numbers-unfit` */
export function checkFollowUp({ years, events }: FollowUp, others: readonly ArrayLike<number>[] = []): void {
  const wrong = (problem: string): never => {
    throw new UnicaError('evaluation.numbers-unfit', { problem });
  };
  if (years.length === 0) wrong('there is nobody in them');
  if (events.length !== years.length || others.some(({ length }) => length !== years.length))
    wrong('there is not one number for each person');
  for (let person = 0; person < years.length; person += 1) {
    if (!Number.isFinite(years[person]) || (years[person] ?? 0) < 0) wrong('a time is not a number of years from 0 on');
    if (events[person] !== 0 && events[person] !== 1) wrong('an event is neither 0 nor 1');
    if (others.some((numbers) => !Number.isFinite(numbers[person]))) wrong('a score is not a number');
  }
}

/** Value at a moment, changes at that very moment included. */
export function valueAt({ times, values }: StepFunction, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 1 : (values[low - 1] ?? 1);
}

/** Share still without the event (Kaplan & Meier 1958), and Greenwood's sum Σ d/(n(n − d)) up to each moment. */
export function kaplanMeier(followUp: FollowUp): StepFunction & { readonly greenwood: Float64Array } {
  return productLimit(followUp, 'event');
}

/**
 * Chance not to be censored by a moment: Kaplan–Meier of the censoring, in which people who have the event at a moment have left
 * before those who are censored at it.
 */
export function censoringSurvival(followUp: FollowUp): StepFunction {
  return productLimit(followUp, 'censoring');
}

function productLimit({ years, events }: FollowUp, of: 'event' | 'censoring') {
  const order = Array.from({ length: years.length }, (_, person) => person).sort(
    (a, b) => (years[a] ?? 0) - (years[b] ?? 0),
  );
  const times: number[] = [];
  const values: number[] = [];
  const greenwood: number[] = [];
  let [survival, sum] = [1, 0];
  for (let first = 0; first < order.length; ) {
    const time = years[order[first] ?? 0] ?? 0;
    let [after, happened] = [first, 0];
    while (after < order.length && years[order[after] ?? 0] === time) {
      happened += events[order[after] ?? 0] ?? 0;
      after += 1;
    }
    const atRisk = order.length - first - (of === 'censoring' ? happened : 0);
    const ended = of === 'censoring' ? after - first - happened : happened;
    if (ended > 0) {
      survival *= 1 - ended / atRisk;
      sum += ended / (atRisk * (atRisk - ended));
      times.push(time);
      values.push(survival);
      greenwood.push(sum);
    }
    first = after;
  }
  return {
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    greenwood: Float64Array.from(greenwood),
  };
}
