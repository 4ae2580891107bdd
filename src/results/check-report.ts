import { UnicaError } from '#base';
import { type DataSet, parseDicom } from '#dicom';
import { tagOf } from '#vocab';
import { type Code, groupCodes, sameCode, sct, shownCode } from './code.ts';
import { CONTEXT_GROUPS } from './context-groups.ts';
import { documentIssues } from './document-rules.ts';
import { itemIssues } from './item-rules.ts';
import { numberOf, unitOf, unitsOf } from './measured-units.ts';
import type { ReportIssue } from './report-issue.ts';
import { codeIn, type ReportItem, type ReportTree, readReportTree } from './report-tree.ts';
import type { ConceptRule, Condition, IncludeRow, ItemRow, Row, Template, ValueRule } from './template.ts';
import { CAD_TEMPLATES, rowsNotKept } from './templates-cad.ts';
import { CONTEXT_TEMPLATES } from './templates-context.ts';
import { MEASUREMENT_TEMPLATES } from './templates-measurement.ts';

/** What is wrong in a report, what may be, and what could not be looked at. */
export interface TemplateReport {
  readonly valid: boolean;
  /** Such as 4000; undefined where the report follows none of those that are kept. */
  readonly template: number | undefined;
  readonly errors: readonly ReportIssue[];
  readonly warnings: readonly ReportIssue[];
  readonly notChecked: readonly string[];
}

const TEMPLATES: ReadonlyMap<number, Template> = new Map(
  [...CONTEXT_TEMPLATES, ...MEASUREMENT_TEMPLATES, ...CAD_TEMPLATES].map((template) => [template.tid, template]),
);

/** Templates that a whole report may follow. */
const ROOTS: readonly number[] = [1500, 4000, 4100];

/**
 * Holds a structured report against the templates of PS3.16: TID 1500, TID 4000 and TID 4100 with those that they include.
 * @throws UnicaError `results.no-report` for what is no report, and those of reading DICOM
 */
export function checkReport(file: Uint8Array): TemplateReport {
  return checkReportDataSet(parseDicom(file).dataset);
}

/** As {@link checkReport}, of a data set that was read. */
export function checkReportDataSet(dataset: DataSet): TemplateReport {
  const tree = readReportTree(dataset);
  const template = rootTemplate(tree);
  const found = new Findings();
  for (const issue of [...documentIssues(dataset, tree, template), ...itemIssues(tree)]) found.errors.push(issue);
  if (template === undefined) {
    found.notChecked.add(`the template of ${tree.root.path}: neither TID ${ROOTS.join(' nor TID ')}`);
  } else {
    new Check(tree, found).template(template, tree.root);
  }
  const { errors, warnings, notChecked } = found;
  return { valid: errors.length === 0, template: template?.tid, errors, warnings, notChecked: [...notChecked].sort() };
}

/** An item of a report and the row that it is one of. */
export interface Placed {
  readonly item: ReportItem;
  readonly row: ItemRow;
  readonly extensible: boolean;
  /** Whether the row may be there several times. */
  readonly many: boolean;
  /** Whether the report without it would not be valid. */
  readonly needed: boolean;
}

/** Which row each item of a report is one of, for those who test the rows. */
export function placedItems(dataset: DataSet): readonly Placed[] {
  const tree = readReportTree(dataset);
  const template = rootTemplate(tree);
  const placed: Placed[] = [];
  if (template !== undefined) new Check(tree, new Findings(), placed).template(template, tree.root);
  return placed;
}

/** By what it says it follows; where it says nothing, by its title. */
function rootTemplate({ root }: ReportTree): Template | undefined {
  const said = root.template;
  if (said !== undefined) return ROOTS.includes(said) ? TEMPLATES.get(said) : undefined;
  return ROOTS.flatMap((tid) => TEMPLATES.get(tid) ?? []).find(({ rows }) =>
    rows.some((row) => !('include' in row) && fitsConcept(row.concept, root.concept)),
  );
}

