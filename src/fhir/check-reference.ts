import { type Definitions, plainUrl } from './definitions.ts';
import type { TypedValue } from './element-path.ts';
import { type FhirObject, type FhirResource, textAt } from './fhir-json.ts';
import type { FhirIssue } from './issues.ts';
import { followReference, isReferenceForm } from './references.ts';
import type { Spot } from './spot.ts';
import type { ElementNode } from './structures.ts';

type Report = (rule: string, message: string, fix: string, below?: string) => void;

/** What a reference's check needs from the validation around it. */
interface Validation {
  readonly definitions: Definitions;
  errorsAgainst(value: TypedValue, url: string, spot: Spot): readonly FhirIssue[];
}

const ANY = 'http://hl7.org/fhir/StructureDefinition/Resource';

/** A reference: its form, what it leads to, and whether that is what the element asks for. */
export function checkReference(
  value: FhirObject,
  node: ElementNode,
  spot: Spot,
  validation: Validation,
  report: Report,
): void {
  const targets = (node.rules.type ?? []).flatMap(({ code, targetProfile = [] }) =>
    code === 'Reference' ? targetProfile : [],
  );
  const said = textAt(value, 'type')?.replace(/^http:\/\/hl7\.org\/fhir\/StructureDefinition\//, '');
  const reference = textAt(value, 'reference');
  if (said !== undefined && validation.definitions.typeTree(said)?.structure.kind !== 'resource') {
    report('reference', `names the unknown type "${said}"`, 'use the name of a resource', '.type');
  }
  if (reference === undefined) {
    if (said !== undefined) checkType(said, targets, validation, report);
    return;
  }
  if (!isReferenceForm(reference)) {
    report(
      'reference',
      'does not have the form of a reference',
      'write Type/id, #id, a urn: or an absolute address',
      '.reference',
    );
    return;
  }
  const target = followReference(reference, spot.place);
  if (target.kind === 'missing') {
    report(
      'reference',
      'leads to a resource that is not in this document',
      'add the resource or correct the reference',
      '.reference',
    );
    return;
  }
  const type = target.kind === 'found' ? target.resource.resourceType : target.type;
  if (type !== undefined && validation.definitions.typeTree(type) === undefined) {
    report('reference', `names the unknown type "${type}"`, 'use the name of a resource', '.reference');
    return;
  }
  if (type !== undefined && said !== undefined && said !== type) {
    report('reference', `says ${said} and leads to a ${type}`, `write ${type}`, '.type');
  }
  const fits = checkType(type ?? said, targets, validation, report);
  if (fits && target.kind === 'found') checkProfiles(target.resource, targets, { reference, spot, validation, report });
}

/** @returns false where the type is not allowed, which has then been told */
function checkType(
  type: string | undefined,
  targets: readonly string[],
  validation: Validation,
  report: Report,
): boolean {
  if (type === undefined || targets.length === 0) return true;
  const allowed = targets.map((url) => validation.definitions.tree(url)?.structure.type);
  if (allowed.some((name) => name === undefined || validation.definitions.isA(type, name))) return true;
  const names = [...new Set(allowed)].join(' or ');
  report('reference', `leads to a ${type}; allowed is ${names}`, `refer to a ${names}`);
  return false;
}

function checkProfiles(
  resource: FhirResource,
  targets: readonly string[],
  { reference, spot, validation, report }: { reference: string; spot: Spot; validation: Validation; report: Report },
): void {
  const { definitions } = validation;
  const ofType = targets.filter((url) => {
    const type = definitions.tree(url)?.structure.type;
    return type !== undefined && definitions.isA(resource.resourceType, type);
  });
  const isPlain = (url: string) => url === ANY || definitions.tree(url)?.structure.derivation !== 'constraint';
  if (
    ofType.length === 0 ||
    ofType.some(isPlain) ||
    ofType.length < targets.filter((url) => definitions.tree(url) === undefined).length
  )
    return;
  const container = reference.startsWith('#') ? spot.place.container : resource;
  const stands = spot.place.bundle?.places.get(resource);
  const path = stands?.path ?? resource.resourceType;
  const at: Spot = { ...spot, path, resource, place: { ...spot.place, container, fullUrl: stands?.fullUrl } };
  const attempts = ofType.map((url) => ({
    url,
    errors: validation.errorsAgainst({ value: resource, type: resource.resourceType }, url, at),
  }));
  if (attempts.some(({ errors }) => errors.length === 0)) return;
  const nearest = attempts.toSorted((a, b) => a.errors.length - b.errors.length)[0];
  const first = nearest?.errors[0];
  if (nearest === undefined || first === undefined) return;
  report(
    'reference',
    `leads to a ${resource.resourceType} that does not meet ${plainUrl(nearest.url)}: ${first.path} ${first.message}`,
    first.fix,
  );
}
