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
  for (let index = 0; index < texture.length; index += 1) texture[index] = (texture[index] ?? 0) * scale;
  return texture;
}

function gridOf(random: SeededRandom, cells: number): Float32Array {
  return Float32Array.from({ length: (cells + 1) * (cells + 1) }, () => random.normal());
}

function addOctave(texture: Float32Array, sizePx: number, grid: Float32Array, cells: number, amplitude: number): void {
  const stride = cells + 1;
  for (let row = 0; row < sizePx; row += 1) {
    const y = (row * cells) / sizePx;
    const top = Math.floor(y) * stride;
    const down = y - Math.floor(y);
    for (let column = 0; column < sizePx; column += 1) {
      const x = (column * cells) / sizePx;
      const left = Math.floor(x);
      const right = x - left;
      const at = top + left;
      const upper = (grid[at] ?? 0) * (1 - right) + (grid[at + 1] ?? 0) * right;
      const lower = (grid[at + stride] ?? 0) * (1 - right) + (grid[at + stride + 1] ?? 0) * right;
      const index = row * sizePx + column;
      texture[index] = (texture[index] ?? 0) + amplitude * (upper * (1 - down) + lower * down);
    }
  }
}
