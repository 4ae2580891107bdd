import { type Releasable, released } from './releasable.ts';
import { type CountRule, type Guarded, guard, type NoiseSeed } from './release-count.ts';

/** One noisy count in so many is further from the truth than what a withheld companion is told to be below. */
const RARELY = 1e9;

/**
 * Lets out a table of counts. When exactly one cell is withheld it could be told from the total, so the smallest of the
 * others is withheld with it (complementary suppression). Which one and below what is decided from the noisy counts, and
 * also where the withheld cell is empty: else the table would tell exactly that.
 * @param withheld cells that are to be withheld whatever their count
 */
export function releaseTable<Cells extends Readonly<Record<string, number>>>(
  cells: Cells,
  rule: CountRule,
  seed: Omit<NoiseSeed, 'cell'>,
  withheld: (cell: string) => boolean = () => false,
): Releasable<{ readonly [Cell in keyof Cells]: Guarded }> {
  const guarded = new Map<string, Guarded>(
    Object.entries(cells).map(([cell, count]) => [cell, guard(count, rule, { ...seed, cell })]),
  );
  for (const [cell, value] of guarded) {
    if (withheld(cell) && 'count' in value) guarded.set(cell, { below: surelyAbove(value.count, rule) });
  }
  const open = [...guarded]
    .flatMap(([cell, value]) => ('count' in value ? [{ cell, count: value.count }] : []))
    .sort((a, b) => a.count - b.count || (a.cell < b.cell ? -1 : 1));
  const [smallest] = open;
  if (guarded.size - open.length === 1 && smallest !== undefined) {
    guarded.set(smallest.cell, { below: surelyAbove(smallest.count, rule) });
  }
  return released(Object.fromEntries(guarded) as { readonly [Cell in keyof Cells]: Guarded });
}

/** A multiple of the rounding step that the truth behind a noisy, rounded count does not reach. */
export function surelyAbove(count: number, { epsilon, roundTo }: CountRule): number {
  const furthest = epsilon === Number.POSITIVE_INFINITY ? 0 : Math.ceil(Math.log(RARELY) / epsilon);
  return Math.ceil((count + roundTo / 2 + furthest + 1) / roundTo) * roundTo;
}
