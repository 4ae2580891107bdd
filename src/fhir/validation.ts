import type { Json } from '#base';
import { checkBundle } from './bundle-rules.ts';
import { checkBinding, checkCode } from './check-codes.ts';
import { checkReference } from './check-reference.ts';
import { isUid } from './code-syntax.ts';
import { type Definitions, plainUrl } from './definitions.ts';
import type { TypedValue } from './element-path.ts';
import {
  type FhirObject,
  type FhirResource,
  isObject,
  isResource,
  listOf,
  matchesPattern,
  sameJson,
  textAt,
} from './fhir-json.ts';
import type { Invariants } from './invariants.ts';
import { type FhirIssue, Findings } from './issues.ts';
import { canBeTold, matchesSlice } from './match-slice.ts';
import { narrativeProblem } from './narrative.ts';
import { formatProblem, isPrimitiveType } from './primitives.ts';
import { followReference, indexBundle, type Place } from './references.ts';
import type { Spot } from './spot.ts';
import { type ElementNode, ruleValue } from './structures.ts';

/** A value of an element: what stands under its name and what stands under the name with an underscore. */
interface Item extends TypedValue {
  readonly value: Json;
  readonly type: string;
  readonly beside: FhirObject | undefined;
  readonly path: string;
}

/** FHIR gives these the type id; what they hold are UIDs of DICOM. */
const UID_PATHS = new Set(['ImagingStudy.series.uid', 'ImagingStudy.series.instance.uid']);

/** Nesting beyond this is no document but an attack. */
const DEEPEST = 60;

/** One validation of one document: findings and the memory of what was already asked. */
export class Validation {
  readonly definitions: Definitions;
  readonly #invariants: Invariants;
  #findings = new Findings();
  /** By value and profile. */
  readonly #conformance = new Map<object, Map<string, Findings>>();
  #depth = 0;

  constructor(definitions: Definitions, invariants: Invariants) {
    this.definitions = definitions;
    this.#invariants = invariants;
  }

  get findings(): Findings {
    return this.#findings;
  }

  /** A resource against FHIR, the profiles that it claims, and those asked for. */
  resource(resource: FhirResource, asked: readonly string[], spot: Omit<Spot, 'resource'>): void {
    const { path } = spot;
    const type = resource.resourceType;
    const base = this.definitions.typeTree(type);
    if (base === undefined || base.structure.kind !== 'resource' || base.structure.abstract) {
      this.#error(spot, 'structure', `is of the unknown type "${type}"`, 'use the name of a resource of FHIR R4');
      return;
    }
    const at: Spot = { ...spot, resource };
    const meta = resource['meta'];
    const claims = isObject(meta) ? listOf(meta['profile']).filter((url) => typeof url === 'string') : [];
    const urls = [...new Set([...asked, ...claims].map(plainUrl))];
    const trees = urls.flatMap((url) => {
      const tree = this.definitions.tree(url);
      if (tree === undefined) this.#findings.notChecked.add(`profile ${url}: it is not shipped`);
      return tree === undefined ? [] : [tree];
    });
    const fitting = trees.filter(
      ({ structure }) => structure.type === type || this.definitions.isA(type, structure.type),
    );
    for (const { structure } of trees) {
      if (structure.type === type || this.definitions.isA(type, structure.type)) continue;
      this.#error(
        at,
        'type',
        `is a ${type}, and ${structure.name} describes a ${structure.type}`,
        `use a ${structure.type}`,
      );
    }
    for (const tree of new Set([base, ...fitting])) {
      this.#take(this.#against({ value: resource, type }, tree, at));
    }
    if (type === 'Bundle') checkBundle(resource, path, this.#findings);
  }

  /** Whether a value meets a profile in all its rules. */
  conforms(value: TypedValue, url: string, spot: Spot): boolean {
    return this.errorsAgainst(value, url, spot).length === 0;
  }

