import type { Region, SeenPicture } from '#films';

/** Radii of the discs that are held against what surrounds them, pixels. */
const RADII = [3, 4.5, 6.5, 9] as const;

/**
 * The baseline beside the nodule model: how much brighter a disc of the lung is than the ring around it, in standard deviations
 * of the ring; the largest over places and sizes. → the score and where it was, in pixels.
 */
export function contrastDetector(
  picture: SeenPicture,
  lungs: Region | undefined,
): { readonly score: number; readonly x: number; readonly y: number } {
  const { rows, columns, values } = picture;
  let best = { score: 0, x: columns / 2, y: rows / 2 };
  for (const { radius, disc, ring } of SHAPES) {
    const rim = Math.ceil(2 * radius);
    for (let row = rim; row < rows - rim; row += 2) {
      for (let column = rim; column < columns - rim; column += 2) {
        const middle = row * columns + column;
        if (lungs !== undefined && lungs.mask[middle] !== 1) continue;
        let inside = 0;
        for (const [dy, dx] of disc) inside += values[middle + dy * columns + dx] as number;
        let [sum, squares] = [0, 0];
        for (const [dy, dx] of ring) {
          const value = values[middle + dy * columns + dx] as number;
          sum += value;
          squares += value * value;
        }
        const mean = sum / ring.length;
        const deviation = Math.sqrt(Math.max(1e-6, squares / ring.length - mean * mean));
        const score = (inside / disc.length - mean) / deviation;
        if (score > best.score) best = { score, x: column + 0.5, y: row + 0.5 };
      }
    }
  }
  return best;
}

const SHAPES = RADII.map((radius) => ({
  radius,
  disc: offsets(0, radius),
  ring: offsets(1.3 * radius, 2 * radius),
}));

function offsets(from: number, to: number): readonly (readonly [number, number])[] {
  const reach = Math.ceil(to);
  const found: (readonly [number, number])[] = [];
  for (let dy = -reach; dy <= reach; dy += 1)
    for (let dx = -reach; dx <= reach; dx += 1) {
      const distance = Math.hypot(dx, dy);
      if (distance >= from && distance < to) found.push([dy, dx]);
    }
  return found;
}
