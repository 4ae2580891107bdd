import { UnicaError } from '#base';
import {
  DataSet,
  type DicomFile,
  type Edit,
  type Editor,
  type Element,
  type Encoding,
  editDataSet,
  encodeText,
  hasItems,
  isPixelTag,
  KEEP,
  newElement,
  newSequence,
  parseDicom,
  REMOVE,
  TAGS,
  textValue,
  type WrittenFile,
  withElements,
  writeDicom,
} from '#dicom';
import { attributeOf, isPictureClass, tagOf } from '#vocab';
import { type Action, actionOf } from './action.ts';
import {
  type Frames,
  framesOf,
  lookAtPixels,
  type PixelMeans,
  type PixelsSeen,
  withoutWriting,
} from './clean-pixels.ts';
import { cleanText, isHarmlessCode, pointsAtSomebody, wordMayStay } from './clean-text.ts';
import { type Deidentified, sealed } from './deidentified.ts';
import {
  BINARY,
  BY_TEXT,
  ENUMERATED,
  PIXELS,
  TEXTS,
  VERIFICATION_FLAG,
  VERIFYING_OBSERVERS,
  WORDED,
} from './kinds-of-values.ts';
import { bytesRepeatKnown, FEWEST_BYTES } from './known-bytes.ts';
import { isKnownNumber, type KnownIdentifiers, knownIdentifiers, repeatsKnown } from './known-identifiers.ts';
import { ALL_OPTIONS, type DeidOptions, OPTION_CODES } from './options.ts';
import type { PixelMask } from './pixel-mask.ts';
import { dateShift, pseudonymOf, pseudonymousUid, type SiteSecret, writePseudonymousUid } from './pseudonyms.ts';
import { QuickDecisions } from './quick-decisions.ts';
import { mayHoldWriting, type PixelBytes, type Refusal, refusal, refusalOf, writingRefusal } from './refusals.ts';
import { remembered } from './remembered.ts';
import { isSafePrivate } from './safe-private.ts';
import { NO_SITE_WORDS, type SiteWords } from './site-words.ts';

/** What cleaning may use beside the file. */
export interface CleaningMeans extends PixelMeans {
  /** Words that the site lets stay in descriptions. */
  readonly siteWords?: SiteWords | undefined;
  /**
   * What somebody decided who looked at every frame: these rectangles are to be blacked out, and nothing else in the pixels
   * identifies. Everything but the search for writing stays as it is.
   */
  readonly seenByPerson?: readonly PixelMask[] | undefined;
}

/** A cleaned image, or the reason why it was set aside. */
export type Outcome =
  | {
      readonly kind: 'clean';
      readonly image: Deidentified;
      /** Lines of writing that were blacked out in the pixels. */
      readonly maskedLines: number;
      /** Every rectangle that was blacked out, and why. */
      readonly masks: readonly PixelMask[];
    }
  | Refusal;

/**
 * De-identifies a DICOM file by the Basic Profile of PS3.15 and the chosen options: every row of Table E.1-1, at every
 * depth. Pixels are copied untouched but for lines of writing and for what lies beside the regions of ultrasound, which
 * are blacked out. What cannot be vouched for is set aside with the reason; nothing is thrown for a bad file.
 */
export function deidentify(
  bytes: Uint8Array,
  site: SiteSecret,
  options: DeidOptions = ALL_OPTIONS,
  means: CleaningMeans = {},
): Outcome {
  return orRefused(() => {
    const file = parseDicom(bytes);
    const judged = judge({ file, frames: framesOf(file, means), pixels: pixelsOf(file.dataset) }, options, means);
    if (judged.kind === 'quarantined') return judged;
    const { seen } = judged;
    const masked = seen !== undefined && seen.masks.length > 0;
    const readable = masked ? withoutWriting(file, seen, means) : file;
    return {
      kind: 'clean',
      image: sealed(writeDicom(withoutIdentity(readable, site, { options, means, looked: seen !== undefined }))),
      maskedLines: seen?.lines ?? 0,
      masks: seen?.masks ?? [],
    };
  });
}

function pixelsOf(dataset: DataSet): PixelBytes {
  const { fragments = [], value } = dataset.elements.find(({ tag }) => isPixelTag(tag)) ?? { value: new Uint8Array(0) };
  const [offsetTable = new Uint8Array(0), ...frames] = fragments;
  return {
    fragments: frames,
    offsetTable,
    nativeBytes: value.length,
    readNative: (start, length) => value.subarray(start, start + length),
  };
}