class Findings {
  readonly errors: ReportIssue[] = [];
  readonly warnings: ReportIssue[] = [];
  readonly notChecked = new Set<string>();

  take(others: Findings): void {
    this.errors.push(...others.errors);
    this.warnings.push(...others.warnings);
    for (const what of others.notChecked) this.notChecked.add(what);
  }
}

/** Values of the parameters of a template: context groups by name. */
type Parameters = Readonly<Record<string, readonly number[]>>;

/** A row with where it stands: what an item below some parent can be. */
interface Slot {
  readonly row: ItemRow;
  readonly template: Template;
  readonly relationship: string | undefined;
  readonly many: boolean;
  readonly parameters: Parameters;
  readonly bundle: Bundle;
}

/** The rows of one template at one place: those of the parent itself, or of a template that is included there. */
interface Bundle {
  readonly template: Template;
  readonly from: IncludeRow | undefined;
  readonly within: Bundle | undefined;
  readonly slots: Slot[];
  readonly bundles: Bundle[];
}

/** PS3.16 section 6.1. */
class Check {
  readonly #tree: ReportTree;
  readonly #found: Findings;
  readonly #placed: Placed[] | undefined;

  constructor(tree: ReportTree, found: Findings, placed?: Placed[]) {
    this.#tree = tree;
    this.#found = found;
    this.#placed = placed;
  }

  /** The root against its template. */
  template(template: Template, root: ReportItem): void {
    const [first] = template.rows;
    if (first === undefined || 'include' in first) return;
    if (!fitsConcept(first.concept, root.concept)) {
      this.#error(root, template, first, `is ${shown(root.concept)}`, `name it ${shownConcept(first.concept)}`);
    }
    this.#below(root, first.below, template, {});
  }

  /** The items below one against the rows below its row. */
  #below(parent: ReportItem, rows: readonly Row[], template: Template, parameters: Parameters): void {
    const bundle = bundleOf(rows, template, undefined, undefined, { relationship: undefined, many: false }, parameters);
    const slots = allSlots(bundle);
    const taken = new Map<Slot, ReportItem[]>();
    const take = (slot: Slot, item: ReportItem) => {
      const own = taken.get(slot);
      if (own === undefined) taken.set(slot, [item]);
      else own.push(item);
    };
    for (const item of parent.below) {
      const fitting = slots.filter((slot) => this.#fits(slot, item));
      const slot = this.#best(fitting, item);
      if (slot !== undefined) {
        take(slot, item);
        this.#item(slot, item);
        continue;
      }
      const near = slots.find((candidate) => this.#isMeant(candidate, item));
      if (near !== undefined) {
        take(near, item);
        this.#misplaced(near, item);
      } else this.#stranger(item, parent, template);
    }
    this.#counts(bundle, parent, taken);
    if (this.#placed !== undefined) this.#placed.push(...this.#placedBelow(parent, slots, taken));
  }

  #placedBelow(
    parent: ReportItem,
    slots: readonly Slot[],
    taken: ReadonlyMap<Slot, readonly ReportItem[]>,
  ): readonly Placed[] {
    return slots.flatMap((slot) =>
      (taken.get(slot) ?? []).map((item) => {
        const fewer = new Map(taken);
        const rest = (taken.get(slot) ?? []).filter((other) => other !== item);
        if (rest.length === 0) fewer.delete(slot);
        else fewer.set(slot, rest);
        const found = new Findings();
        new Check(this.#tree, found).#counts(rootOf(slot.bundle), parent, fewer);
        const { row, many } = slot;
        // What is included somewhere may have strangers beside it where its surroundings may.
        const { extensible } = rootOf(slot.bundle).template;
        return { item, row, extensible, many, needed: found.errors.length > 0 };
      }),
    );
  }

  /** Whether an item is one of a row. */
  #fits({ row, relationship }: Slot, item: ReportItem): boolean {
    const target = this.#target(item);
    if (target === undefined || item.relationship !== relationship || target.valueType !== row.type) return false;
    const byReference = item.refersTo !== undefined;
    if (byReference ? row.by === 'value' : row.by === 'reference') return false;
    return fitsConcept(row.concept, target.concept);
  }

  /** Whether an item carries the name of a row, though it is not as the row wants it. */
  #isMeant({ row }: Slot, item: ReportItem): boolean {
    const target = this.#target(item) ?? item;
    if (row.concept.kind === 'any' || row.concept.kind === 'of-group') return false;
    if (row.concept.kind === 'none') return target.valueType === row.type;
    return fitsConcept(row.concept, target.concept);
  }

