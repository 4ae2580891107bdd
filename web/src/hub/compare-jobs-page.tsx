import { Checkbox, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { jobsQuery } from '../api/queries.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Section } from '../parts/section.tsx';
import { JobComparison } from './job-comparison.tsx';

const CompareChart = lazy(async () => ({ default: (await import('./compare-chart.tsx')).CompareChart }));

/** Runs side by side; which ones stands in the address, so that the page can be shared. */
export function CompareJobsPage() {
  const { t } = useTranslation();
  return (
    <>
      <PageHead title={t('compare.title')} lead={t('compare.lead')} />
      <Loaded query={useQuery(jobsQuery)}>{(jobs) => <Compare jobs={jobs} />}</Loaded>
    </>
  );
}

function Compare({ jobs }: { readonly jobs: readonly JobView[] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const address = useRouterState({ select: ({ location }) => location.searchStr });
  const named = new URLSearchParams(address).get('jobs');
  const ids = named === null ? jobs.slice(0, 2).map(({ jobId }) => jobId) : named.split(',');
  const chosen = jobs.filter(({ jobId }) => ids.includes(jobId));
  if (jobs.length === 0) {
    return (
      <div className="surface">
        <EmptyState title={t('jobs.empty')} hint={t('jobs.empty-hint')} />
      </div>
    );
  }
  return (
    <>
      <Section title={t('compare.which')}>
        <Checkbox.Group
          aria-label={t('compare.which')}
          value={ids}
          onChange={(values) => void navigate({ to: '/jobs/compare', search: { jobs: values.join(',') } as never })}
        >
          <Group gap="md">
            {jobs.map(({ jobId, spec }) => (
              <Checkbox key={jobId} value={jobId} label={`${spec.title} (${spec.strategy.kind}, ${jobId})`} />
            ))}
          </Group>
        </Checkbox.Group>
      </Section>
      {chosen.length === 0 ? null : (
        <Section title={t('compare.figures')}>
          <JobComparison jobs={chosen} caption={t('compare.table')} />
          <Suspense fallback={<div style={{ height: 300 }} />}>
            <CompareChart jobs={chosen} />
          </Suspense>
        </Section>
      )}
    </>
  );
}
