import type { FilmLevel } from './film-pixels.ts';
import { type FilmPlace, type FilmView, placed } from './film-place.ts';

/** Fractions of a pixel are told in 256ths. */
const PARTS = 256;

/**
 * Draws a film into a picture of the size of its cell, black around it. Each point is taken from the smallest level that still has
 * more pixels than the cell shows, between four of its pixels, in the full depth of the file; greys are made last.
 */
export function drawFilm(
  into: Uint32Array,
  {
    levels,
    greys,
    signed,
  }: { readonly levels: readonly FilmLevel[]; readonly greys: Uint32Array; readonly signed: boolean },
  place: FilmPlace,
  view: FilmView,
): void {
  const { cell, film, flipped } = place;
  const { scale, left, top } = placed(place, view);
  const step = 1 / scale;
  const wanted = Math.max(0, Math.floor(Math.log2(Math.max(1, step))));
  const level = levels[Math.min(levels.length - 1, wanted)];
  into.fill(0xff00_0000);
  if (level === undefined) return;
  const across = columnsOf(level, { cell: cell.width, film: film.columns, scale, from: left, flipped });
  const { values, columns, rows } = level;
  const down = rows / film.rows;
  const shift = signed ? 32_768 : 0;
  for (let y = 0; y < cell.height; y += 1) {
    const filmY = (y + 0.5 - top) * step;
    if (filmY < 0 || filmY >= film.rows) continue;
    const place = Math.min(rows - 1, Math.max(0, filmY * down - 0.5));
    const row = Math.floor(place);
    const below = Math.round((place - row) * PARTS);
    const upper = row * columns;
    const lower = Math.min(rows - 1, row + 1) * columns;
    const line = y * cell.width;
    for (let x = across.first; x < across.end; x += 1) {
      const column = across.columns[x] ?? 0;
      const beside = across.parts[x] ?? 0;
      const next = column + 1 < columns ? column + 1 : column;
      const high =
        (((values[upper + column] ?? 0) + shift) & 0xffff) * (PARTS - beside) +
        (((values[upper + next] ?? 0) + shift) & 0xffff) * beside;
      const low =
        (((values[lower + column] ?? 0) + shift) & 0xffff) * (PARTS - beside) +
        (((values[lower + next] ?? 0) + shift) & 0xffff) * beside;
      // 65,535 × 256 × 256 is just below 2^32: an unsigned shift is enough.
      const value = (high * (PARTS - below) + low * below + 0x8000) >>> 16;
      into[line + x] = greys[(value - shift) & 0xffff] ?? 0;
    }
  }
}

/** For each column of the cell the one of the film, with the share of its neighbour. */
function columnsOf(
  level: FilmLevel,
  {
    cell,
    film,
    scale,
    from,
    flipped,
  }: {
    readonly cell: number;
    readonly film: number;
    readonly scale: number;
    readonly from: number;
    readonly flipped: boolean;
  },
) {
  const columns = new Int32Array(cell);
  const parts = new Int32Array(cell);
  let first = cell;
  let end = 0;
  for (let x = 0; x < cell; x += 1) {
    const straight = (x + 0.5 - from) / scale;
    if (straight < 0 || straight >= film) continue;
    const filmX = flipped ? film - straight : straight;
    const place = Math.min(level.columns - 1, Math.max(0, (filmX * level.columns) / film - 0.5));
    columns[x] = Math.floor(place);
    parts[x] = Math.round((place - Math.floor(place)) * PARTS);
    first = Math.min(first, x);
    end = x + 1;
  }
  return { columns, parts, first, end };
}
