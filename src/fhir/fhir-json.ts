import type { Json } from '#base';

/** An object of a FHIR document as JSON gives it. */
export type FhirObject = { readonly [name: string]: Json };

/** A FHIR resource as JSON gives it. */
export type FhirResource = FhirObject & { readonly resourceType: string };

/** True for an object, false for null, lists and plain values. */
export function isObject(value: unknown): value is FhirObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** True for an object that says which resource it is. */
export function isResource(value: unknown): value is FhirResource {
  return isObject(value) && typeof value['resourceType'] === 'string';
}

/** A list as it is, one value as a list of one, nothing as an empty list. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The objects among {@link listOf}. */
export function objectsOf(value: Json | undefined): readonly FhirObject[] {
  return listOf(value).filter(isObject);
}

/** The text of a property, or nothing. */
export function textAt(object: FhirObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' ? value : undefined;
}

/** Equal as JSON, the order of properties aside. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  }
  if (!isObject(a)) return a === b;
  if (!isObject(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && sameJson(a[name], b[name]));
}

/** A FHIR pattern: everything that it says must be there; of a list, each item must match some item. */
export function matchesPattern(value: Json | undefined, pattern: Json): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((wanted) => value.some((item) => matchesPattern(item, wanted)));
  }
  if (!isObject(pattern)) return value === pattern;
  return isObject(value) && Object.entries(pattern).every(([name, wanted]) => matchesPattern(value[name], wanted));
}
