export { type ClientStart, concludeRound, planRound } from './client-round.ts';
export { type Compared, compareLearning } from './compare-learning.ts';
export { withoutCurves } from './contributions.ts';
export { checkChange, checkNorm, FixedPointSum } from './fixed-point.ts';
export { isMasked } from './is-masked.ts';
export {
  type JobFile,
  jobFileJsonSchema,
  readJobFile,
  specOfJobFile,
  type TaskDefaults,
  writeJobFile,
} from './job-file.ts';
export { foldJob, type JobState, nextStep, type Step } from './job-view.ts';
export {
  checkJob,
  type FinishedModel,
  type Learning,
  type LearningSurroundings,
  openLearning,
  specDigest,
} from './learning.ts';
export { countedNumbers, lanesOf, numberGrid } from './number-grid.ts';
export { type Partition, partition } from './partition.ts';
export { roundRate } from './round-rate.ts';
export { type Simulated, type SimulatedRound, type Simulation, simulate } from './simulate.ts';
export { siteUpdate } from './site-update.ts';
export { decodeState, encodeState } from './state-file.ts';
export { serverStrategy } from './strategies.ts';
export type { StrategyState } from './strategy.ts';
export { suggestedAggregation } from './suggested-aggregation.ts';
export {
  compareModels,
  type EvaluatedModels,
  evaluateModels,
  type Film,
  isValidation,
  type LocalRound,
  type Sample,
  scoreRound,
  trainRound,
} from './train-round.ts';
export { decodeChange, decodeParameters, encodeParameters } from './update-file.ts';
export { examplesAt } from './virtual-node.ts';
export { type LeavingSpec, whatLeaves } from './what-leaves.ts';
