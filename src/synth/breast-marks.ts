import { SeededRandom } from '#base';
import type { Breast, Cord } from './breast-shape.ts';
import type { BreastLesionSite } from './lesion-site.ts';
import type { MammogramGeometry } from './mammogram-geometry.ts';

/** What lies in a view beside the tissue: attenuation added at each pixel, [row, column], chest wall at column 0. */
export interface MarkPlane {
  readonly rows: number;
  readonly columns: number;
  readonly pixelMm: number;
  readonly values: Float32Array;
}

/** Attenuation in 1/cm over that of adipose tissue. */
export interface MarkContrast {
  readonly glandular: number;
  readonly connective: number;
  readonly calcium: number;
}

/** Of a Gaussian bell, by the square of the distance in sigmas: nothing is drawn beyond 3. */
const BELL_STEPS = 1024;
const BELL = Float32Array.from({ length: BELL_STEPS + 1 }, (_, step) => Math.exp((-4.5 * step) / BELL_STEPS));
const CORD_PIECES = 7;

/** Ducts, ligaments and vessels. @param prominence factor on the attenuation of ducts and ligaments */
export function markCords(
  plane: MarkPlane,
  breast: Breast,
  geometry: MammogramGeometry,
  contrast: MarkContrast,
  prominence: number,
): void {
  for (const cord of breast.cords) {
    const strength =
      cord.kind === 'duct'
        ? 1.3 * contrast.glandular * prominence
        : cord.kind === 'ligament'
          ? contrast.connective * prominence
          : 0.8 * contrast.connective;
    markCord(plane, cord, geometry, strength);
  }
}

function markCord(plane: MarkPlane, cord: Cord, geometry: MammogramGeometry, perCm: number): void {
  const [from, over, to] = [cord.from, cord.over, cord.to].map((point) => geometry.placeOf(point)) as [
    Point,
    Point,
    Point,
  ];
  let last: Point = from;
  for (let piece = 1; piece <= CORD_PIECES; piece += 1) {
    const t = piece / CORD_PIECES;
    const rest = 1 - t;
    // Drawn through its middle point.
    const bend = { x: 2 * over.x - (from.x + to.x) / 2, v: 2 * over.v - (from.v + to.v) / 2 };
    const next = {
      x: rest * rest * from.x + 2 * rest * t * bend.x + t * t * to.x,
      v: rest * rest * from.v + 2 * rest * t * bend.v + t * t * to.v,
    };
    markLine(plane, last, next, cord.widthMm, (perCm * cord.widthMm) / 10);
    last = next;
  }
}

interface Point {
  readonly x: number;
  readonly v: number;
}

/** A line of soft edge. What is thinner than a pixel loses height and not mass, so that any size shows the same. */
function markLine(plane: MarkPlane, from: Point, to: Point, widthMm: number, height: number): void {
  const { pixelMm, values, columns } = plane;
  const sigma = widthMm / 2.4;
  const seen = Math.hypot(sigma, 0.4 * pixelMm);
  const reach = 3 * seen;
  const [left, right] = pixelsBetween(
    plane.columns,
    pixelMm,
    Math.min(from.x, to.x) - reach,
    Math.max(from.x, to.x) + reach,
  );
  const [top, bottom] = pixelsBetween(
    plane.rows,
    pixelMm,
    Math.min(from.v, to.v) - reach,
    Math.max(from.v, to.v) + reach,
  );
  const [dx, dv] = [to.x - from.x, to.v - from.v];
  const length = Math.hypot(dx, dv);
  if (length === 0) return;
  const [ax, av] = [dx / length, dv / length];
  const peak = (height * sigma) / seen;
  const perSquare = BELL_STEPS / (9 * seen * seen);
  for (let row = top; row <= bottom; row += 1) {
    const y = (row + 0.5) * pixelMm - from.v;
    for (let column = left; column <= right; column += 1) {
      const x = (column + 0.5) * pixelMm - from.x;
      const along = x * ax + y * av;
      if (along < 0 || along >= length) continue;
      const off = x * av - y * ax;
      const step = off * off * perSquare;
      if (step >= BELL_STEPS) continue;
      const at = row * columns + column;
      values[at] = (values[at] as number) + peak * (BELL[step | 0] as number);
    }
  }
}

function markDot(plane: MarkPlane, place: Point, sigma: number, height: number): void {
  const { pixelMm, values, columns } = plane;
  const seen = Math.hypot(sigma, 0.4 * pixelMm);
  const reach = 3 * seen;
  const [left, right] = pixelsBetween(plane.columns, pixelMm, place.x - reach, place.x + reach);
  const [top, bottom] = pixelsBetween(plane.rows, pixelMm, place.v - reach, place.v + reach);
  const peak = (height * sigma * sigma) / (seen * seen);
  const perSquare = BELL_STEPS / (9 * seen * seen);
  for (let row = top; row <= bottom; row += 1) {
    const y = (row + 0.5) * pixelMm - place.v;
    for (let column = left; column <= right; column += 1) {
      const x = (column + 0.5) * pixelMm - place.x;
      const step = (x * x + y * y) * perSquare;
      if (step >= BELL_STEPS) continue;
      const at = row * columns + column;
      values[at] = (values[at] as number) + peak * (BELL[step | 0] as number);
    }
  }
}

function pixelsBetween(count: number, pixelMm: number, from: number, to: number): readonly [number, number] {
  return [Math.max(0, Math.floor(from / pixelMm)), Math.min(count - 1, Math.ceil(to / pixelMm))];
}

