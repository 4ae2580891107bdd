import type { FhirResource } from './fhir-json.ts';
import type { Place } from './references.ts';

/** Where a value stands: its path in words, the resource around it, and what references from there can reach. */
export interface Spot {
  readonly path: string;
  readonly resource: FhirResource;
  readonly place: Place;
  /** The profile that is being applied, for the reader of an error. */
  readonly profile: string | undefined;
}
