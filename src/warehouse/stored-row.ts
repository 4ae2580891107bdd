import type { ReadCell } from '#mapping';

/** A cell as it is kept: element, value with dates moved, heading, and what stood there where that tells no more than the value. */
type StoredCell = readonly [element: string, value: ReadCell['value'], column: string, cell: string];

/** Elements whose cells would tell who or when: their text is not kept beside the value. */
const SILENT_KINDS: ReadonlySet<string> = new Set(['identifier', 'date', 'text']);

/**
 * A row's cells as they are kept. Dates are moved before they are written down; a cell of a date, a number of a person or free text is not
 * kept as it stood.
 * @param kindOf what kind of element an id is
 */
export function storedCells(
  cells: ReadonlyMap<string, ReadCell>,
  daysBack: number,
  kindOf: (element: string) => string,
): string {
  const rows = [...cells].map(([element, { value, column, cell }]): StoredCell => {
    const kind = kindOf(element);
    const moved = kind === 'date' && typeof value === 'string' ? movedBack(value, daysBack) : value;
    return [element, moved, column, SILENT_KINDS.has(kind) ? '' : cell];
  });
  return JSON.stringify(rows);
}

/** Cells that were kept. */
export function readCells(text: string, row: number): ReadonlyMap<string, ReadCell> {
  const rows = JSON.parse(text) as readonly StoredCell[];
  return new Map(rows.map(([element, value, column, cell]) => [element, { value, row, column, cell }]));
}

function movedBack(day: string, days: number): string {
  return new Date(Date.parse(day) - days * 86_400_000).toISOString().slice(0, 10);
}
