import type { DataSet, Element } from '#dicom';
import { tagOf } from '#vocab';

/** Identifiers that devices like to copy into descriptions, labels and code meanings. */
const IDENTIFIERS: ReadonlySet<number> = new Set(
  [
    'PatientID',
    'OtherPatientIDs',
    'IssuerOfPatientID',
    'AccessionNumber',
    'AdmissionID',
    'InstitutionName',
    'StationName',
    'PatientBirthDate',
    'PatientTelephoneNumbers',
    'DeviceSerialNumber',
  ].map(tagOf),
);

/** Shorter words are too often ordinary ones. */
const SHORTEST = { name: 4, identifier: 5 } as const;

/**
 * Tells whether a text repeats a name or an identifier that the file gives elsewhere. Table E.1-1 lets some short texts
 * stay; one that speaks of the person must not.
 */
export function echoesOf(dataset: DataSet): (text: string) => boolean {
  const names = new Set<string>();
  const identifiers = new Set<string>();
  collect(dataset);
  return (text) => {
    const lower = text.toLowerCase();
    return words(lower).some((word) => names.has(word)) || [...identifiers].some((one) => lower.includes(one));
  };

  function collect(level: DataSet): void {
    for (const element of level.elements) {
      for (const item of element.items ?? []) collect(item);
      if (element.vr === 'PN') {
        for (const word of textsOf(level, element).flatMap(words)) if (word.length >= SHORTEST.name) names.add(word);
      } else if (IDENTIFIERS.has(element.tag)) {
        for (const text of textsOf(level, element)) if (text.length >= SHORTEST.identifier) identifiers.add(text);
      }
    }
  }
}

function textsOf(level: DataSet, { tag }: Element): readonly string[] {
  return level.strings(tag).map((text) => text.toLowerCase());
}

function words(text: string): readonly string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
}
