import type { Frame } from '#dicom';

/** What a picture looks like in the small: to find copies that were resized, compressed, brightened or annotated. */
export interface Likeness {
  /** 64 bits: of the lowest 8 × 8 cosine frequencies which are above their median (Zauner 2010, pHash); high and low half. */
  readonly hash: readonly [high: number, low: number];
  /** [16, 16] mean greys, 0 the darkest to 255 the brightest as seen. */
  readonly thumbnail: Uint8Array;
}

const GRID = 32;
const KEPT = 8;
const THUMBNAIL = 16;

const COSINES = Float64Array.from({ length: KEPT * GRID }, (_, index) => {
  const [frequency, at] = [Math.floor(index / GRID), index % GRID];
  return Math.cos((Math.PI * frequency * (2 * at + 1)) / (2 * GRID));
});

/** The likeness of a frame as a person sees it, so that a film and its MONOCHROME1 twin are alike; undefined without contrast. */
export function likenessOf(frame: Frame): Likeness | undefined {
  const grid = shrunk(frame);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of grid) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(high > low)) return undefined;
  const isInverse = (frame.photometricInterpretation === 'MONOCHROME1') !== frame.rescaleSlope < 0;
  for (let index = 0; index < grid.length; index += 1) {
    const share = ((grid[index] ?? 0) - low) / (high - low);
    grid[index] = 255 * (isInverse ? 1 - share : share);
  }
  return { hash: hashOf(grid), thumbnail: thumbnailOf(grid) };
}

/** [32, 32] means of blocks of pixels. */
function shrunk({ rows, columns, values }: Frame): Float64Array {
  const sums = new Float64Array(GRID * GRID);
  const counts = new Uint32Array(GRID * GRID);
  // A small picture has fewer pixels than the grid: then pixels are repeated.
  const [tall, wide] = [Math.max(rows, GRID), Math.max(columns, GRID)];
  // Of large pictures every second or third pixel tells as much.
  const [down, across] = [stepOf(tall), stepOf(wide)];
  for (let y = 0; y < tall; y += down) {
    const from = Math.floor((y * rows) / tall) * columns;
    const to = Math.floor((y * GRID) / tall) * GRID;
    for (let x = 0; x < wide; x += across) {
      const cell = to + Math.floor((x * GRID) / wide);
      sums[cell] = (sums[cell] ?? 0) + (values[from + Math.floor((x * columns) / wide)] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell] ?? 1));
}

function stepOf(side: number): number {
  return Math.max(1, Math.floor(side / (GRID * 16)));
}

function hashOf(grid: Float64Array): readonly [number, number] {
  const half = new Float64Array(GRID * KEPT);
  for (let row = 0; row < GRID; row += 1) {
    for (let u = 0; u < KEPT; u += 1) {
      let sum = 0;
      for (let x = 0; x < GRID; x += 1) sum += (grid[row * GRID + x] ?? 0) * (COSINES[u * GRID + x] ?? 0);
      half[row * KEPT + u] = sum;
    }
  }
  const low = new Float64Array(KEPT * KEPT);
  for (let v = 0; v < KEPT; v += 1) {
    for (let u = 0; u < KEPT; u += 1) {
      let sum = 0;
      for (let y = 0; y < GRID; y += 1) sum += (half[y * KEPT + u] ?? 0) * (COSINES[v * GRID + y] ?? 0);
      low[v * KEPT + u] = sum;
    }
  }
  // The mean of the picture says nothing of its shape and would drag the median along.
  const sorted = low.slice(1).sort();
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const halves = [0, 0];
  for (let bit = 1; bit < low.length; bit += 1) {
    if ((low[bit] ?? 0) > median) halves[bit >> 5] = ((halves[bit >> 5] ?? 0) | (1 << (bit & 31))) >>> 0;
  }
  return [halves[0] ?? 0, halves[1] ?? 0];
}

function thumbnailOf(grid: Float64Array): Uint8Array {
  const step = GRID / THUMBNAIL;
  return Uint8Array.from({ length: THUMBNAIL * THUMBNAIL }, (_, index) => {
    const [row, column] = [Math.floor(index / THUMBNAIL) * step, (index % THUMBNAIL) * step];
    let sum = 0;
    for (let y = 0; y < step; y += 1) for (let x = 0; x < step; x += 1) sum += grid[(row + y) * GRID + column + x] ?? 0;
    return Math.round(sum / (step * step));
  });
}
