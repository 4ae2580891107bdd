export { codeDigest } from './code-digest.ts';
export { DOSSIER_VIEWS, reportDossier } from './dossier/report-dossier.ts';
export { numberFigure, shareFigure, tableColumn, YEARS_TABLE } from './dossier/run-parts.ts';
export {
  LARGEST_RUN_BYTES,
  type RunFigure,
  type RunRecord,
  readRun,
  recordsDigest,
  runBytes,
} from './dossier/run-record.ts';
export { type DossierProblem, dossierRuns, verifyDossier } from './dossier/verify-dossier.ts';
export { type DossierManifest, dossierOf, weightsDigest, writeDossier } from './dossier/write-dossier.ts';
export { isFaithfulByGates } from './map-gates.ts';
export {
  checkModelPlace,
  type ModelFile,
  type ModelPart,
  readModelFile,
  readModelFolder,
  type StoredModel,
  writeModelFolder,
} from './model-folder.ts';
export { type ModelRegister, type ModelTables, modelMigrations, openModelRegister } from './model-register.ts';
export { modelReport, type ReportSources } from './model-report.ts';
export {
  type ModelWatchTables,
  modelWatchMigrations,
  openModelWatches,
  type WaitingQuestion,
  type WatchRegister,
} from './model-watches.ts';
export { runEnvironment } from './run-environment.ts';
export { suggestedCorrection, watchFigures } from './watch-figures.ts';
export { reportHtml, reportMarkdown } from './write-report.ts';
