import type { CohortQuery, QueryField } from '#wire';
import { folded } from './folded.ts';

/** What a question can ask of one study. */
export interface Searchable {
  readonly person: string;
  readonly studyInstanceUid: string;
  readonly modality: string | null;
  readonly bodyPart: string | null;
  readonly manufacturer: string | null;
  readonly sex: string | null;
  readonly ageYears: number | null;
  readonly studyYear: number | null;
  readonly findings: readonly string[];
}

/** True when a canonical question holds of a study. What is not known matches nothing. */
export function matches(query: CohortQuery, study: Searchable): boolean {
  if ('all' in query) return query.all.every((child) => matches(child, study));
  if ('any' in query) return query.any.some((child) => matches(child, study));
  if ('not' in query) return !matches(query.not, study);
  if ('in' in query) {
    const wanted = new Set(query.in.map(folded));
    return textsOf(query.is, study).some((text) => wanted.has(folded(text)));
  }
  const value = query.is === 'ageYears' ? study.ageYears : study.studyYear;
  return value !== null && value >= (query.from ?? 0) && value <= (query.to ?? Number.MAX_SAFE_INTEGER);
}

function textsOf(field: QueryField, study: Searchable): readonly string[] {
  if (field === 'finding') return study.findings;
  const value = study[field];
  return value === null ? [] : [String(value)];
}
