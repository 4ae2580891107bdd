export { type Conditions, type GuidelineTable, PUBLISHED_TABLES } from './guideline-tables.ts';
export { type PlanFacts, planSuggestion, proposedBy, tableOfSite } from './plan-proposal.ts';
export { FEWEST_TOLD, type JudgedOpinion, qualityOf, type TimedRead } from './reading-quality.ts';
export { shownMap } from './shown-map.ts';