/** What a bad file ends with is a refusal. */
export function orRefused<Result>(work: () => Result): Result | Refusal {
  try {
    return work();
  } catch (error) {
    if (error instanceof UnicaError) return refusal(error);
    throw error;
  }
}

/** A file as it is looked at before it is cleaned. */
export interface Original {
  readonly file: DicomFile;
  readonly frames: Frames;
  readonly pixels: PixelBytes;
}

/** Whether a file may be cleaned, and what was seen in its pixels where they had to be looked at. */
export function judge(
  { file, frames, pixels }: Original,
  options: DeidOptions,
  means: CleaningMeans,
): Refusal | { readonly kind: 'taken'; readonly seen: PixelsSeen | undefined } {
  const { dataset } = file;
  const reason = refusalOf(dataset, options, pixels);
  if (reason !== undefined) return reason;
  const picture = isPictureClass(dataset.text(TAGS.sopClassUid) ?? '');
  if (picture && means.seenByPerson !== undefined) {
    return { kind: 'taken', seen: { masks: means.seenByPerson, doubts: [], lines: 0, page: false, known: true } };
  }
  const seen = picture && options.has('pixels') && mayHoldWriting(dataset) ? lookAtPixels(frames, means) : undefined;
  const unread = picture ? writingRefusal(dataset, seen) : undefined;
  return unread ?? { kind: 'taken', seen };
}

/** The file with every row of the profile applied to its header. @param looked whether its pixels were looked at */
export function withoutIdentity(
  file: DicomFile,
  site: SiteSecret,
  {
    options,
    means: { siteWords = NO_SITE_WORDS },
    looked,
  }: { readonly options: DeidOptions; readonly means: CleaningMeans; readonly looked: boolean },
): WrittenFile {
  const { dataset } = file;
  const person = pseudonymOf(site, dataset.text(tagOf('PatientID')) ?? '');
  const known = knownIdentifiers(dataset, options);
  const cleaning = caseOf({ site, person, options, siteWords, known });
  const edited = editDataSet(dataset, editorFor(cleaning), cleaning.quick);
  const marked = withElements(edited, marksOf(cleaning, edited, looked));
  return {
    dataset: marked,
    transferSyntaxUid: file.transferSyntaxUid,
    sopClassUid: marked.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: marked.text(TAGS.sopInstanceUid) ?? '',
  };
}

/** A file that this room cleaned before, once somebody has looked at its pixels. */
export function asLookedAt({ dataset, transferSyntaxUid }: DicomFile): WrittenFile {
  const person = dataset.text(tagOf('PatientID')) ?? '';
  const marked = withElements(dataset, marks(person, dataset, { options: ALL_OPTIONS, looked: true }));
  return {
    dataset: marked,
    transferSyntaxUid,
    sopClassUid: marked.text(TAGS.sopClassUid) ?? '',
    sopInstanceUid: marked.text(TAGS.sopInstanceUid) ?? '',
  };
}

/** What the edits of files share that say the same of the same person. */
interface Case {
  readonly site: SiteSecret;
  readonly person: string;
  readonly options: DeidOptions;
  readonly siteWords: SiteWords;
  readonly known: KnownIdentifiers;
  /** What stands for a UID, a date, a description: the same text comes again and again, in one file and in its series. */
  readonly newUid: (uid: string) => string;
  readonly newDate: (date: string) => string;
  readonly newText: (text: string) => string;
  /** Whether a text, a code, a UID is about the person by what it says. */
  readonly textSpeaks: (text: string) => boolean;
  readonly codeSpeaks: (code: string) => boolean;
  readonly uidSpeaks: (uid: string) => boolean;
  /** What became of the last text of each tag: in a series, and in the items of a sequence, most are the same again. */
  readonly lastEdits: Map<number, LastEdit>;
  /** Decides on what stands in items as the editor does. */
  readonly quick: QuickDecisions;
  /** By encoding and by whether pixels were looked at. */
  readonly marks: Map<string, readonly Element[]>;
}

/** All but the quick answers, which are made of it. */
type Rules = Omit<Case, 'quick'>;

/** Where a text stands that is read without knowing more of where it stands. */
const NO_OTHERS = new DataSet([], { explicit: true, littleEndian: true });

interface LastEdit {
  readonly vr: string;
  readonly text: string;
  readonly edit: Edit;
}

/** The last case of what a file says: images of a study come one after the other. */
const cases = new WeakMap<KnownIdentifiers, Case>();

