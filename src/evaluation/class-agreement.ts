import { auc } from '#engine';

/**
 * Agreement of ordered classes (Cohen 1968, quadratic weights): 1 is full, 0 as by chance. Null where both sides know one class only.
 * @param truth and answers: whole numbers from 0 to classes − 1
 */
export function quadraticKappa(truth: ArrayLike<number>, answers: ArrayLike<number>, classes: number): number | null {
  const counts = new Float64Array(classes * classes);
  for (let index = 0; index < truth.length; index += 1) {
    const at = (truth[index] ?? 0) * classes + (answers[index] ?? 0);
    counts[at] = (counts[at] ?? 0) + 1;
  }
  const sum = (places: (other: number) => number) =>
    Array.from({ length: classes }, (_, other) => counts[places(other)] ?? 0).reduce((a, b) => a + b, 0);
  let [seen, expected] = [0, 0];
  for (let row = 0; row < classes; row += 1) {
    const inRow = sum((other) => row * classes + other);
    for (let column = 0; column < classes; column += 1) {
      const weight = (row - column) ** 2;
      const inColumn = sum((other) => other * classes + column);
      seen += weight * (counts[row * classes + column] ?? 0);
      expected += (weight * inRow * inColumn) / truth.length;
    }
  }
  return expected === 0 ? null : 1 - seen / expected;
}

/**
 * Mean over the classes of the AUC of each against the rest; classes without a case on both sides are left out. Null without any.
 * @param shares [case, class]
 */
export function macroAuc(truth: ArrayLike<number>, shares: ArrayLike<number>, classes: number): number | null {
  const areas = Array.from({ length: classes }, (_, wanted) =>
    auc(
      Array.from(truth, (label) => (label === wanted ? 1 : 0)),
      Array.from(truth, (_label, index) => shares[index * classes + wanted] ?? 0),
    ),
  ).filter((area) => area !== null);
  return areas.length === 0 ? null : areas.reduce((sum, area) => sum + area, 0) / areas.length;
}
