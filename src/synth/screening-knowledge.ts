import { cumulativeRisk } from './cancer-course.ts';
import type { LesionKind } from './lesion-site.ts';
import { screeningConcordance } from './screening-ceiling.ts';
import type { DensityGrade, ScreeningRecord } from './screening-record.ts';
import { LOG_HAZARD, type ScreeningCovariates } from './screening-woman.ts';

/** What somebody knows of an examination. */
export interface ScreeningKnowledge {
  readonly known: string;
  /** The best 5-year concordance index with it, by the true log hazard ratios. null without a pair of known order. */
  readonly concordance: number | null;
}

/** Mean log density of a grade. */
const GRADE_DENSITY: Readonly<Record<DensityGrade, number>> = { a: -1.7, b: -0.55, c: 0.6, d: 1.8 };
/** What stands in for a covariate that the record lacks: about its mean. */
const USUAL: Readonly<Record<keyof ScreeningCovariates, number>> = {
  familyHistory: 0.16,
  geneCarrier: 0.006,
  priorBiopsy: 0.12,
  bodyMassIndex: 26.5,
  menarcheAge: 13,
  parity: 1.6,
  firstBirthAge: 26,
  postmenopausal: 0.7,
  hormoneTherapy: 0.08,
  alcohol: 0.7,
  smoking: 0.16,
};
/** A lesion that is still to begin. */
const NONE_YET = { beginsYears: Number.POSITIVE_INFINITY, foundYears: Number.POSITIVE_INFINITY, growthPerYear: 1 };

/**
 * How far each knowledge reaches, from least to most: where a model that stays below the ceiling lacks something. What is known counts as
 * it truly does (nothing is fitted), a lesion by its true diameter and growth where it is seen at all.
 */
export function screeningKnowledge(records: readonly ScreeningRecord[]): readonly ScreeningKnowledge[] {
  const age = ({ ageYears }: ScreeningRecord) => LOG_HAZARD.ageYear * (ageYears - 57);
  const graded = ({ density }: ScreeningRecord) => LOG_HAZARD.density * GRADE_DENSITY[density];
  const dense = ({ latent }: ScreeningRecord) => LOG_HAZARD.density * latent.logDensity;
  const textured = ({ latent }: ScreeningRecord) => LOG_HAZARD.texture * latent.texture;
  const site = (record: ScreeningRecord) => Math.log(record.site.prevalence);
  const sum = (...parts: readonly ((record: ScreeningRecord) => number)[]) => {
    return (record: ScreeningRecord) => parts.reduce((total, part) => total + part(record), 0);
  };
  const tissue = sum(age, dense, told, textured, site);
  const seeing = (sees: (kind: LesionKind, diameterMm: number) => boolean) => (record: ScreeningRecord) => {
    const { lesion } = record;
    if (lesion !== null && sees(lesion.kind, lesion.diameterMm)) return total(record.latent.risk);
    return total(cumulativeRisk(tissue(record), NONE_YET, 0));
  };
  const rows: readonly (readonly [string, (record: ScreeningRecord) => number])[] = [
    ['age', age],
    ['age and graded density', sum(age, graded)],
    ['… and the clinical table', sum(age, graded, told)],
    ['… and the site', sum(age, graded, told, site)],
    ['… and texture', sum(age, graded, told, textured, site)],
    ['… and density as it is', tissue],
    ['… and spiculated masses of 8 mm and more', seeing((kind, mm) => kind === 'spiculated-mass' && mm >= 8)],
    ['… all spiculated masses', seeing((kind) => kind === 'spiculated-mass')],
    ['… all lesions of 8 mm and more', seeing((_kind, mm) => mm >= 8)],
    ['… all lesions', seeing(() => true)],
    ['everything: the true risk', ({ latent }) => total(latent.risk)],
  ];
  return rows.map(([known, risk]) => ({ known, concordance: screeningConcordance(records, records.map(risk)) }));
}

/** Log hazard of what the record's own table tells, gaps at their means. */
function told({ covariates, ageYears }: ScreeningRecord): number {
  const of = (name: keyof ScreeningCovariates) => covariates[name] ?? USUAL[name];
  const postmenopausal = covariates.postmenopausal ?? (ageYears > 51 ? 1 : 0);
  const isLate = (covariates.parity ?? 0) > 0 && (covariates.firstBirthAge ?? 0) >= 30;
  return (
    LOG_HAZARD.familyHistory * of('familyHistory') +
    LOG_HAZARD.geneCarrier * of('geneCarrier') +
    LOG_HAZARD.priorBiopsy * of('priorBiopsy') +
    LOG_HAZARD.bodyMassIndexAfterMenopause * postmenopausal * (of('bodyMassIndex') - 26.5) +
    LOG_HAZARD.menarcheYear * (of('menarcheAge') - 13) +
    LOG_HAZARD.birth * of('parity') +
    (isLate ? LOG_HAZARD.lateFirstBirth : 0) +
    LOG_HAZARD.hormoneTherapy * of('hormoneTherapy') +
    LOG_HAZARD.drink * of('alcohol')
  );
}

function total(risk: readonly number[]): number {
  return risk.reduce((sum, value) => sum + value, 0);
}
