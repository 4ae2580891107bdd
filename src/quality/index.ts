export { checkFile, checkImage } from './check-image.ts';
export type { CheckName, QualityFinding, Severity } from './finding.ts';
export { pixelDigest } from './pixel-digest.ts';
export { scoreOf } from './score.ts';
