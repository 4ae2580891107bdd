import type { Json } from '#base';
import type { Definitions } from './definitions.ts';
import { isObject, isResource, listOf } from './fhir-json.ts';
import { followReference, type Place } from './references.ts';
import type { ElementNode } from './structures.ts';

/** A value of a document with what is known of its type. */
export interface TypedValue {
  readonly value: Json;
  /** Undefined where only the document's shape is known. */
  readonly type: string | undefined;
  /** Its path below the value where a search began, or from the resource that a reference led to. */
  readonly at?: string;
  /** A reference that leads out of the document, with the type that its address names. */
  readonly elsewhere?: boolean;
}

/** Steps of a discriminator's path; empty for `$this`. @note one tool writes `""$this""`. */
export function stepsOf(path: string): readonly string[] {
  const plain = path.replaceAll('"', '').trim();
  return (plain.match(/[^.()]+(\([^)]*\))?/g) ?? []).filter((step) => step !== '$this');
}

/** The values of a document at a discriminator's path. */
export function valuesAt(start: TypedValue, steps: readonly string[], place: Place): readonly TypedValue[] {
  let found: readonly TypedValue[] = [start];
  for (const step of steps) found = found.flatMap((value) => stepFrom(value, step, place));
  return found;
}

function stepFrom({ value, type, at = '' }: TypedValue, step: string, place: Place): readonly TypedValue[] {
  if (!isObject(value)) return [];
  if (step === 'resolve()') {
    const reference = value['reference'];
    if (typeof reference !== 'string') return [];
    const target = followReference(reference, place);
    if (target.kind === 'found')
      return [{ value: target.resource, type: target.resource.resourceType, at: target.resource.resourceType }];
    const named = target.kind === 'elsewhere' ? (target.type ?? value['type']) : undefined;
    return typeof named === 'string' ? [{ value: {}, type: named, elsewhere: true }] : [];
  }
  const url = /^extension\(\s*'?([^')]+)'?\s*\)$/.exec(step)?.[1];
  if (url !== undefined) {
    return listOf(value['extension'])
      .filter((extension) => isObject(extension) && extension['url'] === url)
      .map((extension) => ({ value: extension, type: 'Extension' }));
  }
  const wanted = /^ofType\((\w+)\)$/.exec(step)?.[1];
  if (wanted !== undefined) return type === undefined || type === wanted ? [{ value, type: wanted }] : [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const suffix = name.startsWith(step) ? name.slice(step.length) : '-';
    if (suffix !== '' && !/^[A-Z]/.test(suffix)) return [];
    return listOf(inner).map((item, index) => ({
      value: item,
      type: isResource(item) ? item.resourceType : suffix === '' ? undefined : suffix,
      at: `${at}.${name}${Array.isArray(inner) ? `[${index}]` : ''}`,
    }));
  });
}

/** What a profile says at a discriminator's path under one of its slices. */
export interface PathRules {
  readonly nodes: readonly ElementNode[];
  /** Profiles of what the last `resolve()` leads to; undefined where the path has none. */
  readonly targets: readonly string[] | undefined;
}

/** The rules at a path, looked for in the slice itself, then in the profiles and types of its elements. */
export function rulesAt(start: ElementNode, steps: readonly string[], definitions: Definitions): PathRules {
  let nodes: readonly ElementNode[] = [start];
  let targets: readonly string[] | undefined;
  for (const step of steps) {
    if (step === 'resolve()') {
      targets = nodes.flatMap(({ rules }) => (rules.type ?? []).flatMap(({ targetProfile }) => targetProfile ?? []));
      nodes = targets.flatMap((url) => definitions.tree(url) ?? []);
      continue;
    }
    targets = undefined;
    if (step.startsWith('ofType(')) continue;
    const url = /^extension\(\s*'?([^')]+)'?\s*\)$/.exec(step)?.[1];
    if (url !== undefined) {
      nodes = nodes
        .flatMap((node) => childrenNamed(node, 'extension', definitions))
        .flatMap(({ slices }) =>
          slices.filter(({ rules }) => (rules.type ?? []).some(({ profile = [] }) => profile.includes(url))),
        );
      continue;
    }
    nodes = nodes.flatMap((node) => childrenNamed(node, step, definitions));
  }
  return { nodes, targets };
}

/** The rules for a child, nearest first: of the element itself, else of its profiles, else of its type. */
function childrenNamed(node: ElementNode, name: string, definitions: Definitions): readonly ElementNode[] {
  const named = (children: readonly ElementNode[]) =>
    children.filter((child) => child.name === name || child.name === `${name}[x]`);
  const own = named(node.children);
  const types = node.rules.type ?? [];
  const profiled = types.flatMap(({ profile = [] }) =>
    profile.flatMap((url) => named(definitions.tree(url)?.children ?? [])),
  );
  if (own.length + profiled.length > 0) return [...own, ...profiled];
  return types.flatMap(({ code }) => named(definitions.typeTree(code)?.children ?? []));
}