  /** The errors of a value against a profile, on their own. */
  errorsAgainst(value: TypedValue, url: string, spot: Spot): readonly FhirIssue[] {
    const tree = this.definitions.tree(url);
    if (tree !== undefined) return this.#against(value, tree, spot).errors;
    this.#findings.notChecked.add(`profile ${plainUrl(url)}: it is not shipped`);
    return [];
  }

  /** What is found in a value against a profile, each asked once; nothing while that is being found out. */
  #against({ value, type, at = '' }: TypedValue, tree: ElementNode, outer: Spot): Findings {
    const { url, derivation } = tree.structure;
    const path = at === '' || at.startsWith('.') ? `${outer.path}${at}` : at;
    const remembered = typeof value === 'object' && value !== null ? this.#memory(value) : undefined;
    const known = remembered?.get(url);
    if (known !== undefined) return known;
    remembered?.set(url, new Findings());
    const outside = this.#findings;
    const inside = new Findings();
    this.#findings = inside;
    try {
      const item: Item = { value, type: type ?? tree.structure.type, beside: undefined, path };
      const resource = isResource(value) ? value : outer.resource;
      this.#rules(item, tree, { ...outer, path, resource, profile: derivation === 'constraint' ? url : undefined });
    } finally {
      this.#findings = outside;
    }
    for (const note of inside.notChecked) outside.notChecked.add(note);
    remembered?.set(url, inside);
    return inside;
  }

  #take({ errors, warnings }: Findings): void {
    for (const issue of errors) this.#findings.error(issue);
    for (const issue of warnings) this.#findings.warn(issue);
  }

  #memory(value: object): Map<string, Findings> {
    const known = this.#conformance.get(value) ?? new Map<string, Findings>();
    this.#conformance.set(value, known);
    return known;
  }

  /** An item against the rules of one element. */
  #rules(item: Item, node: ElementNode, spot: Spot): void {
    if (this.#depth > DEEPEST) {
      this.#error(spot, 'structure', 'is nested too deeply to be read', 'flatten the document');
      return;
    }
    this.#depth += 1;
    try {
      this.#ownRules(item, node, spot);
      if (isPrimitiveType(item.type)) this.#primitive(item, node, spot);
      else this.#complex(item, node, spot);
    } finally {
      this.#depth -= 1;
    }
  }

  /** Fixed values, patterns, lengths, bindings, invariants. */
  #ownRules({ value, type, beside }: Item, node: ElementNode, spot: Spot): void {
    const { rules } = node;
    const hasValue = value !== null;
    const fixed = ruleValue(rules, 'fixed');
    if (fixed !== undefined && hasValue && !sameJson(value, fixed)) {
      this.#error(spot, 'fixed', `must be ${shown(fixed)}`, `write ${shown(fixed)}`);
    }
    const pattern = ruleValue(rules, 'pattern');
    if (pattern !== undefined && hasValue && !matchesPattern(value, pattern)) {
      this.#error(spot, 'pattern', `must contain ${shown(pattern)}`, `add ${shown(pattern)}`);
    }
    if (rules.maxLength !== undefined && typeof value === 'string' && value.length > rules.maxLength) {
      this.#error(spot, 'format', `is longer than ${rules.maxLength} characters`, 'shorten it');
    }
    this.#limits(value, node, spot);
    if (rules.binding !== undefined && hasValue) {
      checkBinding(
        { value, type, binding: rules.binding, codes: this.definitions.codes },
        this.#reporter(spot),
        this.#findings,
      );
    }
    const data: Json = hasValue ? value : (beside ?? null);
    this.#invariantsOf(node, elementPath(node), data, spot);
  }

  #limits(value: Json, node: ElementNode, spot: Spot): void {
    const lowest = ruleValue(node.rules, 'minValue');
    if (isBefore(value, lowest)) {
      this.#error(spot, 'format', `is below ${shown(lowest ?? null)}`, `use at least ${shown(lowest ?? null)}`);
    }
    const highest = ruleValue(node.rules, 'maxValue');
    if (isBefore(highest, value)) {
      this.#error(spot, 'format', `is above ${shown(highest ?? null)}`, `use at most ${shown(highest ?? null)}`);
    }
  }

  #invariantsOf(node: ElementNode, base: string, data: Json, spot: Spot): void {
    if (data === null) return;
    const { place, resource } = spot;
    const resolve = (reference: string): FhirResource | undefined => {
      const target = followReference(reference, place);
      return target.kind === 'found' ? target.resource : undefined;
    };
    for (const constraint of node.rules.constraint ?? []) {
      const verdict = this.#invariants.check(constraint, base, data, {
        resource,
        rootResource: place.container,
        resolve,
      });
      const { key, human, severity } = constraint;
      if (verdict === 'unclear') this.#findings.notChecked.add(`rule ${key}: its expression cannot be evaluated here`);
      if (verdict !== 'broken') continue;
      const reason = key.startsWith('txt-') && typeof data === 'string' ? narrativeProblem(data) : undefined;
      const message = `breaks the rule ${key}: ${reason === undefined ? human : `the narrative ${reason}`}`;
      const issue = {
        path: spot.path,
        rule: 'invariant',
        message,
        fix: 'change the element so that the rule holds',
        ...profileOf(spot),
      };
      if (severity === 'error') this.#findings.error(issue);
      else this.#findings.warn(issue);
    }
  }

  #primitive({ value, type, beside }: Item, node: ElementNode, spot: Spot): void {
    if (value === null) {
      if (beside === undefined) this.#error(spot, 'structure', 'is null', 'leave the element out or fill it in');
    } else if (typeof value === 'object') {
      this.#error(spot, 'type', `should be a single value of type ${type}`, `write a ${type}`);
      return;
    } else {
      const problem = formatProblem(type, value);
      if (problem !== undefined) this.#error(spot, 'format', problem.message, problem.fix);
      else if (UID_PATHS.has(elementPath(node)) && !isUid(String(value))) {
        const fix = 'write numbers and dots, as in 1.2.840.10008';
        this.#findings.warn({ path: spot.path, rule: 'format', message: 'is no DICOM UID', fix });
      }
    }
    if (beside === undefined) return;
    const tree = node.children.length > 0 ? node : this.definitions.typeTree(type);
    if (tree !== undefined)
      this.#children(
        beside,
        tree.children.filter(({ name }) => name !== 'value'),
        spot,
        type,
      );
  }

  #complex(item: Item, node: ElementNode, spot: Spot): void {
    const { value, type } = item;
    if (!isObject(value)) {
      this.#error(spot, 'type', `should be an object of type ${type}`, `write the ${type} as {…}`);
      return;
    }
    if (Object.keys(value).length === 0) {
      this.#error(spot, 'structure', 'is empty', 'leave the element out or fill it in');
      return;
    }
    const isRoot = node.structure.elements[0] === node.rules;
    const typeTree = this.definitions.typeTree(type);
    if (node.children.length > 0) this.#children(value, node.children, spot, type);
    if (isRoot) return;
    const profiles = (node.rules.type ?? [])
      .filter(({ code }) => code === type || code === 'Resource' || this.definitions.isA(type, code))
      .flatMap(({ profile = [] }) => profile);
    if (isResource(value) && typeTree?.structure.kind === 'resource') {
      this.#nested(value, profiles, spot);
      return;
    }
    if (node.children.length === 0) {
      const referred = this.#contentOf(node);
      if (referred !== undefined) this.#rules({ ...item }, referred, spot);
      else if (typeTree !== undefined) this.#rules(item, typeTree, spot);
    } else if (typeTree !== undefined) this.#invariantsOf(typeTree, type, value, spot);
    this.#anyOf(item, profiles, spot);
    this.#typeRules(item, node, spot);
  }

  /** @note the rules of the element itself were seen by the caller; those of the base type stand for its slices. */
  #nested(resource: FhirResource, profiles: readonly string[], spot: Spot): void {
    const { bundle } = spot.place;
    const isContained = /\.contained\[\d+\]$/.test(spot.path);
    const container = isContained ? spot.place.container : resource;
    const inner = resource.resourceType === 'Bundle' ? indexBundle(resource, spot.path) : bundle;
    const one = profiles.length === 1 ? profiles : [];
    this.resource(resource, one, {
      path: spot.path,
      profile: undefined,
      place: { ...spot.place, container, bundle: inner },
    });
    if (profiles.length > 1)
      this.#anyOf({ value: resource, type: resource.resourceType, beside: undefined, path: spot.path }, profiles, spot);
  }

  /** A value that must meet one of several profiles is told the errors of the one that it comes nearest to. */
  #anyOf(item: Item, profiles: readonly string[], spot: Spot): void {
    if (profiles.length === 0) return;
    const attempts = profiles.map((url) => this.errorsAgainst(item, url, spot));
    const nearest = attempts.toSorted((a, b) => a.length - b.length)[0] ?? [];
    for (const issue of nearest) this.#findings.error(issue);
  }

  #typeRules({ value, type }: Item, node: ElementNode, spot: Spot): void {
    if (!isObject(value)) return;
    if (type === 'Coding' || type === 'Quantity' || this.definitions.isA(type, 'Quantity')) {
      checkCode(value, this.definitions.codes, this.#reporter(spot));
    }
    if (type === 'Reference') checkReference(value, node, spot, this, this.#reporter(spot));
    if (type === 'Extension') this.#extension(value, spot);
    if (type === 'Identifier') this.#identifier(value, spot);
  }

  #identifier(value: FhirObject, spot: Spot): void {
    const text = textAt(value, 'value');
    if (text === undefined) return;
    const system = textAt(value, 'system');
    if (system === 'urn:dicom:uid' && !isUid(text.replace(/^urn:oid:/, ''))) {
      this.#error(spot, 'format', 'should hold a DICOM UID and does not', 'write urn:oid: and the UID');
    }
    if (system === 'urn:ietf:rfc:3986' && !/^[a-z][a-z0-9+.-]*:\S+$/i.test(text)) {
      this.#error(
        spot,
        'format',
        'says that its value is an address, and it is none',
        'write an absolute address such as urn:oid:… or urn:uuid:…',
      );
    }
  }

  #extension(value: FhirObject, spot: Spot): void {
    const url = textAt(value, 'url');
    const hasValue = Object.keys(value).some((name) => /^_?value[A-Z]/.test(name));
    const hasParts = value['extension'] !== undefined;
    if (hasValue === hasParts) {
      const message = hasValue ? 'has both a value and extensions' : 'has neither a value nor extensions';
      this.#error(spot, 'extension', `breaks the rule ext-1: it ${message}`, 'give it one of the two');
    }
    if (url === undefined) return;
    const isModifier = /\.modifierExtension(\[\d+\])?$/.test(spot.path);
    if (!/^[a-z][a-z0-9+.-]*:/i.test(url)) {
      if (!/\.extension\[\d+\]\.extension\[\d+\]$/.test(spot.path)) {
        this.#error(spot, 'extension', 'has an address that is not absolute', "write the extension's full address");
      }
      return;
    }
    const tree = this.definitions.tree(url);
    if (tree !== undefined) {
      if (tree.structure.type !== 'Extension') {
        this.#error(
          spot,
          'extension',
          `names ${tree.structure.name}, which is no extension`,
          "use an extension's address",
        );
        return;
      }
      for (const issue of this.errorsAgainst({ value, type: 'Extension' }, url, spot)) this.#findings.error(issue);
      return;
    }
    if (isModifier) {
      this.#error(
        spot,
        'extension',
        'changes the meaning in a way that is not known here',
        'use an extension that is defined',
      );
    } else this.#findings.notChecked.add(`extension ${url}: its definition is not shipped`);
  }

  /** The properties of an object against the elements that may stand in it. */
  #children(value: FhirObject, children: readonly ElementNode[], spot: Spot, typeName: string): void {
    const expected = new Set<string>(isResource(value) ? ['resourceType'] : []);
    for (const child of children) {
      const items = this.#itemsOf(value, child, children, spot);
      for (const name of items.names) expected.add(name).add(`_${name}`);
      this.#count(items.items.length, child, spot);
      this.#sliced(items.items, child, spot);
      for (const item of items.items) this.#item(item, child, spot);
    }
    for (const name of Object.keys(value)) {
      if (expected.has(name)) continue;
      this.#error(
        { ...spot, path: `${spot.path}.${name}` },
        'structure',
        `is not an element of ${typeName}`,
        'remove it or correct its name',
      );
    }
  }

  #item(item: Item, node: ElementNode, spot: Spot): void {
    const at = { ...spot, path: item.path, place: this.#placeOf(node, spot) };
    const types = node.rules.type ?? [];
    const allowed =
      types.length === 0 ||
      types.some(({ code }) => plainType(code) === item.type || this.definitions.isA(item.type, plainType(code)));
    if (!allowed) {
      const names = types.map(({ code }) => plainType(code)).join(' or ');
      this.#error(at, 'type', `is of the type ${item.type}; allowed is ${names}`, `use ${names}`);
    }
    this.#rules(item, node, at);
  }

  /** Inside a bundle's entry relative references start from the entry's own address. */
  #placeOf(node: ElementNode, spot: Spot): Place {
    if (node.name !== 'resource' || spot.resource.resourceType !== 'Bundle') return spot.place;
    const entry = entryAt(spot.resource, spot.path);
    return entry === undefined ? spot.place : { ...spot.place, fullUrl: textAt(entry, 'fullUrl') };
  }

  #itemsOf(
    value: FhirObject,
    child: ElementNode,
    children: readonly ElementNode[],
    spot: Spot,
  ): { readonly names: readonly string[]; readonly items: readonly Item[] } {
    if (!child.name.endsWith('[x]')) {
      const code = child.rules.type?.[0]?.code;
      const type =
        code === undefined
          ? child.rules.contentReference === undefined
            ? 'Element'
            : 'BackboneElement'
          : plainType(code);
      return { names: [child.name], items: this.#itemsNamed(value, child.name, type, child, spot) };
    }
    const stem = child.name.slice(0, -3);
    const names = Object.keys(value)
      .map((name) => (name.startsWith('_') ? name.slice(1) : name))
      .filter((name) => name.startsWith(stem) && /^[A-Z]/.test(name.slice(stem.length)))
      .filter((name) => !children.some((other) => other.name === name));
    const typed = [...new Set(names)].flatMap((name) => {
      const type = this.#typeNamed(name.slice(stem.length));
      return type === undefined ? [] : [{ name, type }];
    });
    return {
      names: typed.map(({ name }) => name),
      items: typed.flatMap(({ name, type }) => this.#itemsNamed(value, name, type, child, spot)),
    };
  }

  /** `CodeableConcept` and `String` as they end the names of choices. */
  #typeNamed(suffix: string): string | undefined {
    if (this.definitions.typeTree(suffix)?.structure.kind === 'complex-type') return suffix;
    const lower = `${suffix.charAt(0).toLowerCase()}${suffix.slice(1)}`;
    return this.definitions.typeTree(lower)?.structure.kind === 'primitive-type' ? lower : undefined;
  }

  #itemsNamed(value: FhirObject, name: string, type: string, child: ElementNode, spot: Spot): readonly Item[] {
    const found = value[name];
    const beside = value[`_${name}`];
    if (found === undefined && beside === undefined) return [];
    const path = `${spot.path}.${name}`;
    const isList = Array.isArray(found) || (found === undefined && Array.isArray(beside));
    const mayRepeat = (child.rules.baseMax ?? child.rules.max ?? '1') !== '1';
    const isEmpty = isList && listOf(found ?? beside).length === 0;
    if (isEmpty) this.#error({ ...spot, path }, 'structure', 'is an empty list', 'leave the element out or fill it in');
    else if (isList !== mayRepeat) {
      const [message, fix] = mayRepeat
        ? ['should be a list', 'put it in square brackets']
        : ['should not be a list', 'write a single value without square brackets'];
      this.#error({ ...spot, path }, 'structure', message, fix);
    }
    if (beside !== undefined && !isPrimitiveType(type)) {
      this.#error(
        { ...spot, path: `${spot.path}._${name}` },
        'structure',
        'stands beside an element that is no plain value',
        'remove it',
      );
    }
    if (found === null) this.#error({ ...spot, path }, 'structure', 'is null', 'leave the element out or fill it in');
    const values = listOf(found);
    const besides = listOf(beside);
    return Array.from({ length: Math.max(values.length, besides.length) }, (_, index): Item => {
      const next = besides[index];
      const item = values[index] ?? null;
      const known = (type === 'Resource' || type === 'DomainResource') && isResource(item) ? item.resourceType : type;
      return {
        value: item,
        beside: isObject(next) ? next : undefined,
        type: known,
        path: isList ? `${path}[${index}]` : path,
      };
    });
  }

  #count(count: number, node: ElementNode, spot: Spot, sliceName?: string): void {
    const { min = 0, max = '*' } = node.rules;
    const at = { ...spot, path: `${spot.path}.${node.name.replace('[x]', '')}` };
    const of = sliceName === undefined ? '' : ` as ${sliceName}`;
    if (count < min) {
      const message = count === 0 ? `is missing${of}` : `is there ${times(count)}${of}, at least ${min} are needed`;
      this.#error(
        at,
        'cardinality',
        message,
        sliceName === undefined ? 'add it' : `add one that meets ${sliceName}${wantedOf(node)}`,
      );
    }
    if (max !== '*' && count > Number(max)) {
      const fix = max === '0' ? 'remove it' : `keep at most ${max}`;
      this.#error(at, 'cardinality', `is there ${times(count)}${of}, at most ${max} allowed`, fix);
    }
  }

  /** Items of a list in their slices. */
  #sliced(items: readonly Item[], node: ElementNode, spot: Spot): void {
    const { rules } = node;
    const slicing = rules.slicing ?? (node.name.endsWith('[x]') ? { rules: 'open' } : undefined);
    if (slicing === undefined || node.slices.length === 0) return;
    const slices = node.slices.filter((slice) => {
      const told = canBeTold(slice, slicing, this.definitions);
      if (!told)
        this.#findings.notChecked.add(
          `slice ${slice.rules.id} of ${slice.structure.url}: nothing tells it from others`,
        );
      return told;
    });
    const place = this.#placeOf(node, spot);
    const taken = new Map<ElementNode, Item[]>(slices.map((slice) => [slice, []]));
    let furthest = -1;
    let sawStranger = false;
    for (const item of items) {
      const at: Spot = { ...spot, path: item.path, place };
      const context = {
        definitions: this.definitions,
        place: this.#itemPlace(item, node, at),
        conforms: (value: TypedValue, url: string) => this.conforms(value, url, at),
      };
      const index = slices.findIndex((slice) => matchesSlice(item, slice, slicing, context));
      const slice = slices[index];
      if (slice === undefined) {
        sawStranger = true;
        if (slicing.rules === 'closed' && slices.length === node.slices.length) {
          const names = slices.map((one) => one.rules.sliceName ?? '').join(', ');
          this.#error(at, 'slicing', 'is none of the kinds that are allowed here', `make it one of: ${names}`);
        }
        continue;
      }
      if (slicing.rules === 'openAtEnd' && sawStranger) {
        this.#error(
          at,
          'slicing',
          `stands after items of other kinds`,
          `move ${slice.rules.sliceName ?? 'it'} to the front`,
        );
      }
      if (slicing.ordered === true && index < furthest) {
        this.#error(
          at,
          'slicing',
          'stands in the wrong order',
          `put ${slice.rules.sliceName ?? 'it'} before the others`,
        );
      }
      furthest = Math.max(furthest, index);
      taken.get(slice)?.push(item);
    }
    for (const [slice, members] of taken) this.#slice(slice, members, items, { ...spot, place });
  }

  /** For an entry of a bundle: relative references of its resource start from its address. */
  #itemPlace(item: Item, node: ElementNode, spot: Spot): Place {
    if (node.name !== 'entry' || !isObject(item.value)) return spot.place;
    return { ...spot.place, fullUrl: textAt(item.value, 'fullUrl') };
  }

  #slice(slice: ElementNode, members: readonly Item[], all: readonly Item[], spot: Spot): void {
    const name = slice.rules.sliceName ?? slice.name;
    this.#count(members.length, slice, spot, name);
    if (members.length < (slice.rules.min ?? 0)) this.#explain(slice, all, spot);
    this.#sliced(members, slice, spot);
    for (const item of members) this.#item(item, slice, spot);
  }

  /** Why the items that look like a missing slice are not taken for it. */
  #explain(slice: ElementNode, items: readonly Item[], spot: Spot): void {
    const [type] = slice.rules.type ?? [];
    const resource = slice.children.find(({ name }) => name === 'resource')?.rules.type?.[0];
    const profile = resource?.profile?.[0] ?? type?.profile?.[0];
    if (profile === undefined) return;
    const wanted = this.definitions.tree(profile)?.structure.type;
    for (const item of items) {
      const inner = resource !== undefined && isObject(item.value) ? item.value['resource'] : item.value;
      if (!isObject(inner) || (isResource(inner) && inner.resourceType !== wanted)) continue;
      const path = resource === undefined ? item.path : `${item.path}.resource`;
      if (wanted === 'Extension') continue;
      for (const issue of this.errorsAgainst({ value: inner, type: wanted }, profile, { ...spot, path }))
        this.#findings.error(issue);
    }
  }

  /** What a recursive element refers to, by FHIR's own definition of the type. */
  #contentOf(node: ElementNode): ElementNode | undefined {
    const path = node.rules.contentReference?.split('#')[1];
    if (path === undefined) return undefined;
    const [type = '', ...steps] = path.split('.');
    let found = this.definitions.typeTree(type);
    for (const step of steps) found = found?.children.find(({ name }) => name === step);
    return found;
  }

  #reporter(spot: Spot): (rule: string, message: string, fix: string, below?: string) => void {
    return (rule, message, fix, below = '') =>
      this.#error({ ...spot, path: `${spot.path}${below}` }, rule, message, fix);
  }

  #error(spot: Pick<Spot, 'path' | 'profile'>, rule: string, message: string, fix: string): void {
    this.#findings.error({ path: spot.path, rule, message, fix, ...profileOf(spot) });
  }
}

