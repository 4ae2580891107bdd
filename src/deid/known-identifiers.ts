import { type DataSet, type Element, itemsWith } from '#dicom';
import { tagOf } from '#vocab';
import { isForeign, soundOf } from './name-forms.ts';
import type { DeidOptions } from './options.ts';
import { plainWord } from './site-words.ts';

/** Identifiers that devices like to copy into descriptions, labels and code meanings. */
const IDENTIFIERS: readonly number[] = [
  'PatientID',
  'OtherPatientIDs',
  'IssuerOfPatientID',
  'AccessionNumber',
  'AdmissionID',
  'InstitutionName',
  'InstitutionAddress',
  'PatientAddress',
  'PatientTelecomInformation',
  'MedicalRecordLocator',
  'ServiceEpisodeID',
  'RequestedProcedureID',
  'PlacerOrderNumberImagingServiceRequest',
  'FillerOrderNumberImagingServiceRequest',
  'StudyID',
].map(tagOf);

/** Of what kind a saying is. */
const [NAME, BORN, DIALLED, NUMBER] = ['N', 'B', 'T', 'I'] as const;

/** Elements that tell who and where; those of the device too, unless the option retains them. */
const TELLING: ReadonlyMap<number, string> = new Map([
  ...IDENTIFIERS.map((tag) => [tag, NUMBER] as const),
  [tagOf('PatientTelephoneNumbers'), DIALLED],
  [tagOf('PatientBirthDate'), BORN],
]);
const TELLING_WITH_DEVICE: ReadonlyMap<number, string> = new Map([
  ...TELLING,
  ...['StationName', 'DeviceSerialNumber'].map((keyword) => [tagOf(keyword), NUMBER] as const),
]);

/** Shorter words are too often ordinary ones. */
const SHORTEST = { name: 4, identifier: 5, number: 6 } as const;

/** The names and identifiers that a file gives in their own places. */
export interface KnownIdentifiers {
  /** Single words of people's names, in lower case; also without accents. */
  readonly names: ReadonlySet<string>;
  /** Whole identifiers in lower case, the longest first. */
  readonly identifiers: readonly string[];
  /** How the names sound that are written in Latin letters, and how those in others do. */
  readonly sounds?: { readonly latin: ReadonlySet<string>; readonly foreign: ReadonlySet<string> };
}

/**
 * What a file says of people and places, at every depth. Files that say the same are given the same answer, not an equal
 * one: what is worked out from it can be kept by it.
 */
export function knownIdentifiers(dataset: DataSet, options: DeidOptions): KnownIdentifiers {
  const told = options.has('device') ? TELLING : TELLING_WITH_DEVICE;
  const tells = (tag: number, vr: string) => vr === 'PN' || told.has(tag);
  const sayings: string[] = [];
  for (const element of dataset.elements) {
    for (const item of itemsWith(element, tells)) collect(item);
    say(dataset, element);
  }
  const key = JSON.stringify(sayings);
  const before = worked.get(key);
  if (before !== undefined) return before;
  const known = workedOut(sayings);
  if (worked.size >= MOST_WORKED) worked.clear();
  worked.set(key, known);
  return known;

  function collect(level: DataSet): void {
    for (const element of level.elements) {
      // Looking through all that is deeper once more at every level would take for ever where there are many.
      for (const item of element.items ?? []) collect(item);
      say(level, element);
    }
  }

  function say(level: DataSet, element: Element): void {
    const kind = element.vr === 'PN' ? NAME : told.get(element.tag);
    if (kind !== undefined) for (const text of textsOf(level, element)) sayings.push(kind + text);
  }
}

/** Files come patient by patient. */
const MOST_WORKED = 32;
const worked = new Map<string, KnownIdentifiers>();

function workedOut(sayings: readonly string[]): KnownIdentifiers {
  const names = new Set<string>();
  const identifiers = new Set<string>();
  const sounds = { latin: new Set<string>(), foreign: new Set<string>() };
  for (const saying of sayings) {
    const text = saying.slice(1);
    if (saying.startsWith(NAME)) {
      for (const word of words(text)) if (word.length > 1) add(word);
    } else for (const form of formsOf(saying.charAt(0), text)) identifiers.add(form);
  }
  return { names, identifiers: [...identifiers].sort((a, b) => b.length - a.length), sounds };

  function add(word: string): void {
    names.add(word);
    names.add(plainWord(word));
    const sound = soundOf(word);
    if (sound !== undefined) sounds[isForeign(word) ? 'foreign' : 'latin'].add(sound);
  }
}

/** What stands for an identifier in other places. */
function formsOf(kind: string, text: string): readonly string[] {
  if (kind === BORN) return datesWritten(text);
  if (kind === DIALLED) return numbersDialled(text);
  return text.length >= SHORTEST.identifier ? [text] : [];
}

/** A telephone number as it stands in the header, and its end, which is the same with and without the country. */
function numbersDialled(text: string): readonly string[] {
  const digits = text.replace(/\D/g, '');
  return [text, digits.length > 9 ? digits.slice(-8) : digits].filter((form) => form.length >= SHORTEST.identifier);
}

/** A day of birth as it stands in the header, and as people write it. */
function datesWritten(date: string): readonly string[] {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d\d)(\d\d)$/.exec(date) ?? [];
  if (year === '') return date.length >= SHORTEST.identifier ? [date] : [];
  const parts = [
    [year, month, day],
    [day, month, year],
    [month, day, year],
  ];
  return parts.flatMap((part) => ['', '-', '.', '/', ' '].map((between) => part.join(between)));
}

/**
 * Whether a text repeats a name or an identifier that the file gives elsewhere: in upper or lower case, without accents,
 * in other letters, with other separators. Table E.1-1 lets some short texts stay; one that speaks of the person must not.
 */
export function repeatsKnown(known: KnownIdentifiers, text: string): boolean {
  const lower = text.normalize('NFC').toLowerCase();
  if (known.identifiers.some((one) => lower.includes(one))) return true;
  if (words(lower).some((word) => word.length >= SHORTEST.name && isName(word, known))) return true;
  const bare = lower.replace(NO_LETTER_OR_DIGIT, '');
  return known.identifiers.some((one) => {
    const number = one.replace(NO_LETTER_OR_DIGIT, '');
    return number.length >= SHORTEST.number && /\d/.test(number) && bare.includes(number);
  });
}

const NO_LETTER_OR_DIGIT = /[^\p{L}\p{N}]+/gu;

/** Whether a word in lower case is one of the names, in whatever letters. */
export function isName(word: string, { names, sounds }: KnownIdentifiers): boolean {
  if (names.has(word) || names.has(plainWord(word))) return true;
  if (sounds === undefined) return false;
  const foreign = isForeign(word);
  // Names in the same letters are compared by letters: Philips is not Phillips.
  const others = foreign ? sounds.latin : sounds.foreign;
  if (others.size === 0) return false;
  const sound = soundOf(word);
  return sound !== undefined && others.has(sound);
}

/** Whether a number is one of the identifiers, or the number in one. */
export function isKnownNumber({ identifiers }: KnownIdentifiers, number: string): boolean {
  if (number.length < SHORTEST.number) return false;
  const lower = number.toLowerCase();
  return identifiers.some((one) => one.includes(lower));
}

/** Of the element itself: where a tag stands twice, both are known. */
function textsOf(level: DataSet, element: Element): readonly string[] {
  return level.stringsOf(element).map((text) => text.normalize('NFC').toLowerCase());
}

function words(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== '');
}
