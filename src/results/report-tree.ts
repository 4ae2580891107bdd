import { UnicaError } from '#base';
import type { DataSet } from '#dicom';
import { tagOf } from '#vocab';
import { type Code, shownCode } from './code.ts';

const TAG = {
  valueType: tagOf('ValueType'),
  relationship: tagOf('RelationshipType'),
  concept: tagOf('ConceptNameCodeSequence'),
  content: tagOf('ContentSequence'),
  reference: tagOf('ReferencedContentItemIdentifier'),
  template: tagOf('ContentTemplateSequence'),
  templateIdentifier: tagOf('TemplateIdentifier'),
  codeValue: tagOf('CodeValue'),
  longCodeValue: tagOf('LongCodeValue'),
  urnCodeValue: tagOf('URNCodeValue'),
  scheme: tagOf('CodingSchemeDesignator'),
  meaning: tagOf('CodeMeaning'),
} as const;

/** Beyond these a report is no report but an attack. */
const MOST_ITEMS = 100_000;
const DEEPEST_LEVEL = 60;

/** An item of a report as it was read. */
export interface ReportItem {
  /** Such as `Chest CAD Report > Image Library > IMAGE 1`. */
  readonly path: string;
  /** Positions from the root, which is 1. */
  readonly place: readonly number[];
  readonly relationship: string;
  /** Empty for an item by reference. */
  readonly valueType: string;
  /** Place of the item that is meant, for one by reference. */
  readonly refersTo: readonly number[] | undefined;
  readonly concept: Code | undefined;
  readonly template: number | undefined;
  readonly dataset: DataSet;
  readonly below: readonly ReportItem[];
}

/** The tree of a report and its items by their place, joined by dots. */
export interface ReportTree {
  readonly root: ReportItem;
  readonly items: ReadonlyMap<string, ReportItem>;
}

/** Reads the tree of a structured report. @throws UnicaError `results.no-report` where there is none, or one too large */
export function readReportTree(dataset: DataSet): ReportTree {
  if (dataset.text(TAG.valueType) === undefined) {
    throw new UnicaError('results.no-report', { problem: 'it has no content tree' });
  }
  const items = new Map<string, ReportItem>();
  const read = (from: DataSet, place: readonly number[], path: string): ReportItem => {
    if (items.size >= MOST_ITEMS || place.length > DEEPEST_LEVEL) throw tooLarge();
    const children = from.items(TAG.content);
    if (items.size + children.length > MOST_ITEMS) throw tooLarge();
    const names = children.map(nameOf);
    const [same, seen] = [new Map<string, number>(), new Map<string, number>()];
    for (const name of names) same.set(name, (same.get(name) ?? 0) + 1);
    const below = children.map((child, index) => {
      const name = names[index] ?? '';
      const number = (seen.get(name) ?? 0) + 1;
      seen.set(name, number);
      return read(child, [...place, index + 1], `${path} > ${name}${(same.get(name) ?? 0) > 1 ? ` ${number}` : ''}`);
    });
    const references = from.numbers(TAG.reference);
    const [template] = from.items(TAG.template);
    const tid = Number(template?.text(TAG.templateIdentifier));
    const item: ReportItem = {
      path,
      place,
      relationship: from.text(TAG.relationship) ?? '',
      valueType: from.text(TAG.valueType) ?? '',
      refersTo: references.length === 0 ? undefined : references,
      concept: codeIn(from, TAG.concept),
      template: Number.isInteger(tid) ? tid : undefined,
      dataset: from,
      below,
    };
    items.set(place.join('.'), item);
    return item;
  };
  const root = read(dataset, [1], nameOf(dataset));
  return { root, items };
}

function tooLarge(): UnicaError {
  return new UnicaError('results.no-report', {
    problem: `its tree has more than ${MOST_ITEMS} items or ${DEEPEST_LEVEL} levels`,
  });
}

function nameOf(dataset: DataSet): string {
  const concept = codeIn(dataset, TAG.concept);
  if (concept !== undefined) return concept.meaning || shownCode(concept);
  if (dataset.has(TAG.reference)) return 'reference';
  return dataset.text(TAG.valueType) ?? 'item';
}

/** The first code of a sequence; undefined where there is none. */
export function codeIn(dataset: DataSet, tag: number): Code | undefined {
  const [item] = dataset.items(tag);
  return item === undefined ? undefined : codeOf(item);
}

/** The code that an item of a sequence is; parts that are missing are empty. */
export function codeOf(item: DataSet): Code {
  return {
    value: item.text(TAG.codeValue) ?? item.text(TAG.longCodeValue) ?? item.text(TAG.urnCodeValue) ?? '',
    scheme: item.text(TAG.scheme) ?? (item.has(TAG.urnCodeValue) ? 'URN' : ''),
    meaning: item.text(TAG.meaning) ?? '',
  };
}
