import { Anchor, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { NetworkProgress } from '#wire';
import { progressQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Ring } from '../parts/ring.tsx';
import { Section } from '../parts/section.tsx';
import { ActivityTable } from './activity-table.tsx';
import { FollowedSites } from './followed-sites.tsx';
import { HUB_READERS } from './hub-readers.ts';
import { JoiningSection } from './joining-section.tsx';
import { IndicatorSection } from './progress-indicators.tsx';
import { LearningSection, ProjectsSection } from './progress-work.tsx';
import { ReachSection } from './reach-table.tsx';
import { studiesLabel } from './studies-label.ts';
import { TableFile, TallyGroup, TallyNotes } from './tally-tables.tsx';
import { TargetSection } from './target-section.tsx';
import { TrainingSection } from './training-section.tsx';

const MonthCharts = lazy(async () => ({ default: (await import('./month-charts.tsx')).MonthCharts }));

/** How far the network has come, for its coordinator. */
export function ProgressPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), HUB_READERS.progress);
  const progress = useQuery({ ...progressQuery, enabled: allowed });
  return (
    <>
      <PageHead
        title={t('progress.title')}
        lead={t('progress.lead')}
        aside={
          allowed ? (
            <Group gap="md">
              <Anchor href="/api/progress/report.pdf" download="report.pdf">
                {t('progress.pdf')}
              </Anchor>
              <Anchor href="/api/progress/report.xlsx" download="report.xlsx">
                {t('progress.xlsx')}
              </Anchor>
            </Group>
          ) : null
        }
      />
      {allowed ? (
        <Loaded query={progress}>{(state) => <Progress progress={state} />}</Loaded>
      ) : (
        <EntryNotice roles={HUB_READERS.progress} />
      )}
    </>
  );
}

function Progress({ progress }: { readonly progress: NetworkProgress }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { totals, groups, targets, months } = progress;
  const aim = targets.find(({ scope, measure }) => scope === 'network' && measure === 'studies');
  return (
    <>
      <Group gap="lg" align="center" wrap="wrap">
        {aim === undefined ? null : (
          <Ring share={Math.min(1, totals.studies / aim.value)} label={t('progress.reached')} isLarge />
        )}
        <div style={{ flex: '1 1 18rem', minWidth: 0 }}>
          <Figures
            figures={[
              { label: studiesLabel(t, format, aim?.value ?? null), value: format.count(totals.studies) },
              { label: t('network.persons'), value: format.count(totals.persons) },
              { label: t('progress.images'), value: format.count(totals.images) },
              {
                label: t('progress.members', { online: format.count(totals.online) }),
                value: format.count(totals.members),
              },
              { label: t('progress.countries'), value: format.count(totals.countries) },
              { label: t('network.datasets'), value: format.count(totals.datasets) },
            ]}
          />
        </div>
      </Group>
      <FollowedSites sites={progress.sites} />
      <Section
        title={t('progress.samples')}
        lead={t('progress.samples-lead')}
        aside={<span className="quiet">{t('progress.as-of', { moment: format.moment(progress.atMs) })}</span>}
      >
        {totals.datasets === 0 ? (
          <EmptyState title={t('network.empty')} hint={t('network.empty-hint')} />
        ) : (
          <Stack gap="lg">
            <TallyNotes totals={totals} />
            {(['country', 'cancer', 'modality', 'readiness'] as const).map((group) => (
              <TallyGroup key={group} group={group} rows={groups[group]} hasFile />
            ))}
          </Stack>
        )}
      </Section>
      {months.length === 0 ? null : (
        <Suspense fallback={<div style={{ height: 300 }} />}>
          <MonthCharts months={months} />
        </Suspense>
      )}
      <JoiningSection joining={progress.joining} />
      <TargetSection targets={targets} />
      <ProjectsSection access={progress.access} />
      <LearningSection learning={progress.learning} />
      <TrainingSection training={progress.training} />
      <Incidents incidents={progress.incidents} />
      <ReachSection outreach={progress.outreach} />
      <ActivityTable activities={progress.collaborations} />
      <IndicatorSection indicators={progress.indicators} />
    </>
  );
}

function Incidents({ incidents }: { readonly incidents: NetworkProgress['incidents'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const title = t('progress.incidents');
  return (
    <Section title={title}>
      {incidents.length === 0 ? (
        <p className="prose quiet">{t('progress.incidents-none')}</p>
      ) : (
        <>
          <DataTable
            caption={`${title} (${format.count(incidents.length)})`}
            rows={incidents.map((incident, index) => ({ ...incident, index }))}
            keyOf={({ index }) => index}
            columns={[
              { head: t('audit.when'), oneLine: true, cell: ({ atMs }) => format.moment(atMs) },
              { head: t('audit.action'), cell: ({ kind }) => t(`progress.incident.${kind}`) },
              { head: t('audit.subject'), cell: ({ subject }) => <span className="digest">{subject}</span> },
              { head: t('audit.because'), cell: ({ because }) => because ?? '–' },
            ]}
          />
          <TableFile table="incidents" title={title} />
        </>
      )}
    </Section>
  );
}
