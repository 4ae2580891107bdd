export { answersOf } from './answers.ts';
export { applyMapping, type MappedTable } from './apply-mapping.ts';
export { type BuiltRow, CdmBuilder } from './cdm-builder.ts';
export { type CdmTableRow, cdmHeading, cdmLine, csvCell, csvText, readCdmCsv, writeCdmCsv } from './cdm-csv.ts';
export { type ConceptMatch, ConceptSearch, type ConceptWish } from './concept-search.ts';
export {
  type ConceptTable,
  PUBLIC_CONCEPTS,
  readConceptTable,
} from './concept-table.ts';
export { conceptsFound } from './concepts-found.ts';
export { ELEMENTS, type Element } from './elements.ts';
export { readTemplate, templateOf } from './eucaim-template.ts';
export { fitNumber } from './fit-number.ts';
export type { CellIssue, CellProblem, MappingMeans, ReadCell } from './mapped-cell.ts';
export {
  type ColumnMapping,
  type MappingDocument,
  mappingOf,
  readMapping,
  rulesFrom,
  writeMapping,
} from './mapping-document.ts';
export { DAY, MONTH, type Offset, offsetFrom } from './offset-from.ts';
export {
  type ColumnKind,
  type ColumnProfile,
  type Oddity,
  profileColumn,
  profileTable,
  type SourceTable,
} from './profile-column.ts';
export {
  type ColumnProposal,
  elementOf,
  type LearntRules,
  NOTHING_LEARNT,
  type ProposalReason,
  proposeMapping,
  proposeValues,
  type ValueProposal,
} from './propose-mapping.ts';
export { type ReadRow, RowReader } from './row-reader.ts';
export { readRules, rulesTogether, writeRules } from './rules-document.ts';
export { rulesOfConcepts } from './rules-of-concepts.ts';
