import { transform } from './fourier.ts';
import { logErfc, normalBelow } from './log-erfc.ts';
import { type LossDistribution, lossOfStep, type Neighbour } from './loss-distribution.ts';

/** Steps of the sampled Gaussian mechanism that are all alike. */
export interface NoisySteps {
  /** Standard deviation of the noise in multiples of the longest gradient of a record. */
  readonly noiseMultiplier: number;
  /** Probability of a record to be in a step. */
  readonly sampleRate: number;
  readonly steps: number;
}

/** Points of a grid that memory has room for. */
const MOST_POINTS = 2 ** 21;
/** Share of δ that is spent on what lies beyond the grids. */
const SPARE = 1e-7;
/** Error of ε that the width of the grid may make, in multiples of the larger of ε and 1. */
const GRID_ERROR = 5e-5;
/** Tilts that are tried, each nearer to what came out; ε has settled when it falls by less than this share. */
const MOST_TILTS = 6;
const SETTLED = 1e-6;
/** Share of δ that rounding of the transform may make up. */
const NO_ROUNDING = 1e-7;
/** Logarithms of the tilts that are looked at. */
const LEAST_TILT = Math.log(1e-4);
const MOST_TILT = Math.log(1e7);
/** Blocks by which the moments of a distribution are bounded. */
const BLOCKS = 4096;

/**
 * ε at a δ from the distribution of the privacy loss of all steps together: discretised pessimistically, composed by the
 * fast Fourier transform under an exponential tilt (Koskela, Jälkö, Honkela 2020; tilting as in Esscher 1932), so that small
 * δ are as exact as large ones. Of the two directions, a record removed and one added, the larger ε counts.
 * @param guess an ε that surely holds, for the scale of the grid
 * @param delta in [1e−250, 1)
 */
export function epsilonOfLosses(parts: readonly NoisySteps[], delta: number, guess: number): number {
  const whole = parts.filter(({ sampleRate }) => sampleRate === 1);
  const sampled = parts.filter(({ sampleRate, steps }) => sampleRate > 0 && sampleRate < 1 && steps > 0);
  // Gaussian steps on everybody are one step with less noise.
  const precision = whole.reduce((sum, { noiseMultiplier, steps }) => sum + steps / noiseMultiplier ** 2, 0);
  if (sampled.length === 0) return precision === 0 ? 0 : gaussianEpsilon(Math.sqrt(precision), delta);
  const together: readonly NoisySteps[] =
    precision === 0 ? sampled : [...sampled, { sampleRate: 1, noiseMultiplier: 1 / Math.sqrt(precision), steps: 1 }];
  let epsilon = Math.max(
    ...(['removed', 'added'] as const).map((neighbour) => composed(together, neighbour, delta, guess)),
  );
  // A guess far off made the grid too coarse for what came out.
  for (let again = 0; again < 3 && Math.max(1, guess) > 4 * Math.max(1, epsilon); again += 1) {
    guess = epsilon;
    epsilon = Math.min(
      epsilon,
      Math.max(...(['removed', 'added'] as const).map((neighbour) => composed(together, neighbour, delta, guess))),
    );
  }
  return epsilon;
}

/** The exact ε of a Gaussian mechanism (Balle & Wang 2018, theorem 8). @param shift sensitivity over deviation */
function gaussianEpsilon(shift: number, delta: number): number {
  const deltaAt = (epsilon: number): number =>
    normalBelow(shift / 2 - epsilon / shift) - Math.exp(epsilon + logNormalBelow(-shift / 2 - epsilon / shift));
  if (deltaAt(0) <= delta) return 0;
  let low = 0;
  let high = shift * shift + shift * Math.sqrt(-2 * Math.log(delta)) + 1;
  for (let turn = 0; turn < 200 && high - low > 1e-14 * high; turn += 1) {
    const middle = (low + high) / 2;
    if (deltaAt(middle) > delta) low = middle;
    else high = middle;
  }
  return high;
}

function logNormalBelow(x: number): number {
  return logErfc(-x / Math.SQRT2) - Math.LN2;
}

interface Composed {
  readonly loss: LossDistribution;
  readonly steps: number;
}

function composed(parts: readonly NoisySteps[], neighbour: Neighbour, delta: number, guess: number): number {
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  const lost = (SPARE * delta) / steps;
  let gridWidth = widthFor(parts, guess);
  for (;;) {
    const distributions = tryLosses(parts, neighbour, { gridWidth, lost });
    const epsilon = distributions && readEpsilon(distributions, gridWidth, delta);
    if (epsilon !== undefined) return epsilon;
    gridWidth *= 2;
  }
}

/** A width whose rounding moves ε by no more than is allowed: it adds up to width²/8 to the mean loss of a step, and to its variance. */
function widthFor(parts: readonly NoisySteps[], guess: number): number {
  const scale = Math.max(1, guess / 10);
  const widths = parts.map(({ sampleRate, noiseMultiplier, steps }) => {
    const spread = sampleRate * Math.sqrt(Math.expm1(Math.min(50, 1 / noiseMultiplier ** 2)));
    const byMean = Math.sqrt((8 * GRID_ERROR * scale) / steps / parts.length);
    const bySpread = Math.sqrt((2 * GRID_ERROR * scale * spread) / Math.sqrt(steps) / parts.length);
    return Math.min(byMean, bySpread);
  });
  return Math.min(1e-3 * scale, ...widths);
}

