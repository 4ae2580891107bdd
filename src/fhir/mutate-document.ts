import type { Json, SeededRandom } from '#base';
import type { Definitions } from './definitions.ts';
import { isObject, isResource } from './fhir-json.ts';
import { isPrimitiveType } from './primitives.ts';
import { type ElementNode, ruleValue } from './structures.ts';

/** A document with one fault in it. */
export interface Mutant {
  readonly document: Json;
  readonly kind: MutationKind;
  /** Where the fault was put. */
  readonly path: string;
}

/** Kinds of faults, each of which makes a valid document invalid. */
export const MUTATION_KINDS = [
  'required element removed',
  'unknown element added',
  'list where one is allowed',
  'one where a list is needed',
  'type of the value changed',
  'code outside its set',
  'code unknown to its system',
  'fixed value changed',
  'format broken',
  'reference leads nowhere',
  'reference of the wrong type',
  'empty value',
  'choice of two values',
  'extension broken',
  'narrative broken',
  'resource type changed',
  'bundle broken',
] as const;

/** One of {@link MUTATION_KINDS}. */
export type MutationKind = (typeof MUTATION_KINDS)[number];

interface MutableObject {
  [name: string]: Json;
}

/** A value in the copy that is being damaged. */
interface Place {
  readonly parent: MutableObject;
  readonly name: string;
  readonly node: ElementNode;
  readonly type: string;
  readonly path: string;
  readonly inDocument: boolean;
}

/** What damages a place; false, and nothing changed, where it does not apply. */
type Damage = (place: Place, random: SeededRandom, definitions: Definitions) => boolean;

/**
 * A copy of a valid document with one fault. What is a fault is read from the published definitions, not from the
 * validator: an element that a profile requires, a code of a set that is shipped, a value that a profile fixes. Nothing
 * where no place was found for a fault of the kind.
 */
export function mutateDocument(
  document: Json,
  kind: MutationKind,
  random: SeededRandom,
  definitions: Definitions,
): Mutant | undefined {
  const copy = structuredClone(document);
  const places = [...placesOf(copy, definitions)];
  for (const index of random.permutation(places.length)) {
    const place = places[index];
    if (place !== undefined && DAMAGES[kind](place, random, definitions)) {
      return { document: copy, kind, path: place.path };
    }
  }
  return undefined;
}

function* placesOf(document: Json, definitions: Definitions): Generator<Place> {
  if (!isResource(document)) return;
  const isDocument = document.resourceType === 'Bundle' && document['type'] === 'document';
  yield* placesIn(
    document as MutableObject,
    treeFor(document, definitions),
    document.resourceType,
    isDocument,
    definitions,
  );
}

/** The first claimed profile that is shipped, else FHIR's own definition. */
function treeFor(resource: Json, definitions: Definitions): ElementNode | undefined {
  if (!isResource(resource)) return undefined;
  const meta = resource['meta'];
  const claims = isObject(meta) && Array.isArray(meta['profile']) ? meta['profile'] : [];
  const profiles = claims.flatMap((url) => (typeof url === 'string' ? (definitions.tree(url) ?? []) : []));
  return profiles[0] ?? definitions.typeTree(resource.resourceType);
}

function* placesIn(
  parent: MutableObject,
  tree: ElementNode | undefined,
  path: string,
  inDocument: boolean,
  definitions: Definitions,
): Generator<Place> {
  for (const node of tree?.children ?? []) {
    const stem = node.name.replace('[x]', '');
    for (const name of Object.keys(parent)) {
      const suffix = name.startsWith(stem) ? name.slice(stem.length) : '-';
      if (node.name.endsWith('[x]') ? !/^[A-Z]/.test(suffix) : suffix !== '') continue;
      const type = node.name.endsWith('[x]') ? choiceType(suffix, definitions) : typeOf(node);
      const at = `${path}.${name}`;
      yield { parent, name, node, type, path: at, inDocument };
      const value = parent[name];
      for (const inner of Array.isArray(value) ? value : [value]) {
        if (!isObject(inner)) continue;
        const nested = isResource(inner)
          ? treeFor(inner, definitions)
          : node.children.length > 0
            ? node
            : definitions.typeTree(type);
        yield* placesIn(inner as MutableObject, nested, at, inDocument, definitions);
      }
    }
  }
}

function choiceType(suffix: string, definitions: Definitions): string {
  const lower = `${suffix.charAt(0).toLowerCase()}${suffix.slice(1)}`;
  return definitions.typeTree(lower) === undefined ? suffix : lower;
}

