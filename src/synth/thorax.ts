import type { SeededRandom } from '#base';
import { powerLawTexture } from './noise.ts';

/** How the X-rays passed: back to front at a stand, or front to back in bed. */
export type View = 'PA' | 'AP';

/** A soft opacity of known place, size and contrast. */
export interface Opacity {
  /** Centre as shares of the film's width and height, origin top left. */
  readonly x: number;
  readonly y: number;
  /** Share of the film's width. */
  readonly radius: number;
  /** Attenuation it adds in its middle, give or take its patches; the air of a lung takes up to 0.8 away. */
  readonly contrast: number;
}

/** One person's chest, the same in every film of that person. */
export interface ThoraxShape {
  readonly bodyWidth: number;
  readonly lungWidth: number;
  readonly lungHeight: number;
  readonly heartWidth: number;
  readonly ribSpacing: number;
  readonly ribContrast: number;
  readonly diaphragmY: number;
  readonly textureContrast: number;
}

/** How uneven an opacity is, and how fine its grain. */
const PATCHES = { strength: 0.3, beta: 2.5 } as const;

/** A chest within the range of adult build. */
export function thoraxShape(random: SeededRandom): ThoraxShape {
  return {
    bodyWidth: random.between(0.86, 1.02),
    lungWidth: random.between(0.27, 0.34),
    lungHeight: random.between(0.62, 0.76),
    heartWidth: random.between(0.2, 0.32),
    ribSpacing: random.between(0.15, 0.19),
    ribContrast: random.between(0.045, 0.09),
    diaphragmY: random.between(0.42, 0.6),
    textureContrast: random.between(0.025, 0.047),
  };
}

/** An opacity somewhere in the free part of a lung. */
export function opacityIn(random: SeededRandom, shape: ThoraxShape): Opacity {
  const side = random.uniform() < 0.5 ? -1 : 1;
  const x = side * (0.4 + random.between(-0.11, 0.13));
  const y = random.between(-0.5, shape.diaphragmY - 0.3);
  return {
    x: 0.5 + x / 2,
    y: 0.5 + y / 2,
    radius: random.between(0.09, 0.16),
    contrast: random.between(0.5, 0.9),
  };
}

/**
 * Attenuation seen through a chest, [row, column], row 0 at the top, about 0 outside the body and 2 in the mediastinum.
 * Drawn from simple solids (body, lungs, heart, diaphragm, spine, ribs, collar bones) with power-law texture.
 */
export function thoraxAttenuation(
  random: SeededRandom,
  sizePx: number,
  shape: ThoraxShape,
  film: { readonly view: View; readonly opacity: Opacity | null },
): Float32Array {
  const texture = powerLawTexture(random, sizePx, 3);
  const patches = film.opacity ? powerLawTexture(random, sizePx, PATCHES.beta) : undefined;
  const outline = film.opacity ? irregularOutline(random) : () => 1;
  const heart = shape.heartWidth * (film.view === 'AP' ? 1.2 : 1);
  const turn = random.normal() * 0.03;
  const ribPhase = random.uniform();
  const hilum = random.between(0.06, 0.16);
  const image = new Float32Array(sizePx * sizePx);
  for (let row = 0; row < sizePx; row += 1) {
    const y = (2 * (row + 0.5)) / sizePx - 1;
    const halfWidth = bodyHalfWidth(y, shape.bodyWidth);
    const collar = y > -0.78 && y < -0.5;
    for (let column = 0; column < sizePx; column += 1) {
      const index = row * sizePx + column;
      const x = (2 * (column + 0.5)) / sizePx - 1 - turn;
      const across = x / halfWidth;
      if (Math.abs(across) >= 1) continue;
      const grain = texture[index] as number;
      const side = Math.abs(x);
      const body = 1.25 * Math.sqrt(1 - across * across * across * across);
      const air = lungDepth(x, y, shape);
      const inHeart = ellipse(x - 0.1, y - 0.2, heart, 0.36);
      const middle = Math.exp(-((x / 0.13) ** 2)) * 0.55;
      const hila = hilum * Math.exp(-(((side - 0.2) / 0.08) ** 2) - ((y + 0.03) / 0.14) ** 2);
      const bones = shape.ribContrast * ribs(side, y, shape.ribSpacing, ribPhase) * (side < halfWidth - 0.05 ? 1 : 0);
      const collarBone = collar ? 0.12 * Math.exp(-(((y + 0.6 + 0.16 * (side - 0.3)) / 0.03) ** 2)) : 0;
      image[index] =
        body -
        0.8 * air * (1 - 0.75 * inHeart) +
        0.35 * inHeart +
        middle +
        hila +
        bones +
        collarBone +
        grain * shape.textureContrast * (0.8 + 0.8 * air);
      if (film.opacity) {
        const inside = opacityProfile(film.opacity, outline, (column + 0.5) / sizePx, (row + 0.5) / sizePx);
        // Filled air spaces beside open ones: the shadow is patchy and fades where the lung ends.
        const patchy = Math.max(0, 1 + PATCHES.strength * (patches?.[index] ?? 0));
        image[index] = (image[index] ?? 0) + film.opacity.contrast * inside * patchy * Math.min(1, 0.15 + 1.4 * air);
      }
    }
  }
  return image;
}

