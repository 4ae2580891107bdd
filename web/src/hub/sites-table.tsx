import { useTranslation } from 'react-i18next';
import type { SiteView } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { StateBadge } from '../parts/state-badge.tsx';

/** The sites of the network, one per row. */
export function SitesTable({ sites }: { readonly sites: readonly SiteView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <DataTable
      caption={t('sites.table')}
      rows={sites}
      keyOf={({ siteId }) => siteId}
      columns={[
        { head: t('sites.site'), cell: ({ displayName }) => displayName },
        { head: t('sites.country'), cell: ({ country }) => format.country(country) },
        { head: t('sites.state'), cell: (site) => <SiteState site={site} /> },
        { head: t('sites.datasets'), numeric: true, cell: ({ datasets }) => format.count(datasets) },
        { head: t('sites.studies'), numeric: true, cell: ({ studies }) => format.count(studies) },
        {
          head: t('sites.last-seen'),
          oneLine: true,
          cell: ({ lastSeenAtMs }) => (lastSeenAtMs === null ? '–' : format.moment(lastSeenAtMs)),
        },
      ]}
    />
  );
}

/** Where a site stands, as a badge. */
export function SiteState({ site }: { readonly site: SiteView }) {
  const { t } = useTranslation();
  if (site.state === 'invited') return <StateBadge tone="quiet" label={t('sites.state.invited')} />;
  if (site.state === 'pending') return <StateBadge tone="info" label={t('sites.state.pending')} />;
  if (site.state === 'ejected') return <StateBadge tone="quiet" label={t('sites.state.ejected')} />;
  if (site.state === 'suspended') return <StateBadge tone="bad" label={t('sites.state.suspended')} />;
  return site.online ? (
    <StateBadge tone="good" label={t('sites.state.online')} />
  ) : (
    <StateBadge tone="warn" label={t('sites.state.offline')} />
  );
}
