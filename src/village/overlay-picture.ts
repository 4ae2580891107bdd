import { encode } from 'fast-png';

/** A film as the network sees it, with where it found what it says. */
export interface ExplainedFilm {
  /** [row, column], 0 black to 1 white. */
  readonly grey: Float32Array;
  /** [row, column], 0 no part in it to 1 certain: not the strongest of this film, so that films can be held against one another. */
  readonly map: Float32Array;
  /** Rows and columns. */
  readonly size: number;
}

/** Side of the pictures in pixels, so that a small film can be looked at. */
const PICTURE_SIZE_PX = 256;
/** The strongest place still lets the film through. */
const MOST_COVER = 0.55;

/** The film alone and under its heat map (black through red to yellow), both as PNG. */
export function explanationPictures(film: ExplainedFilm): { readonly image: Uint8Array; readonly overlay: Uint8Array } {
  const side = PICTURE_SIZE_PX;
  const image = new Uint8Array(side * side);
  const overlay = new Uint8Array(3 * side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const index = row * side + column;
      const grey = 255 * Math.min(1, Math.max(0, between(film.grey, film.size, row, column)));
      const heat = between(film.map, film.size, row, column);
      const cover = MOST_COVER * heat;
      image[index] = Math.round(grey);
      overlay[3 * index] = Math.round((1 - cover) * grey + cover * 255 * Math.min(1, 2 * heat));
      overlay[3 * index + 1] = Math.round((1 - cover) * grey + cover * 255 * Math.max(0, 2 * heat - 1));
      overlay[3 * index + 2] = Math.round((1 - cover) * grey);
    }
  }
  return {
    image: png(image, 1),
    overlay: png(overlay, 3),
  };
}

function png(data: Uint8Array, channels: 1 | 3): Uint8Array {
  return new Uint8Array(encode({ width: PICTURE_SIZE_PX, height: PICTURE_SIZE_PX, data, channels, depth: 8 }));
}

/** The value at a picture's pixel, bilinear between the film's. */
function between(values: Float32Array, size: number, row: number, column: number): number {
  const y = place(row, size);
  const x = place(column, size);
  const at = (r: number, c: number): number => values[Math.min(size - 1, r) * size + Math.min(size - 1, c)] ?? 0;
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - top, x - left];
  const above = at(top, left) * (1 - right) + at(top, left + 1) * right;
  const below = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right;
  return above * (1 - down) + below * down;
}

function place(pixel: number, size: number): number {
  return Math.min(size - 1, Math.max(0, ((pixel + 0.5) * size) / PICTURE_SIZE_PX - 0.5));
}
