const SQRT_PI = Math.sqrt(Math.PI);
/** Below, the series for erf is used; above, the continued fraction. */
const SWITCH = 2;

/**
 * ln erfc(x), to some 1e-14 relative to the larger of it and 1: by the Taylor series of erf (Abramowitz & Stegun 7.1.6) near
 * 0, by the continued fraction of Laplace (7.1.14) from 2 on, where erfc itself would soon be too small for a double.
 */
export function logErfc(x: number): number {
  if (x >= SWITCH) return Math.log(scaledErfc(x)) - x * x;
  return Math.log(erfc(x));
}

/** erfc(x) = 2/√π ∫ₓ^∞ e^(−t²) dt, to some 1e-14 relative; 0 from about 27 on. */
export function erfc(x: number): number {
  if (x < 0) return 2 - erfc(-x);
  if (x >= SWITCH) return scaledErfc(x) * Math.exp(-x * x);
  return 1 - erf(x);
}

/** Standard normal distribution function Φ. */
export function normalBelow(x: number): number {
  return erfc(-x / Math.SQRT2) / 2;
}

/** erf(x) = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!; every term is positive. */
function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * Math.exp(-x * x) * sum;
}

/** e^(x²)·erfc(x) for x ≥ 2: 1/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the innermost outwards. */
function scaledErfc(x: number): number {
  let fraction = x;
  for (let depth = 120; depth >= 1; depth -= 1) fraction = x + depth / 2 / fraction;
  return 1 / (SQRT_PI * fraction);
}
