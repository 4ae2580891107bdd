/** A bound that the true rate exceeds in no more than one sample of twenty. */
const LEVEL = 0.05;

/**
 * The upper 95 % bound (one-sided, Clopper and Pearson 1934, doi:10.1093/biomet/26.4.404) of the rate at which something
 * occurs, of which `found` were found among `looked` drawn at random. 1 where nothing was looked at.
 * @returns 0 … 1
 */
export function missRateBound(found: number, looked: number): number {
  if (looked <= 0 || found >= looked) return 1;
  // With nothing found the equation has a closed solution.
  if (found <= 0) return 1 - LEVEL ** (1 / looked);
  let [low, high] = [found / looked, 1];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (atMost(found, looked, middle) > LEVEL) low = middle;
    else high = middle;
  }
  return high;
}

/** Halvings after which the result is as exact as its type. */
const BISECTIONS = 60;

/** Probability of no more than `found` of `looked` at a rate; summed in logarithms, which do not vanish. */
function atMost(found: number, looked: number, rate: number): number {
  const [yes, no] = [Math.log(rate), Math.log1p(-rate)];
  let chosen = 0;
  let sum = 0;
  for (let count = 0; count <= found; count += 1) {
    if (count > 0) chosen += Math.log((looked - count + 1) / count);
    sum += Math.exp(chosen + count * yes + (looked - count) * no);
  }
  return sum;
}
