export { type Definitions, shippedDefinitions } from './definitions.ts';
export type { FhirObject, FhirResource } from './fhir-json.ts';
export type { FhirIssue } from './issues.ts';
export { type FhirReport, validateFhir } from './validate-document.ts';
