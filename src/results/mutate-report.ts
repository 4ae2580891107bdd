import { DataSet, type Element, newElement, newSequence, textValue, withElements } from '#dicom';
import { tagOf } from '#vocab';
import { type Placed, placedItems } from './check-report.ts';
import type { Code } from './code.ts';
import { CONTEXT_GROUPS } from './context-groups.ts';
import { unitsOf } from './measured-units.ts';

const ENCODING = { explicit: true, littleEndian: true } as const;
const CONTENT = tagOf('ContentSequence');

/** A report with one thing wrong. */
export interface ReportMutant {
  readonly what: string;
  readonly dataset: DataSet;
}

/**
 * Every way to break one row of a valid report: what has to be there left out or misnamed, what may be there once put
 * there twice, another relationship, value type, unit, number, code or image. Each mutant breaks a rule of the
 * template or of PS3.3; changes that the standard allows (another name for what an extensible template does not ask
 * for) are none of them.
 */
export function* reportMutants(report: DataSet): Generator<ReportMutant> {
  for (const placed of placedItems(report)) {
    const { item, row } = placed;
    const say = (what: string) => `${what}: ${item.path} (row ${row.row})`;
    const at = (change: (dataset: DataSet) => readonly DataSet[]) => changedAt(report, item.place, change);
    const edited = (...elements: readonly Element[]) => at((dataset) => [withElements(dataset, elements)]);
    if (placed.needed) yield { what: say('left out'), dataset: at(() => []) };
    if (!placed.many) yield { what: say('twice'), dataset: at((dataset) => [dataset, dataset]) };
    yield { what: say('relationship'), dataset: edited(text('RelationshipType', 'CS', otherRelationship(placed))) };
    yield { what: say('without relationship'), dataset: edited(text('RelationshipType', 'CS', '')) };
    if (item.refersTo !== undefined) {
      yield { what: say('refers to nothing'), dataset: edited(longs('ReferencedContentItemIdentifier', [1, 99_999])) };
      yield { what: say('refers to what it is in'), dataset: edited(longs('ReferencedContentItemIdentifier', [1])) };
      continue;
    }
    yield { what: say('value type'), dataset: edited(text('ValueType', 'CS', row.type === 'TEXT' ? 'CODE' : 'TEXT')) };
    const isNamed = row.concept.kind === 'is' || row.concept.kind === 'one-of' || row.concept.kind === 'of-group';
    if (isNamed && (placed.needed || !placed.extensible)) {
      yield { what: say('misnamed'), dataset: edited(code('ConceptNameCodeSequence', NONSENSE)) };
    }
    yield* valueMutants(placed, edited, say);
  }
  yield* documentMutants(report);
}

const NONSENSE: Code = { value: '000000', scheme: '99NONSENSE', meaning: 'Nonsense' };
const CODE_VALUE = 'ConceptCodeSequence';

function* valueMutants(
  { item, row }: Placed,
  edited: (...elements: readonly Element[]) => DataSet,
  say: (what: string) => string,
): Generator<ReportMutant> {
  const number = (value: string, unit: Code | undefined) =>
    edited(sequence('MeasuredValueSequence', [measured(item.dataset, value, unit)]));
  switch (row.type) {
    case 'CODE': {
      yield { what: say('half a code'), dataset: edited(code(CODE_VALUE, { ...NONSENSE, scheme: '' })) };
      yield { what: say('no code'), dataset: edited(sequence(CODE_VALUE, [])) };
      if (isClosed(row.value)) yield { what: say('other code'), dataset: edited(code(CODE_VALUE, NONSENSE)) };
      break;
    }
    case 'NUM': {
      const rule = row.value?.kind === 'number' ? row.value : undefined;
      yield { what: say('no number'), dataset: number('', undefined) };
      if (rule !== undefined || (item.concept !== undefined && unitsOf(item.concept) !== undefined)) {
        yield { what: say('unit'), dataset: number('1', { value: 'kg', scheme: 'UCUM', meaning: 'kilogram' }) };
      }
      if (rule?.least !== undefined)
        yield { what: say('too little'), dataset: number(String(rule.least - 1), undefined) };
      if (rule?.most !== undefined) yield { what: say('too much'), dataset: number(String(rule.most + 1), undefined) };
      break;
    }
    case 'IMAGE':
      yield { what: say('no image'), dataset: edited(sequence('ReferencedSOPSequence', [])) };
      yield { what: say('image that is no evidence'), dataset: edited(sequence('ReferencedSOPSequence', [STRANGE])) };
      break;
    case 'SCOORD':
      yield {
        what: say('graphic'),
        dataset: edited(text('GraphicType', 'CS', 'MULTIPOINT'), floats('GraphicData', [1, 1, 2])),
      };
      if (row.value?.kind === 'graphic') {
        const other = row.value.types.includes('POINT') ? 'MULTIPOINT' : 'POINT';
        yield {
          what: say('other graphic'),
          dataset: edited(text('GraphicType', 'CS', other), floats('GraphicData', [1, 1])),
        };
      }
      break;
    case 'UIDREF':
      yield { what: say('no UID'), dataset: edited(text('UID', 'UI', 'x.y')) };
      break;
    case 'DATE':
      yield { what: say('no date'), dataset: edited(text('Date', 'DA', '2026')) };
      break;
    case 'TIME':
      yield { what: say('no time'), dataset: edited(text('Time', 'TM', 'noon')) };
      break;
    case 'TEXT':
      yield { what: say('no text'), dataset: edited(text('TextValue', 'UT', '')) };
      break;
    case 'CONTAINER':
      yield { what: say('continuity'), dataset: edited(text('ContinuityOfContent', 'CS', 'NONE')) };
      break;
    default:
      break;
  }
}