type CaseOf = Pick<Case, 'site' | 'person' | 'options' | 'siteWords' | 'known'>;

function caseOf({ site, person, options, siteWords, known }: CaseOf): Case {
  const before = cases.get(known);
  if (
    before?.site.secret === site.secret &&
    before.site.siteId === site.siteId &&
    before.person === person &&
    before.options === options &&
    before.siteWords === siteWords
  )
    return before;
  const mayStay = remembered((word) => wordMayStay(word, known, siteWords));
  const fresh: Rules = {
    ...{ site, person, options, siteWords, known },
    newUid: remembered((uid) => pseudonymousUid(site, uid)),
    newDate: remembered(dateShift(site, person)),
    newText: remembered((text) => cleanText(text, known, mayStay)),
    textSpeaks: remembered((text) => repeatsKnown(known, text) || pointsAtSomebody(text)),
    codeSpeaks: remembered((code) => repeatsKnown(known, code) && !isHarmlessCode(code)),
    uidSpeaks: remembered((uid) => [uid, ...uid.split('.')].some((part) => isKnownNumber(known, part))),
    lastEdits: new Map(),
    marks: new Map(),
  };
  const quick = new QuickDecisions({
    ...{ options, known },
    byText: (element, action) => byText(element, action, NO_OTHERS, fresh),
    described: (element) => described(element, element.vr, NO_OTHERS, fresh),
    writeUid: (bytes, place, target) => writePseudonymousUid(site, bytes, place, target),
  });
  const begun: Case = { ...fresh, quick };
  cases.set(known, begun);
  return begun;
}

function editorFor(cleaning: Rules): Editor {
  return (element, dataset, depth) => {
    // Readers show one of several with the same tag; what the others hold nobody has looked at.
    if (dataset.element(element.tag) !== element) return REMOVE;
    if (element.tag === TAGS.specificCharacterSet) return characterSet(dataset);
    // Without the names of those who verified it, a report is no verified one (PS3.3 section C.17.2).
    if (element.tag === VERIFYING_OBSERVERS) return REMOVE;
    if (element.tag === VERIFICATION_FLAG) {
      // Whatever it was written as: it is a code.
      return { kind: 'replace', value: textValue('CS', 'UNVERIFIED'), vr: 'CS' };
    }
    const vr = element.vr === 'UN' ? (attributeOf(element.tag)?.vr ?? 'UN') : element.vr;
    const action = actionOf(element.tag, element.vr, cleaning.options);
    const isText = TEXTS.has(element.vr) && element.tag >>> 16 !== PIXELS;
    if (isText && BY_TEXT.has(action)) return asBefore(element, action, dataset, cleaning);
    switch (action) {
      case 'keep':
        return kept(element, vr, dataset, depth, cleaning);
      case 'remove':
        return REMOVE;
      case 'empty':
        return emptied(element, vr);
      case 'dummy':
        return vr === 'UI' ? uids(element, dataset, cleaning) : dummy(element, vr);
      case 'uid':
        return uids(element, dataset, cleaning);
      case 'shift-date':
        return dates(element, vr, dataset, cleaning);
      case 'clean':
        return described(element, vr, dataset, cleaning);
      case 'safe-private':
        return isSafePrivate(element, dataset) && !speaksOfPerson(element, vr, dataset, cleaning) ? KEEP : REMOVE;
    }
  };
}

/** Decides on a text, or finds that the last one of its tag was the same. */
function asBefore(element: Element, action: Action, dataset: DataSet, cleaning: Rules): Edit {
  const { tag, vr } = element;
  const text = element.plainText?.();
  if (text === undefined) return byText(element, action, dataset, cleaning);
  const before = cleaning.lastEdits.get(tag);
  if (before?.text === text && before.vr === vr) return before.edit;
  const edit = byText(element, action, dataset, cleaning);
  cleaning.lastEdits.set(tag, { vr, text, edit });
  return edit;
}

function byText(element: Element, action: Action, dataset: DataSet, cleaning: Rules): Edit {
  if (action === 'uid') return uids(element, dataset, cleaning);
  if (action === 'shift-date') return dates(element, element.vr, dataset, cleaning);
  return kept(element, element.vr, dataset, 0, cleaning);
}

