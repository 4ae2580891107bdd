import type { SeededRandom } from '#base';
import type { Frame } from '#dicom';
import { type Film, fitByArea, type GreyPicture, lungRegion, type Region } from '#films';
import { excessAt, type NoduleShadow } from './nodule-shadow.ts';

/** A film into which nodules can be put: where its lungs are, and how much grey a millimetre of water makes. */
export interface HostFilm {
  readonly film: Film;
  /** [row, column] of the film's own pixels that a nodule's middle may fall on, as indexes. */
  readonly places: Uint32Array;
  /** Stored values that a millimetre of water adds; below 0 where dense is dark. */
  readonly greyPerMm: number;
  /** [between rows, between columns] */
  readonly spacingMm: readonly [number, number];
}

/** What was put into a film: the exact truth. */
export interface InsertedNodule {
  /** In pixels of the film, the middle of the first pixel at 0.5. */
  readonly x: number;
  readonly y: number;
  readonly diameterMm: number;
  /** Half the diameter in pixels across and down. */
  readonly radiusPx: readonly [number, number];
  /** In multiples of what physics gives. */
  readonly contrast: number;
}

/**
 * Water that the beam passes more behind the heart than in the lung, in millimetres: a chest of 20 cm, of which 15 are lung of a
 * quarter of its density. With it a film calibrates itself: the step from lung to mediastinum is so many millimetres.
 */
const MEDIASTINUM_OVER_LUNG_MM = 107;

/** Pixels of the longer side of the picture in which the lungs are looked for. */
const SEARCH_PX = 256;
/** How far from the lung's rim a nodule stays, millimetres. */
const RIM_MM = 6;
/** Width of a chest film whose pixels nobody has measured, millimetres. */
const FILM_MM = 390;

/**
 * Makes a film ready to receive nodules; undefined where its lungs are not found, or are no darker than what lies between them.
 */
export function hostFilm(film: Film, spacing?: readonly [number, number]): HostFilm | undefined {
  const { frame } = film;
  const dense = (frame.photometricInterpretation === 'MONOCHROME1') !== frame.rescaleSlope < 0 ? -1 : 1;
  const spacingMm = spacing ?? frame.pixelSpacingMm ?? [FILM_MM / frame.columns, FILM_MM / frame.columns];
  const small = searched(frame, dense);
  const region = lungRegion(small);
  if (region === undefined) return undefined;
  const greys = stepOf(small, region);
  if (!(greys > 0)) return undefined;
  const ratio = frame.rows / small.rows;
  const rim = Math.max(1, Math.round(RIM_MM / (spacingMm[0] * ratio)));
  const inside = shrunk(region.mask, small, rim);
  const places: number[] = [];
  // One place for each pixel of the small picture: nodules are not told apart by less.
  for (let row = 0; row < small.rows; row += 1)
    for (let column = 0; column < small.columns; column += 1)
      if (inside[row * small.columns + column] === 1)
        places.push(
          Math.floor((row + 0.5) * ratio) * frame.columns +
            Math.floor(((column + 0.5) * frame.columns) / small.columns),
        );
  if (places.length === 0) return undefined;
  return {
    film,
    places: Uint32Array.from(places),
    greyPerMm: (dense * greys) / MEDIASTINUM_OVER_LUNG_MM,
    spacingMm,
  };
}

/** The frame with dense tissue bright, no larger than the lungs are looked for in. */
function searched(frame: Frame, dense: 1 | -1): GreyPicture {
  const { rows, columns } = frame;
  const picture = { rows, columns, values: Float32Array.from(frame.values, (value) => dense * value) };
  const scale = Math.max(rows, columns) / SEARCH_PX;
  if (scale <= 1) return picture;
  const size = { rows: Math.round(rows / scale), columns: Math.round(columns / scale) };
  return { ...size, values: fitByArea(picture, { ...size, align: 'centre' }) };
}

