export { type Attributes, buildDicom, type GreyPixels } from './build-dicom.ts';
export { DataSet, type Element, type Encoding } from './data-set.ts';
export { decodeFrame, type Frame } from './decode-frame.ts';
export { type BulkDataUri, toDicomJson } from './dicom-json.ts';
export { type DisplayImage, toDisplayImage } from './display-image.ts';
export { type DicomFile, parseDicom, TRANSFER_SYNTAX } from './parse-dicom.ts';
export { type Edit, type Editor, editDataSet, KEEP, REMOVE, withElements, writeDicom } from './rewrite-dicom.ts';
export { TAGS } from './tags.ts';
export { newElement, newSequence, textValue } from './write-element.ts';
