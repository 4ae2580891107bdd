import { CHECK_TABLE, type CheckName, DIMENSIONS, type Dimension, type Severity } from './check-table.ts';
import type { QualityFinding } from './finding.ts';

/** What a finding takes from an image's 100 points in its dimension. */
const COST: Readonly<Record<Severity, number>> = { info: 0, warning: 10, error: 60 };

/** How good a data set is in one of the five dimensions of Cancer Image Europe. */
export interface DimensionScore {
  readonly dimension: Dimension;
  /** 0 to 100, one decimal: the mean over images of 100 less 60 for each error and 10 for each warning, 0 at least. */
  readonly score: number;
  /** What took points, most first. */
  readonly because: readonly ScoreReason[];
}

/** What a check has taken from a dimension. */
export interface ScoreReason {
  readonly check: CheckName;
  readonly severity: Severity;
  /** Images that it was found in. */
  readonly images: number;
  /** Points of the dimension, if nothing else had been found. */
  readonly points: number;
}

/**
 * All five, in their order. A data set without images scores 0.
 * @param findings of each image, those that it shares with others included; the same check counts once
 */
export function dimensionScores(
  findings: readonly (readonly Pick<QualityFinding, 'check'>[])[],
): readonly DimensionScore[] {
  const checks = findings.map((own) => new Set(own.map(({ check }) => check)));
  const found = new Map<CheckName, number>();
  for (const own of checks) for (const check of own) found.set(check, (found.get(check) ?? 0) + 1);
  return DIMENSIONS.map((dimension) => {
    const points = checks.map((own) => {
      let left = 100;
      for (const check of own)
        if (CHECK_TABLE[check].dimension === dimension) left -= COST[CHECK_TABLE[check].severity];
      return Math.max(0, left);
    });
    const because = [...found]
      .filter(([check]) => CHECK_TABLE[check].dimension === dimension)
      .map(([check, images]): ScoreReason => {
        const { severity } = CHECK_TABLE[check];
        return { check, severity, images, points: oneDecimal((COST[severity] * images) / checks.length) };
      })
      .toSorted((a, b) => b.points - a.points || b.images - a.images);
    return {
      dimension,
      score: oneDecimal(points.reduce((sum, one) => sum + one, 0) / Math.max(1, points.length)),
      because,
    };
  });
}

function oneDecimal(value: number): number {
  return Math.round(10 * value) / 10;
}
