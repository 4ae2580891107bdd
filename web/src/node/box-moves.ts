import type { MarkedBox } from '#wire';

/** Size of a picture in its own pixels. */
export interface PictureSize {
  readonly rows: number;
  readonly columns: number;
}

/** A step of the keyboard: a hundredth of the picture, so that a hand of keystrokes gets anywhere. */
function stepOf({ rows, columns }: PictureSize): number {
  return Math.max(1, Math.round(Math.max(rows, columns) / 100));
}

/** The box after an arrow key: moved, or with Shift resized; undefined for any other key. It stays within the picture. */
export function movedBox(
  box: MarkedBox,
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  size: PictureSize,
): MarkedBox | undefined {
  const direction = DIRECTIONS[key];
  if (direction === undefined) return undefined;
  const [across, down] = direction;
  const step = stepOf(size);
  return shiftKey
    ? within({ ...box, width: box.width + across * step, height: box.height + down * step }, size)
    : within({ ...box, x: box.x + across * step, y: box.y + down * step }, size);
}

const DIRECTIONS: Readonly<Record<string, readonly [across: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A box to begin with, in the middle. */
export function newBox(frame: number, { rows, columns }: PictureSize): MarkedBox {
  const [width, height] = [Math.max(1, Math.round(columns / 5)), Math.max(1, Math.round(rows / 20))];
  return { frame, x: Math.round((columns - width) / 2), y: Math.round((rows - height) / 2), width, height };
}

/** The box between two points of the picture. */
export function boxBetween(
  frame: number,
  [one, other]: readonly [readonly [x: number, y: number], readonly [x: number, y: number]],
  size: PictureSize,
): MarkedBox {
  const [left, top] = [Math.min(one[0], other[0]), Math.min(one[1], other[1])];
  const [right, bottom] = [Math.max(one[0], other[0]), Math.max(one[1], other[1])];
  const [x, y] = [Math.floor(left), Math.floor(top)];
  return within({ frame, x, y, width: Math.ceil(right) - x, height: Math.ceil(bottom) - y }, size);
}

function within({ frame, x, y, width, height }: MarkedBox, { rows, columns }: PictureSize): MarkedBox {
  const [left, top] = [clamped(x, 0, columns - 1), clamped(y, 0, rows - 1)];
  return { frame, x: left, y: top, width: clamped(width, 1, columns - left), height: clamped(height, 1, rows - top) };
}

function clamped(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