function tryLosses(
  parts: readonly NoisySteps[],
  neighbour: Neighbour,
  grid: { readonly gridWidth: number; readonly lost: number },
): readonly Composed[] | undefined {
  const found: Composed[] = [];
  for (const part of parts) {
    const loss = lossOfStep(part, neighbour, grid, MOST_POINTS);
    if (loss === undefined) return undefined;
    found.push({ loss, steps: part.steps });
  }
  return found;
}

/** ε at δ on the grid; undefined where the sum of the losses spans more points than there is room for. */
function readEpsilon(parts: readonly Composed[], gridWidth: number, delta: number): number | undefined {
  const logDelta = Math.log(delta);
  const bounds = parts.map(({ loss, steps }) => ({ blocks: blocksOf(loss, gridWidth), steps }));
  const cumulantOf =
    (told: 'highest' | 'mean') =>
    (tilt: number): number =>
      bounds.reduce((sum, { blocks, steps }) => sum + steps * logMoment(blocks[told], blocks.mass, tilt), 0);
  const cumulant = cumulantOf('mean');
  const support = (end: 'first' | 'last'): number =>
    parts.reduce((sum, { loss, steps }) => sum + steps * (loss.first + (end === 'last' ? loss.mass.length - 1 : 0)), 0);
  // What lies above is covered by SPARE. Of the tilted sum next to nothing may come round the ends of the transform.
  const heaviest = chernoff(cumulantOf('highest'), logDelta + Math.log(SPARE)).epsilon;
  if (heaviest < 0) return 0;
  let { tilt, epsilon } = chernoff(cumulant, logDelta);
  for (let round = 0; round < MOST_TILTS; round += 1) {
    const bottom = Math.max(support('first'), Math.floor(lowest(cumulant, tilt) / gridWidth));
    const top = Math.min(support('last'), Math.ceil(Math.max(heaviest, highest(cumulant, tilt)) / gridWidth));
    const points = top - bottom + 1;
    if (points > MOST_POINTS) return undefined;
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, points)));
    const sum = tiltedSum(parts, { gridWidth, tilt, size });
    const found = walkDown(sum, { gridWidth, tilt, bottom, top, logDelta });
    const rounding = size * Number.EPSILON * Math.exp(sum.logMoment - tilt * found - logDelta);
    const isSettled = rounding < NO_ROUNDING || found > epsilon - SETTLED * Math.max(1, epsilon);
    epsilon = Math.min(epsilon, found);
    if (isSettled || epsilon === 0) break;
    // Where the bound was loose, the rounding of the transform weighs least under the tilt that fits what was found.
    tilt = tiltFor(cumulant, epsilon);
  }
  return epsilon;
}

/** The distribution of the sum of all losses, tilted: share[k] belongs to every loss that is k modulo the size. */
function tiltedSum(
  parts: readonly Composed[],
  { gridWidth, tilt, size }: { readonly gridWidth: number; readonly tilt: number; readonly size: number },
): { readonly share: Float64Array; readonly logMoment: number } {
  const product = { real: new Float64Array(size).fill(1), imaginary: new Float64Array(size) };
  let total = 0;
  for (const { loss, steps } of parts) {
    const { first, mass } = loss;
    const moment = logMomentOfGrid(loss, gridWidth, tilt);
    total += steps * moment;
    const one = { real: new Float64Array(size), imaginary: new Float64Array(size) };
    for (let k = 0; k < mass.length; k += 1) {
      const place = modulo(first + k, size);
      const here = mass[k] as number;
      if (here > 0)
        one.real[place] =
          (one.real[place] as number) + Math.exp(Math.log(here) + tilt * (first + k) * gridWidth - moment);
    }
    transform(one, 'forward');
    for (let k = 0; k < size; k += 1) {
      const re = one.real[k] as number;
      const im = one.imaginary[k] as number;
      const length = Math.hypot(re, im) ** steps;
      const angle = Math.atan2(im, re) * steps;
      const re2 = length * Math.cos(angle);
      const im2 = length * Math.sin(angle);
      const before = product.real[k] as number;
      const beforeIm = product.imaginary[k] as number;
      product.real[k] = before * re2 - beforeIm * im2;
      product.imaginary[k] = before * im2 + beforeIm * re2;
    }
  }
  transform(product, 'inverse');
  return { share: product.real.map((value) => value / size), logMoment: total };
}

