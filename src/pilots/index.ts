export {
  BREAST_COVARIATES,
  BREAST_MODEL,
  BREAST_PREPROCESSING,
  BREAST_PREPROCESSING_SHA256,
  BREAST_VIEWS,
  type BreastCovariate,
  type BreastExam,
  type BreastTruth,
  type BreastView,
  breastFacts,
  breastInputs,
  breastTargets,
  DENSITY_GRADES,
  RISK_YEARS,
} from './breast-risk.ts';
export { type Film, type FilmHeader, readFilm } from './film.ts';
export { preprocessFilm } from './preprocess-film.ts';
export {
  type PreprocessingContract,
  preprocess,
  preprocessedSize,
  preprocessingDigest,
  type SeenFilm,
  seenFilm,
} from './preprocessing.ts';
export { type ImagingTask, labelOf, TASKS, taskByName } from './tasks.ts';
