import type { Opinion } from '#wire';

type ShownMap = NonNullable<Opinion['images'][number]['map']>;

/** Ends of the scale, from nothing to a probability of one: amber, orange, magenta. */
const RAMP = [
  [255, 214, 102],
  [255, 127, 39],
  [214, 24, 120],
] as const;

/** The colour of a probability, on one scale for all films; what is nearly nothing is nearly not there. */
function mapColour(probability: number): readonly [red: number, green: number, blue: number, alpha: number] {
  const share = Math.min(1, Math.max(0, probability)) * (RAMP.length - 1);
  const at = Math.min(RAMP.length - 2, Math.floor(share));
  const between = share - at;
  const part = (channel: 0 | 1 | 2) =>
    Math.round((RAMP[at]?.[channel] ?? 0) * (1 - between) + (RAMP[at + 1]?.[channel] ?? 0) * between);
  return [part(0), part(1), part(2), Math.round(255 * Math.sqrt(Math.min(1, Math.max(0, probability))))];
}

/** A map as a picture of its own cells, to be laid over the film. */
export function mapPicture({ rows, columns, bytes }: ShownMap): ImageData {
  const letters = atob(bytes.replaceAll('-', '+').replaceAll('_', '/'));
  const values = Float32Array.from(letters, (letter) => letter.charCodeAt(0) / 255);
  return probabilityPicture({ rows, columns, values });
}

/** Probabilities, [row, column], as such a picture. */
export function probabilityPicture({
  rows,
  columns,
  values,
}: {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
}): ImageData {
  const picture = new ImageData(columns, rows);
  for (let at = 0; at < rows * columns; at += 1) picture.data.set(mapColour(values[at] ?? 0), 4 * at);
  return picture;
}
