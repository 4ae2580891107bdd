export type { MammogramView } from './breast-shape.ts';
export { syntheticClinicalCsv } from './clinical-csv.ts';
export type { PlantedIdentifier } from './film-header.ts';
export { lesionSite } from './lesion-site.ts';
export { FULL_SIZE, type PictureSize, TRAINING_SIZE } from './mammogram-geometry.ts';
export { SYNTHETIC_COUNTRIES, type SyntheticCountry, type SyntheticPerson } from './people.ts';
export { screeningCeiling, screeningConcordance } from './screening-ceiling.ts';
export {
  type LesionMark,
  type ScreeningExam,
  type ScreeningView,
  screeningExam,
  withPictures,
} from './screening-exam.ts';
export { type MammogramFile, screeningFiles, screeningStudyUid } from './screening-files.ts';
export { type ScreeningKnowledge, screeningKnowledge } from './screening-knowledge.ts';
export {
  type DensityGrade,
  SCREENING_VIEWS,
  type ScreeningLesion,
  type ScreeningOutcome,
  type ScreeningRecord,
  screeningRecord,
  screeningRecords,
  type ViewName,
} from './screening-record.ts';
export { type MammographyDevice, SCREENING_SITES, type ScreeningSite, siteOfBlock } from './screening-sites.ts';
export {
  SCREENING_FINDING,
  SCREENING_TRUTH_HEADING,
  screeningClinicalCsv,
  screeningTruthLines,
} from './screening-table.ts';
export { SCREENING_COVARIATES, type ScreeningCovariates, type ScreeningWoman } from './screening-woman.ts';
export {
  SYNTHETIC_FINDING,
  type SyntheticClinicalRow,
  type SyntheticFile,
  type SyntheticSiteSpec,
  syntheticSite,
} from './site.ts';
export type { Opacity } from './thorax.ts';