/**
 * A lesion of this diameter at a place of the view. Its irregularities are the same in every examination and grow with it.
 * @returns the radius in millimetres within which it shows
 */
export function markLesion(
  plane: MarkPlane,
  site: BreastLesionSite,
  place: Point,
  diameterMm: number,
  contrast: MarkContrast,
): number {
  const random = new SeededRandom(`lesion/${site.form}`);
  if (site.kind === 'asymmetry') {
    const sigma = 0.7 * diameterMm;
    markDot(plane, place, sigma, (0.95 * contrast.glandular * diameterMm) / 10);
    return 1.5 * sigma;
  }
  if (site.kind === 'calcification-cluster') {
    const radius = 2 + 0.6 * diameterMm;
    const grains = Math.min(40, Math.round(4 + 1.6 * diameterMm));
    for (let grain = 0; grain < grains; grain += 1) {
      const [angle, far] = [random.between(0, 2 * Math.PI), Math.sqrt(random.uniform()) * radius];
      const size = random.between(0.4, 0.9);
      const spot = { x: place.x + far * Math.cos(angle), v: place.v + far * Math.sin(angle) };
      markDot(plane, spot, size / 2.4, (contrast.calcium * size) / 10);
    }
    return radius;
  }
  markMass(plane, random, place, diameterMm / 2, 1.8 * contrast.glandular);
  return diameterMm / 2;
}

/** Coarse calcifications of no meaning: a few bright grains of one or two millimetres. */
export function markBenign(plane: MarkPlane, form: number, place: Point, contrast: MarkContrast): void {
  const random = new SeededRandom(`benign/${form}`);
  const grains = 1 + random.below(3);
  for (let grain = 0; grain < grains; grain += 1) {
    const spot = { x: place.x + 4 * random.normal(), v: place.v + 4 * random.normal() };
    const size = random.between(1, 2.2);
    markDot(plane, spot, size / 2.4, (contrast.calcium * size) / 10);
  }
}

/** A ball of uneven outline with cords that run from it like rays. */
function markMass(plane: MarkPlane, random: SeededRandom, place: Point, radius: number, perCm: number): void {
  const waves = [2, 3, 5].map((turns) => ({
    turns,
    size: 0.1 * random.normal(),
    phase: random.between(0, 2 * Math.PI),
  }));
  const outline = Float32Array.from({ length: 256 }, (_, step) => {
    const angle = (2 * Math.PI * step) / 256;
    return radius * waves.reduce((sum, { turns, size, phase }) => sum + size * Math.cos(turns * angle + phase), 1);
  });
  const { pixelMm, values, columns } = plane;
  // Averaged over the pixel where pixels are large beside the mass.
  const parts = Math.min(4, Math.max(1, Math.ceil(pixelMm / 0.5)));
  const reach = 1.4 * radius + pixelMm;
  const [left, right] = pixelsBetween(plane.columns, pixelMm, place.x - reach, place.x + reach);
  const [top, bottom] = pixelsBetween(plane.rows, pixelMm, place.v - reach, place.v + reach);
  const scale = (0.2 * radius * perCm) / (parts * parts);
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) {
      let sum = 0;
      for (let part = 0; part < parts * parts; part += 1) {
        const x = (column + ((part % parts) + 0.5) / parts) * pixelMm - place.x;
        const y = (row + (Math.floor(part / parts) + 0.5) / parts) * pixelMm - place.v;
        const square = x * x + y * y;
        if (square > reach * reach) continue;
        const edge = outline[Math.round((Math.atan2(y, x) / (2 * Math.PI) + 1) * 256) & 255] as number;
        const rest = 1 - square / (edge * edge);
        if (rest > 0) sum += Math.sqrt(rest);
      }
      if (sum === 0) continue;
      const at = row * columns + column;
      values[at] = (values[at] as number) + scale * sum;
    }
  }
  const rays = 9 + random.below(7);
  for (let ray = 0; ray < rays; ray += 1) {
    const angle = (2 * Math.PI * (ray + 0.6 * random.uniform())) / rays;
    const far = radius * random.between(1.6, 2.9);
    const width = Math.max(0.35, 0.14 * radius) * random.between(0.7, 1.3);
    const [ax, av] = [Math.cos(angle), Math.sin(angle)];
    const start = { x: place.x + 0.7 * radius * ax, v: place.v + 0.7 * radius * av };
    const end = { x: place.x + far * ax, v: place.v + far * av };
    markLine(plane, start, end, width, (perCm * (width + 0.15 * radius)) / 10);
  }
}

/** A silicone implant in front of the chest wall: nothing behind it is seen. */
export function markImplant(plane: MarkPlane, geometry: MammogramGeometry): void {
  const { pixelMm, values, columns } = plane;
  const [halfLength, halfHeight] = [0.62 * geometry.lengthMm, 0.62 * geometry.belowMm];
  for (let row = 0; row < plane.rows; row += 1) {
    const y = ((row + 0.5) * pixelMm - geometry.middleMm) / halfHeight;
    if (y * y >= 1) continue;
    const limit = Math.min(columns, (halfLength * Math.sqrt(1 - y * y)) / pixelMm);
    for (let column = 0; column < limit; column += 1) {
      const at = row * columns + column;
      values[at] = (values[at] as number) + 2.2;
    }
  }
}