/** Greys from the middle of the lungs to the bright part between and around them. */
function stepOf(picture: GreyPicture, { mask, box }: Region): number {
  const lung: number[] = [];
  const rest: number[] = [];
  for (let row = box.top; row < box.bottom; row += 1)
    for (let column = box.left; column < box.right; column += 1) {
      const index = row * picture.columns + column;
      (mask[index] === 1 ? lung : rest).push(picture.values[index] as number);
    }
  return quantile(rest, 0.9) - quantile(lung, 0.5);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

/** Pixels all of whose neighbours within so many pixels, up, down and across, are inside. */
function shrunk(mask: Uint8Array, { rows, columns }: GreyPicture, rim: number): Uint8Array {
  const inside = new Uint8Array(mask.length);
  const at = (row: number, column: number): boolean =>
    row >= 0 && column >= 0 && row < rows && column < columns && mask[row * columns + column] === 1;
  for (let row = 0; row < rows; row += 1)
    for (let column = 0; column < columns; column += 1)
      if (
        at(row, column) &&
        at(row - rim, column) &&
        at(row + rim, column) &&
        at(row, column - rim) &&
        at(row, column + rim)
      )
        inside[row * columns + column] = 1;
  return inside;
}

/** A nodule to be put into a film. */
export interface NoduleWish {
  readonly shadow: NoduleShadow;
  /** In multiples of what physics gives. */
  readonly contrast: number;
}

/** Points of a pixel, across and down, at which a shadow is read. */
const SUPERSAMPLED = 3;
/** Standard deviation of the film's own blur in its pixels: what a scintillator and the reduction of the film leave. */
const BLUR_PX = 0.5;
/** Blur sharper than this share of a millimetre is not asked for: the shadows have pixels of one. */

/**
 * Puts nodules into a film at places of its lungs, no two closer than they are large. A film's grey goes with the logarithm of
 * the exposure, so that attenuations multiply by adding: ribs and vessels in front of the nodule stay. Stored values are
 * rounded as all others are, and never leave the range that the film has.
 */
export function insertNodules(
  host: HostFilm,
  wishes: readonly NoduleWish[],
  random: SeededRandom,
): { readonly film: Film; readonly nodules: readonly InsertedNodule[] } {
  const { frame } = host.film;
  const added = new Float32Array(frame.values.length);
  const nodules: InsertedNodule[] = [];
  for (const wish of wishes) {
    const nodule = placed(host, { wish, others: nodules, random });
    if (nodule === undefined) continue;
    addShadow(added, host, { shadow: turnedShadow(wish.shadow, random), nodule });
    nodules.push(nodule);
  }
  const values = frame.values.slice();
  const [low, high] = limitsOf(frame);
  for (let index = 0; index < added.length; index += 1) {
    const excessMm = added[index] as number;
    if (excessMm === 0) continue;
    const before = values[index] as number;
    values[index] = Math.min(high, Math.max(low, Math.round(before + host.greyPerMm * excessMm)));
  }
  return { film: { ...host.film, frame: { ...frame, values } }, nodules };
}

/** Tries for a place before it is given up. */
const TRIES = 40;

function placed(
  host: HostFilm,
  {
    wish,
    others,
    random,
  }: { readonly wish: NoduleWish; readonly others: readonly InsertedNodule[]; readonly random: SeededRandom },
): InsertedNodule | undefined {
  const { columns } = host.film.frame;
  const { diameterMm } = wish.shadow;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const place = host.places[random.below(host.places.length)] as number;
    const x = (place % columns) + random.uniform();
    const y = Math.floor(place / columns) + random.uniform();
    const isFree = others.every(
      (other) =>
        Math.hypot((other.x - x) * host.spacingMm[1], (other.y - y) * host.spacingMm[0]) >
        other.diameterMm + diameterMm,
    );
    if (!isFree) continue;
    const radiusPx = [diameterMm / 2 / host.spacingMm[1], diameterMm / 2 / host.spacingMm[0]] as const;
    return { x, y, diameterMm, radiusPx, contrast: wish.contrast };
  }
  return undefined;
}

/** Mirrored and turned by quarters: a nodule has no side that is always up. */
function turnedShadow(shadow: NoduleShadow, random: SeededRandom): NoduleShadow {
  const { sidePx, excessMm } = shadow;
  const kind = random.below(8);
  const turned = new Float32Array(excessMm.length);
  for (let index = 0; index < turned.length; index += 1) {
    let [row, column] = [Math.floor(index / sidePx), index % sidePx];
    if ((kind & 1) === 1) row = sidePx - 1 - row;
    if ((kind & 2) === 2) column = sidePx - 1 - column;
    if ((kind & 4) === 4) [row, column] = [column, row];
    turned[index] = excessMm[row * sidePx + column] as number;
  }
  return { ...shadow, excessMm: turned };
}

function addShadow(
  added: Float32Array,
  host: HostFilm,
  { shadow, nodule }: { readonly shadow: NoduleShadow; readonly nodule: InsertedNodule },
): void {
  const { rows, columns } = host.film.frame;
  const [down, across] = host.spacingMm;
  const reach = reachOf(shadow);
  const [halfRows, halfColumns] = [reach / down + 2, reach / across + 2];
  const top = Math.max(0, Math.floor(nodule.y - halfRows));
  const bottom = Math.min(rows, Math.ceil(nodule.y + halfRows));
  const left = Math.max(0, Math.floor(nodule.x - halfColumns));
  const right = Math.min(columns, Math.ceil(nodule.x + halfColumns));
  const points = shadow.isSmooth === true ? MIDDLE : BLURRED;
  for (let row = top; row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      let sum = 0;
      for (let point = 0; point < points.length; point += 1) {
        const [dy, dx, weight] = points[point] as (typeof points)[number];
        sum += weight * excessAt(shadow, (column + dx - nodule.x) * across, (row + dy - nodule.y) * down);
      }
      if (sum === 0) continue;
      const index = row * columns + column;
      added[index] = (added[index] as number) + nodule.contrast * sum;
    }
  }
}

/** How far from its middle a shadow reaches up, down or across, millimetres. */
function reachOf({ sidePx, excessMm }: NoduleShadow): number {
  let reach = 0;
  for (let index = 0; index < excessMm.length; index += 1) {
    if (excessMm[index] === 0) continue;
    const [row, column] = [Math.floor(index / sidePx), index % sidePx];
    reach = Math.max(reach, Math.abs(row + 0.5 - sidePx / 2), Math.abs(column + 0.5 - sidePx / 2));
  }
  return reach + 1;
}

/** What changes so little over a pixel is read at its middle. */
const MIDDLE: readonly (readonly [number, number, number])[] = [[0.5, 0.5, 1]];
/** Points around a pixel's middle and their weights: its own area, blurred. */
const BLURRED: readonly (readonly [number, number, number])[] = (() => {
  const steps = 2 * SUPERSAMPLED + 1;
  const offsets = Array.from({ length: steps }, (_, index) => (index - SUPERSAMPLED) * 0.45);
  const width = Math.sqrt(BLUR_PX ** 2 + 1 / 12);
  const points = offsets.flatMap((dy) =>
    offsets.map((dx) => [0.5 + dy, 0.5 + dx, Math.exp(-(dx * dx + dy * dy) / (2 * width ** 2))] as const),
  );
  const total = points.reduce((sum, [, , weight]) => sum + weight, 0);
  return points.map(([dy, dx, weight]) => [dy, dx, weight / total] as const);
})();

function limitsOf({ values }: Frame): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
