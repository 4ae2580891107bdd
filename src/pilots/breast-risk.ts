import type { ExamSpec } from '#engine';
import { type PreprocessingContract, preprocessingDigest } from '#films';

/** Where a mammogram stands in an exam. */
export const BREAST_VIEWS = ['R-CC', 'L-CC', 'R-MLO', 'L-MLO'] as const;

/** Where a mammogram stands in an exam. */
export type BreastView = (typeof BREAST_VIEWS)[number];

/** What is known of a woman, with what stands for 0 and for 1 behind its standardisation. Ages in years. */
export const BREAST_COVARIATES = [
  { name: 'ageYears', mean: 57, spread: 8 },
  { name: 'familyHistory', mean: 0.15, spread: 0.4 },
  { name: 'geneCarrier', mean: 0, spread: 1 },
  { name: 'priorBiopsy', mean: 0.12, spread: 0.33 },
  { name: 'bodyMassIndex', mean: 26.5, spread: 4.5 },
  { name: 'menarcheAge', mean: 12.9, spread: 1.4 },
  { name: 'parity', mean: 1.6, spread: 1.3 },
  { name: 'firstBirthAge', mean: 26, spread: 5 },
  { name: 'postmenopausal', mean: 0.7, spread: 0.46 },
  { name: 'hormoneTherapy', mean: 0.08, spread: 0.27 },
  { name: 'alcohol', mean: 0.7, spread: 0.7 },
  { name: 'smoking', mean: 0.16, spread: 0.37 },
] as const;

/** Name of something known of a woman. */
export type BreastCovariate = (typeof BREAST_COVARIATES)[number]['name'];

/** Breast composition in the order of the model's classes (BI-RADS, 5th edition). */
export const DENSITY_GRADES = ['a', 'b', 'c', 'd'] as const;

/** Years ahead that risk is told for. */
export const RISK_YEARS = 5;

/**
 * What the network sees of a mammogram: the whole film, chest wall left, one pixel 1.8 mm of a film of 17 × 23 cm.
 */
export const BREAST_PREPROCESSING: PreprocessingContract = {
  version: 2,
  window: { kind: 'percentiles', low: 0.005, high: 0.998 },
  polarity: 'dense-bright',
  crop: { kind: 'none' },
  orientation: 'chest-wall-left',
  frame: { rows: 128, columns: 96, align: 'left' },
  resize: 'area',
  standardise: { mean: 0.3, stdDev: 0.3 },
};

/** Digest of {@link BREAST_PREPROCESSING}, for the model card. */
export const BREAST_PREPROCESSING_SHA256 = preprocessingDigest(BREAST_PREPROCESSING);

/** The network of the pilot as its encoder is learned: each view by itself. */
export const BREAST_ENCODER: ExamSpec = {
  architecture: 'exam',
  pictures: BREAST_VIEWS.length,
  rows: 128,
  columns: 96,
  widths: [16, 32, 32, 64],
  covariates: BREAST_COVARIATES.length,
  years: RISK_YEARS,
  classes: DENSITY_GRADES.length,
  hidden: 32,
  greys: { mean: BREAST_PREPROCESSING.standardise.mean, spread: BREAST_PREPROCESSING.standardise.stdDev },
};

/** The network of the pilot: the views of a breast are put together and held against those of the other. */
export const BREAST_MODEL: ExamSpec = {
  ...BREAST_ENCODER,
  sides: BREAST_VIEWS.map((view) => (view.startsWith('R-') ? 0 : 1)),
};

/** Pixels of a picture along one side of a point of the network's map of findings. */
const POINT_PIXELS = 4;
const MAP = { rows: BREAST_MODEL.rows / POINT_PIXELS, columns: BREAST_MODEL.columns / POINT_PIXELS } as const;
/** A finding covers the points nearer to its middle than its radius, and than this many pixels. */
const LEAST_RADIUS_PX = 3;

/** An exam as it is fed to the model. */
export interface BreastExam {
  /** What the network sees of each view; absent ones are missing. */
  readonly pictures: Partial<Readonly<Record<BreastView, Float32Array>>>;
  /** Absent and null ones are missing. */
  readonly covariates: Partial<Readonly<Record<BreastCovariate, number | null>>>;
}

/** What became of a woman after an exam, and what was read in it. */
export interface BreastTruth {
  /** Years to the cancer, or to the last news. */
  readonly years: number;
  readonly cancer: boolean;
  /** The breast in which the cancer was found; null for none, or where it is not known. */
  readonly side: 'L' | 'R' | null;
  readonly density: (typeof DENSITY_GRADES)[number] | null;
  /**
   * Findings that somebody marked in the films, by view, in pixels of what the network sees; undefined where nobody looked. Where
   * it is told, the findings learned are these; else those of a cancer soon after.
   */
  readonly marks?: Partial<Readonly<Record<BreastView, FindingMark>>> | undefined;
}

/** A finding marked in a picture as the network sees it: chest wall left. */
export interface FindingMark {
  readonly row: number;
  readonly column: number;
  readonly radiusPx: number;
}

