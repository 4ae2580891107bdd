export { type Attributes, buildDicom, type CodedPixels, type GreyPixels } from './build-dicom.ts';
export type { ByteSource } from './byte-source.ts';
export { encodeText } from './character-sets.ts';
export { DataSet, type Element, type Encoding, hasItems, itemsWith } from './data-set.ts';
export { decodeFrame, type Frame } from './decode-frame.ts';
export { decodeSamples, isDecodedSyntax, type Samples } from './decode-samples.ts';
export { type BulkDataUri, toDicomJson } from './dicom-json.ts';
export { type DisplayImage, toDisplayImage } from './display-image.ts';
export { type DisplayPicture, toDisplayPicture, toRgb } from './display-picture.ts';
export { type Edit, type Editor, KEEP, type QuickEditor, REMOVE, type ValueInBytes } from './edit.ts';
export { TRANSFER_SYNTAX } from './file-head.ts';
export { modalityTransform, voiTransform, type WindowWish } from './grey-transforms.ts';
export { isPlainText, plainTextOf } from './held-text.ts';
export type { CodedSamples, PixelCodecs, StreamDecoder } from './jpeg2000-stream.ts';
export { type FrameBytes, oneFrameFile } from './one-frame.ts';
export { type DicomOutline, outlineDicom } from './outline-dicom.ts';
export { type DicomFile, parseDicom } from './parse-dicom.ts';
export { frameCountOf, type PixelPlace, pixelPlaceOf } from './pixel-place.ts';
export {
  fragmentHeader,
  type PixelKind,
  type PixelWriter,
  pixelDescription,
  pixelWriter,
  replacePixels,
  SEQUENCE_DELIMITER,
} from './replace-pixels.ts';
export {
  editDataSet,
  type WrittenFile,
  withElements,
  writeAround,
  writeDicom,
} from './rewrite-dicom.ts';
export { isPixelTag, TAGS } from './tags.ts';
export { newElement, newSequence, shortValue, textValue } from './write-element.ts';
