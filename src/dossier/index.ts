export { type BasisReference, basisReferences } from './basis-references.ts';
export { COUNTRY_RULES, type CountryRules, countryRules, LAWS_HELD_ON } from './country-rules.ts';
export { plainInMarkdown, toBeWritten } from './draft-words.ts';
export { DRAFTS, type DraftName, draftOf, type NodeFacts } from './drafts.ts';
export { DOSSIER_ITEMS, type DossierItem } from './items.ts';
export { LEGAL_REFERENCES, type LegalReference, legalReference } from './legal-references.ts';
export {
  type DossierDocument,
  type DossierStanding,
  documentFault,
  exampleDossier,
  standingOfDossier,
} from './standing-of-dossier.ts';
