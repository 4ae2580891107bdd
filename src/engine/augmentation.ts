import type { SeededRandom } from '#base';

/** Changes to pictures while learning, drawn anew for each picture and epoch. */
export interface Augmentation {
  /** Moves by up to so many pixels each way; 0 unless told. */
  readonly shiftPixels?: number;
  /** Turns by up to so many degrees each way; 0 unless told. */
  readonly rotateDegrees?: number;
  /** Larger or smaller by up to this share (0.1: 0.9 … 1.1 times); 0 unless told. */
  readonly zoom?: number;
  /** Mirrors left and right half of the time. */
  readonly mirror?: boolean;
  /** Multiplies and shifts the brightness by up to this share of the picture's spread; 0 unless told. */
  readonly contrast?: number;
  /** Standard deviation of added noise, in the picture's own units; 0 unless told. */
  readonly noise?: number;
}

/**
 * Writes a changed picture [channel, row, column] into `to`; `from` stays. Rims repeat the border's pixels. Equal streams
 * give equal pictures.
 */
export function augment(
  from: Float32Array,
  to: Float32Array,
  shape: readonly number[],
  spec: Augmentation,
  random: SeededRandom,
): void {
  const { shiftPixels = 0, rotateDegrees = 0, zoom = 0, mirror = false, contrast = 0, noise = 0 } = spec;
  const [channels = 1, rows = 1, columns = 1] = shape;
  // Drawn always and in this order, so that one setting does not change what another draws.
  const across = random.between(-1, 1) * shiftPixels;
  const down = random.between(-1, 1) * shiftPixels;
  const angle = (random.between(-1, 1) * rotateDegrees * Math.PI) / 180;
  const scale = 1 / (1 + random.between(-1, 1) * zoom);
  const flipped = random.uniform() < 0.5 && mirror;
  const gain = 1 + random.between(-1, 1) * contrast;
  const offset = random.between(-1, 1) * contrast;
  if (shiftPixels === 0 && rotateDegrees === 0 && zoom === 0 && !flipped) to.set(from);
  else {
    const cosine = Math.cos(angle) * scale;
    const sine = Math.sin(angle) * scale;
    const [middleRow, middleColumn] = [(rows - 1) / 2, (columns - 1) / 2];
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const x = (flipped ? columns - 1 - column : column) - middleColumn - across;
        const y = row - middleRow - down;
        const seenColumn = held(cosine * x - sine * y + middleColumn, columns - 1);
        const seenRow = held(sine * x + cosine * y + middleRow, rows - 1);
        const left = Math.floor(seenColumn);
        const top = Math.floor(seenRow);
        const right = Math.min(columns - 1, left + 1);
        const below = Math.min(rows - 1, top + 1);
        const [a, b] = [seenColumn - left, seenRow - top];
        for (let channel = 0; channel < channels; channel += 1) {
          const start = channel * rows * columns;
          const at = (r: number, c: number): number => from[start + r * columns + c] as number;
          const upper = at(top, left) * (1 - a) + at(top, right) * a;
          const lower = at(below, left) * (1 - a) + at(below, right) * a;
          to[start + row * columns + column] = upper * (1 - b) + lower * b;
        }
      }
    }
  }
  if (contrast === 0 && noise === 0) return;
  for (let index = 0; index < to.length; index += 1)
    to[index] = (to[index] as number) * gain + offset + (noise === 0 ? 0 : noise * random.normal());
}

function held(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}
