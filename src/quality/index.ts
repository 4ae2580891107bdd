export { checkFile, checkImage } from './check-image.ts';
export type { CheckName, Severity } from './check-table.ts';
export type { QualityFinding } from './finding.ts';
export { pixelDigest } from './pixel-digest.ts';
export {
  type ReidentificationRisk,
  type RiskQuestion,
  type RiskRecord,
  reidentificationRisk,
} from './reidentification-risk.ts';
export { scoreOf } from './score.ts';
export { type GeneralisationAdvice, suggestGeneralisation } from './suggest-generalisation.ts';
