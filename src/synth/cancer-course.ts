import type { SeededRandom } from '#base';

/**
 * How cancers come and come to light in the synthetic cohort. A lesion begins with a hazard of the woman's own, its
 * diameter grows as its volume doubles, and it is found with a hazard that grows with its area. What will happen after an
 * examination then follows from what is there at it alone: who the woman is, and the lesion, if there is one.
 */
const PROCESS = {
  /** Hazard a year of a lesion's beginning in a woman whose log hazard is 0. */
  beginningPerYear: 0.0077,
  /** How much the log hazard of a woman rises in a year: older, and less dense. */
  risePerYear: 0.03,
  /** Diameter at which a lesion begins to be seen. */
  firstDiameterMm: 6,
  /** Hazard a year of being found at 10 mm; it goes as the diameter squared. */
  foundPerYear: 1.1,
  /** Years in which a volume doubles: median, and spread of the logarithm (Peer et al. 1993: 80 to 157 days). */
  doublingYears: { median: 0.26, spread: 0.2 },
  /** Lesions may have begun so many years before the first examination. */
  yearsBefore: 8,
} as const;

/** How the one lesion of a woman runs; times in years since her first examination. */
export interface CancerCourse {
  readonly beginsYears: number;
  readonly foundYears: number;
  /** Of the logarithm of the diameter, a year. */
  readonly growthPerYear: number;
}

const MEDIAN_GROWTH = growthOf(PROCESS.doublingYears.median);

/** A process of a woman in whom nothing was found before her first examination. */
export function cancerCourse(random: SeededRandom, logHazard: number): CancerCourse {
  const growthPerYear = growthOf(
    PROCESS.doublingYears.median * Math.exp(PROCESS.doublingYears.spread * random.normal()),
  );
  const { risePerYear: rise, yearsBefore } = PROCESS;
  const early = Math.exp(-rise * yearsBefore);
  const hazard = PROCESS.beginningPerYear * Math.exp(logHazard);
  for (;;) {
    const beginsYears = Math.log(early + (rise * exponential(random)) / hazard) / rise;
    const foundYears = beginsYears + yearsUntilFound(exponential(random), growthPerYear);
    if (foundYears > 0) return { beginsYears, foundYears, growthPerYear };
  }
}

/** Diameter in millimetres at a time; 0 before it begins. */
export function lesionDiameterMm(course: CancerCourse, years: number): number {
  if (years < course.beginsYears) return 0;
  return PROCESS.firstDiameterMm * Math.exp(course.growthPerYear * (years - course.beginsYears));
}

/** Log hazard of a woman so many years after her first examination. */
export function logHazardAt(logHazard: number, years: number): number {
  return logHazard + PROCESS.risePerYear * years;
}

/**
 * The chance that a cancer is found within 1, 2, … 5 years of an examination, given all that is there at it: exact for a
 * lesion, by Simpson's rule for one that is still to begin.
 */
export function cumulativeRisk(logHazardNow: number, course: CancerCourse, years: number): readonly number[] {
  const diameter = lesionDiameterMm(course, years);
  return [1, 2, 3, 4, 5].map((horizon) =>
    diameter > 0
      ? 1 - Math.exp(-foundHazard(diameter, course.growthPerYear, horizon))
      : riskOfBeginning(PROCESS.beginningPerYear * Math.exp(logHazardNow), horizon),
  );
}

const STEPS = 8;

function riskOfBeginning(hazard: number, horizon: number): number {
  const { risePerYear: rise, firstDiameterMm } = PROCESS;
  let sum = 0;
  for (let step = 0; step <= STEPS; step += 1) {
    const time = (horizon * step) / STEPS;
    const weight = step === 0 || step === STEPS ? 1 : step % 2 === 1 ? 4 : 2;
    const begun = hazard * Math.exp(rise * time - (hazard * Math.expm1(rise * time)) / rise);
    sum += weight * begun * (1 - Math.exp(-foundHazard(firstDiameterMm, MEDIAN_GROWTH, horizon - time)));
  }
  return (sum * horizon) / STEPS / 3;
}

/** Cumulative hazard of being found over some years, of a lesion of this diameter at their beginning. */
function foundHazard(diameterMm: number, growth: number, years: number): number {
  return (PROCESS.foundPerYear * (diameterMm / 10) ** 2 * Math.expm1(2 * growth * years)) / (2 * growth);
}

function yearsUntilFound(cumulative: number, growth: number): number {
  const first = PROCESS.foundPerYear * (PROCESS.firstDiameterMm / 10) ** 2;
  return Math.log1p((2 * growth * cumulative) / first) / (2 * growth);
}

function growthOf(doublingYears: number): number {
  return Math.LN2 / (3 * doublingYears);
}

function exponential(random: SeededRandom): number {
  return -Math.log1p(-random.uniform());
}
