export { codeDigest } from './code-digest.ts';
export { type ModelPart, readModelFolder, type StoredModel, writeModelFolder } from './model-folder.ts';
export { type ModelRegister, type ModelTables, modelMigrations, openModelRegister } from './model-register.ts';
export { modelReport, type ReportSources } from './model-report.ts';
export { runEnvironment } from './run-environment.ts';
export { reportHtml, reportMarkdown } from './write-report.ts';
