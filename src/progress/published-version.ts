import { isCoded } from '#record';
import type { DatasetRecord, GuardedCount } from '#wire';

/** What the sums of a network are made of: a version of a dataset as its node published it, already past its disclosure control. */
export interface PublishedVersion {
  readonly siteId: string;
  readonly name: string;
  readonly version: number;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly publishedAtMs: number;
  readonly persons: GuardedCount;
  readonly studies: GuardedCount;
  readonly images: GuardedCount;
  /** DICOM, in alphabetical order. */
  readonly modalities: readonly string[];
  /** Hyper-ontology; null where the node did not say. */
  readonly cancer: string | null;
  /** Everything that search asks for has its code. */
  readonly isCoded: boolean;
  readonly isSynthetic: boolean;
  /** 0 to 100. */
  readonly quality: number;
  /** 0 to 100; null where it is not scored yet. */
  readonly fair: number | null;
  readonly label: number | null;
}

/** How a record was scored where it is published; null where it was not. */
export interface RecordScores {
  readonly fair: number | null;
  readonly label: number | null;
}

/** The parts of a record that sums need. */
export function publishedVersion(record: DatasetRecord, { fair, label }: RecordScores): PublishedVersion {
  return {
    siteId: record.siteId,
    name: record.name,
    version: record.version,
    country: record.country,
    publishedAtMs: record.publishedAtMs,
    persons: record.persons,
    studies: record.studies,
    images: record.images,
    modalities: record.modalities.toSorted(),
    cancer: record.card?.condition ?? null,
    isCoded: isCoded(record),
    isSynthetic: record.synthetic,
    quality: record.quality.score,
    fair,
    label,
  };
}

/** The newest of each dataset, by site and name. */
export function newestVersions(versions: readonly PublishedVersion[]): readonly PublishedVersion[] {
  const newest = new Map<string, PublishedVersion>();
  for (const one of versions) {
    const key = `${one.siteId}/${one.name}`;
    const known = newest.get(key);
    if (known === undefined || known.version < one.version) newest.set(key, one);
  }
  return [...newest.values()];
}
