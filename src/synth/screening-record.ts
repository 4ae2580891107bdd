import { SeededRandom } from '#base';
import type { MammogramView } from './breast-shape.ts';
import { cumulativeRisk, lesionDiameterMm, logHazardAt } from './cancer-course.ts';
import type { BreastLesionSite, LesionKind } from './lesion-site.ts';
import { type MammographyDevice, SCREENING_SITES, type ScreeningSite, siteOfBlock } from './screening-sites.ts';
import {
  DENSITY_FALL_PER_YEAR,
  SCREENING_COVARIATES,
  type ScreeningCovariates,
  type ScreeningWoman,
  screeningWoman,
} from './screening-woman.ts';

/** Composition of the breast as BI-RADS words it: almost entirely fatty to extremely dense. */
export type DensityGrade = 'a' | 'b' | 'c' | 'd';

/** Which breast, from which direction. */
export interface ViewName {
  readonly laterality: 'L' | 'R';
  readonly view: MammogramView;
}

/** The four views of a screening examination in the order of a hanging. */
export const SCREENING_VIEWS: readonly ViewName[] = [
  { laterality: 'R', view: 'CC' },
  { laterality: 'L', view: 'CC' },
  { laterality: 'R', view: 'MLO' },
  { laterality: 'L', view: 'MLO' },
];

/** A lesion as it is at an examination. */
export interface ScreeningLesion {
  readonly laterality: 'L' | 'R';
  readonly kind: LesionKind;
  readonly diameterMm: number;
  readonly site: BreastLesionSite;
}

/** A screening examination without its pictures. */
export interface ScreeningRecord {
  /** The stream, and the place in it. */
  readonly seed: string;
  readonly index: number;
  readonly site: ScreeningSite;
  readonly device: MammographyDevice;
  /** Pseudonym, the same in all her examinations. */
  readonly womanId: string;
  /** 0 for her first, and how long after that one, in years. */
  readonly examNumber: number;
  readonly yearsSinceFirst: number;
  /** DICOM date. */
  readonly date: string;
  readonly ageYears: number;
  readonly birthDate: string;
  /** As a radiologist reads it. */
  readonly density: DensityGrade;
  /** BI-RADS assessment category. */
  readonly assessment: 0 | 1 | 2 | 4 | 5;
  readonly covariates: ScreeningCovariates;
  readonly implants: boolean;
  readonly views: readonly ViewName[];
  /** The lesion that will be found, if it has begun. */
  readonly lesion: ScreeningLesion | null;
  readonly outcome: ScreeningOutcome;
  /** What nobody can see directly: for measuring how much of it a model reached. */
  readonly latent: {
    readonly logDensity: number;
    readonly texture: number;
    /** Log hazard of a lesion's beginning, at the examination. */
    readonly logHazard: number;
    /** Chance that a cancer is found within 1, 2, … 5 years, given everything. */
    readonly risk: readonly number[];
  };
  readonly woman: ScreeningWoman;
}

/** What a cancer registry tells of the years after an examination. */
export interface ScreeningOutcome {
  /** Year 1 … 5 in which a cancer was found; null for none within five years or within what is known. */
  readonly yearOfCancer: number | null;
  /** Years until the cancer, or until nothing more is known. */
  readonly years: number;
  readonly cancer: boolean;
  /** DICOM date of the diagnosis, of the side of the lesion; null where no cancer is known of, however late. */
  readonly diagnosisDate: string | null;
  /** y[t]: found by the end of year t + 1; m[t]: 1 where that is known. */
  readonly y: readonly (0 | 1)[];
  readonly m: readonly (0 | 1)[];
}

/** Examinations of a block of the stream: women follow one another until it is full. */
const BLOCK_EXAMS = 12;
/** Numbers of women of a block: none holds more. */
const BLOCK_WOMEN = 16;
const DAY_ONE_MS = Date.UTC(2011, 0, 1);
/** Year since 2011 in which a site's unit is replaced. */
const REPLACED_DAY = 4 * 365;
const YEARS = [1, 2, 3, 4, 5] as const;
/** Limits of log density between the grades. */
const GRADES: readonly (readonly [DensityGrade, number])[] = [
  ['a', -1.15],
  ['b', 0],
  ['c', 1.3],
];

/**
 * The examination at a place of the stream of a seed. Each block of the stream is made of itself alone.
 * @throws RangeError unless the index is a whole number from 0
 */
export function screeningRecord(seed: string | number, index: number): ScreeningRecord {
  if (!Number.isSafeInteger(index) || index < 0) throw new RangeError(`no examination ${index}`);
  const block = Math.floor(index / BLOCK_EXAMS);
  const record = blockRecords(seed, block, (index % BLOCK_EXAMS) + 1).at(-1);
  if (record === undefined) throw new RangeError(`no examination ${index}`);
  return record;
}

/** The examinations from one place of the stream on, one after the other: faster than each by itself. */
export function* screeningRecords(seed: string | number, from: number, count: number): Generator<ScreeningRecord> {
  const end = from + count;
  for (let block = Math.floor(from / BLOCK_EXAMS); block * BLOCK_EXAMS < end; block += 1) {
    for (const record of blockRecords(seed, block, Math.min(BLOCK_EXAMS, end - block * BLOCK_EXAMS))) {
      if (record.index >= from) yield record;
    }
  }
}

