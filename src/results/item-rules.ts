import type { DataSet } from '#dicom';
import { isUid } from '#fhir';
import { tagOf } from '#vocab';
import type { ReportIssue } from './report-issue.ts';
import { codeIn, codeOf, type ReportItem, type ReportTree } from './report-tree.ts';

const TAG = {
  text: tagOf('TextValue'),
  code: tagOf('ConceptCodeSequence'),
  concept: tagOf('ConceptNameCodeSequence'),
  measured: tagOf('MeasuredValueSequence'),
  qualifier: tagOf('NumericValueQualifierCodeSequence'),
  number: tagOf('NumericValue'),
  units: tagOf('MeasurementUnitsCodeSequence'),
  uid: tagOf('UID'),
  date: tagOf('Date'),
  time: tagOf('Time'),
  dateTime: tagOf('DateTime'),
  person: tagOf('PersonName'),
  continuity: tagOf('ContinuityOfContent'),
  references: tagOf('ReferencedSOPSequence'),
  sopClass: tagOf('ReferencedSOPClassUID'),
  sopInstance: tagOf('ReferencedSOPInstanceUID'),
  graphicType: tagOf('GraphicType'),
  graphicData: tagOf('GraphicData'),
} as const;

const LEAVES = ['TEXT', 'CODE', 'NUM', 'DATETIME', 'DATE', 'TIME', 'UIDREF', 'PNAME'] as const;
const OBJECTS = ['IMAGE', 'COMPOSITE', 'WAVEFORM'] as const;
const PLACES = ['SCOORD', 'SCOORD3D', 'TCOORD'] as const;
const ALL = [...LEAVES, ...OBJECTS, ...PLACES, 'CONTAINER'] as const;

/** Which kinds may stand below which, and how (PS3.3 Tables A.35.3-2, A.35.5-2, A.35.6-2 and A.35.13-2 together). */
const RELATIONSHIPS: readonly (readonly [
  source: readonly string[],
  relationship: string,
  target: readonly string[],
])[] = [
  [['CONTAINER'], 'CONTAINS', ALL],
  [['CONTAINER', 'TEXT', 'CODE', 'NUM'], 'HAS OBS CONTEXT', [...LEAVES, 'COMPOSITE']],
  [['CONTAINER', ...OBJECTS, 'NUM'], 'HAS ACQ CONTEXT', [...LEAVES, 'CONTAINER']],
  [ALL, 'HAS CONCEPT MOD', ['TEXT', 'CODE']],
  [['TEXT', 'CODE', 'NUM', 'PNAME', ...OBJECTS, ...PLACES], 'HAS PROPERTIES', ALL],
  [['TEXT', 'CODE', 'NUM'], 'INFERRED FROM', ALL],
  [PLACES, 'SELECTED FROM', ['IMAGE', 'SCOORD', 'SCOORD3D', 'WAVEFORM']],
];

/** What may be meant once more by reference: in the CAD reports and the comprehensive one (PS3.3 section A.35). */
const BY_REFERENCE = ['INFERRED FROM', 'HAS PROPERTIES', 'SELECTED FROM', 'HAS ACQ CONTEXT', 'HAS OBS CONTEXT'];

/** What PS3.3 says of each item, whatever the template: how it belongs to the one above, and that it has its value. */
export function itemIssues(tree: ReportTree): readonly ReportIssue[] {
  const issues: ReportIssue[] = [];
  const look = (item: ReportItem, above: ReportItem | undefined): void => {
    issues.push(...(above === undefined ? [] : belonging(item, above, tree)));
    if (item.refersTo === undefined) issues.push(...valueIssues(item));
    for (const child of item.below) look(child, item);
  };
  look(tree.root, undefined);
  return issues;
}

function belonging(item: ReportItem, above: ReportItem, tree: ReportTree): readonly ReportIssue[] {
  const rule = 'PS3.3 A.35';
  const issue = (message: string, fix: string): readonly ReportIssue[] => [{ path: item.path, rule, message, fix }];
  const target = item.refersTo === undefined ? item : tree.items.get(item.refersTo.join('.'));
  if (target === undefined) {
    return issue(`refers to item ${item.refersTo?.join('.')}, which is not there`, 'refer to an item of this report');
  }
  if (item.refersTo !== undefined) {
    if (!BY_REFERENCE.includes(item.relationship)) {
      return issue(`is by reference and ${item.relationship}`, 'write it by value');
    }
    const isAbove = item.refersTo.every((step, index) => step === item.place[index]);
    if (isAbove) return issue('refers to an item that it is part of', 'refer to an item elsewhere');
  }
  const allowed = RELATIONSHIPS.some(
    ([source, relationship, targets]) =>
      relationship === item.relationship && source.includes(above.valueType) && targets.includes(target.valueType),
  );
  if (allowed) return [];
  const how = item.relationship === '' ? 'has no relationship to' : `may not be ${item.relationship} of`;
  return issue(
    `${target.valueType || 'an item without a value type'} ${how} ${above.valueType || 'an item without a value type'}`,
    'use a relationship that the table of this kind of report has',
  );
}

