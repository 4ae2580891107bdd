export { ACQUISITION_PARAMETERS, type Acquisition, acquisitionOf } from './acquisition.ts';
export { CDM_TABLES, type CdmClinicalRow, type CdmRow, type CdmTable, cdmRows } from './cdm-rows.ts';
export {
  bodyPartConcept,
  type CodedValue,
  lateralityConcept,
  manufacturerConcept,
  modalityConcept,
  sexConcept,
} from './codes.ts';
export { type StudyFacts, studyFactsOf } from './study-facts.ts';
export { type DatasetSummary, type SummarisedFacts, summarise } from './summary.ts';
