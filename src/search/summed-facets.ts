import { SEARCH_COUNTS, varianceOfFacetCell } from '#privacy';
import type { FacetTable, SearchView } from '#wire';
import { type CellDoubt, facetStatistics } from './facet-statistics.ts';

type SummedTable = NonNullable<SearchView['facets']>[number];
type SummedCell = SummedTable['cells'][number];
type Cell = FacetTable['cells'][number];

interface Summing {
  readonly cell: SummedCell;
  readonly doubt: CellDoubt;
}

/**
 * Facet tables of several nodes as one: each cell sums what was disclosed and counts the nodes that withheld theirs.
 * Undefined where no node sent any.
 */
export function summedFacets(ofNodes: readonly (readonly FacetTable[])[]): SummedTable[] | undefined {
  if (ofNodes.length === 0) return undefined;
  const tables = new Map<string, { field: FacetTable['field']; cells: Map<string, Summing> }>();
  for (const ofNode of ofNodes) {
    const variance = varianceOfFacetCell(SEARCH_COUNTS, ofNode.length);
    for (const { field, cells } of ofNode) {
      const table = tables.get(field) ?? { field, cells: new Map() };
      tables.set(field, table);
      for (const cell of cells) {
        const key = 'value' in cell ? cell.value : `${cell.from ?? ''}..${cell.to ?? ''}`;
        table.cells.set(key, plus(table.cells.get(key), cell, variance));
      }
    }
  }
  return [...tables.values()].map(({ field, cells }) => {
    const summed = [...cells.values()].sort((one, other) => inOrder(one.cell, other.cell));
    const told = summed.map(({ cell }) => cell);
    const statistics = facetStatistics(
      told,
      summed.map(({ doubt }) => doubt),
    );
    return { field, cells: told, ...(statistics === undefined ? {} : { statistics }) };
  });
}

function plus(before: Summing | undefined, cell: Cell, variance: number): Summing {
  const { persons } = cell;
  const isTold = 'count' in persons;
  return {
    cell: {
      ...placeOf(cell),
      persons: (before?.cell.persons ?? 0) + (isTold ? persons.count : 0),
      withheld: (before?.cell.withheld ?? 0) + (isTold ? 0 : 1),
    },
    doubt: {
      variance: (before?.doubt.variance ?? 0) + (isTold ? variance : 0),
      keptBack: (before?.doubt.keptBack ?? 0) + (isTold ? 0 : persons.below - 1),
    },
  };
}

function placeOf(cell: Cell) {
  return 'value' in cell ? { value: cell.value } : { from: cell.from, to: cell.to };
}

/** Bins ascending; values by people, most first. */
function inOrder(one: SummedTable['cells'][number], other: SummedTable['cells'][number]): number {
  if ('value' in one || 'value' in other) return other.persons - one.persons;
  return (one.from ?? Number.NEGATIVE_INFINITY) - (other.from ?? Number.NEGATIVE_INFINITY);
}
