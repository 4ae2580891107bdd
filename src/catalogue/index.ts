export { type DatasetDescription, type DatasetDraft, datasetRecord, describeDataset } from './describe-dataset.ts';
export { missingForEucaim, toTurtle } from './to-turtle.ts';
