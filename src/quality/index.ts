export { checkDataSet } from './check-data-set.ts';
export { checkFile, checkImage, lookAt } from './check-image.ts';
export type { CheckName, Dimension, Severity } from './check-table.ts';
export type { DataSetFinding } from './data-set-finding.ts';
export { type DimensionScore, dimensionScores } from './dimension-scores.ts';
export { describeCheck, type QualityFinding } from './finding.ts';
export { type ImageRecord, recordOf } from './image-record.ts';
export { missRateBound } from './miss-rate-bound.ts';
export { pixelDigest } from './pixel-digest.ts';
export {
  type ReidentificationRisk,
  type RiskQuestion,
  type RiskRecord,
  reidentificationRisk,
} from './reidentification-risk.ts';
export { scoreOf } from './score.ts';
export { type GeneralisationAdvice, suggestGeneralisation } from './suggest-generalisation.ts';
