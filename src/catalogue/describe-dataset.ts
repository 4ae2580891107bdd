import { isoInstant } from '#base';
import { bodyPartConcept, type DatasetSummary, manufacturerConcept, modalityConcept, sexConcept } from '#cdm';
import type { DatasetCard, DatasetRecord, GuardedCount } from '#wire';

/** What a person says about a dataset, and what was counted in it. */
export interface DatasetDescription {
  readonly siteId: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly version: number;
  readonly summary: DatasetSummary;
  /** Score 0 to 100, images checked, findings of all of them, score in each dimension. */
  readonly quality: {
    readonly score: number;
    readonly checked: number;
    readonly findings: number;
    readonly dimensions?: readonly { readonly dimension: string; readonly score: number }[];
  };
  /** Smallest distance of pixels in mm; null where no image says it. */
  readonly smallestSpacingMm?: number | null;
  /** What the clinical tables say of enough people. */
  readonly variables?: DatasetRecord['variables'];
  /** What a person said beside title, description and conditions. */
  readonly card?: DatasetCard | undefined;
  /** DUO or EUCAIM data-use codes. */
  readonly conditions: readonly string[];
  readonly synthetic: boolean;
  readonly publishedAtMs: number;
  readonly contentSha256: string;
}

/** A dataset described with its true counts: stays in the node until its disclosure control has made a record of it. */
export interface DatasetDraft extends Omit<DatasetDescription, 'summary'> {
  readonly counts: DatasetSummary;
}

/** Lists longer than a record takes are cut in the order of the alphabet. */
const LIMITS = { modalities: 20, bodyParts: 40, manufacturers: 40, sexCharacters: 16, findingCharacters: 64 } as const;

/** Dates are shifted back by less than this (#deid). */
const SHIFTED_YEARS_AT_MOST = 3;

/** The draft of a dataset version. */
export function describeDataset(description: DatasetDescription): DatasetDraft {
  const { summary, ...rest } = description;
  return { ...rest, counts: summary };
}

/**
 * The record that may be published: every count has gone through `guard`, once, under a key that says what it counts
 * (`persons`, `studies`, `images`, `sex:F`, `finding:Opacity`). Ages are rounded outwards to five years, years of
 * acquisition by what dates may have been shifted; both are left out when the guard withholds the number of persons.
 */
export function datasetRecord(draft: DatasetDraft, guard: (count: number, key: string) => GuardedCount): DatasetRecord {
  const { counts, ...rest } = draft;
  const guarded = (kind: string, of: Readonly<Record<string, number>>, characters: number) =>
    Object.fromEntries(
      Object.entries(of).map(([label, count]) => [label.slice(0, characters), guard(count, `${kind}:${label}`)]),
    );
  const persons = guard(counts.persons, 'persons');
  return {
    siteId: rest.siteId,
    name: rest.name,
    title: rest.title,
    description: rest.description,
    country: rest.country,
    version: rest.version,
    contentSha256: rest.contentSha256,
    publishedAtMs: rest.publishedAtMs,
    persons,
    studies: guard(counts.studies, 'studies'),
    images: guard(counts.images, 'images'),
    modalities: counts.modalities.slice(0, LIMITS.modalities),
    bodyParts: counts.bodyParts.slice(0, LIMITS.bodyParts),
    manufacturers: counts.manufacturers.slice(0, LIMITS.manufacturers),
    sexes: guarded('sex', counts.sexes, LIMITS.sexCharacters),
    findings: guarded('finding', counts.findings, LIMITS.findingCharacters),
    ageYears: counts.ageYears === null || 'below' in persons ? null : outwards(counts.ageYears),
    conditions: [...rest.conditions],
    quality: {
      score: rest.quality.score,
      checked: rest.quality.checked,
      findings: rest.quality.findings,
      ...(rest.quality.dimensions && {
        dimensions: rest.quality.dimensions.map(({ dimension, score }) => ({ dimension, score })),
      }),
    },
    synthetic: rest.synthetic,
    codes: {
      sexes: coded(Object.keys(counts.sexes), sexConcept),
      modalities: coded(counts.modalities, modalityConcept),
      manufacturers: coded(counts.manufacturers, manufacturerConcept),
      bodyParts: coded(counts.bodyParts, bodyPartConcept),
    },
    acquiredYears: 'below' in persons ? null : acquiredYears(counts.studyYears, rest.publishedAtMs),
    ...(rest.smallestSpacingMm && { smallestSpacingMm: rest.smallestSpacingMm }),
    ...(rest.card && { card: rest.card }),
    ...(rest.variables && rest.variables.length > 0 && { variables: rest.variables }),
  };
}

function outwards(range: { readonly from: number; readonly to: number }): {
  readonly from: number;
  readonly to: number;
} {
  return { from: 5 * Math.floor(range.from / 5), to: 5 * Math.ceil(range.to / 5) };
}

/** The true years lie within: a shifted date is at most three years early, and no image is taken after publication. */
function acquiredYears(
  shifted: DatasetSummary['studyYears'],
  publishedAtMs: number,
): { readonly from: number; readonly to: number } | null {
  if (shifted === null) return null;
  const published = Number(isoInstant(publishedAtMs).slice(0, 4));
  return { from: shifted.from, to: Math.max(shifted.from, Math.min(shifted.to + SHIFTED_YEARS_AT_MOST, published)) };
}

/** Hyper-ontology codes of the values that have one. */
function coded(texts: readonly string[], concept: (text: string) => { readonly code: string | null }): string[] {
  return [...new Set(texts.flatMap((text) => concept(text).code ?? []))];
}
