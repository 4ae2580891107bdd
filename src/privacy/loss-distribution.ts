import { erfc } from './log-erfc.ts';

/** A privacy loss on a grid: mass[k] at (first + k)·gridWidth; what is beyond the last counts as lost outright. */
export interface LossDistribution {
  readonly first: number;
  readonly mass: Float64Array;
}

/** Which of two neighbouring data sets holds the record: losses differ under sampling. */
export type Neighbour = 'removed' | 'added';

/** Nodes and weights of Gauss and Legendre's rule of three points on [−1, 1]. */
const NODES = [-Math.sqrt(0.6), 0, Math.sqrt(0.6)] as const;
const WEIGHTS = [5 / 9, 8 / 9, 5 / 9] as const;

/**
 * Privacy loss of one step of the Poisson-sampled Gaussian mechanism, on a grid, so that no true guarantee is better than
 * the one it gives ("connect the dots": Doroshenko, Ghazi, Kamath, Kumar, Manurangsi 2022). The loss of every point between
 * two of the grid is dealt out to both such that its mass under either data set is kept.
 * @param lost mass that may lie beyond the last point of the grid
 * @returns undefined where it would have more points than are allowed
 */
export function lossOfStep(
  step: { readonly sampleRate: number; readonly noiseMultiplier: number },
  neighbour: Neighbour,
  { gridWidth, lost }: { readonly gridWidth: number; readonly lost: number },
  mostPoints: number,
): LossDistribution | undefined {
  const { sampleRate: rate, noiseMultiplier: noise } = step;
  const reach = noise * Math.sqrt(-2 * Math.log(lost));
  const sign = neighbour === 'removed' ? 1 : -1;
  const [from, to] = [sign * lossAt(rate, noise, -reach), sign * lossAt(rate, noise, 1 + reach)];
  const first = Math.floor(Math.min(from, to) / gridWidth);
  const last = Math.ceil(Math.max(from, to) / gridWidth);
  if (!(last - first < mostPoints)) return undefined;
  const mass = new Float64Array(last - first + 1);
  const upper = -Math.expm1(-gridWidth);
  const mixed = { rate, noise };
  // The observation at which the loss is that of a point of the grid; losses fall with it where the record was added.
  const placeOf = (point: number): number => observationAt(rate, noise, sign * point * gridWidth);
  let left = placeOf(first);
  const below =
    sign === 1
      ? massOf(mixed, 'P', Number.NEGATIVE_INFINITY, left)
      : massOf(mixed, 'Q', left, Number.POSITIVE_INFINITY);
  // What lies lower is told as the first point: a higher loss than the true one.
  mass[0] = below;
  for (let point = first; point < last; point += 1) {
    const right = placeOf(point + 1);
    const [low, high] = sign === 1 ? [left, right] : [right, left];
    const whole = high > low ? dealt(mixed, sign, { low, high, loss: point * gridWidth, upper }) : { all: 0, up: 0 };
    const k = point - first;
    mass[k] = (mass[k] as number) + whole.all - whole.up;
    mass[k + 1] = whole.up;
    left = right;
  }
  return { first, mass };
}

/** Loss of an observation where the record was removed: ln(1 − q + q e^((2x − 1) / 2σ²)). */
function lossAt(rate: number, noise: number, observation: number): number {
  const exponent = (2 * observation - 1) / (2 * noise * noise);
  if (rate === 1) return exponent;
  if (exponent > 1) return exponent + Math.log(rate) + Math.log1p(((1 - rate) / rate) * Math.exp(-exponent));
  return Math.log1p(rate * Math.expm1(exponent));
}

/** The observation of a loss; −∞ for losses that none has. */
function observationAt(rate: number, noise: number, loss: number): number {
  const ratio =
    loss > 1
      ? loss - Math.log(rate) + Math.log1p((rate - 1) * Math.exp(-loss))
      : Math.log1p(Math.max(-1, Math.expm1(loss) / rate));
  return rate === 1 ? noise * noise * loss + 0.5 : noise * noise * ratio + 0.5;
}

interface Mixed {
  readonly rate: number;
  readonly noise: number;
}

/** Mass of an interval of observations: P with the record in with probability `rate`, Q without it. */
function massOf({ rate, noise }: Mixed, which: 'P' | 'Q', low: number, high: number): number {
  const plain = normalBetween(low / noise, high / noise);
  return which === 'Q' ? plain : (1 - rate) * plain + rate * normalBetween((low - 1) / noise, (high - 1) / noise);
}

/** Φ(high) − Φ(low), from the side where neither is near 1. */
function normalBetween(low: number, high: number): number {
  if (low > 0) return (erfc(low / Math.SQRT2) - erfc(high / Math.SQRT2)) / 2;
  return (erfc(-high / Math.SQRT2) - erfc(-low / Math.SQRT2)) / 2;
}

/** An interval's mass, and how much of it goes to its upper end. */
function dealt(
  mixed: Mixed,
  sign: number,
  {
    low,
    high,
    loss,
    upper,
  }: { readonly low: number; readonly high: number; readonly loss: number; readonly upper: number },
): { readonly all: number; readonly up: number } {
  const { rate, noise } = mixed;
  const half = (high - low) / 2;
  if (half > 0.05 * noise || low === Number.NEGATIVE_INFINITY) {
    const all = massOf(mixed, sign === 1 ? 'P' : 'Q', low, high);
    const other = massOf(mixed, sign === 1 ? 'Q' : 'P', low, high);
    return { all, up: Math.min(all, Math.max(0, (all - Math.exp(loss) * other) / upper)) };
  }
  const density = (x: number): number => Math.exp((-x * x) / (2 * noise * noise)) / (noise * Math.sqrt(2 * Math.PI));
  let all = 0;
  let up = 0;
  for (const [index, node] of NODES.entries()) {
    const x = (low + high) / 2 + half * node;
    const held = sign === 1 ? (1 - rate) * density(x) + rate * density(x - 1) : density(x);
    const part = half * (WEIGHTS[index] ?? 0) * held;
    all += part;
    up += part * -Math.expm1(loss - sign * lossAt(rate, noise, x));
  }
  return { all, up: Math.min(all, Math.max(0, up / upper)) };
}
