import { SEARCH_FIELDS } from '#vocab';
import { type CohortQuery, type NumberField, QUERY_FIELDS, type QueryField } from '#wire';
import { codedValue, knownCode } from './coded-value.ts';
import { folded } from './folded.ts';

/** What a question can ask of one study. */
export interface Searchable {
  readonly person: string;
  /** Null for a person of whom there are only clinical facts. */
  readonly studyInstanceUid: string | null;
  readonly modality: string | null;
  readonly bodyPart: string | null;
  readonly manufacturer: string | null;
  readonly sex: string | null;
  readonly ageYears: number | null;
  readonly studyYear: number | null;
  readonly findings: readonly string[];
  /** Coded facts of the person or the study: hyper-ontology codes by field. */
  readonly coded?: Readonly<Partial<Record<QueryField, readonly string[]>>> | undefined;
  /** Numbers beside age and year of the study. */
  readonly numbers?: Readonly<Partial<Record<NumberField, number>>> | undefined;
}

/** Fields of which a study has one value. */
const ONE_VALUE = ['modality', 'bodyPart', 'manufacturer', 'sex'] as const;

/** Sex is the one field whose list has a code for "not known". */
const SEX_UNKNOWN = 'COM1002760';

/** Fields of which a study may have several coded values. */
const CODED_FIELDS = QUERY_FIELDS.filter((field) => field !== 'finding' && SEARCH_FIELDS.get(field)?.kind === 'many');

/** True where a study can have several values of a field. */
export function hasMany(field: QueryField): boolean {
  return field === 'finding' || CODED_FIELDS.includes(field);
}

/** True when a canonical question holds of a study. What is not known matches nothing. */
export function matches(query: CohortQuery, study: Searchable): boolean {
  if ('all' in query) return query.all.every((child) => matches(child, study));
  if ('any' in query) return query.any.some((child) => matches(child, study));
  if ('not' in query) return !matches(query.not, study);
  if ('in' in query) {
    const wanted = new Set(query.in);
    return valuesOf(query.is, study).some((value) => wanted.has(value));
  }
  const value = numberOf(query.is, study);
  if (value === null) return false;
  return value >= (query.from ?? 0) && value <= (query.to ?? Number.MAX_SAFE_INTEGER);
}

/** Values that a study has of a field, as canonical questions call them. */
function valuesOf(field: QueryField, study: Searchable): readonly string[] {
  if (field === 'finding') return study.findings.map(folded);
  const one = ONE_VALUE.find((name) => name === field);
  if (one !== undefined) {
    const value = study[one];
    if (value !== null) return [codedValue(one, value)];
    return one === 'sex' ? [SEX_UNKNOWN] : [];
  }
  // A table may name a code of the hyper-ontology where others write a word.
  const found = study.findings.flatMap((finding) => knownCode(field, finding) ?? []);
  return [...(study.coded?.[field] ?? []).map((value) => codedValue(field, value)), ...found];
}

/** The whole part of a study's number; null where it is not known. */
export function numberOf(field: NumberField, study: Searchable): number | null {
  const value = field === 'ageYears' || field === 'studyYear' ? study[field] : study.numbers?.[field];
  return value === undefined || value === null ? null : Math.max(0, Math.floor(value));
}

/** Tells every value of a study, field by field. */
export function eachFact(study: Searchable, tell: (field: QueryField, value: string) => void): void {
  const tellAll = (field: QueryField) => {
    for (const value of valuesOf(field, study)) tell(field, value);
  };
  for (const field of ONE_VALUE) tellAll(field);
  if (study.findings.length > 0) tellAll('finding');
  if (study.findings.length > 0 || study.coded !== undefined) for (const field of CODED_FIELDS) tellAll(field);
}