  #target(item: ReportItem): ReportItem | undefined {
    return item.refersTo === undefined ? item : this.#tree.items.get(item.refersTo.join('.'));
  }

  /** Of several rows the one that the item names itself, or the one it keeps best; rows with a name of their own first. */
  #best(slots: readonly Slot[], item: ReportItem): Slot | undefined {
    const named = slots.filter(({ row }) => row.concept.kind !== 'any');
    const candidates = named.length > 0 ? named : slots;
    const [first, ...others] = candidates;
    if (others.length === 0 || first === undefined) return first;
    const said = candidates.find(({ template }) => template.tid === item.template);
    if (said !== undefined) return said;
    const tried = candidates.map((slot) => {
      const found = new Findings();
      new Check(this.#tree, found).#item(slot, item);
      return { slot, errors: found.errors.length };
    });
    return tried.reduce((best, one) => (one.errors < best.errors ? one : best)).slot;
  }

  /** One item against its row: its value, and what is below it. */
  #item(slot: Slot, item: ReportItem): void {
    if (item.refersTo !== undefined) return;
    const { row, template, parameters } = slot;
    if (row.concept.kind === 'of-group') this.#concept(slot, item, row.concept.cid);
    if (row.value !== undefined) this.#value(slot, item, row.value);
    if (row.type === 'NUM' && row.value === undefined) this.#measurement(slot, item);
    this.#below(item, row.below, template, parameters);
  }

  #concept({ template, row }: Slot, item: ReportItem, cid: number): void {
    if (item.concept !== undefined && groupCodes(cid).some((code) => sameCode(code, item.concept as Code))) return;
    this.#error(item, template, row, `is ${shown(item.concept)}`, `name it by a code of ${shownGroup(cid)}`);
  }

  #value(slot: Slot, item: ReportItem, rule: ValueRule): void {
    const { template, row, parameters } = slot;
    if (rule.kind === 'number') {
      this.#number(slot, item, rule);
      return;
    }
    if (rule.kind === 'graphic') {
      const type = item.dataset.text(tagOf('GraphicType')) ?? '(none)';
      if (!rule.types.includes(type)) {
        this.#error(item, template, row, `is a ${type}`, `draw it as ${rule.types.join(' or ')}`);
      }
      return;
    }
    const code = codeIn(item.dataset, tagOf('ConceptCodeSequence'));
    if (code === undefined) return;
    const cids = rule.kind === 'group' ? [rule.cid] : rule.kind === 'parameter' ? (parameters[rule.name] ?? []) : [];
    const codes = rule.kind === 'codes' ? rule.codes : cids.flatMap(groupCodes);
    if (codes.length === 0 || codes.some((one) => sameCode(one, code))) return;
    const extensible = cids.some((cid) => CONTEXT_GROUPS[cid]?.extensible === true);
    const message = `says ${shownCode(code)}`;
    const fix =
      cids.length > 0
        ? `use a code of ${cids.map(shownGroup).join(' or ')}`
        : `use ${codes.map(shownCode).join(' or ')}`;
    const issue = { path: item.path, rule: ruleOf(template, row), message, fix };
    (extensible ? this.#found.warnings : this.#found.errors).push(issue);
  }

  #number({ template, row }: Slot, item: ReportItem, rule: Extract<ValueRule, { kind: 'number' }>): void {
    const unit = unitOf(item.dataset);
    const units = 'cids' in rule.units ? rule.units.cids.flatMap(groupCodes) : rule.units;
    if (unit !== undefined && !units.some((one) => sameCode(one, unit))) {
      this.#error(item, template, row, `has the unit ${shownCode(unit)}`, `use ${units.map(shownCode).join(' or ')}`);
    }
    const value = numberOf(item.dataset);
    if (value === undefined) return;
    if (rule.least !== undefined && value < rule.least) {
      this.#error(item, template, row, `is ${value}`, `give at least ${rule.least}`);
    }
    if (rule.most !== undefined && value > rule.most) {
      this.#error(item, template, row, `is ${value}`, `give at most ${rule.most}`);
    }
  }

  /** A measurement of any name: where we know what it measures, its unit has to fit. */
  #measurement({ template, row }: Slot, item: ReportItem): void {
    const unit = unitOf(item.dataset);
    const units = item.concept === undefined ? undefined : unitsOf(item.concept);
    if (unit === undefined || units === undefined || units.some((one) => sameCode(one, unit))) return;
    this.#error(item, template, row, `has the unit ${shownCode(unit)}`, `use ${units.map(shownCode).join(' or ')}`);
  }

  /** An item with the name of a row and something else amiss. */
  #misplaced({ row, relationship, template }: Slot, item: ReportItem): void {
    const target = this.#target(item) ?? item;
    const wants = `${relationship} ${row.type}${row.by === 'reference' ? ' by reference' : ''}`;
    const is = `${item.relationship || '(no relationship)'} ${target.valueType || '(no value type)'}${item.refersTo === undefined ? '' : ' by reference'}`;
    const name = row.concept.kind === 'none' && target.concept !== undefined ? `, named ${shown(target.concept)}` : '';
    this.#error(item, template, row, `is ${is}${name}`, `write it as ${wants}${name === '' ? '' : ', without a name'}`);
  }

  /** An item that no row has a place for. */
  #stranger(item: ReportItem, parent: ReportItem, template: Template): void {
    if (template.extensible) return;
    const { valueType, concept } = this.#target(item) ?? item;
    const parentValue = codeIn(parent.dataset, tagOf('ConceptCodeSequence'));
    const elsewhere = rowsNotKept({ tid: template.tid, parent, parentValue, valueType, concept });
    if (elsewhere !== undefined) {
      this.#found.notChecked.add(`${item.path}: described by templates that are not kept here (${elsewhere})`);
      return;
    }
    const what = `${item.relationship} ${this.#target(item)?.valueType ?? ''} ${shown(item.concept)}`.trim();
    this.#found.errors.push({
      path: item.path,
      rule: `TID ${template.tid}`,
      message: `${what} has no place below ${parent.concept?.meaning ?? parent.valueType}`,
      fix: `leave it out, or name it as a row of TID ${template.tid} (${template.name}) does`,
    });
  }

  /** How many of each row there are, and whether there may be. */
  #counts(bundle: Bundle, parent: ReportItem, taken: ReadonlyMap<Slot, readonly ReportItem[]>): void {
    const has = (row: string): boolean => {
      const own = bundle.slots.filter((slot) => slot.row.row === row);
      const included = bundle.bundles.filter(({ from }) => from?.row === row);
      return own.some((slot) => taken.has(slot)) || included.some((one) => isTaken(one, taken));
    };
    const valuesOf = (row: string): readonly Code[] =>
      bundle.slots
        .filter((slot) => slot.row.row === row)
        .flatMap((slot) => taken.get(slot) ?? [])
        .flatMap(({ dataset }) => codeIn(dataset, tagOf('ConceptCodeSequence')) ?? []);
    const parentValue = codeIn(parent.dataset, tagOf('ConceptCodeSequence'));
    const judge = (row: Row, there: boolean, first: ReportItem | undefined, name: string) => {
      const verdict = verdictOf(row, { has, valuesOf, parentValue });
      const rule = `TID ${bundle.template.tid} row ${row.row}`;
      if (!there && verdict.kind === 'required') {
        const fix = `add it${verdict.because === '' ? '' : `: ${verdict.because}`}`;
        this.#found.errors.push({ path: parent.path, rule, message: `${name} is missing`, fix });
      }
      if (there && verdict.kind === 'forbidden') {
        const fix = `leave it out: ${verdict.because}`;
        this.#found.errors.push({ path: first?.path ?? parent.path, rule, message: `${name} may not be there`, fix });
      }
    };
    for (const slot of bundle.slots) {
      const items = taken.get(slot) ?? [];
      if (!slot.many && items.length > 1) {
        const fix = 'keep one of them';
        const message = `is there ${items.length} times`;
        this.#error(items[1] ?? parent, slot.template, slot.row, message, fix);
      }
      judge(slot.row, items.length > 0, items[0], shownConcept(slot.row.concept, slot.row.type));
    }
    for (const inner of bundle.bundles) {
      const there = isTaken(inner, taken);
      if (inner.from !== undefined) {
        const first = allSlots(inner).flatMap((slot) => taken.get(slot) ?? [])[0];
        judge(inner.from, there, first, `${inner.template.name} (TID ${inner.template.tid})`);
      }
      if (there) this.#counts(inner, parent, taken);
    }
  }

  #error(item: ReportItem, template: Template, row: ItemRow, message: string, fix: string): void {
    this.#found.errors.push({ path: item.path, rule: ruleOf(template, row), message, fix });
  }
}

