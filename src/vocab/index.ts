export {
  type ConfidentialityOption,
  type ConfidentialityRow,
  confidentialityRow,
  confidentialityTags,
} from './confidentiality.ts';
export { type Attribute, attributeOf, isPrivate, tagHex, tagOf } from './dictionary.ts';
export {
  CDM,
  type CdmColumn,
  type Concept,
  conceptLabel,
  conceptName,
  hyperOntologyConcepts,
  isConceptCode,
} from './eucaim.ts';
export { MEDICAL_WORDS } from './generated/medical-words.ts';
export { SEARCH_FIELDS, type SearchField, type SearchTerm } from './search-fields.ts';
export { isPictureClass, sopClassName, storageSopClassUids } from './sop-classes.ts';
