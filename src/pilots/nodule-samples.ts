import { SeededRandom } from '#base';
import { type Examples, NODULE_MAP_STRIDE, type TrueSpot } from '#engine';
import { type RegionContract, type SeenFilm, seenFilm } from '#films';
import { type HostFilm, type InsertedNodule, insertNodules, type NoduleWish } from './insert-nodule.ts';
import { type NoduleShadow, proceduralNodule, resizedShadow, smoothedShadow, vesselShadow } from './nodule-shadow.ts';

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
/** Pixels of a crop, a side; what is learned from it holds for whole films, for the network has convolutions alone. */
export const CROP_PX = 192;
/** Crops of a film, each seen in another way. */
const CROPS = 2;
/** Share of crops that are laid around a nodule where there is one, and how far off its middle may lie, pixels. */
const AROUND_SHARE = 0.6;
const AROUND_PX = 60;
/** Nodules, controls and vessels of a film that is cropped: one to so many. */
const MOST_MIXED = { nodules: 8, controls: 2, vessels: 3 } as const;
/** Shares of films that are cropped with nodules, and with nodules or controls. */
const MIXED_SHARES = { nodules: 0.6, controls: 0.8 } as const;
/** How differently a crop is seen: size, squeeze (both in the logarithm), turn (radians), contrast, brightness, grain. */
const SEEN_OTHERWISE = { size: 0.18, squeeze: 0.06, turn: 0.14, gain: 0.2, offset: 0.25, grain: 0.05 } as const;
/** What lies outside of a film: black. */
const BLACK = -2;
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
 * Crops of {@link CROP_PX} of films with many nodules, controls and vessels at once, two of each film, for a first phase. Each is mirrored, turned, squeezed,
 * made larger or smaller, brighter or darker by chance, so that the few films there are do not become known by heart.
 */
export function noduleCrops(
  hosts: readonly HostFilm[],
  stream: NoduleStream,
  { first, count }: { readonly first: number; readonly count: number },
): Examples {
  const cells = (CROP_PX / NODULE_MAP_STRIDE) ** 2;
  const crops = count * CROPS;
  const images = new Float32Array(crops * CROP_PX ** 2);
  const labels = new Float32Array(crops);
  const places = new Float32Array(crops * cells);
  const counted = new Float32Array(crops * cells).fill(1);
  for (let index = 0; index < count; index += 1) {
    const random = new SeededRandom(`${stream.seed}/${first + index}`);
    const film = mixedFilm(hosts, stream, random);
    for (let crop = 0; crop < CROPS; crop += 1) {
      const at = index * CROPS + crop;
      const view = drawnView(film, random);
      images.set(cropped(film.seen, view, random), at * CROP_PX ** 2);
      const own = places.subarray(at * cells, (at + 1) * cells);
      markPlaces(
        film.spots.map((spot) => viewed(spot, view)),
        {
          rows: CROP_PX,
          columns: CROP_PX,
          places: own,
          counted: counted.subarray(at * cells, (at + 1) * cells),
        },
      );
      labels[at] = own.includes(1) ? 1 : 0;
    }
  }
  return { count: crops, inputs: { image: images }, targets: { label: labels, places, counted } };
}

/** A film with many nodules, or with none; controls and vessels may lie beside them. */
function mixedFilm(hosts: readonly HostFilm[], stream: NoduleStream, random: SeededRandom): NoduleFilm {
  const host = hosts[random.below(hosts.length)] as HostFilm;
  const kind = random.uniform();
  const some = (most: number): number => 1 + random.below(most);
  const nodules = kind < MIXED_SHARES.nodules ? some(MOST_MIXED.nodules) : 0;
  const controls = kind < MIXED_SHARES.controls && random.uniform() < 0.5 ? some(MOST_MIXED.controls) : 0;
  const vessels = random.uniform() < VESSEL_SHARE ? some(MOST_MIXED.vessels) : 0;
  const wishes = Array.from({ length: nodules }, () => drawnNodule(stream, random));
  const beside = [
    ...Array.from({ length: controls }, () => drawnControl(stream, random)),
    ...Array.from({ length: vessels }, () => drawnVessel(stream, random)),
  ];
  const withNodules = insertNodules(host, wishes, random);
  const whole = beside.length === 0 ? withNodules : insertNodules({ ...host, film: withNodules.film }, beside, random);
  const seen = seenFilm(whole.film, stream.contract);
  return { seen, spots: withNodules.nodules.map((nodule) => spotOf(nodule, seen)) };
}

/** How a crop lies on a film: a point (u, v) from the crop's middle is a point of the film, across [0], down [1]. */
interface CropView {
  readonly middle: readonly [number, number];
  readonly across: readonly [number, number];
  readonly down: readonly [number, number];
  /** Pixels of the film on one of the crop, across and down. */
  readonly size: readonly [number, number];
  readonly gain: number;
  readonly offset: number;
  readonly grain: number;
}

