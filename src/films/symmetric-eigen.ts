/** Sweeps over all pairs; a matrix of some hundred rows needs six to ten. */
const MOST_SWEEPS = 30;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix [row, column] by cyclic Jacobi rotations (Golub & Van Loan 2013,
 * algorithm 8.5.3), the largest first.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { readonly values: Float64Array; readonly vectors: readonly Float64Array[] } {
  const a = matrix.slice();
  const v = Float64Array.from({ length: size * size }, (_, index) => (index % (size + 1) === 0 ? 1 : 0));
  const scale = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep += 1) {
    let off = 0;
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) off += (a[p * size + q] as number) ** 2;
    if (off <= 1e-22 * scale) break;
    for (let p = 0; p < size; p += 1) for (let q = p + 1; q < size; q += 1) rotate(a, v, { size, p, q });
  }
  const order = Array.from({ length: size }, (_, index) => index).sort(
    (x, y) => (a[y * size + y] as number) - (a[x * size + x] as number),
  );
  return {
    values: Float64Array.from(order, (index) => a[index * size + index] as number),
    vectors: order.map((index) => Float64Array.from({ length: size }, (_, row) => v[index * size + row] as number)),
  };
}

/** Makes the entry of p and q zero; the rows of `v` become the vectors. */
function rotate(
  a: Float64Array,
  v: Float64Array,
  { size, p, q }: { readonly size: number; readonly p: number; readonly q: number },
): void {
  const apq = a[p * size + q] as number;
  if (apq === 0) return;
  const tau = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * apq);
  const t = tau >= 0 ? 1 / (tau + Math.sqrt(1 + tau * tau)) : 1 / (tau - Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t);
  const s = t * c;
  for (let k = 0; k < size; k += 1) {
    const [x, y] = [a[p * size + k] as number, a[q * size + k] as number];
    a[p * size + k] = c * x - s * y;
    a[q * size + k] = s * x + c * y;
    const [g, h] = [v[p * size + k] as number, v[q * size + k] as number];
    v[p * size + k] = c * g - s * h;
    v[q * size + k] = s * g + c * h;
  }
  for (let k = 0; k < size; k += 1) {
    const [x, y] = [a[k * size + p] as number, a[k * size + q] as number];
    a[k * size + p] = c * x - s * y;
    a[k * size + q] = s * x + c * y;
  }
}
