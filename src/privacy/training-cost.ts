import { UnicaError } from '#base';
import { epsilonOfLosses, type NoisySteps } from './epsilon-of-losses.ts';
import { epsilonOfRenyi, RENYI_ORDERS, renyiOfStep } from './renyi.ts';

/** How the cost of noisy steps is worked out: by Rényi divergences, or by the distribution of the privacy loss (tighter, slower). */
export type Accountant = 'rdp' | 'pld';

/** What training with noise has cost everybody whose record may have been used: (ε, δ)-differential privacy of one record. */
export interface TrainingCost {
  readonly epsilon: number;
  readonly delta: number;
  /** The Rényi order that gave it; null from the distribution of losses, and where nothing was spent. */
  readonly order: number | null;
}

/** Steps above this are a mistake, and would leave the numbers without meaning. */
const MOST_STEPS = 1e9;
/** Below, the composed distribution of losses is beyond what doubles hold. */
const LEAST_PLD_DELTA = 1e-200;

/**
 * The cost of all these steps together: they are composed, not their ε added.
 * @throws UnicaError `privacy.numbers-refused` for numbers that mean nothing, and where no finite ε holds
 */
export function trainingCost(
  parts: readonly NoisySteps[],
  delta: number,
  accountant: Accountant = 'rdp',
): TrainingCost {
  for (const part of parts) checkSteps(part);
  if (!(delta > 0 && delta < 1)) {
    throw refused(
      delta === 0
        ? 'with δ = 0 no ε holds for noise of this kind; δ is usually well below 1 over the number of records'
        : 'δ is not a number between 0 and 1',
    );
  }
  const spent = parts.filter(({ steps, sampleRate }) => steps > 0 && sampleRate > 0);
  if (spent.length === 0) return { epsilon: 0, delta, order: null };
  if (spent.some(({ noiseMultiplier }) => noiseMultiplier === 0)) {
    throw refused('without noise there is no ε that holds');
  }
  const divergences = RENYI_ORDERS.map((order) =>
    spent.reduce((sum, part) => sum + part.steps * cachedRenyi(part, order), 0),
  );
  const { epsilon, order } = epsilonOfRenyi(RENYI_ORDERS, divergences, delta);
  if (!Number.isFinite(epsilon)) throw refused('there is so little noise that no ε a number can hold is true');
  if (accountant === 'rdp') return { epsilon, delta, order };
  if (delta < LEAST_PLD_DELTA) throw refused(`δ is below ${LEAST_PLD_DELTA}; the accountant "rdp" takes any`);
  const tighter = epsilonOfLosses(spent, delta, epsilon);
  if (!Number.isFinite(tighter))
    throw refused('the distribution of losses is beyond what can be worked out; take "rdp"');
  // Both bounds hold, so the smaller does.
  return { epsilon: Math.min(tighter, epsilon), delta, order: null };
}

/** Accounting asks for the same steps again and again; nothing but the numbers goes in. */
const known = new Map<string, number>();
const MOST_KNOWN = 20_000;

function cachedRenyi(part: NoisySteps, order: number): number {
  const key = `${part.sampleRate}/${part.noiseMultiplier}/${order}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MOST_KNOWN) known.clear();
  const divergence = renyiOfStep(part, order);
  known.set(key, divergence);
  return divergence;
}

function checkSteps({ noiseMultiplier, sampleRate, steps }: NoisySteps): void {
  if (!(noiseMultiplier >= 0 && noiseMultiplier <= 1e6)) throw refused('the noise is not a number from 0 to a million');
  if (noiseMultiplier > 0 && noiseMultiplier < 1e-3) throw refused('noise below 0.001 protects nobody');
  if (!(sampleRate >= 0 && sampleRate <= 1)) throw refused('the sampling rate is not a number from 0 to 1');
  if (!Number.isSafeInteger(steps) || steps < 0 || steps > MOST_STEPS) {
    throw refused('the number of steps is not a whole number from 0 to a thousand million');
  }
}

/** Steps that are alike as one part: what a ledger keeps, however many rounds there were. */
export function togetherAs(parts: readonly NoisySteps[]): readonly NoisySteps[] {
  const sums = new Map<string, NoisySteps>();
  for (const part of parts) {
    const key = `${part.noiseMultiplier}/${part.sampleRate}`;
    sums.set(key, { ...part, steps: (sums.get(key)?.steps ?? 0) + part.steps });
  }
  return [...sums.values()];
}

function refused(problem: string): UnicaError {
  return new UnicaError('privacy.numbers-refused', { problem });
}