function* documentMutants(report: DataSet): Generator<ReportMutant> {
  const whole = (what: string, element: Element) => ({ what, dataset: withElements(report, [element]) });
  yield whole('title', code('ConceptNameCodeSequence', NONSENSE));
  yield whole('completion flag', text('CompletionFlag', 'CS', 'DONE'));
  yield whole('verification flag', text('VerificationFlag', 'CS', ''));
  yield whole('kind of report', text('SOPClassUID', 'UI', '1.2.840.10008.5.1.4.1.1.88.11'));
  yield whole('no template', sequence('ContentTemplateSequence', []));
  yield whole('relationship of the root', text('RelationshipType', 'CS', 'CONTAINS'));
  yield whole('no evidence', sequence('CurrentRequestedProcedureEvidenceSequence', []));
  yield whole('nothing in it', sequence('ContentSequence', []));
}

/** One that the row does not have; for rows without a name of their own one that no report may have there. */
function otherRelationship({ row, item }: Placed): string {
  if (row.concept.kind === 'any' || row.concept.kind === 'none') {
    return item.relationship === 'SELECTED FROM' ? 'CONTAINS' : 'SELECTED FROM';
  }
  return item.relationship === 'HAS PROPERTIES' ? 'INFERRED FROM' : 'HAS PROPERTIES';
}

/** Whether no other code may stand there. */
function isClosed(rule: Placed['row']['value']): boolean {
  if (rule?.kind === 'codes') return true;
  return rule?.kind === 'group' && CONTEXT_GROUPS[rule.cid]?.extensible === false;
}

/** A report with one item changed, left out, or put there several times. */
export function changedAt(
  dataset: DataSet,
  place: readonly number[],
  change: (found: DataSet) => readonly DataSet[],
): DataSet {
  const [, next, ...rest] = place;
  if (next === undefined) return dataset;
  const items = dataset.items(CONTENT).flatMap((child, index) => {
    if (index + 1 !== next) return [child];
    return rest.length === 0 ? change(child) : [changedAt(child, [next, ...rest], change)];
  });
  return withElements(dataset, [newSequence(CONTENT, 'SQ', items, ENCODING)]);
}

function text(keyword: string, vr: string, value: string): Element {
  return newElement(tagOf(keyword), vr, textValue(vr, value), ENCODING);
}

function longs(keyword: string, values: readonly number[]): Element {
  return newElement(tagOf(keyword), 'UL', new Uint8Array(Uint32Array.from(values).buffer), ENCODING);
}

function floats(keyword: string, values: readonly number[]): Element {
  return newElement(tagOf(keyword), 'FL', new Uint8Array(Float32Array.from(values).buffer), ENCODING);
}

function sequence(keyword: string, items: readonly DataSet[]): Element {
  return newSequence(tagOf(keyword), 'SQ', items, ENCODING);
}

function code(keyword: string, value: Code): Element {
  return sequence(keyword, [dataSetOf(codeElements(value))]);
}

function codeElements({ value, scheme, meaning }: Code): readonly Element[] {
  return [
    text('CodeValue', 'SH', value),
    text('CodingSchemeDesignator', 'SH', scheme),
    text('CodeMeaning', 'LO', meaning),
  ];
}

function measured(item: DataSet, value: string, unit: Code | undefined): DataSet {
  const [old] = item.items(tagOf('MeasuredValueSequence'));
  const elements = [
    text('NumericValue', 'DS', value),
    ...(unit === undefined ? [] : [code('MeasurementUnitsCodeSequence', unit)]),
  ];
  return old === undefined ? dataSetOf(elements) : withElements(old, elements);
}

const STRANGE = dataSetOf([
  text('ReferencedSOPClassUID', 'UI', '1.2.840.10008.5.1.4.1.1.1.2'),
  text('ReferencedSOPInstanceUID', 'UI', '2.25.999'),
]);

function dataSetOf(elements: readonly Element[]): DataSet {
  return new DataSet(
    [...elements].sort((a, b) => a.tag - b.tag),
    ENCODING,
  );
}
