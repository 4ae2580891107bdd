import type { StudyFacts } from './study-facts.ts';

/** What counting needs to know of one image. */
export type SummarisedFacts = Omit<StudyFacts, 'seriesInstanceUid' | 'sex'> & { readonly sex: string | null };

/** Raw counts of a dataset: not to leave a node before its disclosure control has seen them. */
export interface DatasetSummary {
  readonly persons: number;
  readonly studies: number;
  readonly images: number;
  /** Distinct values, in alphabetical order. */
  readonly modalities: readonly string[];
  readonly bodyParts: readonly string[];
  readonly manufacturers: readonly string[];
  /** Persons of each sex; `unknown` where no image of the person says it. */
  readonly sexes: Readonly<Record<string, number>>;
  /** Persons with each finding. */
  readonly findings: Readonly<Record<string, number>>;
  /** Youngest and oldest age at an examination; null when no image says it. */
  readonly ageYears: { readonly from: number; readonly to: number } | null;
  /** First and last year of the shifted dates; null when no image says it. */
  readonly studyYears: { readonly from: number; readonly to: number } | null;
}

/** Counts people, studies and images; a person counts once for each sex and each finding, however many images there are. */
export function summarise(facts: Iterable<SummarisedFacts>): DatasetSummary {
  const studies = new Set<string>();
  const values = { modalities: new Set<string>(), bodyParts: new Set<string>(), manufacturers: new Set<string>() };
  const sexOf = new Map<string, string>();
  const peopleWith = new Map<string, Set<string>>();
  const ages: { from: number; to: number } = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  const years: { from: number; to: number } = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  let images = 0;
  for (const one of facts) {
    images += 1;
    studies.add(one.studyInstanceUid);
    if (one.modality !== null) values.modalities.add(one.modality);
    if (one.bodyPart !== null) values.bodyParts.add(one.bodyPart);
    if (one.manufacturer !== null) values.manufacturers.add(one.manufacturer);
    if (one.sex !== null || !sexOf.has(one.person)) sexOf.set(one.person, one.sex ?? 'unknown');
    for (const finding of one.findings) {
      const people = peopleWith.get(finding) ?? new Set();
      peopleWith.set(finding, people.add(one.person));
    }
    if (one.ageYears !== null) widen(ages, one.ageYears);
    if (one.studyYear !== null) widen(years, one.studyYear);
  }
  return {
    persons: sexOf.size,
    studies: studies.size,
    images,
    modalities: [...values.modalities].sort(),
    bodyParts: [...values.bodyParts].sort(),
    manufacturers: [...values.manufacturers].sort(),
    sexes: tally(sexOf.values()),
    findings: sorted([...peopleWith].map(([finding, people]) => [finding, people.size])),
    ageYears: ages.from <= ages.to ? { ...ages } : null,
    studyYears: years.from <= years.to ? { ...years } : null,
  };
}

function widen(range: { from: number; to: number }, value: number): void {
  range.from = Math.min(range.from, value);
  range.to = Math.max(range.to, value);
}

function tally(values: Iterable<string>): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return sorted([...counts]);
}

function sorted(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
