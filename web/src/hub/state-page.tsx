import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { NetworkState } from '#wire';
import { networkStateQuery } from '../api/queries.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { PublicActivitySection } from './public-activities.tsx';
import { studiesLabel } from './studies-label.ts';
import { TallyGroup, TallyNotes } from './tally-tables.tsx';

/** The state of the network for everybody: sums of what nodes let out. */
export function StatePage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('state.title')} lead={t('state.lead')} />
      <Loaded query={useQuery(networkStateQuery)}>{(state) => <State state={state} />}</Loaded>
      <PublicActivitySection />
    </>
  );
}

function State({ state }: { readonly state: NetworkState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { totals, groups } = state;
  return (
    <>
      <Figures
        figures={[
          { label: studiesLabel(t, format, state.target), value: format.count(totals.studies) },
          { label: t('network.persons'), value: format.count(totals.persons) },
          { label: t('progress.images'), value: format.count(totals.images) },
          { label: t('network.datasets'), value: format.count(totals.datasets) },
          { label: t('progress.countries'), value: format.count(totals.countries) },
          { label: t('state.projects'), value: format.count(state.projects) },
          { label: t('network.models'), value: format.count(state.models) },
        ]}
      />
      <Section
        title={t('progress.samples')}
        lead={t('state.rule')}
        aside={<span className="quiet">{t('progress.as-of', { moment: format.day(state.atMs) })}</span>}
      >
        {totals.datasets === 0 ? (
          <EmptyState title={t('network.empty')} hint={t('network.empty-hint')} />
        ) : (
          <Stack gap="lg">
            <TallyNotes totals={totals} />
            <p className="prose quiet">{t('progress.samples-lead')}</p>
            {(['country', 'cancer', 'modality'] as const).map((group) => (
              <TallyGroup key={group} group={group} rows={groups[group]} />
            ))}
          </Stack>
        )}
      </Section>
    </>
  );
}
