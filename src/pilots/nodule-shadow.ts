import { type SeededRandom, UnicaError } from '#base';
import { readNpz } from '#engine';

/** What a nodule adds to the beam behind it. */
export interface NoduleShadow {
  /** Pixels a side; a pixel is one millimetre, the nodule about in the middle. */
  readonly sidePx: number;
  /** [row, column] of the projection: millimetres of water it adds to the lung it takes the place of. */
  readonly excessMm: Float32Array;
  readonly diameterMm: number;
  /** It changes so slowly that blur does nothing to it. */
  readonly isSmooth?: boolean | undefined;
}

/** Excess of a soft-tissue nodule over aerated lung, mm of water for each mm of nodule: lung has about 0.2 of water. */
const SOLID_EXCESS = 0.8;

/** Where a nodule's shadow ends, as shares of its radius, when its spicules are at their longest. */
const REACH = 2;

/**
 * A nodule of the product's own making: an ellipsoid with lobes and, in every third, spicules, whose edge falls off as a power
 * of the distance; solid or part-solid. Its density, edge and outline vary from nodule to nodule.
 */
export function proceduralNodule(random: SeededRandom, diameterMm: number): NoduleShadow {
  const radius = diameterMm / 2;
  const sidePx = 2 * Math.ceil(REACH * radius) + 3;
  const middle = sidePx / 2;
  const flat = random.between(0.72, 1);
  const turn = random.between(0, Math.PI);
  const lobes = [2, 3, 4, 5].map((waves) => ({
    waves,
    size: (0.22 / waves) * random.normal(),
    phase: random.between(0, 2 * Math.PI),
  }));
  const spicules =
    random.uniform() < 1 / 3
      ? Array.from({ length: 4 + random.below(8) }, () => ({
          angle: random.between(-Math.PI, Math.PI),
          length: random.between(0.3, REACH - 1.1),
          width: random.between(0.05, 0.13),
        }))
      : [];
  // 0.5 is an ellipsoid of one density; more is a softer edge.
  const edge = random.between(0.5, 1.3);
  const density = SOLID_EXCESS * random.between(0.35, 1);
  const excessMm = new Float32Array(sidePx * sidePx);
  for (let row = 0; row < sidePx; row += 1) {
    for (let column = 0; column < sidePx; column += 1) {
      const [x, y] = [column + 0.5 - middle, row + 0.5 - middle];
      const along = (x * Math.cos(turn) + y * Math.sin(turn)) / radius;
      const across = (y * Math.cos(turn) - x * Math.sin(turn)) / (radius * flat);
      const angle = Math.atan2(across, along);
      const outline = lobes.reduce((sum, { waves, size, phase }) => sum + size * Math.cos(waves * angle + phase), 1);
      const distance = Math.hypot(along, across) / Math.max(0.5, outline);
      const body = distance < 1 ? (1 - distance * distance) ** edge : 0;
      let ray = 0;
      for (const { angle: towards, length, width } of spicules) {
        const off = Math.abs(Math.atan2(Math.sin(angle - towards), Math.cos(angle - towards))) / width;
        const left = (1 + length - distance) / length;
        if (off < 1 && left > 0 && distance > 0.6) ray = Math.max(ray, 0.3 * (1 - off) * Math.min(1, left));
      }
      // A ray through the middle passes the whole diameter.
      excessMm[row * sidePx + column] = density * diameterMm * Math.min(1, body + ray * (1 - body));
    }
  }
  return { sidePx, excessMm, diameterMm };
}

/** Arrays of a file of projections, and what is read of them. */
const LARGEST_FILE = { nodules: 100_000, sidePx: 256 } as const;

/**
 * Nodules measured in computed tomograms, projected to the front: a NumPy zip with `excess_001mm` [nodule, row, column] in
 * hundredths of a millimetre of water at one millimetre a pixel and `diameter_mm` [nodule].
 * @throws UnicaError `engine.npz-corrupt`
 */
export function readNoduleProjections(bytes: Uint8Array): readonly NoduleShadow[] {
  const { excess_001mm: excess, diameter_mm: diameters } = readNpz(bytes, ['excess_001mm', 'diameter_mm']);
  const [count = 0, rows = 0, columns = 0] = excess?.shape ?? [];
  const fits =
    excess?.shape.length === 3 &&
    diameters?.shape.length === 1 &&
    diameters.shape[0] === count &&
    rows === columns &&
    rows <= LARGEST_FILE.sidePx &&
    count <= LARGEST_FILE.nodules;
  if (!fits) {
    throw new UnicaError('engine.npz-corrupt', {
      problem: 'excess_001mm [nodule, row, column] and diameter_mm [nodule] are not there, or do not fit',
    });
  }
  const pixels = rows * columns;
  return Array.from({ length: count }, (_, nodule) => ({
    sidePx: rows,
    excessMm: Float32Array.from(
      { length: pixels },
      (_unused, pixel) => Number(excess.data[nodule * pixels + pixel]) / 100,
    ),
    diameterMm: Number(diameters.data[nodule]),
  }));
}

