import type { SeededRandom } from '#base';
import { type CancerCourse, cancerCourse } from './cancer-course.ts';
import { type BreastLesionSite, lesionSite } from './lesion-site.ts';
import type { ScreeningSite } from './screening-sites.ts';

/** What a questionnaire asks before screening. Times and ages in years. */
export interface ScreeningCovariates {
  /** First-degree relatives with breast cancer: 0, 1 or 2. */
  readonly familyHistory: number | null;
  /** A known pathogenic variant of a high-risk gene: 0 or 1. */
  readonly geneCarrier: number | null;
  /** An earlier biopsy with a benign result: 0 or 1. */
  readonly priorBiopsy: number | null;
  /** kg/m². */
  readonly bodyMassIndex: number | null;
  readonly menarcheAge: number | null;
  /** Number of births. */
  readonly parity: number | null;
  /** null also for women without children. */
  readonly firstBirthAge: number | null;
  /** 0 or 1, at the examination. */
  readonly postmenopausal: number | null;
  /** Present hormone therapy: 0 or 1. */
  readonly hormoneTherapy: number | null;
  /** Drinks a day. */
  readonly alcohol: number | null;
  /** Present smoking: 0 or 1. */
  readonly smoking: number | null;
}

/** Names of the covariates in the order in which models read them; age stands beside them and is never missing. */
export const SCREENING_COVARIATES = [
  'familyHistory',
  'geneCarrier',
  'priorBiopsy',
  'bodyMassIndex',
  'menarcheAge',
  'parity',
  'firstBirthAge',
  'postmenopausal',
  'hormoneTherapy',
  'alcohol',
  'smoking',
] as const satisfies readonly (keyof ScreeningCovariates)[];

/** A woman of the cohort as she truly is; nothing of it is missing. */
export interface ScreeningWoman {
  /** Unique in a cohort. */
  readonly number: number;
  readonly siteIndex: number;
  /** Age at the first examination, in years and parts of them. */
  readonly ageYears: number;
  /** Day of the first examination since 2011-01-01. */
  readonly firstDay: number;
  /** Examinations that she is asked to, as years since the first. */
  readonly plannedYears: readonly number[];
  /** When the registry loses sight of her, years since the first examination. */
  readonly followUpYears: number;
  /** Log density at the first examination, about zero in the mean. */
  readonly density: number;
  /** How rough and how streaked her tissue is, standard normal. */
  readonly texture: number;
  readonly covariates: { readonly [name in keyof ScreeningCovariates]: number };
  readonly menopauseAge: number;
  readonly implants: boolean;
  /** Of the first examination. */
  readonly logHazard: number;
  readonly course: CancerCourse;
  readonly lesion: BreastLesionSite;
  /** Coarse calcifications that mean nothing; null in most women. */
  readonly benign: BreastLesionSite | null;
}

/**
 * Log hazard ratios; orders of size as in Tyrer, Duffy, Cuzick 2004 and Brentnall et al. 2018, texture freely chosen. What
 * age adds and falling density takes away in a year together are the yearly rise of the cancer process. All but age and
 * density count as they are at the first examination.
 */
export const LOG_HAZARD = {
  ageYear: 0.051,
  density: 0.7,
  texture: 0.8,
  familyHistory: 0.5,
  geneCarrier: 1.4,
  priorBiopsy: 0.35,
  bodyMassIndexAfterMenopause: 0.03,
  menarcheYear: -0.05,
  birth: -0.07,
  lateFirstBirth: 0.25,
  hormoneTherapy: 0.3,
  drink: 0.1,
} as const;

/** Log density falls by so much in a year. */
export const DENSITY_FALL_PER_YEAR = 0.03;

const CLOSING_DAY = 4383;
const EXAM_COUNTS = [1, 1, 1, 2, 2, 2, 3, 3, 4] as const;

