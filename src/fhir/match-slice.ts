import type { Json } from '#base';
import type { Definitions } from './definitions.ts';
import { plainUrl } from './definitions.ts';
import { rulesAt, stepsOf, type TypedValue, valuesAt } from './element-path.ts';
import { isObject, listOf, matchesPattern, sameJson, textAt } from './fhir-json.ts';
import { isPrimitiveType } from './primitives.ts';
import type { Place } from './references.ts';
import { type ElementNode, ruleValue, type Slicing } from './structures.ts';

/** What telling slices apart needs from the validation around it. */
export interface MatchContext {
  readonly definitions: Definitions;
  readonly place: Place;
  /** Whether a value meets a profile in all its rules. */
  readonly conforms: (value: TypedValue, profileUrl: string) => boolean;
}

/** Whether an item belongs to a slice, by the discriminators of the list. */
export function matchesSlice(item: TypedValue, slice: ElementNode, slicing: Slicing, context: MatchContext): boolean {
  const discriminators = slicing.discriminator ?? [];
  if (discriminators.length === 0) return hasTypeOf(item, slice, context.definitions);
  return discriminators.every(({ type, path }) => {
    const steps = stepsOf(path);
    const values = valuesAt(item, steps, context.place);
    const { nodes, targets } = rulesAt(slice, steps, context.definitions);
    switch (type) {
      case 'exists':
        return existsAsTold(values, nodes);
      case 'type':
        return targets === undefined
          ? values.some((value) => nodes.some((node) => hasTypeOf(value, node, context.definitions)))
          : values.some((value) => targets.some((url) => isOfProfileType(value, url, context.definitions)));
      case 'profile':
        return values.some((value) => meetsProfile(value, nodes, targets, context));
      default:
        return matchesValue(values, slice, nodes, context);
    }
  });
}

/**
 * Whether a profile says what tells a slice from others. Where it does not (a definition that lost its parts), no document
 * can be held to the slice.
 */
export function canBeTold(slice: ElementNode, slicing: Slicing, definitions: Definitions): boolean {
  const byValue = (slicing.discriminator ?? []).filter(({ type }) => type === 'value' || type === 'pattern');
  const others = (slicing.discriminator ?? []).length - byValue.length;
  if (others > 0 || byValue.length === 0) return true;
  const isExtension = (slice.rules.type ?? []).some(
    ({ code, profile = [] }) => code === 'Extension' && profile.length > 0,
  );
  return (
    isExtension ||
    byValue.some(({ path }) =>
      rulesAt(slice, stepsOf(path), definitions).nodes.some((node) => fixesSomething(node, definitions, 0)),
    )
  );
}

function fixesSomething(node: ElementNode, definitions: Definitions, depth: number): boolean {
  const { rules } = node;
  if (depth > 6) return false;
  if (ruleValue(rules, 'fixed') !== undefined || ruleValue(rules, 'pattern') !== undefined) return true;
  if (rules.binding?.strength === 'required') return true;
  const profiles = (rules.type ?? []).flatMap(({ profile = [] }) =>
    profile.flatMap((url) => definitions.tree(url) ?? []),
  );
  return [...node.children, ...node.children.flatMap(({ slices }) => slices), ...profiles].some((inner) =>
    fixesSomething(inner, definitions, depth + 1),
  );
}

function existsAsTold(values: readonly TypedValue[], nodes: readonly ElementNode[]): boolean {
  const forbidden = nodes.some(({ rules }) => rules.max === '0');
  const required = nodes.some(({ rules }) => (rules.min ?? 0) > 0);
  return forbidden ? values.length === 0 : !required || values.length > 0;
}

function hasTypeOf({ value, type }: TypedValue, node: ElementNode, definitions: Definitions): boolean {
  const types = node.rules.type ?? [];
  // Of a value below the item only the shape is known.
  if (type === undefined) return types.some(({ code }) => isObject(value) !== isPrimitiveType(plainTypeOf(code)));
  return types.some(({ code }) => {
    const plain = plainTypeOf(code);
    return plain === type || plain.toLowerCase() === type.toLowerCase() || definitions.isA(type, plain);
  });
}

/** `System.String` of FHIRPath is `String`. */
function plainTypeOf(code: string): string {
  const plain = code.replace(/^.*[/.]/, '');
  return plain === code ? code : plain.toLowerCase();
}

function isOfProfileType({ type }: TypedValue, url: string, definitions: Definitions): boolean {
  const wanted = definitions.tree(url)?.structure.type;
  return type !== undefined && (wanted === undefined || definitions.isA(type, wanted));
}

