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
import { echoesOf } from './echoes.ts';
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
  const edited = editDataSet(dataset, editorFor({ site, person, echoes: echoesOf(dataset) }));
  const marked = withElements(edited, marks(person, edited));
  return writeDicom({
    dataset: marked,
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: marked.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: marked.text(TAGS.sopInstanceUid) ?? '',
  });
}

/** What the edits of one file share. */
interface Case {
  readonly site: SiteSecret;
  readonly person: string;
  readonly echoes: (text: string) => boolean;
}

function editorFor(cleaning: Case): Editor {
  return (element, dataset, depth) => {
    if (element.tag === TAGS.specificCharacterSet) return characterSet(dataset);
    const vr = element.vr === 'UN' ? (attributeOf(element.tag)?.vr ?? 'UN') : element.vr;
    switch (actionOf(element.tag, element.vr)) {
      case 'keep':
        return kept(element, vr, dataset, depth, cleaning);
      case 'remove':
        return REMOVE;
      case 'empty':
        return emptied(element, vr);
      case 'dummy':
        return vr === 'UI' ? uids(element, dataset, cleaning.site) : dummy(element, vr);
      case 'uid':
        return uids(element, dataset, cleaning.site);
      case 'shift-date':
        return dates(element, vr, dataset, cleaning);
      case 'clean':
        return emptied(element, vr);
    }
  };
}

/** A term that is none of PS3.3 section C.12.1.1.2 is no character set. */
function characterSet(dataset: DataSet): Edit {
  const known = dataset.characterSet.every((term) => /^(|ISO_IR \d{1,3}|ISO 2022 IR \d{1,3}|GB18030|GBK)$/.test(term));
  return known ? KEEP : REMOVE;
}

/** A value that the profile lets stay, provided that it is what its representation says. */
function kept(element: Element, vr: string, dataset: DataSet, depth: number, { echoes }: Case): Edit {
  // Pixels stand at the top of a file; those of thumbnails have been looked at by nobody.
  if (element.tag >>> 16 === 0x7fe0) return depth === 0 ? KEEP : REMOVE;
  if (element.items !== undefined) return KEEP;
  // A sequence that came as opaque bytes cannot be walked into.
  if (vr === 'SQ') return REMOVE;
  const allowed = ENUMERATED[element.tag] ?? FORMS[vr];
  if (allowed !== undefined && !dataset.strings(element.tag).every((text) => text === '' || allowed.test(text))) {
    return emptied(element, vr);
  }
  if (vr === 'AS') return cappedAge(dataset.strings(element.tag));
  const repeats = (vr === 'LO' || vr === 'SH') && echoes(dataset.strings(element.tag).join('\\'));
  return repeats ? dummy(element, vr) : KEEP;
}

/** What a value of a representation looks like (PS3.5 section 6.2); anything else was put there for another purpose. */
const FORMS: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/,
  DS: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  IS: /^[+-]?\d+$/,
};

/** Patient characteristics with defined terms in PS3.3. */
const ENUMERATED: Readonly<Record<number, RegExp>> = {
  [tagOf('PatientSex')]: /^[MFO]$/,
  [tagOf('PatientSexNeutered')]: /^(ALTERED|UNALTERED)$/,
  [tagOf('SmokingStatus')]: /^(YES|NO|UNKNOWN)$/,
};

/** Ages above 89 are told as 90 (45 CFR 164.514(b)(2)(i)(C), the usual rule). */
function cappedAge(ages: readonly string[]): Edit {
  const capped = ages.map((age) => (age.endsWith('Y') && Number.parseInt(age, 10) > 89 ? '090Y' : age));
  return { kind: 'replace', value: textValue('AS', capped) };
}

function emptied(element: Element, vr: string): Edit {
  if (vr === 'SQ' || element.items !== undefined) return { kind: 'empty-sequence' };
  return { kind: 'replace', value: new Uint8Array(0) };
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
  if (vr === 'SQ' || element.items !== undefined) return { kind: 'empty-sequence' };
  if (BINARY.has(vr)) return { kind: 'replace', value: new Uint8Array(element.value.length) };
  return { kind: 'replace', value: textValue(vr, DUMMIES[vr] ?? 'REMOVED') };
}

function uids(element: Element, dataset: DataSet, site: SiteSecret): Edit {
  const mapped = dataset.strings(element.tag).map((uid) => pseudonymousUid(site, uid));
  return { kind: 'replace', value: textValue('UI', mapped) };
}

function dates(element: Element, vr: string, dataset: DataSet, { site, person }: Case): Edit {
  if (vr === 'TM') {
    // Whole days are shifted, so the time of day stays; fractions of a second would be a fingerprint.
    const times = dataset.strings(element.tag).map(wholeSeconds);
    return { kind: 'replace', value: textValue('TM', times) };
  }
  if (vr !== 'DA' && vr !== 'DT') return emptied(element, vr);
  const shifted = dataset.strings(element.tag).map((date) => shiftedDate(site, person, date));
  return { kind: 'replace', value: textValue(vr, shifted) };
}

/** Hours, minutes and seconds of a time (PS3.5 section 6.2, TM); empty when it is none. */
function wholeSeconds(time: string): string {
  const [whole] = /^([01]\d|2[0-3])(:?[0-5]\d(:?([0-5]\d|60))?)?(?=$|\.\d{1,6}$)/.exec(time) ?? [''];
  return whole.replaceAll(':', '');
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
  ];
}

function code([value, meaning]: readonly [string, string], encoding: Encoding): DataSet {
  const text = (keyword: string, vr: string, content: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, content), encoding);
  return new DataSet(
    [text('CodeValue', 'SH', value), text('CodingSchemeDesignator', 'SH', 'DCM'), text('CodeMeaning', 'LO', meaning)],
    encoding,
  );
}