/** The same nodule at another size: as much thicker as it is wider, its density kept. */
export function resizedShadow(shadow: NoduleShadow, diameterMm: number): NoduleShadow {
  const factor = diameterMm / shadow.diameterMm;
  const sidePx = Math.max(3, Math.ceil(shadow.sidePx * factor));
  const excessMm = new Float32Array(sidePx * sidePx);
  for (let row = 0; row < sidePx; row += 1) {
    for (let column = 0; column < sidePx; column += 1) {
      const y = (row + 0.5 - sidePx / 2) / factor;
      const x = (column + 0.5 - sidePx / 2) / factor;
      excessMm[row * sidePx + column] = factor * excessAt(shadow, x, y);
    }
  }
  return { sidePx, excessMm, diameterMm };
}

/** Excess at so many millimetres from the middle, between the pixels; 0 outside. */
export function excessAt({ sidePx, excessMm }: NoduleShadow, xMm: number, yMm: number): number {
  const column = xMm + sidePx / 2 - 0.5;
  const row = yMm + sidePx / 2 - 0.5;
  const [left, top] = [Math.floor(column), Math.floor(row)];
  if (left < -1 || top < -1 || left >= sidePx || top >= sidePx) return 0;
  const [across, down] = [column - left, row - top];
  const [isLeft, isRight, isTop, isBottom] = [left >= 0, left + 1 < sidePx, top >= 0, top + 1 < sidePx];
  const at = top * sidePx + left;
  const upperLeft = isTop && isLeft ? (excessMm[at] as number) : 0;
  const upperRight = isTop && isRight ? (excessMm[at + 1] as number) : 0;
  const lowerLeft = isBottom && isLeft ? (excessMm[at + sidePx] as number) : 0;
  const lowerRight = isBottom && isRight ? (excessMm[at + sidePx + 1] as number) : 0;
  const upper = upperLeft * (1 - across) + upperRight * across;
  const lower = lowerLeft * (1 - across) + lowerRight * across;
  return upper * (1 - down) + lower * down;
}

/**
 * A control: as much added density as the nodule, spread so wide that nothing stands out. What a model tells from it is the
 * nodule, not that the film was changed.
 */
export function smoothedShadow(shadow: NoduleShadow): NoduleShadow {
  const spreadMm = Math.max(18, 1.5 * shadow.diameterMm);
  const sidePx = 2 * Math.ceil(2.5 * spreadMm) + 1;
  const mass = shadow.excessMm.reduce((sum, value) => sum + value, 0);
  const peak = mass / (2 * Math.PI * spreadMm ** 2);
  const across = Float64Array.from({ length: sidePx }, (_, pixel) =>
    Math.exp(-((pixel + 0.5 - sidePx / 2) ** 2) / (2 * spreadMm ** 2)),
  );
  const excessMm = new Float32Array(sidePx * sidePx);
  for (let row = 0; row < sidePx; row += 1)
    for (let column = 0; column < sidePx; column += 1)
      excessMm[row * sidePx + column] = peak * (across[row] as number) * (across[column] as number);
  return { sidePx, excessMm, diameterMm: shadow.diameterMm, isSmooth: true };
}

/** A control that a spot is not: a bent vessel of a nodule's density, longer than it is wide. */
export function vesselShadow(random: SeededRandom, widthMm: number): NoduleShadow {
  const lengthMm = widthMm * random.between(5, 9);
  const sidePx = 2 * Math.ceil(lengthMm / 2 + widthMm) + 1;
  const turn = random.between(0, Math.PI);
  const bend = random.between(-0.5, 0.5) / lengthMm;
  const density = SOLID_EXCESS * random.between(0.5, 1);
  return {
    sidePx,
    excessMm: Float32Array.from({ length: sidePx * sidePx }, (_, pixel) => {
      const [x, y] = [(pixel % sidePx) + 0.5 - sidePx / 2, Math.floor(pixel / sidePx) + 0.5 - sidePx / 2];
      const along = x * Math.cos(turn) + y * Math.sin(turn);
      const across = y * Math.cos(turn) - x * Math.sin(turn) - bend * along * along;
      const inside = 1 - (across / (widthMm / 2)) ** 2;
      const taper = Math.min(1, Math.max(0, (lengthMm / 2 - Math.abs(along)) / widthMm));
      return inside > 0 ? density * widthMm * Math.sqrt(inside) * taper : 0;
    }),
    diameterMm: widthMm,
  };
}