/** From the top of the grid down to the first loss at which more than δ remains above it. */
function walkDown(
  { share, logMoment: moment }: { readonly share: Float64Array; readonly logMoment: number },
  place: {
    readonly gridWidth: number;
    readonly tilt: number;
    readonly bottom: number;
    readonly top: number;
    readonly logDelta: number;
  },
): number {
  const { gridWidth, tilt, bottom, top, logDelta } = place;
  const fall = Math.exp(-gridWidth);
  const step = -Math.expm1(-gridWidth);
  // In multiples of δ: what the grids leave out, and a margin for the rounding of the transform.
  let remaining = 2 * SPARE + 1e-9;
  let slope = 0;
  for (let point = top; point > Math.max(bottom, 0); point -= 1) {
    const here = share[modulo(point, share.length)] as number;
    const weight = here > 0 ? Math.exp(Math.log(here) + moment - tilt * point * gridWidth - logDelta) : 0;
    slope = weight + fall * slope;
    const next = remaining + step * slope;
    if (next >= 1) {
      // Between two points the curve is a straight line in e^ε.
      const part = 1 - (1 - remaining) / (next - remaining);
      return (point - 1) * gridWidth + Math.log1p(part * Math.expm1(gridWidth));
    }
    remaining = next;
  }
  return Math.max(0, bottom * gridWidth);
}

/** The tilt under which a loss of ε is most in the middle: where cumulant(λ) − λε is lowest. */
function tiltFor(cumulant: (tilt: number) => number, epsilon: number): number {
  return Math.exp(
    lowestPoint((logTilt) => cumulant(Math.exp(logTilt)) - Math.exp(logTilt) * epsilon, LEAST_TILT, MOST_TILT),
  );
}

/** The tilt λ and the bound (cumulant(λ) − ln δ) / λ, as low as it gets. */
function chernoff(
  cumulant: (tilt: number) => number,
  logDelta: number,
): { readonly tilt: number; readonly epsilon: number } {
  const at = (logTilt: number): number => (cumulant(Math.exp(logTilt)) - logDelta) / Math.exp(logTilt);
  const logTilt = lowestPoint(at, LEAST_TILT, MOST_TILT);
  return { tilt: Math.exp(logTilt), epsilon: at(logTilt) };
}

/** Below this the tilted sum has a mass of less than e^−30. */
function lowest(cumulant: (tilt: number) => number, tilt: number): number {
  return -reach((away) => cumulant(tilt - away) - cumulant(tilt), tilt);
}

/** Above this the tilted sum has a mass of less than e^−30. */
function highest(cumulant: (tilt: number) => number, tilt: number): number {
  return reach((away) => cumulant(tilt + away) - cumulant(tilt), tilt);
}

function reach(growth: (away: number) => number, tilt: number): number {
  const at = (logAway: number): number => (30 + growth(Math.exp(logAway))) / Math.exp(logAway);
  const scale = Math.log(Math.max(1, tilt));
  return at(lowestPoint(at, scale + Math.log(1e-6), scale + Math.log(1e3)));
}

/** Where a function with one valley is lowest: a coarse look, then golden sections. */
function lowestPoint(at: (x: number) => number, from: number, to: number): number {
  const looks = 48;
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look <= looks; look += 1) {
    const value = at(from + ((to - from) * look) / looks);
    if (value < least) [best, least] = [look, value];
  }
  let low = from + ((to - from) * Math.max(0, best - 1)) / looks;
  let high = from + ((to - from) * Math.min(looks, best + 1)) / looks;
  const golden = (Math.sqrt(5) - 1) / 2;
  for (let turn = 0; turn < 30; turn += 1) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (at(a) < at(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}

interface Blocks {
  readonly mass: Float64Array;
  /** Loss of each block: the highest in it, for bounds that surely hold, and the mean. */
  readonly highest: Float64Array;
  readonly mean: Float64Array;
}

/** A distribution in fewer points. */
function blocksOf({ first, mass }: LossDistribution, gridWidth: number): Blocks {
  const size = Math.ceil(mass.length / BLOCKS);
  const count = Math.ceil(mass.length / size);
  const [sums, highest, mean] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < mass.length; k += 1) {
    const block = Math.floor(k / size);
    const here = mass[k] as number;
    sums[block] = (sums[block] as number) + here;
    highest[block] = (first + k) * gridWidth;
    mean[block] = (mean[block] as number) + here * (first + k) * gridWidth;
  }
  return {
    mass: sums,
    highest,
    mean: mean.map((sum, block) => ((sums[block] as number) > 0 ? sum / (sums[block] as number) : 0)),
  };
}

/** ln Σ mass·e^(tilt·at). */
function logMoment(at: Float64Array, mass: Float64Array, tilt: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < mass.length; k += 1)
    if ((mass[k] as number) > 0) largest = Math.max(largest, Math.log(mass[k] as number) + tilt * (at[k] as number));
  let sum = 0;
  for (let k = 0; k < mass.length; k += 1)
    if ((mass[k] as number) > 0) sum += Math.exp(Math.log(mass[k] as number) + tilt * (at[k] as number) - largest);
  return largest + Math.log(sum);
}

function logMomentOfGrid({ first, mass }: LossDistribution, gridWidth: number, tilt: number): number {
  return logMoment(
    mass.map((_, k) => (first + k) * gridWidth),
    mass,
    tilt,
  );
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
