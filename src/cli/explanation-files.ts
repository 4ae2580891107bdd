import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** A picture as the network saw it, with a map over it; both [row, column], row 0 at the top. */
export interface MappedPicture {
  readonly seen: { readonly values: Float32Array; readonly rows: number; readonly columns: number };
  /** 0 to 1; spans the picture, coarse or fine. */
  readonly map: { readonly values: Float32Array; readonly rows: number; readonly columns: number };
}

/** A name for what is made of a film: its place among the films, and its own name. */
export function fileName(number: number, path: string): string {
  const plain = basename(path)
    .replace(/\.[^.]*$/, '')
    .replace(/[^\w-]+/g, '_');
  return `${String(number).padStart(3, '0')}-${plain.slice(0, 64)}`;
}

/** Writes the film and the map over it. @returns their paths */
export async function writeMapPictures(
  { seen, map }: MappedPicture,
  { out, name, method }: { readonly out: string; readonly name: string; readonly method: string },
): Promise<{ readonly image: string; readonly overlay: string }> {
  const { explanationPictures } = await import('#village');
  const low = seen.values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = seen.values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  // Pictures are square; what is narrower has black beside it.
  const size = Math.max(seen.rows, seen.columns);
  const [grey, heat] = [new Float32Array(size * size), new Float32Array(size * size)];
  for (let row = 0; row < seen.rows; row += 1)
    for (let column = 0; column < seen.columns; column += 1) {
      const shown = seen.values[row * seen.columns + column] ?? low;
      grey[row * size + column] = (shown - low) / Math.max(1e-6, high - low);
      const cell = [
        Math.floor((row * map.rows) / seen.rows),
        Math.floor((column * map.columns) / seen.columns),
      ] as const;
      heat[row * size + column] = map.values[cell[0] * map.columns + cell[1]] ?? 0;
    }
  const { image, overlay } = explanationPictures({ grey, map: heat, size });
  const places = { image: join(out, `${name}.png`), overlay: join(out, `${name}-${method}.png`) };
  await writeFile(places.image, image);
  await writeFile(places.overlay, overlay);
  return places;
}
