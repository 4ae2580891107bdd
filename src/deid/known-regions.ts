import { type DataSet, TAGS } from '#dicom';
import { tagOf } from '#vocab';
import type { PixelMask } from './pixel-mask.ts';
import { type RegionRule, rulesFor } from './region-rules.ts';

/** What is blacked out in every frame, whatever is seen there. */
export type KnownRectangle = Omit<PixelMask, 'frame'>;

interface Edges {
  readonly left: number;
  readonly top: number;
  /** Exclusive. */
  readonly right: number;
  readonly bottom: number;
}

/** Smaller regions than this are gauges or marks of a device, no picture. */
const LEAST_SIDE = 32;

/**
 * Rectangles that hold names by what the file and its device declare: what lies beside the ultrasound regions (PS3.3
 * section C.8.5.5), and what the rules say of this kind of device. None where nothing is known.
 */
export function knownRectangles(dataset: DataSet, rules: readonly RegionRule[]): readonly KnownRectangle[] {
  const picture: Edges = {
    left: 0,
    top: 0,
    right: dataset.number(TAGS.columns) ?? 0,
    bottom: dataset.number(TAGS.rows) ?? 0,
  };
  const equipment = rulesFor(dataset, rules)
    .flatMap(({ black }) => black)
    .map(([x, y, width, height]) => {
      const left = x < 0 ? picture.right + x : x;
      const top = y < 0 ? picture.bottom + y : y;
      return within({ left, top, right: left + width, bottom: top + height }, picture);
    })
    .filter((edges) => edges.right > edges.left && edges.bottom > edges.top)
    .map((edges) => rectangle(edges, 'equipment'));
  const regions = ultrasoundRegions(dataset, picture);
  if (regions.length === 0) return equipment;
  return [...outside(picture, regions).map((edges) => rectangle(edges, 'outside-regions')), ...equipment];
}

function rectangle({ left, top, right, bottom }: Edges, reason: PixelMask['reason']): KnownRectangle {
  return { x: left, y: top, width: right - left, height: bottom - top, reason, confidence: 1 };
}

function within(edges: Edges, picture: Edges): Edges {
  return {
    left: Math.max(edges.left, picture.left),
    top: Math.max(edges.top, picture.top),
    right: Math.min(edges.right, picture.right),
    bottom: Math.min(edges.bottom, picture.bottom),
  };
}

/** Regions with a picture in them; none where one is said to lie where no pixel is: then none can be trusted. */
function ultrasoundRegions(dataset: DataSet, picture: Edges): readonly Edges[] {
  const regions = dataset.items(tagOf('SequenceOfUltrasoundRegions')).map((item) => {
    const at = (keyword: string) => item.number(tagOf(keyword)) ?? Number.NaN;
    return {
      left: at('RegionLocationMinX0'),
      top: at('RegionLocationMinY0'),
      right: at('RegionLocationMaxX1') + 1,
      bottom: at('RegionLocationMaxY1') + 1,
    };
  });
  const believable = regions.every(
    ({ left, top, right, bottom }) =>
      // Some devices count the last column as one more than there is.
      left >= 0 &&
      top >= 0 &&
      right > left &&
      bottom > top &&
      right <= picture.right + 1 &&
      bottom <= picture.bottom + 1,
  );
  if (!believable) return [];
  return regions
    .map((edges) => within(edges, picture))
    .filter(({ left, top, right, bottom }) => right - left >= LEAST_SIDE && bottom - top >= LEAST_SIDE);
}

/** A picture without rectangles, as rectangles: stripes between all upper and lower edges, cut by what is inside. */
function outside(picture: Edges, regions: readonly Edges[]): readonly Edges[] {
  const levels = [picture.top, picture.bottom, ...regions.flatMap(({ top, bottom }) => [top, bottom])];
  const sorted = [...new Set(levels)].sort((a, b) => a - b);
  return sorted.slice(0, -1).flatMap((top, index) => {
    const bottom = sorted[index + 1] ?? picture.bottom;
    const inside = regions.filter((region) => region.top <= top && region.bottom >= bottom);
    const gaps: Edges[] = [];
    let left = picture.left;
    for (const region of [...inside].sort((a, b) => a.left - b.left)) {
      if (region.left > left) gaps.push({ left, top, right: region.left, bottom });
      left = Math.max(left, region.right);
    }
    if (left < picture.right) gaps.push({ left, top, right: picture.right, bottom });
    return gaps;
  });
}
