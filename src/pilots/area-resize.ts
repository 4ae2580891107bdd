/** A grey picture, [row, column], row 0 at the top. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/**
 * The whole picture as a square of `size` pixels a side: centred, its longer side filling the square, the rest 0. Each
 * output pixel is the mean of the area it covers (box filter), which neither rings nor aliases.
 */
export function squareByArea(picture: GreyPicture, size: number): Float32Array {
  const longer = Math.max(picture.rows, picture.columns);
  const across = coverages(picture.columns, longer, size);
  const down = coverages(picture.rows, longer, size);
  const { columns, values } = picture;
  const narrow = new Float64Array(picture.rows * size);
  for (let row = 0; row < picture.rows; row += 1) {
    for (let target = 0; target < size; target += 1) {
      const { first, weights } = across[target] as Coverage;
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) {
        sum += (weights[k] as number) * (values[row * columns + first + k] as number);
      }
      narrow[row * size + target] = sum;
    }
  }
  const square = new Float32Array(size * size);
  for (let target = 0; target < size; target += 1) {
    const { first, weights } = down[target] as Coverage;
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) {
        sum += (weights[k] as number) * (narrow[(first + k) * size + column] as number);
      }
      square[target * size + column] = sum;
    }
  }
  return square;
}

/** Source pixels under one output pixel and the share of it that each fills. */
interface Coverage {
  readonly first: number;
  readonly weights: readonly number[];
}

function coverages(length: number, longer: number, size: number): readonly Coverage[] {
  const scale = longer / size;
  const margin = (longer - length) / 2;
  return Array.from({ length: size }, (_, target) => {
    const from = Math.max(0, target * scale - margin);
    const to = Math.min(length, (target + 1) * scale - margin);
    if (to <= from) return { first: 0, weights: [] };
    const first = Math.floor(from);
    const last = Math.min(length, Math.ceil(to));
    const weights = Array.from(
      { length: last - first },
      (_unused, k) => (Math.min(to, first + k + 1) - Math.max(from, first + k)) / scale,
    );
    return { first, weights };
  });
}
