import type { Json } from '#base';
import { type FhirObject, isObject, isResource, listOf, textAt } from './fhir-json.ts';
import type { Findings } from './issues.ts';
import { type BundleIndex, followReference, indexBundle } from './references.ts';

/** What FHIR R4 says about bundles in words (section 2.36): addresses of entries, and documents as wholes. */
export function checkBundle(bundle: FhirObject, path: string, findings: Findings): void {
  const type = textAt(bundle, 'type') ?? '';
  const addresses = new Set<string>();
  const entries = listOf(bundle['entry']);
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry)) continue;
    const at = `${path}.entry[${index}]`;
    const fullUrl = textAt(entry, 'fullUrl');
    const resource = entry['resource'];
    if (fullUrl === undefined) {
      if (['document', 'message', 'collection'].includes(type)) {
        findings.error({
          path: `${at}.fullUrl`,
          rule: 'bundle',
          message: 'is missing',
          fix: "add the entry's address, such as urn:uuid:…",
        });
      }
      continue;
    }
    if (!/^[a-z][a-z0-9+.-]*:\S+$/i.test(fullUrl)) {
      findings.error({
        path: `${at}.fullUrl`,
        rule: 'bundle',
        message: 'is not an absolute address',
        fix: 'write urn:uuid:… or https://…/Type/id',
      });
    }
    if (addresses.has(fullUrl) && type !== 'history') {
      findings.error({
        path: `${at}.fullUrl`,
        rule: 'bundle',
        message: 'is the address of an earlier entry too',
        fix: 'give every entry its own address',
      });
    }
    addresses.add(fullUrl);
    if (isResource(resource)) checkAddress(fullUrl, resource, at, findings);
  }
  if (type === 'document') checkDocument(bundle, path, findings);
}

/** A RESTful address ends in the resource's own type and id. */
function checkAddress(fullUrl: string, resource: FhirObject, at: string, findings: Findings): void {
  const [, type, id] = /^https?:\/\/.*\/([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})$/.exec(fullUrl) ?? [];
  const own = textAt(resource, 'id');
  if (type === undefined) return;
  if (type === resource['resourceType'] && (own === undefined || own === id)) return;
  findings.error({
    path: `${at}.fullUrl`,
    rule: 'bundle',
    message: "does not end in the resource's own type and id",
    fix: 'make address, resourceType and id agree',
  });
}

function checkDocument(bundle: FhirObject, path: string, findings: Findings): void {
  const index = indexBundle(bundle);
  const entries = listOf(bundle['entry']).filter(isObject);
  for (const [place, entry] of entries.entries()) {
    if (!isResource(entry['resource'])) {
      findings.error({
        path: `${path}.entry[${place}].resource`,
        rule: 'bundle',
        message: 'is missing',
        fix: 'every entry of a document holds a resource',
      });
    }
  }
  const neighbours = neighboursOf(entries, index);
  const reached = new Set<FhirObject>();
  const waiting = entries.slice(0, 1);
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    if (reached.has(entry)) continue;
    reached.add(entry);
    waiting.push(...(neighbours.get(entry) ?? []));
  }
  for (const [place, entry] of entries.entries()) {
    const resource = entry['resource'];
    if (!isResource(resource) || reached.has(entry)) continue;
    findings.warn({
      path: `${path}.entry[${place}]`,
      rule: 'bundle',
      message: 'is not reached by references from or to what the composition reaches',
      fix: 'refer to it or leave it out',
    });
  }
}

/** Entries that refer to each other, in either direction. */
function neighboursOf(
  entries: readonly FhirObject[],
  index: BundleIndex,
): ReadonlyMap<FhirObject, readonly FhirObject[]> {
  const byResource = new Map(entries.map((entry) => [entry['resource'], entry]));
  const neighbours = new Map<FhirObject, FhirObject[]>(entries.map((entry) => [entry, []]));
  for (const entry of entries) {
    const resource = entry['resource'];
    if (!isResource(resource)) continue;
    const origin = { container: resource, bundle: index, fullUrl: textAt(entry, 'fullUrl') };
    for (const reference of referencesIn(resource)) {
      const target = followReference(reference, origin);
      const next = target.kind === 'found' ? byResource.get(target.resource) : undefined;
      if (next === undefined) continue;
      neighbours.get(entry)?.push(next);
      neighbours.get(next)?.push(entry);
    }
  }
  return neighbours;
}

function referencesIn(value: Json | undefined): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, Json | undefined]) =>
    name === 'reference' && typeof inner === 'string' ? [inner] : referencesIn(inner),
  );
}
