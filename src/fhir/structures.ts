import type { Json } from '#base';

/** A type that an element may have. */
export interface ElementType {
  readonly code: string;
  /** The value must meet one of these. */
  readonly profile?: readonly string[];
  /** What a reference points at must meet one of these. */
  readonly targetProfile?: readonly string[];
  readonly aggregation?: readonly string[];
  /** A primitive's own format. */
  readonly regex?: string;
}

/** A rule in FHIRPath. */
export interface Constraint {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
}

/** How the items of a list are told apart. */
export interface Slicing {
  readonly discriminator?: readonly { readonly type: string; readonly path: string }[];
  readonly rules?: string;
  readonly ordered?: boolean;
}

/** What a profile says about an element; beside these keys stand fixed[x], pattern[x], minValue[x] and maxValue[x]. */
export interface ElementRules {
  readonly id: string;
  readonly sliceName?: string;
  readonly min?: number;
  readonly max?: string;
  readonly baseMax?: string;
  readonly slicing?: Slicing;
  readonly type?: readonly ElementType[];
  readonly contentReference?: string;
  readonly maxLength?: number;
  readonly binding?: { readonly strength: string; readonly valueSet: string };
  readonly constraint?: readonly Constraint[];
  readonly [other: string]: unknown;
}

/** A StructureDefinition, pruned to what a validator reads; the snapshot's elements in its order. */
export interface Structure {
  readonly url: string;
  readonly version?: string;
  readonly name: string;
  readonly kind: string;
  readonly abstract: boolean;
  readonly type: string;
  readonly baseDefinition?: string;
  readonly derivation?: string;
  readonly elements: readonly ElementRules[];
}

/** An element of a snapshot with what stands under it. */
export interface ElementNode {
  readonly rules: ElementRules;
  /** The last step of its path, without the name of a slice: `value[x]`. */
  readonly name: string;
  readonly children: ElementNode[];
  readonly slices: ElementNode[];
  readonly structure: Structure;
}

/** The snapshot as a tree; the root stands for the whole resource or data type. */
export function treeOf(structure: Structure): ElementNode {
  const nodes = new Map<string, ElementNode>();
  let root: ElementNode | undefined;
  for (const rules of structure.elements) {
    const { id } = rules;
    const dot = lastDot(id);
    const step = id.slice(dot + 1);
    const colon = step.indexOf(':');
    const name = colon < 0 ? step : step.slice(0, colon);
    const node: ElementNode = { rules, name, children: [], slices: [], structure };
    nodes.set(id, node);
    if (dot < 0) {
      root ??= node;
      continue;
    }
    const parentId = id.slice(0, dot);
    if (colon < 0) nodes.get(parentId)?.children.push(node);
    else (nodes.get(slicedId(parentId, name, step.slice(colon + 1))) ?? nodes.get(parentId))?.slices.push(node);
  }
  if (root === undefined) throw new RangeError(`${structure.url} has no elements`);
  return root;
}

/** A slice of a slice is called `a/b` and hangs on `a`. */
function slicedId(parentId: string, name: string, sliceName: string): string {
  const slash = sliceName.lastIndexOf('/');
  return slash < 0 ? `${parentId}.${name}` : `${parentId}.${name}:${sliceName.slice(0, slash)}`;
}

/** Where the last step begins. @note a slice may be named after a URL, but no name in a snapshot's ids holds a dot. */
function lastDot(id: string): number {
  return id.lastIndexOf('.');
}

/** The value of a rule such as `fixed[x]`, under whichever type it was written. */
export function ruleValue(rules: ElementRules, rule: 'fixed' | 'pattern' | 'minValue' | 'maxValue'): Json | undefined {
  for (const key in rules) {
    if (key.startsWith(rule) && key.length > rule.length && key !== 'maxLength') return rules[key] as Json;
  }
  return undefined;
}
