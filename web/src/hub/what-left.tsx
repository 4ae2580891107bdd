import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { Section } from '../parts/section.tsx';

/** What each site let out for this job: how many updates, how many bytes, and what they are. */
export function WhatLeft({ job: { spec, rounds } }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = spec.sites.map((siteId) => {
    const updates = rounds.flatMap(({ sites }) =>
      sites.flatMap((site) => (site.siteId === siteId && site.metrics !== null ? [site.metrics] : [])),
    );
    return { siteId, updates: updates.length, bytes: updates.reduce((sum, { bytesOut }) => sum + bytesOut, 0) };
  });
  return (
    <Section title={t('what-left.title')} lead={t('what-left.lead')}>
      <DataTable
        caption={t('what-left.table')}
        rows={rows}
        keyOf={({ siteId }) => siteId}
        columns={[
          { head: t('what-left.site'), cell: ({ siteId }) => siteId },
          { head: t('what-left.updates'), numeric: true, cell: ({ updates }) => format.count(updates) },
          { head: t('what-left.bytes'), numeric: true, cell: ({ bytes }) => format.bytes(bytes) },
        ]}
      />
    </Section>
  );
}
