export type { NoisySteps } from './epsilon-of-losses.ts';
export {
  checkMemorisation,
  guessMembership,
  MEMORISATION_ABOVE_PARAMETERS,
  type MembershipGuess,
} from './memorisation.ts';
export { DAILY_QUESTIONS, DAILY_QUESTIONS_OF_ALL, QUESTION_EPSILON, spentBudget } from './query-budget.ts';
export { Releasable } from './releasable.ts';
export {
  type CountRule,
  type Guarded,
  geometricNoise,
  type NoiseSeed,
  PUBLIC_COUNTS,
  releaseCount,
} from './release-count.ts';
export {
  type Histogram,
  MINIMUM_PEOPLE,
  type PeopleOfClasses,
  type RoundMetrics,
  releaseHistogram,
  releaseMetrics,
  releaseScores,
  releaseUpdate,
} from './release-learning.ts';
export {
  epsilonOfFacetCell,
  releaseExactly,
  releaseFacets,
  releaseSearch,
  SEARCH_COUNTS,
  type SearchCounts,
  type SearchRule,
  varianceOfFacetCell,
} from './release-search.ts';
export {
  type OutcomeBin,
  releaseOutcomes,
  releaseWatchedPeople,
  type ScoredOutcome,
  type WatchedPeople,
} from './release-watch.ts';
export { type Accountant, type TrainingCost, togetherAs, trainingCost } from './training-cost.ts';
export { costOfTraining, type NoisyTraining, type PlanGoal, planTraining, stepsOf } from './training-plan.ts';
