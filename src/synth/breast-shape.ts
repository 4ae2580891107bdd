import type { SeededRandom } from '#base';

/** How the quanta pass: head to foot, or from the inner upper to the outer lower side. */
export type MammogramView = 'CC' | 'MLO';

/** A place in a breast as shares: 0 at the chest wall and 1 at the nipple; −1 … 1 inner to outer and lower to upper. */
export interface BreastPoint {
  readonly depth: number;
  readonly outer: number;
  readonly upper: number;
}

/** A lobe of glandular tissue: a ball of soft edge. */
export interface Lobe {
  readonly place: BreastPoint;
  readonly radiusMm: number;
  readonly weight: number;
}

/** A thin cord, bent once: a duct from the nipple, a ligament towards the skin, a vessel. */
export interface Cord {
  readonly from: BreastPoint;
  readonly over: BreastPoint;
  readonly to: BreastPoint;
  readonly widthMm: number;
  /** Adipose tissue and glandular, or adipose and connective. */
  readonly kind: 'duct' | 'ligament' | 'vessel';
}

/** One breast in three dimensions; every view of every examination shows this one. */
export interface Breast {
  readonly lobes: readonly Lobe[];
  readonly cords: readonly Cord[];
  /** Names the tissue that is finer than the lobes. */
  readonly grain: number;
}

/** Both breasts of a woman, all in millimetres. */
export interface BreastShape {
  /** Chest wall to nipple, compressed. */
  readonly lengthMm: number;
  /** Half the width in CC; an MLO view shows more of the breast. */
  readonly halfWidthMm: number;
  /** Exponents of the outline: 2 and 2 are an ellipse. */
  readonly outline: { readonly across: number; readonly along: number };
  readonly thicknessMm: number;
  readonly pectoral: { readonly widthMm: number; readonly heightMm: number };
  readonly L: Breast;
  readonly R: Breast;
}

const LOBES = 26;
const DUCTS = 14;
const LIGAMENTS = 34;
const VESSELS = 3;

/** Breasts within the range of women who are screened. Equal streams give equal breasts. */
export function breastShape(random: SeededRandom, bodyMassIndex: number): BreastShape {
  const build = bodyMassIndex - 26.5;
  const lengthMm = bounded(88 + 1.6 * build + 14 * random.normal(), 52, 138);
  const halfWidthMm = bounded(72 + 0.9 * build + 8 * random.normal(), 48, 96);
  const outline = { across: random.between(2.1, 2.6), along: random.between(1.9, 2.2) };
  const thicknessMm = bounded(54 + 1.1 * build + 8 * random.normal(), 26, 92);
  const pectoral = { widthMm: random.between(34, 62), heightMm: random.between(95, 165) };
  const lobes = lobesOf(random);
  return {
    ...{ lengthMm, halfWidthMm, outline, thicknessMm, pectoral },
    L: breastOf(random, lobes),
    R: breastOf(random, lobes),
  };
}

function lobesOf(random: SeededRandom): readonly Lobe[] {
  return Array.from({ length: LOBES }, () => ({
    place: {
      depth: bounded(0.52 + 0.17 * random.normal(), 0.16, 0.86),
      outer: bounded(0.1 + 0.27 * random.normal(), -0.72, 0.72),
      upper: bounded(0.08 + 0.24 * random.normal(), -0.66, 0.66),
    },
    radiusMm: random.between(7, 19),
    weight: random.between(0.3, 1),
  }));
}

/** The two breasts of a woman resemble each other as in a mirror, not more. */
function breastOf(random: SeededRandom, lobes: readonly Lobe[]): Breast {
  return {
    lobes: lobes.map(({ place, radiusMm, weight }) => ({
      place: near(random, place, 0.05),
      radiusMm: radiusMm * random.between(0.9, 1.1),
      weight: weight * random.between(0.85, 1.15),
    })),
    cords: [
      ...Array.from({ length: DUCTS }, () => duct(random)),
      ...Array.from({ length: LIGAMENTS }, () => ligament(random)),
      ...Array.from({ length: VESSELS }, () => vessel(random)),
    ],
    grain: random.uint32(),
  };
}

const NIPPLE: BreastPoint = { depth: 0.97, outer: 0, upper: 0 };

function duct(random: SeededRandom): Cord {
  const angle = random.between(0, 2 * Math.PI);
  const spread = random.between(0.15, 0.6);
  const to = {
    depth: random.between(0.3, 0.66),
    outer: spread * Math.cos(angle),
    upper: spread * Math.sin(angle),
  };
  const half = { depth: (NIPPLE.depth + to.depth) / 2, outer: to.outer * 0.35, upper: to.upper * 0.35 };
  return { from: NIPPLE, over: near(random, half, 0.06), to, widthMm: random.between(0.9, 2), kind: 'duct' };
}

function ligament(random: SeededRandom): Cord {
  const angle = random.between(0, 2 * Math.PI);
  const [inside, outside] = [random.between(0.2, 0.6), random.between(0.7, 0.95)];
  const depth = random.between(0.12, 0.75);
  const from = { depth, outer: inside * Math.cos(angle), upper: inside * Math.sin(angle) };
  const turn = angle + random.between(-0.3, 0.3);
  const to = {
    depth: depth + random.between(-0.05, 0.15),
    outer: outside * Math.cos(turn),
    upper: outside * Math.sin(turn),
  };
  const half = {
    depth: (from.depth + to.depth) / 2,
    outer: (from.outer + to.outer) / 2,
    upper: (from.upper + to.upper) / 2,
  };
  return { from, over: near(random, half, 0.08), to, widthMm: random.between(0.5, 1.1), kind: 'ligament' };
}

function vessel(random: SeededRandom): Cord {
  const from = { depth: 0.02, outer: random.between(-0.6, 0.6), upper: random.between(-0.6, 0.6) };
  const to = {
    depth: random.between(0.6, 0.85),
    outer: from.outer * random.between(0.2, 0.9),
    upper: from.upper * random.between(0.2, 0.9),
  };
  const half = { depth: 0.4, outer: (from.outer + to.outer) / 2, upper: (from.upper + to.upper) / 2 };
  return { from, over: near(random, half, 0.12), to, widthMm: random.between(1.2, 2.4), kind: 'vessel' };
}

function near(random: SeededRandom, place: BreastPoint, spread: number): BreastPoint {
  return {
    depth: place.depth + spread * random.normal(),
    outer: place.outer + spread * random.normal(),
    upper: place.upper + spread * random.normal(),
  };
}

function bounded(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
