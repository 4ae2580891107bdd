export { bundleFromKos, kosFromBundle } from './convert-manifest.ts';
export { type Definitions, shippedDefinitions } from './definitions.ts';
export { type FhirObject, type FhirResource, isResource } from './fhir-json.ts';
export type { FhirIssue } from './issues.ts';
export { type FhirReport, validateFhir } from './validate-document.ts';
