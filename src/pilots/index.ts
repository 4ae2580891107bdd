export { type DensityModel, densityFeatures, densityShares, fitDensity } from './breast-density.ts';
export { type BreastCalibration, type BreastModel, breastCalibrationSchema, breastModelOf } from './breast-model.ts';
export {
  type BreastExplanation,
  type BreastFilm,
  type BreastReader,
  type BreastReading,
  type BreastReadOptions,
  openBreastReader,
} from './breast-reader.ts';
export {
  BREAST_COVARIATES,
  BREAST_ENCODER,
  BREAST_MODEL,
  BREAST_PREPROCESSING,
  BREAST_PREPROCESSING_SHA256,
  BREAST_VIEWS,
  type BreastCovariate,
  type BreastExam,
  type BreastTruth,
  type BreastView,
  breastAnswerTargets,
  breastFacts,
  breastInputs,
  breastTargets,
  breastViewOf,
  DENSITY_GRADES,
  RISK_YEARS,
} from './breast-risk.ts';
export { chestModelOf } from './chest-model.ts';
export { type ChestModel, type ChestReader, openChestReader } from './chest-reader.ts';
export { contrastDetector } from './contrast-detector.ts';
export { type HostFilm, hostFilm, type InsertedNodule, insertNodules, type NoduleWish } from './insert-nodule.ts';
export {
  type Inserted,
  type NoduleFilm,
  type NoduleStream,
  noduleExamples,
  noduleFilm,
  spotOf,
} from './nodule-samples.ts';
export {
  type NoduleShadow,
  proceduralNodule,
  readNoduleProjections,
  smoothedShadow,
  vesselShadow,
} from './nodule-shadow.ts';
export { isNormalFilm, type NoduleSettings, noduleSample, preparedHost } from './nodule-task.ts';
export { preprocessFilm } from './preprocess-film.ts';
export {
  commonCalibration,
  type RiskCalibration,
  recalibrated,
  type SiteCount,
  withSiteShifts,
} from './recalibration.ts';
export { type ImagingTask, isSoughtFound, labelOf, TASKS, taskByName } from './tasks.ts';
export { fitPooling, logitOf, type NoduleModel, noduleAnswers, trainNoduleModel } from './train-nodule-model.ts';
