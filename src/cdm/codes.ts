/** A value as it was written and, where the hyper-ontology has one, its code. */
export interface CodedValue {
  /** Hyper-ontology 2.0 code; null where none fits. */
  readonly code: string | null;
  readonly original: string;
}

const SEXES: Readonly<Record<string, string>> = { M: 'COM1001366', F: 'COM1001370', O: 'COM1001288' };
const SEX_UNKNOWN = 'COM1002760';

const MODALITIES: Readonly<Record<string, string>> = {
  MG: 'IMG1000030',
  CR: 'IMG1000024',
  DX: 'IMG1000028',
  CT: 'IMG1000026',
  MR: 'IMG1000022',
};

const BODY_PARTS: Readonly<Record<string, string>> = {
  CHEST: 'BP1000067',
  THORAX: 'BP1000067',
  LUNG: 'BP1000113',
  BREAST: 'BP1000136',
  PROSTATE: 'BP1000021',
};

/** Beginnings of the names that makers write into (0008,0070), in lower case. */
const MANUFACTURERS: readonly (readonly [string, string])[] = [
  ['siemens', 'IMG1000044'],
  ['philips', 'IMG1000046'],
  ['ge ', 'IMG1000047'],
  ['ge_', 'IMG1000047'],
  ['general electric', 'IMG1000047'],
  ['agfa', 'IMG1000051'],
  ['fuji', 'IMG1000060'],
  ['hologic', 'IMG1000064'],
];

const LATERALITIES: Readonly<Record<string, string>> = { L: 'IMG1016670', R: 'IMG1016682' };

/** Sex at birth; anything but M, F and O is "unknown or no information". */
export function sexConcept(original: string): CodedValue {
  return { code: SEXES[original.trim().toUpperCase()] ?? SEX_UNKNOWN, original };
}

/** By DICOM modality code. */
export function modalityConcept(original: string): CodedValue {
  return { code: MODALITIES[original.trim().toUpperCase()] ?? null, original };
}

/** By BodyPartExamined. */
export function bodyPartConcept(original: string): CodedValue {
  return { code: BODY_PARTS[original.trim().toUpperCase()] ?? null, original };
}

/** By the beginning of the maker's name. */
export function manufacturerConcept(original: string): CodedValue {
  const name = `${original.trim().toLowerCase()} `;
  return { code: MANUFACTURERS.find(([start]) => name.startsWith(start))?.[1] ?? null, original };
}

/** By ImageLaterality or Laterality; both sides and unpaired parts have no code. */
export function lateralityConcept(original: string): CodedValue {
  return { code: LATERALITIES[original.trim().toUpperCase()] ?? null, original };
}
