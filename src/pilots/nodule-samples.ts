import { SeededRandom } from '#base';
import { type Examples, NODULE_MAP_STRIDE, type TrueSpot } from '#engine';
import { type HostFilm, type InsertedNodule, insertNodules, type NoduleWish } from './insert-nodule.ts';
import { type NoduleShadow, proceduralNodule, resizedShadow, smoothedShadow, vesselShadow } from './nodule-shadow.ts';
import { type RegionContract, type SeenFilm, seenFilm } from './preprocessing.ts';

/** What nodules a stream of examples has. */
export interface NoduleStream {
  /** Equal seeds and indexes give equal examples, whatever else was drawn before. */
  readonly seed: string;
  /** Diameters, millimetres: evenly in the logarithm. */
  readonly diameterMm: readonly [number, number];
  /** In multiples of what physics gives: evenly in the logarithm. */
  readonly contrast: readonly [number, number];
  /** Measured nodules to take shapes from; of the product's own making where there are none. */
  readonly shadows?: readonly NoduleShadow[] | undefined;
  readonly contract: RegionContract;
}

/** What is put into a film: nodules, as much density spread wide, or nothing. */
export type Inserted = 'nodules' | 'control' | 'nothing';

/** A film as the network sees it, and what was put into it. */
export interface NoduleFilm {
  readonly seen: SeenFilm;
  /** In pixels of what the network sees. */
  readonly spots: readonly TrueSpot[];
}

/** Nodules of a film that has some: one to so many, for each is something to learn from. */
const MOST_NODULES = 6;
/** Pixels of a patch, a side; what is learned from it holds for whole films, for the network has convolutions alone. */
export const PATCH_PX = 64;
/** Patches of a film: every second one around a nodule where there is one, the others anywhere. */
const PATCHES = 16;
/** Pixels that the middle of a patch's nodule stays from its rim, so that there is something to see around it. */
const INSIDE_PX = 12;
/** Share of films, with and without nodules, into which a vessel is put. */
const VESSEL_SHARE = 0.5;
/** Widths of vessels, millimetres. */
const VESSEL_MM = [3, 7] as const;
/** Share of the radius within which a cell holds the nodule, and beyond which it does not. */
const CORE = 0.8;
const RIM = 1.6;

/**
 * Films with inserted nodules and as many with controls or nothing, made anew for each index: films first … first + count − 1 of
 * the stream, in the layout of the nodule network.
 */
export function noduleExamples(
  hosts: readonly HostFilm[],
  stream: NoduleStream,
  { first, count }: { readonly first: number; readonly count: number },
): Examples {
  const { rows, columns } = stream.contract.frame;
  const cells = (rows / NODULE_MAP_STRIDE) * (columns / NODULE_MAP_STRIDE);
  const images = new Float32Array(count * rows * columns);
  const labels = new Float32Array(count);
  const places = new Float32Array(count * cells);
  const counted = new Float32Array(count * cells);
  for (let index = 0; index < count; index += 1) {
    const film = markedFilm(hosts, stream, new SeededRandom(`${stream.seed}/${first + index}`));
    images.set(film.seen.values, index * rows * columns);
    labels[index] = film.spots.length > 0 ? 1 : 0;
    places.set(film.places, index * cells);
    counted.set(film.counted, index * cells);
  }
  return { count, inputs: { image: images }, targets: { label: labels, places, counted } };
}

/**
 * Patches of {@link PATCH_PX} of the same films, sixteen of each, for a first phase: a step of the optimiser sees eight times as many
 * nodules as with whole films of the same number of pixels.
 */
export function nodulePatches(
  hosts: readonly HostFilm[],
  stream: NoduleStream,
  { first, count }: { readonly first: number; readonly count: number },
): Examples {
  const side = PATCH_PX / NODULE_MAP_STRIDE;
  const patches = count * PATCHES;
  const images = new Float32Array(patches * PATCH_PX ** 2);
  const labels = new Float32Array(patches);
  const places = new Float32Array(patches * side ** 2);
  const counted = new Float32Array(patches * side ** 2);
  for (let index = 0; index < count; index += 1) {
    const random = new SeededRandom(`${stream.seed}/${first + index}`);
    const film = markedFilm(hosts, stream, random);
    for (let patch = 0; patch < PATCHES; patch += 1) {
      const at = index * PATCHES + patch;
      const spot = patch % 2 === 0 && film.spots.length > 0 ? random.pick(film.spots) : undefined;
      const corner = cornerOf(film.seen, spot, random);
      const cell = { top: corner.top / NODULE_MAP_STRIDE, left: corner.left / NODULE_MAP_STRIDE };
      const across = film.seen.columns / NODULE_MAP_STRIDE;
      images.set(cutOut(film.seen.values, film.seen.columns, { ...corner, side: PATCH_PX }), at * PATCH_PX ** 2);
      const own = cutOut(film.places, across, { ...cell, side });
      places.set(own, at * side ** 2);
      counted.set(cutOut(film.counted, across, { ...cell, side }), at * side ** 2);
      labels[at] = own.includes(1) ? 1 : 0;
    }
  }
  return { count: patches, inputs: { image: images }, targets: { label: labels, places, counted } };
}

