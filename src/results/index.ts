export { checkReport, type TemplateReport } from './check-report.ts';
export { chestCadSr } from './chest-cad-sr.ts';
export { heatMapCapture, type ShownFilm } from './heat-map-capture.ts';
export { mammographyCadSr } from './mammography-cad-sr.ts';
export { measurementReport } from './measurement-report.ts';
export {
  type Estimate,
  type FindingKind,
  type ModelResult,
  RESEARCH_NOTE,
  type RefusalReason,
  type ResultFinding,
  type ResultImage,
  type ResultMap,
  type ResultModel,
  type ResultOutcome,
  type StudyElements,
} from './model-result.ts';
export { segmentation } from './segmentation.ts';
