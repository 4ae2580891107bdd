import { UnicaError } from '#base';
import { type Accountant, type TrainingCost, trainingCost } from './training-cost.ts';

/** Training at a site as far as its privacy is concerned. */
export interface NoisyTraining {
  /** Records (films) that are learned from. */
  readonly records: number;
  /** Records in a step, on average. */
  readonly batchSize: number;
  readonly rounds: number;
  /** Either so many passes over the records in a round, or so many steps. */
  readonly local: { readonly epochs: number } | { readonly steps: number };
  readonly noiseMultiplier: number;
}

/** What is looked for, beside all that is given. */
export type PlanGoal = 'noise' | 'rounds' | 'batch';

/** A training that stays within a limit, and what it costs. */
export interface TrainingPlanFound extends NoisyTraining {
  readonly cost: TrainingCost;
  readonly sampleRate: number;
  readonly steps: number;
}

/** Noise beyond this teaches nothing. */
const MOST_NOISE = 1000;
const LEAST_NOISE = 0.1;
const MOST_ROUNDS = 100_000;

/** Steps of the whole training, and the probability of a record to be in one. @throws UnicaError `privacy.plan-impossible`. */
export function stepsOf({ records, batchSize, rounds, local }: Omit<NoisyTraining, 'noiseMultiplier'>): {
  readonly steps: number;
  readonly sampleRate: number;
} {
  for (const [what, value] of Object.entries({ records, batchSize, rounds })) {
    if (!Number.isSafeInteger(value) || value < 1) throw impossible(`${what} is not a whole number above 0`);
  }
  if (batchSize > records) throw impossible(`a batch of ${batchSize} is more than the ${records} records there are`);
  const perRound = 'steps' in local ? local.steps : local.epochs * Math.ceil(records / batchSize);
  if (!Number.isSafeInteger(perRound) || perRound < 1) throw impossible('a round has no steps');
  return { steps: rounds * perRound, sampleRate: batchSize / records };
}

/** The cost of a training. @throws UnicaError `privacy.plan-impossible`, `privacy.numbers-refused`. */
export function costOfTraining(training: NoisyTraining, delta: number, accountant: Accountant = 'rdp'): TrainingCost {
  return trainingCost([{ ...stepsOf(training), noiseMultiplier: training.noiseMultiplier }], delta, accountant);
}

/**
 * Finds the least noise (to three decimals, rounded up), the most rounds, or the largest batch with which a training costs
 * no more than ε at δ.
 * @param training with the number that is looked for left as it is found: it is not read
 * @throws UnicaError `privacy.plan-impossible` where nothing will do, `privacy.numbers-refused`
 */
export function planTraining(
  goal: PlanGoal,
  training: NoisyTraining,
  limit: { readonly epsilon: number; readonly delta: number; readonly accountant?: Accountant | undefined },
): TrainingPlanFound {
  const { epsilon, delta, accountant = 'rdp' } = limit;
  if (!(epsilon > 0 && epsilon <= 1e6)) throw impossible('ε is not a number above 0');
  if (delta >= 1 / training.records) {
    throw impossible(
      `δ = ${delta} is not below 1 over the ${training.records} records: a record could be given away outright and the promise still be kept`,
    );
  }
  const fits = (one: NoisyTraining, how: Accountant): boolean => costOfTraining(one, delta, how).epsilon <= epsilon;
  const found = search(goal, training, (one) => fits(one, 'rdp')) ?? training;
  // The tighter accountant is asked about few numbers only, near those of the other.
  const best = accountant === 'rdp' ? found : refine(goal, found, (one) => fits(one, 'pld'));
  const cost = costOfTraining(best, delta, accountant);
  if (!(cost.epsilon <= epsilon)) throw impossible(whyNot(goal, cost.epsilon, epsilon));
  return { ...best, cost, ...stepsOf(best) };
}

function search(
  goal: PlanGoal,
  training: NoisyTraining,
  fits: (one: NoisyTraining) => boolean,
): NoisyTraining | undefined {
  switch (goal) {
    case 'noise': {
      const at = (thousandths: number): NoisyTraining => ({ ...training, noiseMultiplier: thousandths / 1000 });
      const least = lowestThat((thousandths) => fits(at(thousandths)), 1000 * LEAST_NOISE, 1000 * MOST_NOISE);
      return at(least ?? 1000 * MOST_NOISE);
    }
    case 'rounds': {
      const over = lowestThat((rounds) => !fits({ ...training, rounds }), 1, MOST_ROUNDS);
      return { ...training, rounds: Math.max(1, (over ?? MOST_ROUNDS + 1) - 1) };
    }
    case 'batch': {
      const over = lowestThat((batchSize) => !fits({ ...training, batchSize }), 1, training.records);
      return { ...training, batchSize: Math.max(1, (over ?? training.records + 1) - 1) };
    }
  }
}

/** Goes on from what the looser accountant allows while the tighter one still does. */
function refine(goal: PlanGoal, from: NoisyTraining, fits: (one: NoisyTraining) => boolean): NoisyTraining {
  if (goal === 'noise') {
    const at = (thousandths: number): NoisyTraining => ({ ...from, noiseMultiplier: thousandths / 1000 });
    const highest = Math.round(from.noiseMultiplier * 1000);
    const least = lowestThat((thousandths) => fits(at(thousandths)), Math.max(100, Math.floor(highest / 2)), highest);
    return at(least ?? highest);
  }
  const key = goal === 'rounds' ? 'rounds' : 'batchSize';
  const most = goal === 'rounds' ? MOST_ROUNDS : from.records;
  const over = lowestThat((value) => !fits({ ...from, [key]: value }), from[key], Math.min(most, 2 * from[key] + 1));
  return { ...from, [key]: Math.max(from[key], (over ?? Math.min(most, 2 * from[key]) + 1) - 1) };
}

/** The lowest whole number from `low` to `high` that passes, where all above one that passes do. */
function lowestThat(passes: (value: number) => boolean, low: number, high: number): number | undefined {
  if (!passes(high)) return undefined;
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (passes(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}

function whyNot(goal: PlanGoal, costs: number, limit: number): string {
  const least = `even then it costs ε = ${costs.toPrecision(4)}, more than ${limit}`;
  if (goal === 'noise') return `noise of ${MOST_NOISE} is the most that is tried; ${least}`;
  if (goal === 'rounds') return `one round is the fewest; ${least}. Take more noise, a smaller batch or more records`;
  return `a batch of one record is the smallest; ${least}. Take more noise or fewer rounds`;
}

function impossible(problem: string): UnicaError {
  return new UnicaError('privacy.plan-impossible', { problem });
}
