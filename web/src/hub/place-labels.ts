/** Something on a map that has a name. */
export interface Labelled {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  /** Clear of the point and its neighbours of the same country. */
  readonly gapPx: number;
  readonly name: string;
}

/** Where a name stands: at (x, y), begun, centred or ended there. */
export interface PlacedLabel {
  readonly key: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'middle' | 'end';
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Generous width of a letter of a name. */
const LETTER_PX = 7.8;
const HEIGHT_PX = 17;
const POINT_PX = 9;
/** The line that letters stand on, from the middle of their height. */
const BASELINE_PX = 4.5;

/**
 * Names that cover neither one another, nor a point, nor the edge of the map: each to the right of its point, else to the left, below or above, and
 * else further off in the same ways. One for which there is no room is left out: the table beneath the map has it, and the point says it when it is pointed at.
 */
export function placeLabels(
  labelled: readonly Labelled[],
  points: readonly { readonly x: number; readonly y: number }[],
  size: { readonly width: number; readonly height: number },
): readonly PlacedLabel[] {
  const taken: Box[] = points.map(({ x, y }) => ({
    left: x - POINT_PX,
    top: y - POINT_PX,
    right: x + POINT_PX,
    bottom: y + POINT_PX,
  }));
  const placed: PlacedLabel[] = [];
  for (const one of labelled) {
    const found = waysOf(one).find(
      ({ box }) =>
        box.left >= 4 &&
        box.top >= 2 &&
        box.right <= size.width - 4 &&
        box.bottom <= size.height - 2 &&
        taken.every((other) => !doOverlap(box, other)),
    );
    if (found === undefined) continue;
    taken.push(found.box);
    placed.push(found.label);
  }
  return placed;
}

function waysOf({ key, name, x, y, gapPx }: Labelled): readonly { readonly label: PlacedLabel; readonly box: Box }[] {
  const width = LETTER_PX * name.length;
  const away = gapPx + HEIGHT_PX / 2;
  return [0, HEIGHT_PX, -HEIGHT_PX].flatMap((shift) => {
    const ways = [
      { anchor: 'start', left: x + gapPx, middle: y + shift },
      { anchor: 'end', left: x - gapPx - width, middle: y + shift },
      { anchor: 'middle', left: x - width / 2, middle: y + away + Math.abs(shift) },
      { anchor: 'middle', left: x - width / 2, middle: y - away - Math.abs(shift) },
    ] as const;
    return ways.map(({ anchor, left, middle }) => ({
      label: {
        key,
        name,
        anchor,
        x: anchor === 'start' ? left : anchor === 'end' ? left + width : left + width / 2,
        y: middle + BASELINE_PX,
      },
      box: { left, top: middle - HEIGHT_PX / 2, right: left + width, bottom: middle + HEIGHT_PX / 2 },
    }));
  });
}

function doOverlap(one: Box, other: Box): boolean {
  return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
}