function ruleOf(template: Template, row: ItemRow): string {
  return `TID ${template.tid} row ${row.row}`;
}

/** The rows of a template at a place, with those of the templates that it includes there. */
function bundleOf(
  rows: readonly Row[],
  template: Template,
  from: IncludeRow | undefined,
  within: Bundle | undefined,
  inherited: { readonly relationship: string | undefined; readonly many: boolean },
  parameters: Parameters,
): Bundle {
  const bundle: Bundle = { template, from, within, slots: [], bundles: [] };
  for (const row of rows) {
    const relationship = row.relationship ?? inherited.relationship;
    const many = row.many || inherited.many;
    if (!('include' in row)) bundle.slots.push({ row, template, relationship, many, parameters, bundle });
    else {
      const included = TEMPLATES.get(row.include);
      if (included === undefined) throw new UnicaError('internal');
      bundle.bundles.push(
        bundleOf(included.rows, included, row, bundle, { relationship, many }, row.parameters ?? parameters),
      );
    }
  }
  return bundle;
}

function rootOf(bundle: Bundle): Bundle {
  return bundle.within === undefined ? bundle : rootOf(bundle.within);
}

function allSlots({ slots, bundles }: Bundle): readonly Slot[] {
  return [...slots, ...bundles.flatMap(allSlots)];
}

