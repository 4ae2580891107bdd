export { backgroundOf } from './background.ts';
export { type FairMetricScore, type FairScore, type FairSurroundings, fairScore } from './fair-score.ts';
export { PROFILE_NAMES, type Profile, type ProfileName, profileOf, shapesOf } from './profile.ts';
export { RDF_LIMITS, type RdfSyntax, readRdf, syntaxOfName } from './read-rdf.ts';
export { type RecordStanding, type RecordState, standingOf, standingOfStatements } from './standing.ts';
export { toJsonLd } from './to-json-ld.ts';
export { type ShaclFinding, type ShaclReport, validateRecord } from './validate-record.ts';
