export { type BinnedCalibration, binnedCalibration, type ScoreBin } from './binned-calibration.ts';
export { bootstrapInterval, type Interval, quantile } from './bootstrap.ts';
export { macroAuc, quadraticKappa } from './class-agreement.ts';
export { type AucDifference, compareAucs } from './compare-aucs.ts';
export { conformalSet, conformalThreshold, conformityHistogram } from './conformal.ts';
export {
  countsBetween,
  ksCritical,
  ksDistance,
  type RateWatch,
  referenceEdges,
  stabilityIndex,
  watchRate,
} from './drift.ts';
export { censoringSurvival, type FollowUp, kaplanMeier, type StepFunction, valueAt } from './follow-up.ts';
export { mergedBins, stabilityInterval } from './histogram-shift.ts';
export {
  type FrocPoint,
  froc,
  type Lesion,
  type Mark,
  type MarkedPicture,
  pointingGame,
  sensitivityAtFalsePositives,
} from './localisation.ts';
export { type LogisticSums, logisticFit, logisticStep, logisticSums } from './logistic-fit.ts';
export {
  type DecisionPoint,
  decisionCurve,
  type OperatingPoint,
  sensitivityAtSpecificity,
  topCapture,
} from './operating-points.ts';
export { type PairedExample, pairedAuc } from './paired-auc.ts';
export { LEAST_PEOPLE, type SubgroupRow, subgroupTable } from './subgroups.ts';
export {
  brierScore,
  calibrationSlope,
  type ExpectedOverObserved,
  expectedOverObserved,
  happenedBy,
  knownWeights,
  logitOf,
} from './survival-calibration.ts';
export { timeDependentAuc, unoConcordance } from './survival-discrimination.ts';
