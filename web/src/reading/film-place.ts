/** Where a film leans when all of it is shown: mammograms with the chest wall to the middle of the hanging. */
export type Anchor = 'left' | 'centre' | 'right';

/** How a film is looked at. Moves are shares of the cell, outwards from where it leans, so that two breasts move as in a mirror. */
export interface FilmView {
  /** 1: all of the film fits. */
  readonly zoom: number;
  readonly moveX: number;
  readonly moveY: number;
}

/** All of the film. */
export const WHOLE_FILM: FilmView = { zoom: 1, moveX: 0, moveY: 0 };

/** Largest magnification over the film that fits. */
const MOST_ZOOM = 40;

/** A film in a cell, in the cell's pixels. */
export interface FilmPlace {
  readonly cell: Size;
  readonly film: { readonly rows: number; readonly columns: number };
  /** Pixels of the cell for one of the film, at zoom 1. */
  readonly fit: number;
  readonly anchor: Anchor;
  /** Left and right changed, so that the chest wall is where it leans. */
  readonly flipped: boolean;
}

/** In pixels of the cell. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point of the cell or of the film, in its own pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Scale and the place of the film's top left corner in the cell. */
export function placed({ cell, film, fit, anchor }: FilmPlace, view: FilmView) {
  const scale = fit * view.zoom;
  const [width, height] = [film.columns * scale, film.rows * scale];
  const leaning = anchor === 'left' ? 0 : anchor === 'right' ? cell.width - width : (cell.width - width) / 2;
  return {
    scale,
    left: leaning + outwards(anchor) * view.moveX * cell.width,
    top: (cell.height - height) / 2 + view.moveY * cell.height,
  };
}

/** The point of the film under a point of the cell; it may lie outside. */
export function filmPoint(place: FilmPlace, view: FilmView, { x, y }: Point): Point {
  const { scale, left, top } = placed(place, view);
  const across = (x - left) / scale;
  return { x: place.flipped ? place.film.columns - across : across, y: (y - top) / scale };
}

/** Where a point of the film is seen. */
export function cellPoint(place: FilmPlace, view: FilmView, { x, y }: Point): Point {
  const { scale, left, top } = placed(place, view);
  return { x: left + (place.flipped ? place.film.columns - x : x) * scale, y: top + y * scale };
}

/** Nearer or farther, with what is under `at` staying there. */
export function zoomed(place: FilmPlace, view: FilmView, factor: number, at: Point): FilmView {
  const zoom = Math.min(MOST_ZOOM, Math.max(0.25, view.zoom * factor));
  const under = filmPoint(place, view, at);
  const next = { ...view, zoom };
  const now = cellPoint(place, next, under);
  return moved(place, next, { x: at.x - now.x, y: at.y - now.y });
}

/** Moved by so many pixels of the cell; some of the film stays in sight. */
export function moved({ cell, anchor }: FilmPlace, view: FilmView, by: Point): FilmView {
  const most = Math.max(0.9, view.zoom);
  const within = (value: number) => Math.min(most, Math.max(-most, value));
  return {
    ...view,
    moveX: within(view.moveX + (outwards(anchor) * by.x) / cell.width),
    moveY: within(view.moveY + by.y / cell.height),
  };
}

function outwards(anchor: Anchor): 1 | -1 {
  return anchor === 'right' ? -1 : 1;
}

/** Length between two points of a film, in millimetres; null where the file does not say how large its pixels are. */
export function lengthMm(
  from: Point,
  to: Point,
  spacingMm: { readonly horizontal: number; readonly vertical: number } | null,
): number | null {
  if (spacingMm === null) return null;
  return Math.hypot((to.x - from.x) * spacingMm.horizontal, (to.y - from.y) * spacingMm.vertical);
}

/** The longest round length (1, 2 or 5 times a power of ten, in millimetres) of at most `mostPx` pixels of the cell. */
export function scaleBar(mmPerCellPx: number, mostPx: number): { readonly mm: number; readonly px: number } {
  const most = mmPerCellPx * mostPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((step) => step * power).find((length) => length <= most) ?? power;
  return { mm, px: mm / mmPerCellPx };
}
