/** A grey picture, [row, column], row 0 at the top. */
export interface GreyPicture {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}

/** The size of what comes out, and where the picture stands across it when it is narrower. */
export interface TargetFrame {
  readonly rows: number;
  readonly columns: number;
  readonly align: 'left' | 'centre' | 'right';
}

/**
 * The whole picture as a square of `size` pixels a side: centred, its longer side filling the square, the rest 0. Each
 * output pixel is the mean of the area it covers (box filter), which neither rings nor aliases.
 */
export function squareByArea(picture: GreyPicture, size: number): Float32Array {
  return fitByArea(picture, { rows: size, columns: size, align: 'centre' });
}

/** As {@link squareByArea} into any frame, without distortion; centred from top to bottom. */
export function fitByArea(picture: GreyPicture, target: TargetFrame): Float32Array {
  const tall = picture.rows * target.columns >= picture.columns * target.rows;
  const scale = tall ? picture.rows / target.rows : picture.columns / target.columns;
  const room = {
    rows: tall ? picture.rows : target.rows * scale,
    columns: tall ? target.columns * scale : picture.columns,
  };
  const across = coverages(picture.columns, {
    scale,
    size: target.columns,
    margin: (room.columns - picture.columns) * { left: 0, centre: 0.5, right: 1 }[target.align],
  });
  const down = coverages(picture.rows, { scale, size: target.rows, margin: (room.rows - picture.rows) / 2 });
  const { columns, values } = picture;
  const narrow = new Float64Array(picture.rows * target.columns);
  for (let row = 0; row < picture.rows; row += 1) {
    for (let to = 0; to < target.columns; to += 1) {
      const { first, weights } = across[to] as Coverage;
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) {
        sum += (weights[k] as number) * (values[row * columns + first + k] as number);
      }
      narrow[row * target.columns + to] = sum;
    }
  }
  const fitted = new Float32Array(target.rows * target.columns);
  for (let to = 0; to < target.rows; to += 1) {
    const { first, weights } = down[to] as Coverage;
    for (let column = 0; column < target.columns; column += 1) {
      let sum = 0;
      for (let k = 0; k < weights.length; k += 1) {
        sum += (weights[k] as number) * (narrow[(first + k) * target.columns + column] as number);
      }
      fitted[to * target.columns + column] = sum;
    }
  }
  return fitted;
}

/** Source pixels under one output pixel and the share of it that each fills. */
interface Coverage {
  readonly first: number;
  readonly weights: readonly number[];
}

function coverages(
  length: number,
  { scale, size, margin }: { readonly scale: number; readonly size: number; readonly margin: number },
): readonly Coverage[] {
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