function profileOf({ profile }: Pick<Spot, 'profile'>): { readonly profile?: string } {
  return profile === undefined ? {} : { profile };
}

/** The entry of a bundle around a path such as `Bundle.entry[3]`. */
function entryAt(bundle: FhirObject, path: string): FhirObject | undefined {
  const index = Number(/\.entry\[(\d+)\]$/.exec(path)?.[1]);
  const entry = listOf(bundle['entry'])[index];
  return isObject(entry) ? entry : undefined;
}

/** `System.String` of FHIRPath is `string`. */
function plainType(code: string): string {
  const system = /^http:\/\/hl7\.org\/fhirpath\/System\.(\w+)$/.exec(code)?.[1];
  return system === undefined ? code : `${system.charAt(0).toLowerCase()}${system.slice(1)}`;
}

/** The path of an element in FHIR's own model, without slices. */
function elementPath(node: ElementNode): string {
  return node.rules.id.replace(/:[^.]*/g, '').replaceAll('[x]', '');
}

/** For two numbers or two texts (dates); anything else is not compared. */
function isBefore(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && a < b;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

function wantedOf(node: ElementNode): string {
  const value = ruleValue(node.rules, 'pattern') ?? ruleValue(node.rules, 'fixed');
  return value === undefined ? '' : `: ${shown(value)}`;
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 200);
}
