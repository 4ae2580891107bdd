import { logErfc } from './log-erfc.ts';

/** Orders at which Rényi divergences are followed: dense where noise of training lies, as in Google's dp_accounting. */
export const RENYI_ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, index) => 1 + (index + 1) / 10),
  ...Array.from({ length: 53 }, (_, index) => 11 + index),
  128,
  256,
  512,
  1024,
];

/** Terms of the series for a fractional order; where it has not ended by then, the order is left out. */
const MOST_TERMS = 1000;
/** A term e^−30 of the sum no longer counts. */
const NEGLIGIBLE = 30;

/**
 * Rényi divergence of one step of the Poisson-sampled Gaussian mechanism (Mironov, Talwar, Zhang 2019, "Rényi differential
 * privacy of the sampled Gaussian mechanism", section 3.3), for adding or removing one record. For fractional orders the
 * terms of the series are added by their size, as dp_accounting does: an upper bound.
 * @param step sampling rate in [0, 1]; noise in multiples of the longest gradient, ≥ 0
 * @param order > 1
 * @returns ≥ 0; Infinity without noise, or where the order is of no use
 */
export function renyiOfStep(
  { sampleRate, noiseMultiplier }: { readonly sampleRate: number; readonly noiseMultiplier: number },
  order: number,
): number {
  if (sampleRate === 0) return 0;
  if (noiseMultiplier === 0) return Number.POSITIVE_INFINITY;
  if (sampleRate === 1) return order / (2 * noiseMultiplier ** 2);
  const logMoment = Number.isInteger(order)
    ? wholeMoment(sampleRate, noiseMultiplier, order)
    : fractionalMoment(sampleRate, noiseMultiplier, order);
  return logMoment / (order - 1);
}

/**
 * ln Σₖ C(α, k) (1 − q)^(α−k) qᵏ e^((k² − k) / 2σ²). The terms without noise sum to 1, so that the sum of what exceeds them
 * is taken: nothing cancels, however small the rate.
 */
function wholeMoment(rate: number, noise: number, order: number): number {
  const logRate = Math.log(rate);
  const logRest = Math.log1p(-rate);
  let logChoose = 0;
  let excess = Number.NEGATIVE_INFINITY;
  for (let k = 1; k <= order; k += 1) {
    logChoose += Math.log((order - k + 1) / k);
    const exponent = (k * k - k) / (2 * noise * noise);
    if (k >= 2) excess = logAdd(excess, logChoose + k * logRate + (order - k) * logRest + logExpMinus1(exponent));
  }
  return excess > 0 ? logAdd(0, excess) : Math.log1p(Math.exp(excess));
}

function fractionalMoment(rate: number, noise: number, order: number): number {
  const logRate = Math.log(rate);
  const logRest = Math.log1p(-rate);
  const split = noise * noise * (logRest - logRate) + 0.5;
  const scale = Math.SQRT2 * noise;
  let logChoose = 0;
  let sum = Number.NEGATIVE_INFINITY;
  let below = Number.NEGATIVE_INFINITY;
  let above = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < MOST_TERMS; i += 1) {
    if (i > 0) logChoose += Math.log(Math.abs((order - i + 1) / i));
    const j = order - i;
    const nextBelow =
      logChoose + i * logRate + j * logRest + (i * i - i) / (2 * noise * noise) + logHalfErfc((i - split) / scale);
    const nextAbove =
      logChoose + j * logRate + i * logRest + (j * j - j) / (2 * noise * noise) + logHalfErfc((split - j) / scale);
    sum = logAdd(logAdd(sum, nextBelow), nextAbove);
    if (nextBelow < below && nextAbove < above && Math.max(nextBelow, nextAbove) < sum - NEGLIGIBLE) {
      return Math.max(0, sum);
    }
    below = nextBelow;
    above = nextAbove;
  }
  return Number.POSITIVE_INFINITY;
}

function logHalfErfc(x: number): number {
  return logErfc(x) - Math.LN2;
}

/** ln(eᵃ + eᵇ). */
function logAdd(a: number, b: number): number {
  const larger = Math.max(a, b);
  if (larger === Number.NEGATIVE_INFINITY) return larger;
  if (larger === Number.POSITIVE_INFINITY) return larger;
  return larger + Math.log1p(Math.exp(Math.min(a, b) - larger));
}

/** ln(eˣ − 1) for x > 0. */
function logExpMinus1(x: number): number {
  return x > 1 ? x + Math.log1p(-Math.exp(-x)) : Math.log(Math.expm1(x));
}

/** An (ε, δ) guarantee, and the order it was read at. */
export interface RenyiGuarantee {
  /** Infinity where no order gives a guarantee. */
  readonly epsilon: number;
  readonly order: number;
}

/**
 * The best ε that divergences give at a δ (Canonne, Kamath, Steinke 2020, "The discrete Gaussian for differential privacy",
 * proposition 12; ε = 0 where δ ≥ √(1 − e^−divergence)).
 * @param divergences one for each order, of everything that was done together
 * @param delta in (0, 1)
 */
export function epsilonOfRenyi(
  orders: readonly number[],
  divergences: readonly number[],
  delta: number,
): RenyiGuarantee {
  let best: RenyiGuarantee = { epsilon: Number.POSITIVE_INFINITY, order: orders[0] ?? Number.NaN };
  for (const [index, order] of orders.entries()) {
    const epsilon = epsilonAt(order, divergences[index] ?? Number.POSITIVE_INFINITY, delta);
    if (epsilon < best.epsilon) best = { epsilon, order };
  }
  return { ...best, epsilon: Math.max(0, best.epsilon) };
}

function epsilonAt(order: number, divergence: number, delta: number): number {
  if (delta ** 2 + Math.expm1(-divergence) > 0) return 0;
  // Near 1 the bound is of no use and cannot be worked out exactly.
  if (order <= 1.01) return Number.POSITIVE_INFINITY;
  return divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1);
}
