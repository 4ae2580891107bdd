import { isoInstant } from '#base';
import type { DatasetRecord } from '#wire';
import type { RecordAddresses } from './record-addresses.ts';
import { variablesOf } from './variables.ts';

/** A dataset in the words of schema.org, as search engines for data read it in a page. */
export function schemaOrg(record: DatasetRecord, at: RecordAddresses): Readonly<Record<string, unknown>> {
  const { card = {}, acquiredYears } = record;
  const day = isoInstant(record.publishedAtMs).slice(0, 10);
  const size = (name: string, count: DatasetRecord['persons']) =>
    'count' in count ? [{ '@type': 'PropertyValue', name, value: count.count }] : [];
  const download = (address: string, name: string) => ({
    '@type': 'DataDownload',
    '@id': address,
    name,
    contentUrl: address,
    encodingFormat: 'text/csv',
    license: 'https://creativecommons.org/licenses/by/4.0/',
  });
  return {
    '@context': { '@vocab': 'https://schema.org/' },
    '@type': 'Dataset',
    '@id': at.dataset,
    identifier: at.dataset,
    url: at.page,
    name: record.title,
    description: record.description,
    version: `${record.version}.0.0`,
    datePublished: day,
    dateModified: day,
    inLanguage: 'en',
    isAccessibleForFree: true,
    conditionsOfAccess: 'Use under a permit for a purpose; the images stay at the site.',
    usageInfo: at.access,
    keywords: [...Object.keys(record.findings), ...record.bodyParts, ...record.modalities],
    spatialCoverage: { '@type': 'Country', identifier: record.country },
    ...(acquiredYears && { temporalCoverage: `${acquiredYears.from}/${acquiredYears.to}` }),
    ...(card.publisherName !== undefined && {
      publisher: { '@type': 'Organization', name: card.publisherName },
      creator: { '@type': 'Organization', name: card.publisherName },
    }),
    size: [...size('persons', record.persons), ...size('studies', record.studies)],
    variableMeasured: variablesOf(record).map(({ name, title, description }) => ({
      '@type': 'PropertyValue',
      name: title,
      description,
      propertyID: name,
    })),
    includedInDataCatalog: { '@type': 'DataCatalog', '@id': at.catalogue },
    distribution: [download(at.analytics, 'Statistics'), download(at.sample, 'Variables')],
  };
}