function isTaken(bundle: Bundle, taken: ReadonlyMap<Slot, readonly ReportItem[]>): boolean {
  return allSlots(bundle).some((slot) => taken.has(slot));
}

type Verdict = { readonly kind: 'required' | 'forbidden'; readonly because: string } | { readonly kind: 'allowed' };

interface Surroundings {
  readonly has: (row: string) => boolean;
  readonly valuesOf: (row: string) => readonly Code[];
  readonly parentValue: Code | undefined;
}

/** Whether a row has to be there, may be, or may not. */
function verdictOf({ requirement, when, row }: Row, around: Surroundings): Verdict {
  if (requirement === 'M') return { kind: 'required', because: '' };
  if (requirement === 'U' || when === undefined) return { kind: 'allowed' };
  const { holds, because, onlyIf } = judged(when, row, around);
  if (holds && requirement === 'MC') return { kind: 'required', because };
  if (!holds && (onlyIf || requirement === 'UC')) return { kind: 'forbidden', because };
  return { kind: 'allowed' };
}

function judged(
  when: Condition,
  own: string,
  { has, valuesOf, parentValue }: Surroundings,
): { readonly holds: boolean; readonly because: string; readonly onlyIf: boolean } {
  const said = (codes: readonly Code[]) => codes.map(({ meaning }) => meaning).join(' or ');
  switch (when.kind) {
    case 'parent-is':
    case 'parent-is-not': {
      const among = parentValue !== undefined && when.codes.some((code) => sameCode(code, parentValue));
      const because = `the item above says ${parentValue?.meaning ?? 'nothing'}`;
      return { holds: when.kind === 'parent-is' ? among : !among, because, onlyIf: when.onlyIf ?? false };
    }
    case 'at-least-one': {
      const needed =
        when.ifParent === undefined ||
        (parentValue !== undefined && when.ifParent.some((code) => sameCode(code, parentValue)));
      if (!needed)
        return { holds: false, because: `the item above says ${parentValue?.meaning ?? 'nothing'}`, onlyIf: true };
      // Said once, at the first of them.
      const holds = own === when.rows[0] && !when.rows.some(has);
      return { holds, because: `one of the rows ${when.rows.join(', ')} has to be there`, onlyIf: false };
    }
    case 'exactly-one': {
      const others = when.rows.filter((row) => row !== own && has(row));
      if (has(own) && others.length > 0) {
        return { holds: false, because: `only one of the rows ${when.rows.join(', ')} may be there`, onlyIf: true };
      }
      const holds = own === when.rows[0] && !when.rows.some(has);
      return { holds, because: `one of the rows ${when.rows.join(', ')} has to be there`, onlyIf: false };
    }
    case 'unless-row':
      return {
        holds: !when.rows.some(has),
        because: `row ${when.rows.join(' and ')} is not there`,
        onlyIf: when.onlyIf ?? false,
      };
    case 'if-row':
      return {
        holds: when.rows.some(has),
        because: `it goes with row ${when.rows.join(' or ')}`,
        onlyIf: when.onlyIf ?? false,
      };
    case 'row-is': {
      const values = valuesOf(when.row);
      const holds =
        values.length === 0 ? when.orAbsent : values.some((value) => when.codes.some((code) => sameCode(code, value)));
      return { holds, because: `row ${when.row} says ${said(when.codes)}`, onlyIf: true };
    }
  }
}

/** The name that some give to images for which the templates have none. */
const SOURCE = sct('260753009', 'Source');

function fitsConcept(rule: ConceptRule, concept: Code | undefined): boolean {
  switch (rule.kind) {
    case 'none':
      return concept === undefined || sameCode(SOURCE, concept);
    case 'any':
      return concept !== undefined;
    case 'is':
      return concept !== undefined && sameCode(rule.code, concept);
    case 'one-of':
      return concept !== undefined && rule.codes.some((code) => sameCode(code, concept));
    case 'of-group':
      return concept !== undefined && groupCodes(rule.cid).some((code) => sameCode(code, concept));
  }
}

function shown(concept: Code | undefined): string {
  return concept === undefined ? 'without a name' : shownCode(concept);
}

function shownConcept(rule: ConceptRule, type = ''): string {
  switch (rule.kind) {
    case 'none':
    case 'any':
      return type;
    case 'is':
      return shownCode(rule.code);
    case 'one-of':
      return rule.codes.map(shownCode).join(' or ');
    case 'of-group':
      return `a code of ${shownGroup(rule.cid)}`;
  }
}

function shownGroup(cid: number): string {
  return `CID ${cid} (${CONTEXT_GROUPS[cid]?.name ?? ''})`;
}
