export { toExplicitLittle, toImplicitLittle } from './explicit-little.ts';
export { fitPicture } from './fit-picture.ts';
export { parseFrameList } from './frame-list.ts';
export { type MediaType, parseAccept } from './media-type.ts';
export { elementAt, metadataOf } from './metadata.ts';
export { boundaryOf, type Part, readMultipart } from './multipart-reader.ts';
export { multipartEnd, multipartType, partHead } from './multipart-writer.ts';
export { inLittleEndian, isConvertible, nativeFrame } from './native-frame.ts';
export {
  chooseFrameForm,
  chooseInstanceForm,
  chooseMediaType,
  frameMediaType,
  type Given,
  type StoredForm,
} from './negotiate.ts';
export { type PictureWish, parsePictureWish } from './picture-wish.ts';
export { type SearchRow, searchResult } from './search-answer.ts';
export type { SearchAttribute, SearchLevel } from './search-attributes.ts';
export { type IdentifierKey, searchOfIdentifier } from './search-identifier.ts';
export { type Match, parseSearch, type QueryParameters, type SearchQuery } from './search-query.ts';
export { type StoreOutcome, storeAnswer } from './store-answer.ts';
