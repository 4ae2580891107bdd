import type { Json } from '#base';
import { type Definitions, plainUrl, shippedDefinitions } from './definitions.ts';
import { isResource } from './fhir-json.ts';
import { Invariants } from './invariants.ts';
import type { FhirIssue } from './issues.ts';
import { DEEPEST_LEVEL, isTooDeep } from './nesting.ts';
import { indexBundle } from './references.ts';
import { Validation } from './validation.ts';

/** What is wrong with a document, what may be, and what could not be looked at. */
export interface FhirReport {
  readonly valid: boolean;
  readonly errors: readonly FhirIssue[];
  readonly warnings: readonly FhirIssue[];
  /** Value sets, extensions, profiles and rules that are asked for and not shipped, sorted. */
  readonly notChecked: readonly string[];
}

const invariantsOf = new WeakMap<Definitions, Invariants>();

/**
 * Checks a FHIR R4 resource or bundle against R4 itself, the profiles that its resources claim, and `profile`.
 * Pure: looks nothing up outside the shipped definitions; codes of systems that are not shipped are held to their form.
 */
export function validateFhir(
  document: Json,
  {
    profile,
    definitions = shippedDefinitions(),
  }: { readonly profile?: string; readonly definitions?: Definitions } = {},
): FhirReport {
  if (!isResource(document)) {
    const issue = {
      path: '(document)',
      rule: 'structure',
      message: 'is no FHIR resource: it has no resourceType',
      fix: 'add resourceType, for example "Bundle"',
    };
    return { valid: false, errors: [issue], warnings: [], notChecked: [] };
  }
  if (isTooDeep(document)) {
    const issue = {
      path: document.resourceType,
      rule: 'structure',
      message: `is nested more than ${DEEPEST_LEVEL} levels deep`,
      fix: 'flatten the document',
    };
    return { valid: false, errors: [issue], warnings: [], notChecked: [] };
  }
  const invariants = invariantsOf.get(definitions) ?? new Invariants();
  invariantsOf.set(definitions, invariants);
  const validation = new Validation(definitions, invariants);
  const bundle = document.resourceType === 'Bundle' ? indexBundle(document) : undefined;
  validation.resource(document, profile === undefined ? [] : [plainUrl(profile)], {
    path: document.resourceType,
    profile: undefined,
    place: { container: document, bundle, fullUrl: undefined },
  });
  const { errors, warnings, notChecked } = validation.findings;
  return { valid: errors.length === 0, errors, warnings, notChecked: [...notChecked].sort() };
}
