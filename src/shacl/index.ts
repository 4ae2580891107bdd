export { PROFILE_NAMES, type Profile, type ProfileName, profileOf } from './profile.ts';
export { RDF_LIMITS, type RdfSyntax, readRdf, syntaxOfName } from './read-rdf.ts';
export { type ShaclFinding, type ShaclReport, validateRecord } from './validate-record.ts';
