import { UnicaError } from '#base';
import {
  DataSet,
  type DicomFile,
  type Edit,
  type Editor,
  type Element,
  type Encoding,
  editDataSet,
  KEEP,
  newElement,
  newSequence,
  parseDicom,
  REMOVE,
  TAGS,
  textValue,
  withElements,
  writeDicom,
} from '#dicom';
import { attributeOf, tagOf } from '#vocab';
import { actionOf } from './action.ts';
import { type Deidentified, sealed } from './deidentified.ts';
import { pseudonymOf, pseudonymousUid, type SiteSecret, shiftedDate } from './pseudonyms.ts';
import { type Refusal, refusal, refusalOf } from './refusals.ts';

/** A cleaned image, or the reason why it was set aside. */
export type Outcome = { readonly kind: 'clean'; readonly image: Deidentified } | Refusal;

/** Codes of the methods applied (PS3.16 CID 7050). */
const METHODS = [
  ['113100', 'Basic Application Confidentiality Profile'],
  ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'],
  ['113108', 'Retain Patient Characteristics Option'],
] as const;

/**
 * De-identifies a DICOM file by the Basic Profile of PS3.15 with Retain Patient Characteristics and Retain Longitudinal
 * Temporal Information With Modified Dates: every row of Table E.1-1, at every depth. Pixels are copied untouched.
 * What cannot be vouched for is set aside with the reason; nothing is thrown for a bad file.
 */
export function deidentify(bytes: Uint8Array, site: SiteSecret): Outcome {
  try {
    const file = parseDicom(bytes);
    const reason = refusalOf(file.dataset);
    if (reason !== undefined) return reason;
    return { kind: 'clean', image: sealed(cleaned(file, site)) };
  } catch (error) {
    if (error instanceof UnicaError) return refusal(error);
    throw error;
  }
}

function cleaned(file: DicomFile, site: SiteSecret): Uint8Array {
  const { dataset } = file;
  const person = pseudonymOf(site, dataset.text(tagOf('PatientID')) ?? '');
  const edited = editDataSet(dataset, editorFor(site, person));
  const marked = withElements(edited, marks(person, edited));
  return writeDicom({
    dataset: marked,
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: dataset.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: marked.text(TAGS.sopInstanceUid) ?? '',
  });
}

function editorFor(site: SiteSecret, person: string): Editor {
  return (element, dataset) => {
    if (element.tag === TAGS.pixelData || element.tag === TAGS.specificCharacterSet) return KEEP;
    const vr = element.vr === 'UN' ? (attributeOf(element.tag)?.vr ?? 'UN') : element.vr;
    switch (actionOf(element.tag, element.vr)) {
      case 'keep':
        return keepable(element, vr) ? KEEP : REMOVE;
      case 'remove':
        return REMOVE;
      case 'empty':
        return vr === 'SQ' ? { kind: 'empty-sequence' } : { kind: 'replace', value: new Uint8Array(0) };
      case 'dummy':
        return dummy(element, vr);
      case 'uid':
        return uids(element, dataset, site);
      case 'shift-date':
        return dates(element, vr, dataset, site, person);
      case 'clean':
        return characteristic(element);
    }
  };
}

/** A sequence that came as opaque bytes cannot be walked into, so it is not kept. */
function keepable(element: Element, vr: string): boolean {
  return vr !== 'SQ' || element.items !== undefined;
}

const DUMMIES: Readonly<Record<string, string>> = {
  DA: '19000101',
  DT: '19000101000000',
  TM: '000000',
  AS: '000Y',
  IS: '0',
  DS: '0',
  PN: 'REMOVED',
};
const BINARY: ReadonlySet<string> = new Set([
  'OB',
  'OW',
  'OF',
  'OD',
  'OL',
  'OV',
  'UN',
  'US',
  'SS',
  'UL',
  'SL',
  'FL',
  'FD',
  'AT',
]);

/** A value that is valid for its representation and says nothing. */
function dummy(element: Element, vr: string): Edit {
  if (vr === 'SQ') return { kind: 'empty-sequence' };
  if (BINARY.has(vr)) return { kind: 'replace', value: new Uint8Array(element.value.length) };
  return { kind: 'replace', value: textValue(vr, DUMMIES[vr] ?? 'REMOVED') };
}

function uids(element: Element, dataset: DataSet, site: SiteSecret): Edit {
  const mapped = dataset.strings(element.tag).map((uid) => pseudonymousUid(site, uid));
  return { kind: 'replace', value: textValue('UI', mapped) };
}

function dates(element: Element, vr: string, dataset: DataSet, site: SiteSecret, person: string): Edit {
  if (vr === 'SQ') return KEEP;
  if (vr === 'TM') {
    // Whole days are shifted, so the time of day stays; fractions of a second would be a fingerprint.
    const times = dataset.strings(element.tag).map((time) => time.slice(0, 6));
    return { kind: 'replace', value: textValue('TM', times) };
  }
  if (vr !== 'DA' && vr !== 'DT') return { kind: 'replace', value: new Uint8Array(0) };
  const shifted = dataset.strings(element.tag).map((date) => shiftedDate(site, person, date));
  return { kind: 'replace', value: textValue(vr, shifted) };
}

/** Patient characteristics that the option would have cleaned are free text: emptied, since nobody has read them. */
function characteristic(element: Element): Edit {
  return element.items === undefined ? { kind: 'replace', value: new Uint8Array(0) } : { kind: 'empty-sequence' };
}

function marks(person: string, edited: DataSet): readonly Element[] {
  const { encoding } = edited;
  const text = (keyword: string, vr: string, value: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, value), encoding);
  return [
    text('PatientName', 'PN', person),
    text('PatientID', 'LO', person),
    text('PatientIdentityRemoved', 'CS', 'YES'),
    text('DeidentificationMethod', 'LO', 'UNICA: PS3.15 Basic Profile, modified dates, patient characteristics'),
    newSequence(
      tagOf('DeidentificationMethodCodeSequence'),
      'SQ',
      METHODS.map((method) => code(method, encoding)),
      encoding,
    ),
    text('LongitudinalTemporalInformationModified', 'CS', 'MODIFIED'),
    ...cappedAge(edited),
  ];
}

/** Ages above 89 are told as 90 (45 CFR 164.514(b)(2)(i)(C), the usual rule). */
function cappedAge(edited: DataSet): readonly Element[] {
  const tag = tagOf('PatientAge');
  const match = /^(\d{3})Y$/.exec(edited.text(tag) ?? '');
  if (match === null || Number(match[1]) <= 89) return [];
  return [newElement(tag, 'AS', textValue('AS', '090Y'), edited.encoding)];
}

function code([value, meaning]: readonly [string, string], encoding: Encoding): DataSet {
  const text = (keyword: string, vr: string, content: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, content), encoding);
  return new DataSet(
    [text('CodeValue', 'SH', value), text('CodingSchemeDesignator', 'SH', 'DCM'), text('CodeMeaning', 'LO', meaning)],
    encoding,
  );
}