/** A term that is none of PS3.3 section C.12.1.1.2 is no character set. */
function characterSet(dataset: DataSet): Edit {
  // Terms are read up to this length.
  if ((dataset.element(TAGS.specificCharacterSet)?.value.length ?? 0) > LONGEST_CHARACTER_SET) return REMOVE;
  const known = dataset.characterSet.every((term) => /^(|ISO_IR \d{1,3}|ISO 2022 IR \d{1,3}|GB18030|GBK)$/.test(term));
  return known ? KEEP : REMOVE;
}

const LONGEST_CHARACTER_SET = 256;

/** A value that the profile lets stay, provided that it is what its representation says. */
function kept(element: Element, vr: string, dataset: DataSet, depth: number, cleaning: Rules): Edit {
  // Pixels stand at the top of a file; those of thumbnails have been looked at by nobody.
  if (element.tag >>> 16 === PIXELS) {
    const stays = depth === 0 && (isPixelTag(element.tag) || !hidesKnown(element, cleaning.known));
    return stays ? KEEP : REMOVE;
  }
  if (hasItems(element)) return KEEP;
  // A sequence that came as opaque bytes cannot be walked into.
  if (vr === 'SQ') return REMOVE;
  const allowed = ENUMERATED.get(element.tag) ?? FORMS[vr];
  if (allowed !== undefined && !dataset.stringsOf(element).every((text) => text === '' || allowed.test(text))) {
    return emptied(element, vr);
  }
  if (vr === 'AS') return cappedAge(dataset.stringsOf(element));
  return speaksOfPerson(element, vr, dataset, cleaning) ? dummy(element, vr) : KEEP;
}

/** Whether a value that may stay by its tag is about the person by what it says. */
function speaksOfPerson(element: Element, vr: string, dataset: DataSet, cleaning: Rules): boolean {
  const { known, textSpeaks, codeSpeaks, uidSpeaks } = cleaning;
  switch (vr) {
    case 'LO':
    case 'LT':
    case 'SH':
    case 'ST':
    case 'UC':
    case 'UR':
    case 'UT':
      return textSpeaks(dataset.stringsOf(element).join('\\'));
    case 'CS':
      // Codes are ASCII whatever the character set (PS3.5 section 6.2); other letters in them would be read by nobody.
      return (
        (element.plainText?.() === undefined && !isPlainCode(element.value)) ||
        dataset.stringsOf(element).some(codeSpeaks)
      );
    case 'DS':
    case 'IS':
      return dataset.stringsOf(element).some((number) => isKnownNumber(known, number));
    case 'UI':
      return dataset.stringsOf(element).some(uidSpeaks);
    default:
      return hidesKnown(element, known);
  }
}

function isPlainCode(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80 || byte === 0x1b) return false;
  return true;
}

/** Whether a value of numbers spells a name. */
function hidesKnown(element: Element, known: KnownIdentifiers): boolean {
  if ((element.valueBytes ?? element.value.length) < FEWEST_BYTES) return false;
  return BINARY.has(element.vr) && bytesRepeatKnown(known, element.value);
}

/** A description without what identifies; a sequence of them is walked into. */
function described(element: Element, vr: string, dataset: DataSet, { newText }: Rules): Edit {
  if (hasItems(element)) return KEEP;
  if (!WORDED.has(vr)) return vr === 'CS' ? dummy(element, vr) : REMOVE;
  const before = dataset.stringsOf(element);
  const after = before.map(newText);
  if (after.every((text, index) => text === before[index])) return KEEP;
  const bytes = encodeText(after.join('\\'), vr, dataset.characterSet);
  // An attribute that had a value keeps having one.
  if (bytes === undefined || after.every((text) => text === '')) return dummy(element, vr);
  return { kind: 'replace', value: bytes };
}

/** What a value of a representation looks like (PS3.5 section 6.2); anything else was put there for another purpose. */
const FORMS: Readonly<Record<string, RegExp>> = {
  AS: /^\d{3}[DWMY]$/,
  DS: /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  IS: /^[+-]?\d+$/,
  UI: /^[\d.]{1,64}$/,
};

/** Ages above 89 are told as 90 (45 CFR 164.514(b)(2)(i)(C), the usual rule). */
function cappedAge(ages: readonly string[]): Edit {
  const capped = ages.map((age) => (age.endsWith('Y') && Number.parseInt(age, 10) > 89 ? '090Y' : age));
  return { kind: 'replace', value: textValue('AS', capped) };
}

function emptied(element: Element, vr: string): Edit {
  if (vr === 'SQ' || hasItems(element)) return { kind: 'empty-sequence' };
  return EMPTY;
}

const EMPTY: Edit = { kind: 'replace', value: new Uint8Array(0) };

