import type { Severity } from './check-table.ts';
import type { QualityFinding } from './finding.ts';

/** What a finding takes from an image's 100 points. */
const COST: Readonly<Record<Severity, number>> = { info: 0, warning: 10, error: 60 };

/** Mean points of images, 0 to 100, one decimal: 100 when nothing was found. No images score 0. */
export function scoreOf(images: Iterable<readonly Pick<QualityFinding, 'severity'>[]>): number {
  let sum = 0;
  let count = 0;
  for (const findings of images) {
    sum += Math.max(0, 100 - findings.reduce((cost, { severity }) => cost + COST[severity], 0));
    count += 1;
  }
  return count === 0 ? 0 : Math.round((10 * sum) / count) / 10;
}
