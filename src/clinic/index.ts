export {
  compareWithReader,
  LEAST_CASES,
  type ReaderComparison,
  type ShareWithInterval,
} from './compare-with-reader.ts';
export { type Correction, correctedScore, ownScore } from './corrected-result.ts';
export type { CohortMeasured } from './evaluate-cohort.ts';
export { MODALITIES_OF } from './modalities-of.ts';
export { type KnownCase, type NearCase, NearestCases } from './nearest-cases.ts';
export { resultModelOf } from './result-model.ts';
export type { EarlierResult, ScoredResult, ScoringForms, ScoringOrder } from './scoring-messages.ts';
export { SHIPPED_MODELS } from './shipped-models.ts';
export { type ScorerSettings, StudyScorer, type StudyScores } from './study-scorer.ts';

/**
 * What scores and measures in this process, with the networks and the writers of results (FHIR's tables among them) behind it. A node
 * does neither: its scoring processes do (decision 033).
 */
export const loadScoring = async () => await import('./scoring.ts');