const DUMMIES: Readonly<Record<string, string>> = {
  DA: '19000101',
  DT: '19000101000000',
  TM: '000000',
  AS: '000Y',
  IS: '0',
  DS: '0',
  PN: 'REMOVED',
  UI: '2.25.0',
};
/** A value that is valid for its representation and says nothing. */
function dummy(element: Element, vr: string): Edit {
  if (vr === 'SQ' || hasItems(element)) return { kind: 'empty-sequence' };
  if (BINARY.has(vr)) return { kind: 'replace', value: new Uint8Array(element.value.length) };
  let edit = dummies.get(vr);
  if (edit === undefined) {
    edit = { kind: 'replace', value: textValue(vr, DUMMIES[vr] ?? 'REMOVED') };
    dummies.set(vr, edit);
  }
  return edit;
}

const dummies = new Map<string, Edit>();

function uids(element: Element, dataset: DataSet, { newUid }: Rules): Edit {
  const mapped = dataset.stringsOf(element).map(newUid);
  return rewritten(element, 'UI', mapped);
}

function dates(element: Element, vr: string, dataset: DataSet, { newDate }: Rules): Edit {
  if (vr === 'TM') {
    // Whole days are shifted, so the time of day stays; fractions of a second would be a fingerprint.
    const times = dataset.stringsOf(element).map(wholeSeconds);
    return rewritten(element, 'TM', times);
  }
  if (vr !== 'DA' && vr !== 'DT') return emptied(element, vr);
  const shifted = dataset.stringsOf(element).map(newDate);
  return rewritten(element, vr, shifted);
}

/** Short texts, padded as their representation asks for, which need not be the one that the element is written in. */
function rewritten(element: Element, vr: string, texts: readonly string[]): Edit {
  if (element.vr === vr) return { kind: 'rewrite', text: texts.join('\\') };
  return { kind: 'replace', value: textValue(vr, texts) };
}

/** Hours, minutes and seconds of a time (PS3.5 section 6.2, TM); empty when it is none. */
function wholeSeconds(time: string): string {
  const [whole] = /^([01]\d|2[0-3])(:?[0-5]\d(:?([0-5]\d|60))?)?(?=$|\.\d{1,6}$)/.exec(time) ?? [''];
  return whole.replaceAll(':', '');
}

const BASIC_PROFILE = ['113100', 'Basic Application Confidentiality Profile'] as const;

/** What is written into every cleaned file, whatever stood there. */
export const MARK_TAGS: ReadonlySet<number> = new Set(
  [
    'PatientName',
    'PatientID',
    'PatientIdentityRemoved',
    'DeidentificationMethod',
    'DeidentificationMethodCodeSequence',
    'BurnedInAnnotation',
    'LongitudinalTemporalInformationModified',
  ].map(tagOf),
);

function marksOf(cleaning: Case, edited: DataSet, looked: boolean): readonly Element[] {
  const { explicit, littleEndian } = edited.encoding;
  const key = `${explicit} ${littleEndian} ${looked}`;
  let written = cleaning.marks.get(key);
  if (written === undefined) {
    written = marks(cleaning.person, edited, { options: cleaning.options, looked });
    cleaning.marks.set(key, written);
  }
  return written;
}

function marks(
  person: string,
  edited: DataSet,
  { options, looked }: { readonly options: DeidOptions; readonly looked: boolean },
): readonly Element[] {
  const { encoding } = edited;
  const text = (keyword: string, vr: string, value: string) =>
    newElement(tagOf(keyword), vr, textValue(vr, value), encoding);
  // Pixels that nobody could look at are not said to be cleaned.
  const applied = [...options].filter((option) => option !== 'pixels' || looked);
  const methods = [BASIC_PROFILE, ...applied.map((option) => OPTION_CODES[option]).sort()];
  return [
    text('PatientName', 'PN', person),
    text('PatientID', 'LO', person),
    text('PatientIdentityRemoved', 'CS', 'YES'),
    text('DeidentificationMethod', 'LO', 'UNICA: PS3.15 Basic Profile with the options coded here'),
    newSequence(
      tagOf('DeidentificationMethodCodeSequence'),
      'SQ',
      methods.map((method) => code(method, encoding)),
      encoding,
    ),
    ...(looked ? [text('BurnedInAnnotation', 'CS', 'NO')] : []),
    text('LongitudinalTemporalInformationModified', 'CS', options.has('dates') ? 'MODIFIED' : 'REMOVED'),
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