function bodyHalfWidth(y: number, width: number): number {
  const shoulder = smoothStep((y + 1.05) / 0.45);
  return 0.3 + (width - 0.3) * shoulder - 0.06 * smoothStep((y - 0.2) / 0.8);
}

/** Depth of air, 0 … 1, cut by the domes of the diaphragm (the right one stands higher). */
function lungDepth(x: number, y: number, shape: ThoraxShape): number {
  const right = x < 0;
  const centre = right ? -0.4 : 0.41;
  const taper = 0.72 + 0.4 * smoothStep((y + 0.8) / 1);
  const depth = ellipse(x - centre, y + 0.08, shape.lungWidth * taper, shape.lungHeight);
  if (depth === 0) return 0;
  const dome = shape.diaphragmY - (right ? 0.06 : 0) + 0.5 * ((x - centre) / 0.5) ** 2;
  return depth * (1 - smoothStep((y - dome + 0.03) / 0.06));
}

/** Height of a half ellipsoid over the plane, 0 outside. */
function ellipse(x: number, y: number, a: number, b: number): number {
  const rest = 1 - (x / a) ** 2 - (y / b) ** 2;
  return rest > 0 ? Math.sqrt(rest) : 0;
}

/** Back ribs fall away from the spine, front ribs rise; both as soft bands. */
function ribs(side: number, y: number, spacing: number, phase: number): number {
  if (side < 0.06) return 0;
  const back = Math.cos(2 * Math.PI * ((y - 0.42 * side + 0.5 * side * side) / spacing + phase));
  const front = Math.cos(2 * Math.PI * ((y + 0.7 * side) / (1.25 * spacing) + phase));
  return Math.max(0, back) ** 2 + (side > 0.25 ? 0.5 * Math.max(0, front) ** 2 : 0);
}

/** Relative radius by direction: no two opacities are round in the same way. */
function irregularOutline(random: SeededRandom): (angle: number) => number {
  const waves = [2, 3, 5].map((turns) => ({ turns, size: 0.14 * random.normal(), phase: random.between(0, 6.283) }));
  return (angle) => waves.reduce((radius, wave) => radius + wave.size * Math.cos(wave.turns * angle + wave.phase), 1);
}

function opacityProfile(opacity: Opacity, outline: (angle: number) => number, x: number, y: number): number {
  const dx = x - opacity.x;
  const dy = y - opacity.y;
  if (Math.abs(dx) > 2 * opacity.radius || Math.abs(dy) > 2 * opacity.radius) return 0;
  const distance = Math.hypot(dx, dy) / (opacity.radius * Math.max(0.5, outline(Math.atan2(dy, dx))));
  return 1 - smoothStep((distance - 0.3) / 0.9);
}

function smoothStep(t: number): number {
  const bounded = Math.min(1, Math.max(0, t));
  return bounded * bounded * (3 - 2 * bounded);
}
