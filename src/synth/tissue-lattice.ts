import { SeededRandom } from '#base';
import type { Breast } from './breast-shape.ts';
import { FIELD_MM, type MammogramGeometry } from './mammogram-geometry.ts';

/** Distance of the nodes; the field is 72 × 96 of them. */
export const NODE_MM = 2.4;
const COLUMNS = Math.round(FIELD_MM.columns / NODE_MM) + 1;
const ROWS = Math.round(FIELD_MM.rows / NODE_MM) + 1;

/**
 * How glandular the tissue is at each node of a view before it is cut into fat and gland: [row, column], chest wall at
 * column 0, the breast lying as it does in the middle of all its positionings.
 */
export interface TissueLattice {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array;
  /** Names the noise that is finer than the nodes. */
  readonly grain: string;
  /** Amplitude of the octave of cells of so many millimetres, for the octaves finer than the nodes. */
  readonly amplitudeOf: (cellMm: number) => number;
}

/** Octaves of the noise in nodes a cell; each is a smooth surface through random heights. */
const OCTAVES = [8, 4, 2, 1] as const;
/** Spread of all octaves together. */
const NOISE = 0.5;
/** Weight of the lobes and of their place within the breast. */
const LOBE_WEIGHT = 0.42;
const CORE_WEIGHT = 0.9;
/** Mean of lobes and core where there is gland at all. */
const LEVEL = 1.45;
/** Fat under the skin. */
const RIM_MM = 9;

/**
 * The tissue of a view, from the lobes of the breast in three dimensions, projected, and noise of a power law. The finer
 * noise is drawn for each view: by the projection-slice theorem two directions share one line of spatial frequencies only.
 * @param texture how much of the noise is fine; standard normal. Exponent 3 is usual (Burgess 1999)
 */
export function tissueLattice(breast: Breast, geometry: MammogramGeometry, texture: number): TissueLattice {
  const beta = Math.min(4.3, Math.max(1.7, 3 - 0.5 * texture));
  const raw = (cellNodes: number): number => cellNodes ** ((beta - 2) / 2);
  const scale = NOISE / Math.sqrt(OCTAVES.reduce((sum, cells) => sum + raw(cells) ** 2, 0));
  const values = new Float32Array(ROWS * COLUMNS);
  addCore(values, geometry);
  addLobes(values, breast, geometry);
  const grain = `tissue/${breast.grain}/${geometry.view}`;
  const random = new SeededRandom(grain);
  for (const cells of OCTAVES) addOctave(values, random, cells, raw(cells) * scale);
  return { rows: ROWS, columns: COLUMNS, values, grain, amplitudeOf: (cellMm) => raw(cellMm / NODE_MM) * scale };
}

/** Gland lies in the middle, fat in front of the muscle and under the skin. */
function addCore(values: Float32Array, geometry: MammogramGeometry): void {
  const { lengthMm, middleMm, aboveMm, belowMm } = geometry;
  for (let row = 0; row < ROWS; row += 1) {
    const v = row * NODE_MM;
    const skin = geometry.skinMm(v);
    const across = (v - middleMm) / ((v < middleMm ? Math.min(aboveMm, belowMm * 1.2) : belowMm) * 0.95);
    for (let column = 0; column < COLUMNS; column += 1) {
      const x = column * NODE_MM;
      const along = (x / lengthMm - 0.52) / 0.52;
      const rim = Math.max(0, 1 - Math.max(0, skin - x) / RIM_MM);
      values[row * COLUMNS + column] =
        CORE_WEIGHT * (1 - 0.9 * along * along - 1.1 * across * across) - LEVEL - 1.6 * rim;
    }
  }
}

/** Balls of soft edge: each is a row profile times a column profile. */
function addLobes(values: Float32Array, breast: Breast, geometry: MammogramGeometry): void {
  for (const { place, radiusMm, weight } of breast.lobes) {
    const { x, v } = geometry.placeOf(place);
    const reach = 3 * radiusMm;
    const [left, right] = nodesBetween(x - reach, x + reach, COLUMNS);
    const [top, bottom] = nodesBetween(v - reach, v + reach, ROWS);
    const across = Float32Array.from({ length: Math.max(0, right - left + 1) }, (_, step) =>
      bell(((left + step) * NODE_MM - x) / radiusMm),
    );
    for (let row = top; row <= bottom; row += 1) {
      const height = LOBE_WEIGHT * weight * bell((row * NODE_MM - v) / radiusMm);
      for (let column = left; column <= right; column += 1) {
        const at = row * COLUMNS + column;
        values[at] = (values[at] as number) + height * (across[column - left] as number);
      }
    }
  }
}

function nodesBetween(from: number, to: number, count: number): readonly [number, number] {
  return [Math.max(0, Math.ceil(from / NODE_MM)), Math.min(count - 1, Math.floor(to / NODE_MM))];
}

function bell(sigmas: number): number {
  return Math.exp(-0.5 * sigmas * sigmas);
}

/** Spread of a surface of cubic B-splines through independent standard normal heights. */
const SPLINE_SPREAD = 0.4794;

/** One octave: heights at every `cells`-th node, between them cubic B-splines, across first and then down. */
function addOctave(values: Float32Array, random: SeededRandom, cells: number, amplitude: number): void {
  if (cells === 1) {
    for (let at = 0; at < values.length; at += 1) values[at] = (values[at] as number) + amplitude * random.normal();
    return;
  }
  const stride = Math.ceil(COLUMNS / cells) + 3;
  const lines = Math.ceil(ROWS / cells) + 3;
  const heights = Float32Array.from({ length: stride * lines }, () => random.normal());
  const across = new Float32Array(lines * COLUMNS);
  const weights = Array.from({ length: cells }, (_, step) => splineWeights(step / cells));
  for (let column = 0; column < COLUMNS; column += 1) {
    const left = Math.floor(column / cells);
    const [a, b, c, d] = weights[column % cells] as SplineWeights;
    for (let line = 0; line < lines; line += 1) {
      const at = line * stride + left;
      across[line * COLUMNS + column] =
        a * (heights[at] as number) +
        b * (heights[at + 1] as number) +
        c * (heights[at + 2] as number) +
        d * (heights[at + 3] as number);
    }
  }
  const scale = amplitude / SPLINE_SPREAD;
  for (let row = 0; row < ROWS; row += 1) {
    const above = Math.floor(row / cells) * COLUMNS;
    const [a, b, c, d] = weights[row % cells] as SplineWeights;
    for (let column = 0; column < COLUMNS; column += 1) {
      const at = above + column;
      const height =
        a * (across[at] as number) +
        b * (across[at + COLUMNS] as number) +
        c * (across[at + 2 * COLUMNS] as number) +
        d * (across[at + 3 * COLUMNS] as number);
      const target = row * COLUMNS + column;
      values[target] = (values[target] as number) + scale * height;
    }
  }
}

type SplineWeights = readonly [number, number, number, number];

function splineWeights(t: number): SplineWeights {
  const rest = 1 - t;
  return [
    (rest * rest * rest) / 6,
    (3 * t * t * t - 6 * t * t + 4) / 6,
    (3 * rest * rest * rest - 6 * rest * rest + 4) / 6,
    (t * t * t) / 6,
  ];
}