/** A cancer found within so many years shows in the film, or is taken to. */
const SHOWS_YEARS = 2;

/** The model's inputs of one exam. */
export function breastInputs({ pictures, covariates }: BreastExam): Record<string, Float32Array> {
  const pixels = BREAST_MODEL.rows * BREAST_MODEL.columns;
  const inputs = {
    pictures: new Float32Array(BREAST_VIEWS.length * pixels),
    pictureMask: new Float32Array(BREAST_VIEWS.length),
    ...breastFacts(covariates),
  };
  BREAST_VIEWS.forEach((view, place) => {
    const picture = pictures[view];
    if (picture === undefined) return;
    inputs.pictures.set(picture, place * pixels);
    inputs.pictureMask[place] = 1;
  });
  return inputs;
}

/** Covariates as the model takes them. Numbers far outside of what people are count as missing. */
export function breastFacts(covariates: BreastExam['covariates']): {
  readonly covariates: Float32Array;
  readonly covariateMask: Float32Array;
} {
  const facts = {
    covariates: new Float32Array(BREAST_COVARIATES.length),
    covariateMask: new Float32Array(BREAST_COVARIATES.length),
  };
  BREAST_COVARIATES.forEach(({ name, mean, spread }, place) => {
    const value = covariates[name];
    const standard = value == null ? Number.NaN : (value - mean) / spread;
    if (!(Math.abs(standard) <= 10)) return;
    facts.covariates[place] = standard;
    facts.covariateMask[place] = 1;
  });
  return facts;
}

/** What the model learns from one exam. */
export function breastTargets({ years, cancer, side, density, marks }: BreastTruth): Record<string, Float32Array> {
  const horizons = Array.from({ length: RISK_YEARS }, (_, index) => index + 1);
  const soon = cancer && years <= SHOWS_YEARS;
  const isKnown = soon ? side !== null : cancer || years >= SHOWS_YEARS;
  return {
    outcome: Float32Array.from(horizons, (horizon) => (cancer && years <= horizon ? 1 : 0)),
    known: Float32Array.from(horizons, (horizon) => (cancer || years >= horizon ? 1 : 0)),
    class: Float32Array.from(DENSITY_GRADES, (grade) => (grade === density ? 1 : 0)),
    finding: Float32Array.from(BREAST_VIEWS, (view) =>
      marks === undefined ? Number(soon && view.startsWith(`${side}-`)) : Number(marks[view] !== undefined),
    ),
    findingKnown: new Float32Array(BREAST_VIEWS.length).fill(marks !== undefined || isKnown ? 1 : 0),
    place: placesOf(marks),
    placeKnown: new Float32Array(BREAST_VIEWS.length).fill(marks === undefined ? 0 : 1),
    projection: Float32Array.from(BREAST_VIEWS, (view) => (view.endsWith('MLO') ? 1 : 0)),
  };
}

/** 1 at the points of the maps of findings that a mark covers. */
function placesOf(marks: BreastTruth['marks']): Float32Array {
  const places = new Float32Array(BREAST_VIEWS.length * MAP.rows * MAP.columns);
  BREAST_VIEWS.forEach((view, picture) => {
    const mark = marks?.[view];
    if (mark === undefined) return;
    const reach = Math.max(LEAST_RADIUS_PX, mark.radiusPx);
    for (let row = 0; row < MAP.rows; row += 1)
      for (let column = 0; column < MAP.columns; column += 1) {
        const away = Math.hypot((row + 0.5) * POINT_PIXELS - mark.row, (column + 0.5) * POINT_PIXELS - mark.column);
        if (away <= reach) places[(picture * MAP.rows + row) * MAP.columns + column] = 1;
      }
  });
  return places;
}

/** What the model learns where no more is known than whether a cancer was found within five years. */
export function breastAnswerTargets(label: 0 | 1): Record<string, Float32Array> {
  const lastYear = (value: number) =>
    Float32Array.from({ length: RISK_YEARS }, (_, year) => (year === RISK_YEARS - 1 ? value : 0));
  const { projection = new Float32Array() } = breastTargets({ years: 0, cancer: false, side: null, density: null });
  return {
    outcome: lastYear(label),
    known: lastYear(1),
    class: new Float32Array(DENSITY_GRADES.length),
    finding: new Float32Array(BREAST_VIEWS.length),
    findingKnown: new Float32Array(BREAST_VIEWS.length),
    place: placesOf(undefined),
    placeKnown: new Float32Array(BREAST_VIEWS.length),
    projection,
  };
}

/** Where a film stands in an exam by what its header says; null where it says neither side nor view. ML and LM count as MLO. */
export function breastViewOf(header: {
  readonly laterality?: 'L' | 'R' | undefined;
  readonly view?: string | undefined;
}): BreastView | null {
  const view = (header.view ?? '').trim().toUpperCase();
  const kind = ['MLO', 'ML', 'LM', 'LMO'].includes(view) ? 'MLO' : view === 'CC' ? 'CC' : null;
  return kind === null || header.laterality === undefined ? null : `${header.laterality}-${kind}`;
}
