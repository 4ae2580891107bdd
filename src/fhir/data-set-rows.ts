import { fromBase64Url, type Json, toBase64Url, utf8 } from '#base';
import { DataSet, type Element, newElement, newSequence, textValue } from '#dicom';
import { tagHex } from '#vocab';
import { isObject } from './fhir-json.ts';

const ENCODING = { explicit: true, littleEndian: true } as const;
const TEXT = new Set([
  'AE',
  'AS',
  'CS',
  'DA',
  'DS',
  'DT',
  'IS',
  'LO',
  'LT',
  'PN',
  'SH',
  'ST',
  'TM',
  'UC',
  'UI',
  'UR',
  'UT',
]);
/** Lengths of groups follow from what is in them. */
const isGroupLength = (tag: number): boolean => (tag & 0xffff) === 0;

/**
 * A data set as JSON from which the same values can be written again: by tag `[vr, text]`, `[vr, [items]]` or
 * `[vr, { bytes }]` where a value is no text or not padded as the standard says. The DICOM JSON model would lose how
 * numbers and times were written.
 */
export function rowsOf(dataset: DataSet): Json {
  return Object.fromEntries(
    dataset.elements.filter(({ tag }) => !isGroupLength(tag)).map((element) => [tagHex(element.tag), rowOf(element)]),
  );
}

function rowOf({ vr, value, items }: Element): Json {
  if (items !== undefined) return [vr, items.map(rowsOf)];
  const text = TEXT.has(vr) ? plainText(vr, value) : undefined;
  return [vr, text ?? { bytes: toBase64Url(value) }];
}

/** The text of a value without its padding, if writing it gives the same bytes. */
function plainText(vr: string, value: Uint8Array): string | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
  const pad = vr === 'UI' ? '\0' : ' ';
  const stripped = text.endsWith(pad) && utf8(text.slice(0, -1)).length % 2 === 1 ? text.slice(0, -1) : text;
  const again = textValue(vr, stripped);
  return again.length === value.length && again.every((byte, at) => byte === value[at]) ? stripped : undefined;
}

/** The data set of {@link rowsOf}, in explicit little endian. @throws RangeError where the rows are none */
export function dataSetOf(rows: Json): DataSet {
  if (!isObject(rows)) throw new RangeError('no rows of a data set');
  const elements = Object.entries(rows).map(([hex, row]) => {
    const tag = Number.parseInt(hex, 16);
    if (!Array.isArray(row) || !/^[0-9a-f]{8}$/i.test(hex) || typeof row[0] !== 'string')
      throw new RangeError(`no element ${hex}`);
    const vr = row[0];
    const content: Json = row[1] ?? null;
    if (Array.isArray(content)) return newSequence(tag, vr, content.map(dataSetOf), ENCODING);
    if (typeof content === 'string') return newElement(tag, vr, textValue(vr, content), ENCODING);
    const bytes = isObject(content) ? content['bytes'] : undefined;
    if (typeof bytes !== 'string') throw new RangeError(`no value in ${hex}`);
    return newElement(tag, vr, fromBase64Url(bytes), ENCODING);
  });
  return new DataSet(
    elements.sort((a, b) => a.tag - b.tag),
    ENCODING,
  );
}
