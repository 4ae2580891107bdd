import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { NetworkView } from '#wire';
import { networkQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { SitesTable } from './sites-table.tsx';

const NetworkMap = lazy(async () => ({ default: (await import('./network-map.tsx')).NetworkMap }));

/** The hub's public home: what the network is and how far it has come. */
export function NetworkPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('network.title')} lead={t('network.lead')} />
      <Loaded query={useQuery(networkQuery)}>{(network) => <Network network={network} />}</Loaded>
    </>
  );
}

function Network({ network: { sites, totals } }: { readonly network: NetworkView }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      <Figures
        figures={[
          {
            label: t('network.online', { sites: format.count(totals.sites) }),
            value: format.count(totals.online),
          },
          { label: t('network.studies'), value: format.count(totals.studies) },
          { label: t('network.persons'), value: format.count(totals.persons) },
          { label: t('network.datasets'), value: format.count(totals.datasets) },
          { label: t('network.jobs'), value: format.count(totals.jobs) },
          { label: t('network.models'), value: format.count(totals.models) },
        ]}
      />
      <Section title={t('network.where')} lead={t('network.where-lead')}>
        <Suspense fallback={<div className="map" style={{ height: 300 }} />}>
          <NetworkMap sites={sites} />
        </Suspense>
        {sites.length === 0 ? (
          <EmptyState title={t('network.empty')} hint={t('network.empty-hint')} />
        ) : (
          <SitesTable sites={sites} />
        )}
      </Section>
    </>
  );
}
