import type { SeededRandom } from '#base';

/** Standard normal numbers drawn once and read from a random place: one film needs 65,536 of them. */
export class NoiseTable {
  readonly #values: Float32Array;

  constructor(random: SeededRandom, length = 1 << 17) {
    this.#values = Float32Array.from({ length }, () => random.normal());
  }

  /** A run of `count` numbers that starts at a random place. @throws RangeError when it asks for more than it holds */
  slice(random: SeededRandom, count: number): Float32Array {
    if (count > this.#values.length)
      throw new RangeError(`the table holds ${this.#values.length} numbers, not ${count}`);
    const start = random.below(this.#values.length - count + 1);
    return this.#values.subarray(start, start + count);
  }

  /** The run of `count` numbers from a place on, moved back where the table ends before; the table is not copied. */
  run(start: number, count: number): Float32Array {
    const from = Math.min(start, this.#values.length - count);
    return this.#values.subarray(from, from + count);
  }
}

/**
 * [row, column], about zero mean and unit spread: noise whose amplitude falls with frequency as f^(−beta/2), the texture
 * of projected tissue (Burgess 1999 found beta near 3). Made as a sum of bilinear octaves.
 */
export function powerLawTexture(random: SeededRandom, sizePx: number, beta: number): Float32Array {
  const texture = new Float32Array(sizePx * sizePx);
  let variance = 0;
  for (let cells = 4; cells <= sizePx / 2; cells *= 2) {
    // Power per octave band of a two-dimensional field goes as f^(2 − beta).
    const amplitude = cells ** ((2 - beta) / 2);
    variance += 0.45 * amplitude * amplitude;
    addOctave(texture, sizePx, gridOf(random, cells), cells, amplitude);
  }
  const scale = 1 / Math.sqrt(variance);
  for (let index = 0; index < texture.length; index += 1) texture[index] = (texture[index] as number) * scale;
  return texture;
}

function gridOf(random: SeededRandom, cells: number): Float32Array {
  return Float32Array.from({ length: (cells + 1) * (cells + 1) }, () => random.normal());
}

/** Bilinear, across first and then down: most of the work is one mixing of two rows for each pixel. */
function addOctave(texture: Float32Array, sizePx: number, grid: Float32Array, cells: number, amplitude: number): void {
  const stride = cells + 1;
  const stretched = new Float32Array(stride * sizePx);
  for (let column = 0; column < sizePx; column += 1) {
    const x = (column * cells) / sizePx;
    const left = Math.floor(x);
    const right = (x - left) * amplitude;
    const rest = amplitude - right;
    for (let line = 0; line < stride; line += 1) {
      const at = line * stride + left;
      stretched[line * sizePx + column] = (grid[at] as number) * rest + (grid[at + 1] as number) * right;
    }
  }
  for (let row = 0; row < sizePx; row += 1) {
    const y = (row * cells) / sizePx;
    const upper = Math.floor(y) * sizePx;
    const down = y - Math.floor(y);
    const start = row * sizePx;
    for (let column = 0; column < sizePx; column += 1) {
      const at = upper + column;
      const above = stretched[at] as number;
      texture[start + column] =
        (texture[start + column] as number) + above + down * ((stretched[at + sizePx] as number) - above);
    }
  }
}
