import type { DataSet, Element } from '#dicom';
import { tagOf } from '#vocab';
import type { DeidOptions } from './options.ts';

/** Identifiers that devices like to copy into descriptions, labels and code meanings. */
const IDENTIFIERS: ReadonlySet<number> = new Set(
  [
    'PatientID',
    'OtherPatientIDs',
    'IssuerOfPatientID',
    'AccessionNumber',
    'AdmissionID',
    'InstitutionName',
    'InstitutionAddress',
    'PatientBirthDate',
    'PatientAddress',
    'PatientTelephoneNumbers',
    'RequestedProcedureID',
    'StudyID',
  ].map(tagOf),
);

/** Identifiers of the device, unless the option retains them. */
const DEVICE: ReadonlySet<number> = new Set(['StationName', 'DeviceSerialNumber'].map(tagOf));

/** Shorter words are too often ordinary ones. */
const SHORTEST = { name: 4, identifier: 5 } as const;

/** The names and identifiers that a file gives in their own places. */
export interface KnownIdentifiers {
  /** Single words of people's names, in lower case. */
  readonly names: ReadonlySet<string>;
  /** Whole identifiers in lower case, the longest first. */
  readonly identifiers: readonly string[];
}

/** What a file says of people and places, at every depth. */
export function knownIdentifiers(dataset: DataSet, options: DeidOptions): KnownIdentifiers {
  const names = new Set<string>();
  const identifiers = new Set<string>();
  collect(dataset);
  return { names, identifiers: [...identifiers].sort((a, b) => b.length - a.length) };

  function collect(level: DataSet): void {
    for (const element of level.elements) {
      for (const item of element.items ?? []) collect(item);
      if (element.vr === 'PN') {
        for (const word of textsOf(level, element).flatMap(words)) if (word.length > 1) names.add(word);
      } else if (IDENTIFIERS.has(element.tag) || (DEVICE.has(element.tag) && !options.has('device'))) {
        for (const text of textsOf(level, element)) if (text.length >= SHORTEST.identifier) identifiers.add(text);
      }
    }
  }
}

/**
 * Whether a text repeats a name or an identifier that the file gives elsewhere. Table E.1-1 lets some short texts stay; one
 * that speaks of the person must not.
 */
export function repeatsKnown({ names, identifiers }: KnownIdentifiers, text: string): boolean {
  const lower = text.toLowerCase();
  return (
    words(lower).some((word) => word.length >= SHORTEST.name && names.has(word)) ||
    identifiers.some((one) => lower.includes(one))
  );
}

function textsOf(level: DataSet, { tag }: Element): readonly string[] {
  return level.strings(tag).map((text) => text.toLowerCase());
}

function words(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
