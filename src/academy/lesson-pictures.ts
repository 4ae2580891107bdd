import { SeededRandom } from '#base';

/** What a made picture may show. `clear` shows nothing but the ground. */
export const PICTURE_KINDS = ['clear', 'spot', 'band', 'haze'] as const;

/** One of the things a made picture may show. */
export type PictureKind = (typeof PICTURE_KINDS)[number];

/** Rows and columns of a made picture. */
export const PICTURE_SIDE = 16;

/** Made pictures: drawn from a seed, of nobody. */
export interface LessonPictures {
  /** [picture, row, column], about zero mean, row 0 at the top. */
  readonly values: Float32Array;
  /** Place in `PICTURE_KINDS` for each picture. */
  readonly kinds: Uint8Array;
}

/** How much stronger the grain is than what is to be seen: so much that one picture teaches little and a hundred teach a lot. */
const GRAIN = 0.6;
const PIXELS = PICTURE_SIDE * PICTURE_SIDE;

/** So many pictures, as many of each kind as of another. Equal seeds give equal pictures. */
export function lessonPictures(count: number, seed: string): LessonPictures {
  const random = new SeededRandom(seed);
  const values = new Float32Array(count * PIXELS);
  const kinds = new Uint8Array(count);
  for (let picture = 0; picture < count; picture += 1) {
    const kind = picture % PICTURE_KINDS.length;
    kinds[picture] = kind;
    draw(values.subarray(picture * PIXELS, (picture + 1) * PIXELS), PICTURE_KINDS[kind] ?? 'clear', random);
  }
  return { values, kinds };
}

function draw(pixels: Float32Array, kind: PictureKind, random: SeededRandom): void {
  const shape = shapeOf(kind, random);
  for (let at = 0; at < PIXELS; at += 1) {
    const row = Math.floor(at / PICTURE_SIDE);
    pixels[at] = shape(row, at % PICTURE_SIDE) + GRAIN * random.normal();
  }
}

/** Brightness above the ground at a row and a column. */
function shapeOf(kind: PictureKind, random: SeededRandom): (row: number, column: number) => number {
  const row0 = random.between(4, PICTURE_SIDE - 4);
  const column0 = random.between(4, PICTURE_SIDE - 4);
  const strength = random.between(1.2, 1.8);
  const bell = (row: number, column: number, width: number) =>
    Math.exp(-((row - row0) ** 2 + (column - column0) ** 2) / (2 * width * width));
  switch (kind) {
    case 'clear':
      return () => 0;
    case 'spot':
      return (row, column) => 1.6 * strength * bell(row, column, 1.4);
    case 'band': {
      const angle = random.between(0, Math.PI);
      const [along, across] = [Math.cos(angle), Math.sin(angle)];
      return (row, column) => {
        const off = (row - row0) * along + (column - column0) * across;
        return strength * Math.exp(-(off * off) / 2);
      };
    }
    case 'haze':
      return (row, column) => 0.75 * strength * bell(row, column, 4.5);
  }
}
