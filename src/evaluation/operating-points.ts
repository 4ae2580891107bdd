/** A threshold and what it does. A case is called when its score is at least the threshold. */
export interface OperatingPoint {
  readonly threshold: number;
  readonly sensitivity: number;
  readonly specificity: number;
}

/** Weighted counts of a class at each distinct score, falling. */
interface Fall {
  readonly threshold: number;
  readonly positive: number;
  readonly negative: number;
}

/**
 * The highest sensitivity at which at least `specificity` of the negatives are left alone. Null when a class is missing.
 * @param weights of the cases, such as inverse chances of being seen; 1 each unless told
 */
export function sensitivityAtSpecificity(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  { specificity, weights }: { readonly specificity: number; readonly weights?: ArrayLike<number> | undefined },
): OperatingPoint | null {
  const falls = fallsOf(labels, scores, weights);
  const [positives, negatives] = totals(falls);
  if (positives === 0 || negatives === 0) return null;
  let best: OperatingPoint = { threshold: Number.POSITIVE_INFINITY, sensitivity: 0, specificity: 1 };
  let [found, alarmed] = [0, 0];
  for (const { threshold, positive, negative } of falls) {
    found += positive;
    alarmed += negative;
    // A hair's breadth for sums of weights.
    if (1 - alarmed / negatives < specificity - 1e-12) break;
    best = { threshold, sensitivity: found / positives, specificity: 1 - alarmed / negatives };
  }
  return best;
}

/**
 * Share of the events found among the `share` of people with the highest scores; at its edge people of one score count by parts.
 * Null without an event.
 */
export function topCapture(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  { share, weights }: { readonly share: number; readonly weights?: ArrayLike<number> | undefined },
): number | null {
  const falls = fallsOf(labels, scores, weights);
  const [positives, negatives] = totals(falls);
  if (positives === 0) return null;
  let left = share * (positives + negatives);
  let found = 0;
  for (const { positive, negative } of falls) {
    const taken = Math.min(1, left / (positive + negative));
    if (taken <= 0) break;
    found += taken * positive;
    left -= taken * (positive + negative);
  }
  return found / positives;
}

/** A point of a decision curve: benefit in true positives a person. */
export interface DecisionPoint {
  /** Risk from which one would act. */
  readonly threshold: number;
  readonly netBenefit: number;
  /** Of acting on everybody; acting on nobody has 0. */
  readonly everybody: number;
}

/**
 * Decision curve (Vickers & Elkin 2006): net benefit = true positives/n − false positives/n · threshold/(1 − threshold).
 * @param probabilities in [0, 1]
 */
export function decisionCurve(
  labels: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  { thresholds, weights }: { readonly thresholds: readonly number[]; readonly weights?: ArrayLike<number> | undefined },
): readonly DecisionPoint[] {
  const falls = fallsOf(labels, probabilities, weights);
  const [positives, negatives] = totals(falls);
  const all = positives + negatives;
  return thresholds.map((threshold) => {
    const odds = threshold / (1 - threshold);
    const called = falls.filter((fall) => fall.threshold >= threshold);
    const [found, alarmed] = totals(called);
    return {
      threshold,
      netBenefit: (found - alarmed * odds) / all,
      everybody: (positives - negatives * odds) / all,
    };
  });
}

function totals(falls: readonly Fall[]): readonly [number, number] {
  return [
    falls.reduce((sum, { positive }) => sum + positive, 0),
    falls.reduce((sum, { negative }) => sum + negative, 0),
  ];
}

function fallsOf(labels: ArrayLike<number>, scores: ArrayLike<number>, weights?: ArrayLike<number>): readonly Fall[] {
  const order = Array.from({ length: scores.length }, (_, index) => index)
    .filter((index) => (weights === undefined ? 1 : (weights[index] ?? 0)) > 0)
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const falls: { threshold: number; positive: number; negative: number }[] = [];
  for (const index of order) {
    const threshold = scores[index] ?? 0;
    let last = falls.at(-1);
    if (last?.threshold !== threshold) {
      last = { threshold, positive: 0, negative: 0 };
      falls.push(last);
    }
    last[labels[index] === 1 ? 'positive' : 'negative'] += weights === undefined ? 1 : (weights[index] ?? 0);
  }
  return falls;
}
