export { checkReport, type TemplateReport } from './check-report.ts';
export type { ShownFilm } from './heat-map-capture.ts';
export { imageOfDataSet, studyOfDataSet } from './image-of-data-set.ts';
export {
  type Estimate,
  type FindingKind,
  type Interval,
  type ModelResult,
  RESEARCH_NOTE,
  type RefusalReason,
  type ReplacedResult,
  type ResultFinding,
  type ResultImage,
  type ResultMap,
  type ResultModel,
  type ResultOutcome,
  type StudyElements,
} from './model-result.ts';
export { type ResultObject, type ResultObjects, type ResultWish, resultObjects } from './result-objects.ts';
