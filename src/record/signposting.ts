import type { RecordAddresses } from './record-addresses.ts';

/** The `Link` header of a dataset's page and record: FAIR Signposting, level 1 (signposting.org/FAIR, RFC 8288). */
export function signpostsOf(at: RecordAddresses): string {
  const link = (address: string, relation: string, type?: string) =>
    `<${address}>; rel="${relation}"${type === undefined ? '' : `; type="${type}"`}`;
  return [
    link(at.dataset, 'cite-as'),
    link(`${at.dataset}?format=ttl`, 'describedby', 'text/turtle'),
    link(`${at.dataset}?format=jsonld`, 'describedby', 'application/ld+json'),
    link('https://schema.org/Dataset', 'type'),
    link('https://schema.org/AboutPage', 'type'),
    link('https://creativecommons.org/licenses/by/4.0/', 'license'),
    link(at.analytics, 'item', 'text/csv'),
    link(at.sample, 'item', 'text/csv'),
    link(at.catalogue, 'collection'),
  ].join(', ');
}
