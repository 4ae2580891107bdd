/** A place that the model points at, in pixels of its picture, and the probability of its cell. */
export interface NoduleMark {
  readonly x: number;
  readonly y: number;
  readonly score: number;
}

/** Cells around a mark in which no other is made: 5 × 5. */
const APART = 2;

/** The local maxima of the map of a picture of so many pixels, the strongest first, at most so many; its cells are squares. */
export function noduleMarks(
  map: Float32Array,
  { rows, columns }: { readonly rows: number; readonly columns: number },
  most = 20,
): readonly NoduleMark[] {
  const stride = Math.sqrt((rows * columns) / map.length);
  const width = columns / stride;
  const height = map.length / width;
  const marks: NoduleMark[] = [];
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const score = map[row * width + column] as number;
      let isLargest = true;
      for (let r = Math.max(0, row - APART); r <= Math.min(height - 1, row + APART); r += 1)
        for (let c = Math.max(0, column - APART); c <= Math.min(width - 1, column + APART); c += 1) {
          const other = map[r * width + c] as number;
          if (other > score || (other === score && r * width + c < row * width + column)) isLargest = false;
        }
      if (isLargest) marks.push({ x: (column + 0.5) * stride, y: (row + 0.5) * stride, score });
    }
  }
  return marks.sort((a, b) => b.score - a.score).slice(0, most);
}
