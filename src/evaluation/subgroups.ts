/** A cell of fewer people is not told of. */
export const LEAST_PEOPLE = 20;

/** A figure of one group; null and withheld where it has too few people. */
export interface SubgroupRow<T> {
  /** Such as `age band`. */
  readonly by: string;
  /** Such as `50–59`. */
  readonly group: string;
  readonly figures: T | null;
  /** Exact where the cell is shown; absent where it is withheld. */
  readonly people?: number;
}

/**
 * The figures of each group of each grouping. Groups of fewer than 20 people are withheld; where exactly one group of a grouping
 * would be, the smallest of the others is withheld too, or the whole less the rest would tell it.
 * @param people whose each example is
 * @param groupings name → the group of each example; null where it is not known (such examples are left out of it)
 */
export function subgroupTable<T>(
  people: readonly string[],
  groupings: Readonly<Record<string, readonly (string | null)[]>>,
  figuresOf: (places: readonly number[]) => T,
): readonly SubgroupRow<T>[] {
  return Object.entries(groupings).flatMap(([by, groups]) => {
    const places = new Map<string, number[]>();
    groups.forEach((group, place) => {
      if (group === null) return;
      const known = places.get(group);
      if (known === undefined) places.set(group, [place]);
      else known.push(place);
    });
    const cells = [...places].map(([group, own]) => ({
      group,
      own,
      people: new Set(own.map((place) => people[place] ?? '')).size,
    }));
    cells.sort((a, b) => (a.group < b.group ? -1 : 1));
    const withheld = new Set(cells.filter((cell) => cell.people < LEAST_PEOPLE));
    if (withheld.size === 1 && cells.length > 1) {
      const [smallest] = cells.filter((cell) => !withheld.has(cell)).sort((a, b) => a.people - b.people);
      if (smallest !== undefined) withheld.add(smallest);
    }
    return cells.map((cell) =>
      withheld.has(cell)
        ? { by, group: cell.group, figures: null }
        : { by, group: cell.group, figures: figuresOf(cell.own), people: cell.people },
    );
  });
}