function typeOf(node: ElementNode): string {
  const code = node.rules.type?.[0]?.code ?? 'BackboneElement';
  return code.startsWith('http://hl7.org/fhirpath/') ? 'string' : code;
}

/** Changes the value, or the first value of a list. */
function replace({ parent, name }: Place, change: (value: Json) => Json | undefined): boolean {
  const value = parent[name];
  const first = Array.isArray(value) ? value[0] : value;
  if (first === undefined || first === null) return false;
  const changed = change(first);
  if (changed === undefined) return false;
  parent[name] = Array.isArray(value) ? [changed, ...value.slice(1)] : changed;
  return true;
}

const isRepeating = ({ node }: Place): boolean => (node.rules.baseMax ?? node.rules.max ?? '1') !== '1';
const isPlain = (place: Place): boolean => isPrimitiveType(place.type) && place.type !== 'xhtml';

const BAD_FORMATS: Readonly<Record<string, readonly Json[]>> = {
  date: ['2024-13-45', '17.05.2024', '2023-02-30', '24-05-17'],
  dateTime: ['2024-05-17T09:30', '2024-5-7', '17/05/2024', '2024-05-17 09:30:00'],
  instant: ['2024-05-17', '2024-05-17T09:30:00', 'yesterday'],
  time: ['9:30', '25:00:00'],
  id: ['not an id', 'über', 'a/b', 'x'.repeat(65)],
  uri: ['has a blank', 'urn:oid:1.2.', 'urn:uuid:1234'],
  url: ['has a blank'],
  canonical: ['has a blank'],
  code: [' leading', 'two  blanks'],
  oid: ['1.2.840', 'urn:oid:9.9'],
  positiveInt: [0, -3, 1.5],
  unsignedInt: [-1, 0.5],
  integer: [1.25, 3e10],
  decimal: ['1,5', 'many'],
  boolean: ['true', 'yes'],
  base64Binary: ['?not base64!', 'abc'],
};