/** The woman of a number. */
export function screeningWoman(
  random: SeededRandom,
  number: number,
  siteIndex: number,
  site: ScreeningSite,
): ScreeningWoman {
  const { mean, stdDev, lowest } = site.ageYears;
  const ageYears = bounded(mean + stdDev * random.normal(), lowest + random.uniform(), 74);
  const firstDay = random.below(5 * 365);
  const covariates = trueCovariates(random, ageYears);
  const { bodyMassIndex } = covariates;
  const density =
    site.densityShift -
    DENSITY_FALL_PER_YEAR * (ageYears - 57) -
    0.06 * (bodyMassIndex - 26.5) +
    0.25 * covariates.hormoneTherapy +
    0.8 * random.normal();
  const texture = random.normal();
  const menopauseAge = 50.5 + 3.5 * random.normal();
  const planned = random.pick(EXAM_COUNTS);
  const plannedYears = Array.from({ length: planned }, (_, exam) =>
    exam === 0 ? 0 : exam * site.intervalYears + random.between(-0.1, 0.15),
  );
  const leaves = -Math.log1p(-random.uniform()) / 0.04;
  const logHazard = logHazardOf({ ageYears, density, texture, covariates, menopauseAge, site });
  return {
    ...{ number, siteIndex, ageYears, firstDay, plannedYears, density, texture, covariates, menopauseAge, logHazard },
    followUpYears: Math.min((CLOSING_DAY - firstDay) / 365.25, leaves),
    implants: random.uniform() < 0.006,
    course: cancerCourse(random, logHazard),
    lesion: lesionSite(random),
    benign: random.uniform() < 0.07 ? lesionSite(random) : null,
  };
}

function trueCovariates(random: SeededRandom, ageYears: number): ScreeningWoman['covariates'] {
  const chance = (share: number): 0 | 1 => (random.uniform() < share ? 1 : 0);
  const relatives = random.uniform();
  const parity = Math.min(6, Math.floor(-1.35 * Math.log1p(-random.uniform()) + 0.75));
  return {
    familyHistory: relatives < 0.02 ? 2 : relatives < 0.14 ? 1 : 0,
    geneCarrier: chance(0.006),
    priorBiopsy: chance(0.12),
    bodyMassIndex: rounded(bounded(26.5 + 4.5 * random.normal(), 16, 48), 1),
    menarcheAge: Math.round(bounded(12.9 + 1.4 * random.normal(), 9, 17)),
    parity,
    firstBirthAge: Math.round(bounded(26 + 5 * random.normal(), 16, 43)),
    postmenopausal: 0,
    hormoneTherapy: chance(ageYears > 48 && ageYears < 62 ? 0.12 : 0.02),
    alcohol: rounded(bounded(-0.7 * Math.log1p(-random.uniform()), 0, 6), 1),
    smoking: chance(0.16),
  };
}

function logHazardOf(woman: {
  readonly ageYears: number;
  readonly density: number;
  readonly texture: number;
  readonly covariates: ScreeningWoman['covariates'];
  readonly menopauseAge: number;
  readonly site: ScreeningSite;
}): number {
  const { ageYears, density, texture, covariates, menopauseAge, site } = woman;
  const { bodyMassIndex, parity, firstBirthAge } = covariates;
  return (
    Math.log(site.prevalence) +
    LOG_HAZARD.ageYear * (ageYears - 57) +
    LOG_HAZARD.density * density +
    LOG_HAZARD.texture * texture +
    LOG_HAZARD.familyHistory * covariates.familyHistory +
    LOG_HAZARD.geneCarrier * covariates.geneCarrier +
    LOG_HAZARD.priorBiopsy * covariates.priorBiopsy +
    (ageYears > menopauseAge ? LOG_HAZARD.bodyMassIndexAfterMenopause * (bodyMassIndex - 26.5) : 0) +
    LOG_HAZARD.menarcheYear * (covariates.menarcheAge - 13) +
    LOG_HAZARD.birth * parity +
    (parity > 0 && firstBirthAge >= 30 ? LOG_HAZARD.lateFirstBirth : 0) +
    LOG_HAZARD.hormoneTherapy * covariates.hormoneTherapy +
    LOG_HAZARD.drink * covariates.alcohol
  );
}

function bounded(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
