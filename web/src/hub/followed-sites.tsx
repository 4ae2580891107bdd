import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { FollowedSite } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { TableFile } from './tally-tables.tsx';
import { useProgressWords } from './use-progress-words.ts';

const NetworkMap = lazy(async () => ({ default: (await import('./network-map.tsx')).NetworkMap }));

const HEALTH_TONES = { good: 'good', attention: 'warn', silent: 'bad', 'not-started': 'quiet' } as const;

/** Where the sites are, and how each of them does. */
export function FollowedSites({ sites }: { readonly sites: readonly FollowedSite[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useProgressWords();
  const onMap = sites.map((site) => ({ ...site, online: isInContact(site) }));
  return (
    <Section title={t('network.where')} lead={t('network.where-lead')}>
      <Suspense fallback={<div className="map" style={{ height: 300 }} />}>
        <NetworkMap sites={onMap} />
      </Suspense>
      {sites.length === 0 ? (
        <EmptyState title={t('network.empty')} hint={t('network.empty-hint')} />
      ) : (
        <>
          <DataTable
            caption={t('sites.table')}
            rows={sites}
            keyOf={({ siteId }) => siteId}
            columns={[
              { head: t('sites.site'), cell: ({ displayName }) => displayName },
              { head: t('sites.country'), cell: ({ country }) => format.country(country) },
              { head: t('progress.health'), cell: (site) => <Health site={site} /> },
              { head: t('progress.tier-head'), numeric: true, cell: ({ tier }) => (tier === 0 ? '–' : tier) },
              { head: t('sites.software'), oneLine: true, cell: ({ software }) => software ?? '–' },
              { head: t('sites.datasets'), numeric: true, cell: ({ datasets }) => format.count(datasets) },
              { head: t('sites.studies'), numeric: true, cell: ({ studies }) => format.count(studies) },
              { head: t('progress.quality'), numeric: true, cell: ({ quality }) => words.score(quality) },
              { head: t('progress.fair'), numeric: true, cell: ({ fair }) => words.score(fair) },
              {
                head: t('sites.last-seen'),
                oneLine: true,
                cell: ({ lastSeenAtMs }) => (lastSeenAtMs === null ? '–' : format.moment(lastSeenAtMs)),
              },
            ]}
          />
          <TableFile table="sites" title={t('nav.sites')} />
        </>
      )}
    </Section>
  );
}

function isInContact({ state, lastSeenAtMs, flags }: FollowedSite): boolean {
  return state === 'active' && lastSeenAtMs !== null && !flags.includes('offline') && !flags.includes('silent');
}

function Health({ site: { health, flags } }: { readonly site: FollowedSite }) {
  const { t } = useTranslation();
  return (
    <>
      <StateBadge tone={HEALTH_TONES[health]} label={t(`progress.health.${health}`)} />
      {flags.map((flag) => (
        <div key={flag} className="quiet">
          {t(`progress.flag.${flag}`)}
        </div>
      ))}
    </>
  );
}
