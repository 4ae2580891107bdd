export { type ClinicalRow, readClinicalCsv } from './clinical.ts';
export { type ClinicalMapping, readClinicalMapping } from './clinical-mapping.ts';
export { type CsvTable, readCsv } from './csv.ts';
export { type DeidentifyOptions, type DeidentifyReport, deidentifyFolder } from './deidentify-folder.ts';
export { type FileSource, LARGE_FILE_BYTES, openFileSource, openLargeDicom } from './file-source.ts';
export { FILE_LIMIT_BYTES, openSource, type Source, type SourceFile } from './open-source.ts';
export { type QualityIssue, type QualityReport, qualityOfPath } from './quality-of-path.ts';
export { writeContents } from './write-contents.ts';
export { ZIP_LIMITS, type ZipLimits } from './zip-archive.ts';
