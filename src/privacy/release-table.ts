import { type Releasable, released } from './releasable.ts';
import { type CountRule, type Guarded, guard, type NoiseSeed } from './release-count.ts';

/**
 * Lets out a table of counts. When exactly one cell is withheld it could be told from the total, so the smallest of the
 * others is withheld with it (complementary suppression).
 */
export function releaseTable<Cells extends Readonly<Record<string, number>>>(
  cells: Cells,
  rule: CountRule,
  seed: Omit<NoiseSeed, 'cell'>,
): Releasable<{ readonly [Cell in keyof Cells]: Guarded }> {
  const guarded = new Map<string, Guarded>(
    Object.entries(cells).map(([cell, count]) => [cell, guard(count, rule, { ...seed, cell })]),
  );
  const withheld = [...guarded].filter(([, cell]) => 'below' in cell);
  const [only] = withheld;
  const emptyCellAlone = only !== undefined && cells[only[0]] === 0;
  if (withheld.length === 1 && guarded.size > 1 && !emptyCellAlone) {
    const [smallest] = [...guarded]
      .flatMap(([cell, value]) => ('count' in value ? [{ cell, count: cells[cell] ?? 0 }] : []))
      .sort((a, b) => a.count - b.count);
    if (smallest !== undefined)
      guarded.set(smallest.cell, { below: Math.max(rule.threshold, ceilTo(smallest.count + 1, rule.roundTo)) });
  }
  return released(Object.fromEntries(guarded) as { readonly [Cell in keyof Cells]: Guarded });
}

function ceilTo(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}