const DAMAGES: Readonly<Record<MutationKind, Damage>> = {
  'required element removed': ({ parent, name, node }) => {
    if ((node.rules.min ?? 0) < 1) return false;
    delete parent[name];
    delete parent[`_${name}`];
    return true;
  },
  'unknown element added': (place, random) => {
    const name = random.pick(['colour', 'patientName', 'Status', 'notes_', 'resourcetype']);
    if (isPlain(place)) place.parent[name] = 'x';
    else return replace(place, (value) => (isObject(value) ? { ...value, [name]: 'x' } : undefined));
    return true;
  },
  'list where one is allowed': (place) => {
    const value = place.parent[place.name];
    if (isRepeating(place) || value === undefined) return false;
    place.parent[place.name] = [value, value];
    return true;
  },
  'one where a list is needed': (place) => {
    const value = place.parent[place.name];
    if (!isRepeating(place) || !Array.isArray(value) || value[0] === undefined) return false;
    place.parent[place.name] = value[0];
    return true;
  },
  'type of the value changed': (place) =>
    replace(place, (value) => {
      if (isObject(value)) return 'a text instead';
      return typeof value === 'string' ? { text: value } : typeof value === 'number' ? String(value) : 'true';
    }),
  'code outside its set': (place, random, definitions) => {
    const { binding } = place.node.rules;
    if (binding?.strength !== 'required') return false;
    const wrong = random.pick(['bogus-code', 'FINAL!', 'zzz']);
    const examples = definitions.codes.examplesOf(binding.valueSet);
    if (examples.length === 0) return false;
    if (place.type === 'code') return replace(place, () => wrong);
    return replace(place, (value) =>
      isObject(value) && Array.isArray(value['coding'])
        ? {
            ...value,
            coding: value['coding'].map((coding: Json) => (isObject(coding) ? { ...coding, code: wrong } : coding)),
          }
        : undefined,
    );
  },
  'code unknown to its system': (place, random, definitions) => {
    if (place.type !== 'Coding') return false;
    return replace(place, (value) => {
      const system = isObject(value) && typeof value['system'] === 'string' ? value['system'] : undefined;
      const wrong = random.pick(['bogus-code', 'not a code', '0000']);
      if (!isObject(value) || system === undefined || definitions.codes.knowsCode(system, 'bogus-code') !== 'out')
        return undefined;
      return { ...value, code: wrong };
    });
  },
  'fixed value changed': (place) => {
    const wanted = ruleValue(place.node.rules, 'fixed') ?? ruleValue(place.node.rules, 'pattern');
    if (wanted === undefined) return false;
    return replace(place, (value) => changedAnywhere(value, wanted));
  },
  'format broken': (place, random) => {
    const bad = BAD_FORMATS[place.type];
    return bad === undefined ? false : replace(place, () => random.pick(bad));
  },
  'reference leads nowhere': (place, random) => {
    if (place.type !== 'Reference' || !place.inDocument) return false;
    const nowhere = random.pick([
      '#nowhere',
      'Patient/nowhere',
      'urn:uuid:00000000-0000-4000-8000-000000000000',
      'no reference',
    ]);
    return replace(place, (value) =>
      isObject(value) && 'reference' in value ? { ...value, reference: nowhere } : undefined,
    );
  },
  'reference of the wrong type': (place, random, definitions) => {
    if (place.type !== 'Reference') return false;
    const types = (place.node.rules.type ?? []).flatMap(({ targetProfile = [] }) =>
      targetProfile.map((url) => definitions.tree(url)?.structure.type),
    );
    const wrong = random.pick(['Basic', 'ValueSet', 'Medikament', 'Slot']);
    if (types.length === 0 || types.includes(undefined) || types.includes('Resource') || types.includes(wrong))
      return false;
    return replace(place, (value) => (isObject(value) ? { ...value, reference: `${wrong}/1` } : undefined));
  },
  'empty value': (place, random) => {
    const empty = random.pick<Json>([{}, [], '', null]);
    place.parent[place.name] = isRepeating(place) && !Array.isArray(empty) ? [empty] : empty;
    return true;
  },
  'choice of two values': ({ parent, name, node, type }) => {
    if (!node.name.endsWith('[x]')) return false;
    const stem = node.name.slice(0, -3);
    const other = type === 'boolean' ? 'String' : 'Boolean';
    if (name === `${stem}${other}`) return false;
    parent[`${stem}${other}`] = other === 'String' ? 'x' : true;
    return true;
  },
  'extension broken': (place, random) => {
    if (place.type !== 'Extension') return false;
    const how = random.pick(['address gone', 'value gone', 'both']);
    return replace(place, (value) => {
      if (!isObject(value)) return undefined;
      if (how === 'address gone')
        return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'url')) as Json;
      const inner = { url: 'http://example.org/inner', valueString: 'x' };
      if (how === 'both')
        return 'extension' in value ? { ...value, valueString: 'x' } : { ...value, extension: [inner] };
      return { url: value['url'] };
    });
  },
  'narrative broken': (place, random) => {
    if (place.type !== 'xhtml') return false;
    const text = String(place.parent[place.name]);
    place.parent[place.name] = random.pick([
      text.replace(/<\/div>$/, ''),
      text.replace(/<\/div>$/, '<script>alert(1)</script></div>'),
      '<div xmlns="http://www.w3.org/1999/xhtml"> </div>',
      'plain text',
      text.replace(/ xmlns="[^"]*"/, ''),
      text.replace('>', ' onclick="x()">'),
    ]);
    return place.parent[place.name] !== text;
  },
  'resource type changed': (place, random) => {
    const type = random.pick(['Pacient', 'imagingstudy', 'Resource', 'HumanName']);
    return replace(place, (value) => (isResource(value) ? { ...value, resourceType: type } : undefined));
  },
  'bundle broken': ({ parent, path, inDocument }, random) => {
    const entries = parent['entry'];
    if (!inDocument || path !== 'Bundle.entry' || !Array.isArray(entries)) return false;
    const how = random.pick(['first moved', 'entry twice', 'address gone', 'time gone', 'identifier gone']);
    if (how === 'time gone') delete parent['timestamp'];
    else if (how === 'identifier gone') delete parent['identifier'];
    else if (how === 'entry twice') parent['entry'] = [...entries, entries[0]];
    else if (how === 'first moved') parent['entry'] = [...entries.slice(1), entries[0]];
    else
      parent['entry'] = entries.map((entry: Json, at) =>
        at === 0 && isObject(entry) ? { resource: entry['resource'] ?? null } : entry,
      );
    return true;
  },
};

/** Changes a text inside `wanted` as it stands in `value`, so that the two disagree. */
function changedAnywhere(value: Json, wanted: Json): Json | undefined {
  if (typeof wanted === 'string') return value === wanted ? `${wanted}x` : undefined;
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || wanted[0] === undefined) return undefined;
    return value.map((item) => changedAnywhere(item, wanted[0] ?? null) ?? item);
  }
  if (!isObject(wanted) || !isObject(value)) return undefined;
  for (const [name, inner] of Object.entries(wanted)) {
    const own = value[name];
    const changed = own === undefined || inner === undefined ? undefined : changedAnywhere(own, inner);
    if (changed !== undefined) return { ...value, [name]: changed };
  }
  return undefined;
}
