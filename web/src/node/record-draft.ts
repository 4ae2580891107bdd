import type { DatasetCard, DatasetGuide } from '#wire';

/** What a person says about a dataset, as it is sent. */
export type Announcement = NonNullable<DatasetGuide['published']>['announcement'];

/** The twelve fields as they are typed; empty texts say nothing. */
export interface RecordDraft {
  readonly title: string;
  readonly description: string;
  readonly publisherName: string;
  readonly contactEmail: string;
  readonly condition: string;
  readonly collectionMethod: string;
  readonly populationCoverage: string;
  readonly conditions: readonly string[];
  readonly legalBasis: readonly string[];
  readonly retentionUntil: string;
  readonly hdabName: string;
  readonly hdabPage: string;
}

/** The fields as they were for the last version, or empty but for the name. */
export function recordDraftOf(name: string, last: Announcement | undefined): RecordDraft {
  const card: DatasetCard = last?.card ?? {};
  return {
    title: last?.title ?? name,
    description: last?.description ?? '',
    conditions: last?.conditions ?? [],
    publisherName: card.publisherName ?? '',
    contactEmail: card.contactEmail ?? '',
    condition: card.condition ?? '',
    collectionMethod: card.collectionMethod ?? '',
    populationCoverage: card.populationCoverage ?? '',
    legalBasis: card.legalBasis ?? [],
    retentionUntil: card.retentionUntil ?? '',
    hdabName: card.hdabName ?? '',
    hdabPage: card.hdabPage ?? '',
  };
}

/** What is sent: fields without an answer are left out, so that the record stays a draft and tells what is missing. */
export function announcementOf({ title, description, conditions, legalBasis, ...texts }: RecordDraft): Announcement {
  const said = Object.entries(texts).flatMap(([field, text]) => (text.trim() === '' ? [] : [[field, text.trim()]]));
  const card = { ...Object.fromEntries(said), ...(legalBasis.length === 0 ? {} : { legalBasis: [...legalBasis] }) };
  return {
    title: title.trim(),
    description: description.trim(),
    conditions: [...conditions],
    ...(Object.keys(card).length === 0 ? {} : { card: card as DatasetCard }),
  };
}