/** The first examinations of a block. */
function blockRecords(seed: string | number, block: number, count: number): readonly ScreeningRecord[] {
  const siteIndex = siteOfBlock(block);
  const site = SCREENING_SITES[siteIndex] as ScreeningSite;
  const records: ScreeningRecord[] = [];
  for (let place = 0; records.length < count && place < BLOCK_WOMEN; place += 1) {
    const number = block * BLOCK_WOMEN + place;
    const random = new SeededRandom(`screening/${seed}/woman/${number}`);
    const woman = screeningWoman(random, number, siteIndex, site);
    const { foundYears } = woman.course;
    // Nobody is examined after her diagnosis, or after the registry lost sight of her.
    const attended = woman.plannedYears.filter((years) => years < foundYears && years < woman.followUpYears);
    for (const [examNumber, years] of attended.entries()) {
      if (records.length === count) break;
      const index = block * BLOCK_EXAMS + records.length;
      records.push(
        recordOf({ seed, index, site, woman, examNumber, years, random: random.fork(`exam/${examNumber}`) }),
      );
    }
  }
  return records;
}

function recordOf(exam: {
  readonly seed: string | number;
  readonly index: number;
  readonly site: ScreeningSite;
  readonly woman: ScreeningWoman;
  readonly examNumber: number;
  readonly years: number;
  readonly random: SeededRandom;
}): ScreeningRecord {
  const { index, site, woman, examNumber, years, random } = exam;
  const day = woman.firstDay + Math.round(years * 365.25);
  const logDensity = woman.density - DENSITY_FALL_PER_YEAR * years;
  const logHazard = logHazardAt(woman.logHazard, years);
  const diameterMm = lesionDiameterMm(woman.course, years);
  const lesion = diameterMm > 0 ? lesionOf(woman.lesion, diameterMm) : null;
  const ageYears = woman.ageYears + years;
  return {
    ...{ index, site, woman, examNumber, ageYears, lesion },
    seed: String(exam.seed),
    womanId: `${site.siteId}-${woman.number.toString(36).padStart(5, '0')}`,
    yearsSinceFirst: years,
    device: site.devices[day < REPLACED_DAY ? 0 : 1],
    date: dicomDate(day),
    birthDate: dicomDate(woman.firstDay - Math.round(woman.ageYears * 365.25)),
    density: gradeOf(logDensity + 0.2 * random.normal()),
    assessment: assessmentOf(random, diameterMm, woman.benign !== null),
    covariates: knownCovariates(random, woman, ageYears, site),
    implants: woman.implants,
    views: viewsOf(random, site),
    outcome: outcomeOf(woman, years),
    latent: {
      ...{ logDensity, logHazard, texture: woman.texture },
      risk: cumulativeRisk(logHazard, woman.course, years),
    },
  };
}

function lesionOf(site: BreastLesionSite, diameterMm: number): ScreeningLesion {
  return { laterality: site.breast, kind: site.kind, diameterMm, site };
}

function gradeOf(logDensity: number): DensityGrade {
  return GRADES.find(([, limit]) => logDensity < limit)?.[0] ?? 'd';
}

/** What a reader says: the larger, the more likely to be called back. */
function assessmentOf(random: SeededRandom, diameterMm: number, benign: boolean): ScreeningRecord['assessment'] {
  const draw = random.uniform();
  if (diameterMm > 6 && draw < Math.min(0.95, (diameterMm - 6) / 10)) return diameterMm > 13 ? 5 : 4;
  if (draw > 0.97) return 0;
  return benign || draw > 0.8 ? 2 : 1;
}

function knownCovariates(
  random: SeededRandom,
  woman: ScreeningWoman,
  ageYears: number,
  site: ScreeningSite,
): ScreeningCovariates {
  const truth = { ...woman.covariates, postmenopausal: ageYears > woman.menopauseAge ? 1 : 0 };
  const known = SCREENING_COVARIATES.map((name) => {
    const isMissing = random.uniform() < site.missingCovariate;
    const isNone = name === 'firstBirthAge' && truth.parity === 0;
    return [name, isMissing || isNone ? null : truth[name]] as const;
  });
  return Object.fromEntries(known) as unknown as ScreeningCovariates;
}

function viewsOf(random: SeededRandom, site: ScreeningSite): readonly ViewName[] {
  const views = SCREENING_VIEWS.filter(() => random.uniform() >= site.missingView);
  return views.length > 0 ? views : SCREENING_VIEWS.slice(0, 1);
}

function outcomeOf(woman: ScreeningWoman, years: number): ScreeningOutcome {
  const cancer = woman.course.foundYears <= woman.followUpYears;
  const end = (cancer ? woman.course.foundYears : woman.followUpYears) - years;
  const year = Math.max(1, Math.ceil(end));
  return {
    yearOfCancer: cancer && year <= 5 ? year : null,
    years: end,
    cancer,
    diagnosisDate: cancer
      ? dicomDate(woman.firstDay + Math.max(1, Math.round(woman.course.foundYears * 365.25)))
      : null,
    y: YEARS.map((horizon) => (cancer && end <= horizon ? 1 : 0)),
    m: YEARS.map((horizon) => (cancer || end >= horizon ? 1 : 0)),
  };
}

function dicomDate(day: number): string {
  return new Date(DAY_ONE_MS + day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
}