const GRAPHIC_POINTS: Readonly<Record<string, (numbers: number) => boolean>> = {
  POINT: (numbers) => numbers === 2,
  MULTIPOINT: (numbers) => numbers >= 2 && numbers % 2 === 0,
  POLYLINE: (numbers) => numbers >= 4 && numbers % 2 === 0,
  CIRCLE: (numbers) => numbers === 4,
  ELLIPSE: (numbers) => numbers === 8,
};

/** PS3.3 section C.18: the value of each kind. */
function valueIssues(item: ReportItem): readonly ReportIssue[] {
  const { dataset, valueType, path } = item;
  const issues: ReportIssue[] = [];
  const wrong = (message: string, fix: string) => issues.push({ path, rule: 'PS3.3 C.18', message, fix });
  if (needsConcept(valueType) && dataset.items(TAG.concept).length !== 1) {
    wrong('has no concept name', 'add one item to ConceptNameCodeSequence');
  }
  for (const [tag, name] of [
    [TAG.concept, 'concept name'],
    [TAG.code, 'value'],
  ] as const) {
    for (const code of dataset.items(tag).map(codeOf)) {
      if (code.value === '' || code.scheme === '' || code.meaning === '') {
        wrong(`its ${name} is not a whole code`, 'give value, scheme and meaning');
      }
    }
  }
  switch (valueType) {
    case 'CONTAINER':
      if (!['SEPARATE', 'CONTINUOUS'].includes(dataset.text(TAG.continuity) ?? '')) {
        wrong('does not say whether its content is separate', 'set ContinuityOfContent to SEPARATE');
      }
      break;
    case 'TEXT':
      if (dataset.text(TAG.text) === undefined) wrong('says nothing', 'set TextValue');
      break;
    case 'CODE':
      if (dataset.items(TAG.code).length !== 1) wrong('has no value', 'add one item to ConceptCodeSequence');
      break;
    case 'NUM':
      numberIssues(dataset, wrong);
      break;
    case 'UIDREF':
      if (!isUid(dataset.text(TAG.uid) ?? '')) wrong('is no UID', 'set UID to digits and dots, 64 at most');
      break;
    case 'DATE':
      if (!/^\d{8}$/.test(dataset.text(TAG.date) ?? '')) wrong('is no date', 'set Date as YYYYMMDD');
      break;
    case 'TIME':
      if (!/^\d{2,6}(\.\d{1,6})?$/.test(dataset.text(TAG.time) ?? '')) wrong('is no time', 'set Time as HHMMSS');
      break;
    case 'DATETIME':
      if (!/^\d{4,14}(\.\d{1,6})?([+-]\d{4})?$/.test(dataset.text(TAG.dateTime) ?? '')) {
        wrong('is no moment', 'set DateTime as YYYYMMDDHHMMSS');
      }
      break;
    case 'PNAME':
      if (dataset.text(TAG.person) === undefined) wrong('names nobody', 'set PersonName');
      break;
    case 'IMAGE':
    case 'COMPOSITE':
    case 'WAVEFORM':
      objectIssues(dataset, wrong);
      break;
    case 'SCOORD':
      graphicIssues(item, wrong);
      break;
    case 'SCOORD3D':
    case 'TCOORD':
      break;
    default:
      wrong(`has the value type ${valueType || '(none)'}`, `use one of ${ALL.join(', ')}`);
  }
  return issues;
}

type Wrong = (message: string, fix: string) => void;

function needsConcept(valueType: string): boolean {
  return (LEAVES as readonly string[]).includes(valueType);
}

function numberIssues(dataset: DataSet, wrong: Wrong): void {
  const [value] = dataset.items(TAG.measured);
  if (value === undefined) {
    if (dataset.items(TAG.qualifier).length === 0) wrong('has no number', 'add an item to MeasuredValueSequence');
    return;
  }
  const text = value.text(TAG.number) ?? '';
  if (text === '' || !Number.isFinite(Number(text))) wrong('its value is no number', 'set NumericValue');
  const units = codeIn(value, TAG.units);
  if (units === undefined || units.value === '' || units.scheme === '') {
    wrong('has no unit', 'add one item to MeasurementUnitsCodeSequence');
  }
}

function objectIssues(dataset: DataSet, wrong: Wrong): void {
  const references = dataset.items(TAG.references);
  const [one] = references;
  if (references.length !== 1 || one === undefined) {
    wrong('names no object', 'add one item to ReferencedSOPSequence');
    return;
  }
  for (const [tag, name] of [
    [TAG.sopClass, 'ReferencedSOPClassUID'],
    [TAG.sopInstance, 'ReferencedSOPInstanceUID'],
  ] as const) {
    if (!isUid(one.text(tag) ?? '')) wrong(`its ${name} is no UID`, `set ${name}`);
  }
}

function graphicIssues({ dataset, below }: ReportItem, wrong: Wrong): void {
  const type = dataset.text(TAG.graphicType) ?? '';
  const fits = GRAPHIC_POINTS[type];
  if (fits === undefined) {
    wrong(`its graphic type is ${type || '(none)'}`, `use one of ${Object.keys(GRAPHIC_POINTS).join(', ')}`);
  } else if (!fits(dataset.numbers(TAG.graphicData).length)) {
    wrong(`has the wrong number of coordinates for a ${type}`, 'give column and row of each point');
  }
  if (!below.some(({ relationship }) => relationship === 'SELECTED FROM')) {
    wrong('does not say in which image it lies', 'add the image as SELECTED FROM');
  }
}
