import type { DisplayPicture } from '#dicom';

/** The picture made smaller until it fits, its proportions kept; each new pixel is the mean of those it stands for. */
export function fitPicture(
  image: DisplayPicture,
  viewport: { readonly columns: number; readonly rows: number } | undefined,
): DisplayPicture {
  const scale = viewport === undefined ? 1 : Math.min(viewport.columns / image.columns, viewport.rows / image.rows);
  if (scale >= 1) return image;
  const rows = Math.max(1, Math.round(image.rows * scale));
  const columns = Math.max(1, Math.round(image.columns * scale));
  const { channels } = image;
  const shades = new Uint8Array(rows * columns * channels);
  const across = Array.from({ length: columns }, (_, column) => spanOf(column, columns, image.columns));
  const sums = new Float64Array(columns * channels);
  for (let row = 0; row < rows; row += 1) {
    const [top, bottom] = spanOf(row, rows, image.rows);
    sums.fill(0);
    // Along the rows as they lie in memory.
    for (let y = top; y < bottom; y += 1) {
      const line = y * image.columns;
      for (let column = 0; column < columns; column += 1) {
        const [left, right] = across[column] ?? [0, 0];
        for (let channel = 0; channel < channels; channel += 1) {
          let sum = 0;
          for (let x = left; x < right; x += 1) sum += image.shades[(line + x) * channels + channel] ?? 0;
          const at = column * channels + channel;
          sums[at] = (sums[at] ?? 0) + sum;
        }
      }
    }
    for (let column = 0; column < columns; column += 1) {
      const [left, right] = across[column] ?? [0, 1];
      const count = (bottom - top) * (right - left);
      for (let channel = 0; channel < channels; channel += 1) {
        const at = column * channels + channel;
        shades[row * columns * channels + at] = Math.round((sums[at] ?? 0) / count);
      }
    }
  }
  return { rows, columns, channels, shades };
}

function spanOf(index: number, of: number, size: number): readonly [number, number] {
  const start = Math.floor((index * size) / of);
  return [start, Math.max(start + 1, Math.floor(((index + 1) * size) / of))];
}
