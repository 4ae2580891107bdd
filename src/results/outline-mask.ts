import type { ResultFinding, ResultMap } from './model-result.ts';

type Outline = NonNullable<ResultFinding['outline']>;

/** Area of a polygon in square pixels (shoelace formula). */
export function polygonAreaPx(outline: Outline): number {
  const sum = outline.reduce((total, { column, row }, index) => {
    const next = outline[(index + 1) % outline.length] ?? { column, row };
    return total + column * next.row - next.column * row;
  }, 0);
  return Math.abs(sum) / 2;
}

/** Marks the pixels whose middle lies inside of the polygon (even-odd rule). [row, column] */
export function markOutline(
  mask: Uint8Array,
  size: { readonly rows: number; readonly columns: number },
  outline: Outline,
): void {
  for (let row = 0; row < size.rows; row += 1) {
    const crossings = crossingsAt(outline, row + 0.5);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.ceil((crossings[pair] ?? 0) - 0.5));
      const to = Math.min(size.columns, Math.ceil((crossings[pair + 1] ?? 0) - 0.5));
      if (to > from) mask.fill(1, row * size.columns + from, row * size.columns + to);
    }
  }
}

/** Where the outline crosses a height, from left to right. */
function crossingsAt(outline: Outline, height: number): readonly number[] {
  return outline
    .flatMap((corner, index) => {
      const next = outline[(index + 1) % outline.length] ?? corner;
      if (corner.row <= height === next.row <= height) return [];
      return [corner.column + ((height - corner.row) / (next.row - corner.row)) * (next.column - corner.column)];
    })
    .sort((a, b) => a - b);
}

/** Marks the pixels where the map is at least `share` of its highest value; none where it is nowhere above zero. */
export function markMap(
  mask: Uint8Array,
  size: { readonly rows: number; readonly columns: number },
  map: ResultMap,
  share: number,
): void {
  const threshold = share * map.values.reduce((most, value) => Math.max(most, value), 0);
  if (threshold <= 0) return;
  for (let row = 0; row < size.rows; row += 1) {
    for (let column = 0; column < size.columns; column += 1) {
      if (mapAt(map, (row + 0.5) / size.rows, (column + 0.5) / size.columns) >= threshold) {
        mask[row * size.columns + column] = 1;
      }
    }
  }
}

/** The map at a place, both from 0 to 1, between the middles of its cells (bilinear). */
export function mapAt({ rows, columns, values }: ResultMap, down: number, across: number): number {
  const y = Math.min(rows - 1, Math.max(0, down * rows - 0.5));
  const x = Math.min(columns - 1, Math.max(0, across * columns - 0.5));
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [bottom, right] = [Math.min(rows - 1, top + 1), Math.min(columns - 1, left + 1)];
  const at = (row: number, column: number) => values[row * columns + column] ?? 0;
  const upper = at(top, left) * (1 - (x - left)) + at(top, right) * (x - left);
  const lower = at(bottom, left) * (1 - (x - left)) + at(bottom, right) * (x - left);
  return upper * (1 - (y - top)) + lower * (y - top);
}