function drawnView({ seen, spots }: NoduleFilm, random: SeededRandom): CropView {
  const either = (most: number): number => random.between(-most, most);
  const [size, squeeze, turn] = [
    Math.exp(either(SEEN_OTHERWISE.size)),
    Math.exp(either(SEEN_OTHERWISE.squeeze)),
    either(SEEN_OTHERWISE.turn),
  ];
  const [wide, high] = [size * squeeze, size / squeeze];
  const mirror = random.below(2) === 0 ? 1 : -1;
  const spot = spots.length > 0 && random.uniform() < AROUND_SHARE ? random.pick(spots) : undefined;
  const middle: readonly [number, number] =
    spot === undefined
      ? [random.between(AROUND_PX, seen.columns - AROUND_PX), random.between(AROUND_PX, seen.rows - AROUND_PX)]
      : [spot.x + either(AROUND_PX), spot.y + either(AROUND_PX)];
  return {
    middle,
    across: [mirror * wide * Math.cos(turn), -high * Math.sin(turn)],
    down: [mirror * wide * Math.sin(turn), high * Math.cos(turn)],
    size: [wide, high],
    gain: 1 + either(SEEN_OTHERWISE.gain),
    offset: either(SEEN_OTHERWISE.offset),
    grain: random.uniform() < 0.5 ? random.between(0, SEEN_OTHERWISE.grain) : 0,
  };
}

/** The film's pixels under the crop's, between them in proportion. */
function cropped({ rows, columns, values }: SeenFilm, view: CropView, random: SeededRandom): Float32Array {
  const out = new Float32Array(CROP_PX ** 2);
  const { middle, across, down, gain, offset, grain } = view;
  for (let row = 0; row < CROP_PX; row += 1) {
    const v = row + 0.5 - CROP_PX / 2;
    for (let column = 0; column < CROP_PX; column += 1) {
      const u = column + 0.5 - CROP_PX / 2;
      const x = middle[0] + across[0] * u + across[1] * v - 0.5;
      const y = middle[1] + down[0] * u + down[1] * v - 0.5;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      let value = BLACK;
      if (left >= 0 && top >= 0 && left + 1 < columns && top + 1 < rows) {
        const [p, q, at] = [x - left, y - top, top * columns + left];
        value =
          ((values[at] as number) * (1 - p) + (values[at + 1] as number) * p) * (1 - q) +
          ((values[at + columns] as number) * (1 - p) + (values[at + columns + 1] as number) * p) * q;
      }
      out[row * CROP_PX + column] = value * gain + offset;
    }
  }
  if (grain > 0)
    for (let at = 0; at < out.length; at += 1)
      // The sum of three even draws, less its middle, has a standard deviation of one half.
      out[at] = (out[at] as number) + 2 * grain * (random.uniform() + random.uniform() + random.uniform() - 1.5);
  return out;
}

/** A spot of the film on the crop. */
function viewed({ x, y, radius }: TrueSpot, { middle, across, down, size }: CropView): TrueSpot {
  const [dx, dy] = [x - middle[0], y - middle[1]];
  const area = across[0] * down[1] - across[1] * down[0];
  return {
    x: (down[1] * dx - across[1] * dy) / area + CROP_PX / 2,
    y: (across[0] * dy - down[0] * dx) / area + CROP_PX / 2,
    radius: [radius[0] / size[0], radius[1] / size[1]],
  };
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
  const vessels = random.uniform() < VESSEL_SHARE ? [drawnVessel(stream, random)] : [];
  const put: Readonly<Record<Inserted, readonly NoduleWish[]>> = {
    nodules: wishes,
    control: wishes.map(spreadWide),
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

function spreadWide(wish: NoduleWish): NoduleWish {
  return { ...wish, shadow: smoothedShadow(wish.shadow) };
}

function drawnControl(stream: NoduleStream, random: SeededRandom): NoduleWish {
  return spreadWide(drawnNodule(stream, random));
}

function drawnVessel(stream: NoduleStream, random: SeededRandom): NoduleWish {
  return {
    shadow: vesselShadow(random, random.between(...VESSEL_MM)),
    contrast: logBetween(random, stream.contrast),
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
  const least = 0.9 * NODULE_MAP_STRIDE;
  for (const { x, y, radius } of spots) {
    const reach = RIM * Math.max(...radius, least);
    const firstOf = (middle: number): number => Math.max(0, Math.floor((middle - reach) / NODULE_MAP_STRIDE));
    const endOf = (middle: number, most: number): number =>
      Math.min(most, Math.floor((middle + reach) / NODULE_MAP_STRIDE) + 1);
    for (let row = firstOf(y); row < endOf(y, down); row += 1) {
      for (let column = firstOf(x); column < endOf(x, across); column += 1) {
        const [dx, dy] = [(column + 0.5) * NODULE_MAP_STRIDE - x, (row + 0.5) * NODULE_MAP_STRIDE - y];
        // The nearest cell always holds it, however small it is.
        const distance = Math.hypot(dx / Math.max(radius[0], least), dy / Math.max(radius[1], least));
        const at = row * across + column;
        if (distance <= CORE) [to.places[at], to.counted[at]] = [1, 1];
        else if (distance <= RIM && to.places[at] === 0) to.counted[at] = 0;
      }
    }
  }
}
