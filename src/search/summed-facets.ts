import type { FacetTable, SearchView } from '#wire';
import { facetStatistics } from './facet-statistics.ts';

type SummedTable = NonNullable<SearchView['facets']>[number];
type Cell = FacetTable['cells'][number];

/**
 * Facet tables of several nodes as one: each cell sums what was disclosed and counts the nodes that withheld theirs.
 * Undefined where no node sent any.
 */
export function summedFacets(ofNodes: readonly (readonly FacetTable[])[]): SummedTable[] | undefined {
  if (ofNodes.length === 0) return undefined;
  const tables = new Map<string, { field: FacetTable['field']; cells: Map<string, SummedTable['cells'][number]> }>();
  for (const { field, cells } of ofNodes.flat()) {
    const table = tables.get(field) ?? { field, cells: new Map() };
    tables.set(field, table);
    for (const cell of cells) {
      const key = 'value' in cell ? cell.value : `${cell.from ?? ''}..${cell.to ?? ''}`;
      const before = table.cells.get(key);
      const persons = (before?.persons ?? 0) + ('count' in cell.persons ? cell.persons.count : 0);
      const withheld = (before?.withheld ?? 0) + ('count' in cell.persons ? 0 : 1);
      table.cells.set(key, { ...placeOf(cell), persons, withheld });
    }
  }
  return [...tables.values()].map(({ field, cells }) => {
    const summed = [...cells.values()].sort(inOrder);
    const statistics = facetStatistics(summed);
    return { field, cells: summed, ...(statistics === undefined ? {} : { statistics }) };
  });
}

function placeOf(cell: Cell) {
  return 'value' in cell ? { value: cell.value } : { from: cell.from, to: cell.to };
}

/** Bins ascending; values by people, most first. */
function inOrder(one: SummedTable['cells'][number], other: SummedTable['cells'][number]): number {
  if ('value' in one || 'value' in other) return other.persons - one.persons;
  return (one.from ?? Number.NEGATIVE_INFINITY) - (other.from ?? Number.NEGATIVE_INFINITY);
}
