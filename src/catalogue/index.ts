export { type DatasetDescription, type DatasetDraft, datasetRecord, describeDataset } from './describe-dataset.ts';