/** The upper left corner of a patch on the grid of the map, with the spot well inside or anywhere. */
function cornerOf(
  { rows, columns }: SeenFilm,
  spot: TrueSpot | undefined,
  random: SeededRandom,
): { readonly top: number; readonly left: number } {
  const along = (middle: number | undefined, length: number): number => {
    const most = length - PATCH_PX;
    const from =
      middle === undefined
        ? random.below(most + 1)
        : Math.floor(middle) - INSIDE_PX - random.below(PATCH_PX - 2 * INSIDE_PX);
    return NODULE_MAP_STRIDE * Math.floor(Math.min(most, Math.max(0, from)) / NODULE_MAP_STRIDE);
  };
  return { top: along(spot?.y, rows), left: along(spot?.x, columns) };
}

function cutOut(
  values: Float32Array,
  columns: number,
  { top, left, side }: { readonly top: number; readonly left: number; readonly side: number },
): Float32Array {
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row += 1) {
    const from = (top + row) * columns + left;
    out.set(values.subarray(from, from + side), row * side);
  }
  return out;
}

/** A film of the stream with its targets by cell. */
interface MarkedFilm extends NoduleFilm {
  readonly places: Float32Array;
  readonly counted: Float32Array;
}

function markedFilm(hosts: readonly HostFilm[], stream: NoduleStream, random: SeededRandom): MarkedFilm {
  const { rows, columns } = stream.contract.frame;
  const cells = (rows / NODULE_MAP_STRIDE) * (columns / NODULE_MAP_STRIDE);
  const host = hosts[random.below(hosts.length)] as HostFilm;
  const kind = random.uniform();
  const inserted: Inserted = kind < 0.5 ? 'nodules' : kind < 0.75 ? 'control' : 'nothing';
  const film = noduleFilm(host, { stream, inserted, nodules: 1 + random.below(MOST_NODULES) }, random);
  const [places, counted] = [new Float32Array(cells), new Float32Array(cells).fill(1)];
  markPlaces(film.spots, { rows, columns, places, counted });
  return { ...film, places, counted };
}

/** One film with so many nodules, or with controls in their place. */
export function noduleFilm(
  host: HostFilm,
  {
    stream,
    inserted,
    nodules,
  }: { readonly stream: NoduleStream; readonly inserted: Inserted; readonly nodules: number },
  random: SeededRandom,
): NoduleFilm {
  const wishes = Array.from({ length: nodules }, () => drawnNodule(stream, random));
  const vessels =
    random.uniform() < VESSEL_SHARE
      ? [{ shadow: vesselShadow(random, random.between(...VESSEL_MM)), contrast: logBetween(random, stream.contrast) }]
      : [];
  const put: Readonly<Record<Inserted, readonly NoduleWish[]>> = {
    nodules: wishes,
    control: wishes.map((wish) => ({ ...wish, shadow: smoothedShadow(wish.shadow) })),
    nothing: [],
  };
  const withNodules = insertNodules(host, put[inserted], random);
  const whole =
    vessels.length === 0 ? withNodules : insertNodules({ ...host, film: withNodules.film }, vessels, random);
  const seen = seenFilm(whole.film, stream.contract);
  return { seen, spots: inserted === 'nodules' ? withNodules.nodules.map((nodule) => spotOf(nodule, seen)) : [] };
}

/** A nodule of the stream's sizes and contrasts: a measured one of nearly this size, brought to it, or one of our own making. */
function drawnNodule(stream: NoduleStream, random: SeededRandom): NoduleWish {
  const diameterMm = logBetween(random, stream.diameterMm);
  const contrast = logBetween(random, stream.contrast);
  const near =
    stream.shadows?.filter((shadow) => Math.abs(Math.log(shadow.diameterMm / diameterMm)) < Math.log(1.3)) ?? [];
  const shadow = near[random.below(Math.max(1, near.length))];
  return {
    shadow: shadow === undefined ? proceduralNodule(random, diameterMm) : resizedShadow(shadow, diameterMm),
    contrast,
  };
}

function logBetween(random: SeededRandom, [low, high]: readonly [number, number]): number {
  return Math.exp(random.between(Math.log(low), Math.log(high)));
}

/** Where a nodule of the film lies in what the network sees of it. */
export function spotOf(nodule: Pick<InsertedNodule, 'x' | 'y' | 'radiusPx'>, seen: SeenFilm): TrueSpot {
  const { box, scale, margin } = seen;
  const x = (nodule.x - box.left) / scale + margin.left;
  const y = (nodule.y - box.top) / scale + margin.top;
  return {
    x: seen.mirrored ? seen.columns - x : x,
    y: seen.upsideDown ? seen.rows - y : y,
    radius: [nodule.radiusPx[0] / scale, nodule.radiusPx[1] / scale],
  };
}

function markPlaces(
  spots: readonly TrueSpot[],
  to: {
    readonly rows: number;
    readonly columns: number;
    readonly places: Float32Array;
    readonly counted: Float32Array;
  },
): void {
  const [down, across] = [to.rows / NODULE_MAP_STRIDE, to.columns / NODULE_MAP_STRIDE];
  for (const { x, y, radius } of spots) {
    for (let row = 0; row < down; row += 1) {
      for (let column = 0; column < across; column += 1) {
        const [dx, dy] = [(column + 0.5) * NODULE_MAP_STRIDE - x, (row + 0.5) * NODULE_MAP_STRIDE - y];
        // The nearest cell always holds it, however small it is.
        const least = 0.9 * NODULE_MAP_STRIDE;
        const distance = Math.hypot(dx / Math.max(radius[0], least), dy / Math.max(radius[1], least));
        const at = row * across + column;
        if (distance <= CORE) [to.places[at], to.counted[at]] = [1, 1];
        else if (distance <= RIM && to.places[at] === 0) to.counted[at] = 0;
      }
    }
  }
}
