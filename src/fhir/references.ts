import { type FhirObject, type FhirResource, isObject, isResource, listOf, objectsOf, textAt } from './fhir-json.ts';

/** A bundle's resources by the ways in which references name them. */
export interface BundleIndex {
  readonly isDocument: boolean;
  readonly byFullUrl: ReadonlyMap<string, FhirResource>;
  /** By `Type/id`; undefined where two entries share it. */
  readonly byTypeAndId: ReadonlyMap<string, FhirResource | undefined>;
  /** Where each resource stands in the bundle, and its address. */
  readonly places: ReadonlyMap<FhirResource, { readonly path: string; readonly fullUrl: string | undefined }>;
}

/** Where an element stands, for finding what it refers to. */
export interface Place {
  /** The resource around it that may hold contained ones. */
  readonly container: FhirResource;
  readonly bundle: BundleIndex | undefined;
  /** The entry's own address, which relative references start from. */
  readonly fullUrl: string | undefined;
}

/** What a reference leads to. */
export type Target =
  | { readonly kind: 'found'; readonly resource: FhirResource }
  /** Another system holds it; its type is known where the address says it. */
  | { readonly kind: 'elsewhere'; readonly type: string | undefined }
  /** It should be in this document and is not. */
  | { readonly kind: 'missing' };

const RELATIVE = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?$/;
const RESTFUL = /^(https?:\/\/.+\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/** @param path where the bundle itself stands */
export function indexBundle(bundle: FhirObject, path = 'Bundle'): BundleIndex {
  const byFullUrl = new Map<string, FhirResource>();
  const byTypeAndId = new Map<string, FhirResource | undefined>();
  const places = new Map<FhirResource, { readonly path: string; readonly fullUrl: string | undefined }>();
  for (const [index, entry] of listOf(bundle['entry']).entries()) {
    const resource = isObject(entry) ? entry['resource'] : undefined;
    if (!isObject(entry) || !isResource(resource)) continue;
    const fullUrl = textAt(entry, 'fullUrl');
    places.set(resource, { path: `${path}.entry[${index}].resource`, fullUrl });
    if (fullUrl !== undefined && !byFullUrl.has(fullUrl)) byFullUrl.set(fullUrl, resource);
    const id = textAt(resource, 'id');
    if (id === undefined) continue;
    const key = `${resource.resourceType}/${id}`;
    byTypeAndId.set(key, byTypeAndId.has(key) ? undefined : resource);
  }
  return { isDocument: bundle['type'] === 'document', byFullUrl, byTypeAndId, places };
}

/** Follows a reference as FHIR R4 does inside a document (sections 2.3.0.2 and 2.36.4.1). */
export function followReference(reference: string, place: Place): Target {
  if (reference.startsWith('#')) {
    const contained = objectsOf(place.container['contained']).filter(isResource);
    const id = reference.slice(1);
    const resource = id === '' ? place.container : contained.find((inner) => inner['id'] === id);
    return resource === undefined ? { kind: 'missing' } : { kind: 'found', resource };
  }
  const { bundle, fullUrl } = place;
  const versionless = reference.replace(/\/_history\/[^/]+$/, '');
  const type = RESTFUL.exec(reference)?.[2];
  if (bundle === undefined) {
    return { kind: 'elsewhere', type };
  }
  const exact = bundle.byFullUrl.get(versionless) ?? bundle.byFullUrl.get(baseOf(fullUrl) + versionless);
  if (exact !== undefined) return { kind: 'found', resource: exact };
  if (RELATIVE.test(reference)) {
    // Where the entry's own address has no base, the type and id are all that a reader can go by.
    const named = bundle.byTypeAndId.get(versionless);
    if (named !== undefined) return { kind: 'found', resource: named };
    return bundle.isDocument ? { kind: 'missing' } : { kind: 'elsewhere', type };
  }
  if (reference.startsWith('urn:')) return { kind: 'missing' };
  return { kind: 'elsewhere', type };
}

/** The base of a RESTful address with its slash at the end; nothing of a URN. */
function baseOf(fullUrl: string | undefined): string {
  return RESTFUL.exec(fullUrl ?? '')?.[1] ?? '';
}

/** True for a reference that names a resource in one of the ways of R4. */
export function isReferenceForm(reference: string): boolean {
  if (reference.startsWith('urn:uuid:')) return /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(reference);
  if (reference.startsWith('urn:oid:')) return /^urn:oid:[0-2](\.(0|[1-9]\d*))+$/.test(reference);
  return (
    RELATIVE.test(reference) ||
    /^#[A-Za-z0-9.-]*$/.test(reference) ||
    /^urn:[A-Za-z0-9]+[:/].+/.test(reference) ||
    /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(reference)
  );
}