function meetsProfile(
  value: TypedValue,
  nodes: readonly ElementNode[],
  targets: readonly string[] | undefined,
  context: MatchContext,
): boolean {
  const profiles = targets ?? nodes.flatMap(({ rules }) => (rules.type ?? []).flatMap(({ profile = [] }) => profile));
  if (profiles.length === 0 && targets === undefined) {
    // Slices of references that name only what they lead to mean that, even where the path lacks the `resolve()`.
    const ends = nodes.flatMap(({ rules }) => (rules.type ?? []).flatMap(({ targetProfile = [] }) => targetProfile));
    const led = ends.length === 0 ? [] : valuesAt(value, ['resolve()'], context.place);
    if (led.length > 0) return led.some((end) => meetsProfile(end, nodes, ends, context));
  }
  if (profiles.length === 0) {
    return nodes.some(
      (node) => hasTypeOf(value, node, context.definitions) && agrees(value.value, node, context) !== 'no',
    );
  }
  return profiles.some((url) => {
    if (!isOfProfileType(value, url, context.definitions)) return false;
    return value.elsewhere === true || context.conforms(value, url);
  });
}

function matchesValue(
  values: readonly TypedValue[],
  slice: ElementNode,
  nodes: readonly ElementNode[],
  context: MatchContext,
): boolean {
  const answers = values.flatMap(({ value }) => nodes.map((node) => agrees(value, node, context)));
  if (answers.includes('yes')) return true;
  if (answers.includes('no')) return false;
  // An extension whose definition is not shipped is known by its address alone.
  const url = (slice.rules.type ?? []).flatMap(({ code, profile = [] }) => (code === 'Extension' ? profile : []))[0];
  if (url !== undefined)
    return values.some(
      ({ value }) => value === plainUrl(url) || (isObject(value) && textAt(value, 'url') === plainUrl(url)),
    );
  return values.length > 0;
}

/** Whether a value agrees with the values that rules fix; `silent` where they fix none. */
type Agreement = 'yes' | 'no' | 'silent';

function agrees(value: Json | undefined, node: ElementNode, context: MatchContext): Agreement {
  const fixed = ruleValue(node.rules, 'fixed');
  if (fixed !== undefined) return sameJson(value, fixed) ? 'yes' : 'no';
  const pattern = ruleValue(node.rules, 'pattern');
  if (pattern !== undefined) return matchesPattern(value, pattern) ? 'yes' : 'no';
  const within = [...agreementsWithin(value, node, context), ...agreementsOfProfiles(value, node, context)];
  if (within.includes('no')) return 'no';
  if (within.includes('yes')) return 'yes';
  return agreesWithBinding(value, node, context.definitions);
}

function agreementsWithin(value: Json | undefined, node: ElementNode, context: MatchContext): readonly Agreement[] {
  if (!isObject(value)) return [];
  return node.children.flatMap((child) => {
    const items = listOf(value[child.name]);
    const own = items.map((item) => agrees(item, child, context));
    const said: Agreement = own.includes('yes') ? 'yes' : own.includes('no') ? 'no' : 'silent';
    const sliced = child.slices
      .filter(({ rules }) => (rules.min ?? 0) > 0)
      .map((slice): Agreement => {
        const answers = items.map((item) => agrees(item, slice, context));
        if (answers.includes('yes')) return 'yes';
        return items.length === 0 || answers.includes('no') ? 'no' : 'silent';
      });
    if (items.length > 0) return [said, ...sliced];
    return (child.rules.min ?? 0) > 0 && ruleValue(child.rules, 'fixed') !== undefined ? ['no' as const] : sliced;
  });
}

function agreementsOfProfiles(value: Json | undefined, node: ElementNode, context: MatchContext): readonly Agreement[] {
  const profiles = (node.rules.type ?? []).flatMap(({ profile = [] }) => profile);
  return profiles.flatMap((url) => {
    const tree = context.definitions.tree(url);
    return tree === undefined || tree === node ? [] : [agrees(value, tree, context)];
  });
}

/** A required binding tells slices apart as a fixed value does. */
function agreesWithBinding(value: Json | undefined, node: ElementNode, definitions: Definitions): Agreement {
  const { binding } = node.rules;
  if (binding?.strength !== 'required') return 'silent';
  const codings = isObject(value) ? ('coding' in value ? listOf(value['coding']) : [value]) : [];
  const answers = codings
    .filter(isObject)
    .map((coding) =>
      definitions.codes.contains(binding.valueSet, textAt(coding, 'code') ?? '', textAt(coding, 'system')),
    );
  if (typeof value === 'string') answers.push(definitions.codes.contains(binding.valueSet, value));
  if (answers.includes('in')) return 'yes';
  return answers.includes('unknown') || answers.length === 0 ? 'silent' : 'no';
}
