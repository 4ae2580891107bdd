export { codeDigest } from './code-digest.ts';
export { readModelFolder, type StoredModel, writeModelFolder } from './model-folder.ts';
export { type ModelRegister, type ModelTables, modelMigrations, openModelRegister } from './model-register.ts';
