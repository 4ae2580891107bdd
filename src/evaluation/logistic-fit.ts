/** Sums of a Newton step of logistic regression: all that has to leave a site to fit one together. */
export interface LogisticSums {
  /** Σ w (y − p) x */
  readonly gradient: Float64Array;
  /** Σ w p (1 − p) x xᵀ, row by row */
  readonly information: Float64Array;
  /** Σ w of the cases. */
  readonly weight: number;
}

/** A step is small enough when no coefficient moves by more. */
const SMALL = 1e-10;
const MOST_STEPS = 60;

/**
 * Logistic regression by Newton's method: intercept first, then one coefficient a column. Null where there is no finite answer (a
 * class is missing, or a column tells them apart perfectly).
 * @param settings.ridge added to the information of all but the intercept; 0 unless told
 */
export function logisticFit(
  columns: readonly ArrayLike<number>[],
  outcomes: ArrayLike<number>,
  settings: { readonly weights?: ArrayLike<number> | undefined; readonly ridge?: number } = {},
): Float64Array | null {
  let coefficients: Float64Array = new Float64Array(columns.length + 1);
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = logisticStep(
      coefficients,
      [logisticSums(coefficients, columns, outcomes, settings.weights)],
      settings,
    );
    if (next === null || next.some((value) => !Number.isFinite(value) || Math.abs(value) > 1e4)) return null;
    const moved = Math.max(...next.map((value, index) => Math.abs(value - (coefficients[index] ?? 0))));
    coefficients = next;
    if (moved < SMALL) return coefficients;
  }
  return null;
}

/** What one site adds to a step from these coefficients. */
export function logisticSums(
  coefficients: Float64Array,
  columns: readonly ArrayLike<number>[],
  outcomes: ArrayLike<number>,
  weights?: ArrayLike<number>,
): LogisticSums {
  const size = columns.length + 1;
  const gradient = new Float64Array(size);
  const information = new Float64Array(size * size);
  let total = 0;
  const x = new Float64Array(size);
  for (let row = 0; row < outcomes.length; row += 1) {
    const weight = weights === undefined ? 1 : (weights[row] ?? 0);
    if (weight === 0) continue;
    x[0] = 1;
    let logit = coefficients[0] ?? 0;
    for (let column = 1; column < size; column += 1) {
      x[column] = columns[column - 1]?.[row] ?? 0;
      logit += (coefficients[column] ?? 0) * (x[column] ?? 0);
    }
    const p = 1 / (1 + Math.exp(-logit));
    const residual = weight * ((outcomes[row] ?? 0) - p);
    const curvature = weight * p * (1 - p);
    total += weight;
    for (let a = 0; a < size; a += 1) {
      gradient[a] = (gradient[a] ?? 0) + residual * (x[a] ?? 0);
      for (let b = 0; b < size; b += 1)
        information[a * size + b] = (information[a * size + b] ?? 0) + curvature * (x[a] ?? 0) * (x[b] ?? 0);
    }
  }
  return { gradient, information, weight: total };
}

/** The next coefficients after all sites' sums; null where they leave a direction open. */
export function logisticStep(
  coefficients: Float64Array,
  sites: readonly LogisticSums[],
  { ridge = 0 }: { readonly ridge?: number } = {},
): Float64Array | null {
  const size = coefficients.length;
  const add = (part: 'gradient' | 'information', length: number) =>
    Float64Array.from({ length }, (_, index) => sites.reduce((sum, site) => sum + (site[part][index] ?? 0), 0));
  const gradient = add('gradient', size);
  const information = add('information', size * size);
  for (let column = 1; column < size; column += 1) {
    gradient[column] = (gradient[column] ?? 0) - ridge * (coefficients[column] ?? 0);
    information[column * size + column] = (information[column * size + column] ?? 0) + ridge;
  }
  const step = solved(information, gradient);
  return step === null ? null : coefficients.map((value, index) => value + (step[index] ?? 0));
}

/** x of A x = b for a symmetric positive A by Cholesky; null where A is not positive. */
function solved(matrix: Float64Array, right: Float64Array): Float64Array | null {
  const size = right.length;
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      let sum = matrix[row * size + column] ?? 0;
      for (let k = 0; k < column; k += 1) sum -= (lower[row * size + k] ?? 0) * (lower[column * size + k] ?? 0);
      if (row === column) {
        if (!(sum > 1e-12)) return null;
        lower[row * size + row] = Math.sqrt(sum);
      } else lower[row * size + column] = sum / (lower[column * size + column] ?? 1);
    }
  }
  const x = Float64Array.from(right);
  for (let row = 0; row < size; row += 1) {
    for (let k = 0; k < row; k += 1) x[row] = (x[row] ?? 0) - (lower[row * size + k] ?? 0) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / (lower[row * size + row] ?? 1);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    for (let k = row + 1; k < size; k += 1) x[row] = (x[row] ?? 0) - (lower[k * size + row] ?? 0) * (x[k] ?? 0);
    x[row] = (x[row] ?? 0) / (lower[row * size + row] ?? 1);
  }
  return x;
}
