import { Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { JobView } from '#wire';
import { jobsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ButtonLink, TextLink } from '../parts/router-link.tsx';
import { JobStateBadge } from './job-state-badge.tsx';

/** All learning jobs. */
export function JobsPage() {
  const { t } = useTranslation();
  const researcher = holdsOneOf(useSession(), ['researcher']);
  return (
    <>
      <PageHead
        title={t('jobs.title')}
        lead={t('jobs.lead')}
        aside={
          <Group gap="sm">
            <ButtonLink to="/jobs/compare" variant="default">
              {t('compare.title')}
            </ButtonLink>
            {researcher ? <ButtonLink to="/jobs/new">{t('jobs.new')}</ButtonLink> : null}
          </Group>
        }
      />
      <Loaded query={useQuery(jobsQuery)}>
        {(jobs) => (
          <div className="surface">
            {jobs.length === 0 ? (
              <EmptyState title={t('jobs.empty')} hint={t('jobs.empty-hint')} />
            ) : (
              <JobsTable jobs={jobs} />
            )}
          </div>
        )}
      </Loaded>
    </>
  );
}

function JobsTable({ jobs }: { readonly jobs: readonly JobView[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const newestFirst = [...jobs].sort((a, b) => b.submittedAtMs - a.submittedAtMs);
  return (
    <DataTable
      caption={t('jobs.table')}
      rows={newestFirst}
      keyOf={({ jobId }) => jobId}
      columns={[
        {
          head: t('jobs.job'),
          cell: ({ jobId, spec }) => (
            <TextLink to="/jobs/$jobId" params={{ jobId }} inherit>
              {spec.title}
            </TextLink>
          ),
        },
        { head: t('jobs.state'), cell: ({ state }) => <JobStateBadge state={state} /> },
        {
          head: t('jobs.rounds'),
          numeric: true,
          cell: ({ rounds, spec }) =>
            t('jobs.rounds-of', {
              done: format.count(rounds.filter(({ state }) => state === 'closed').length),
              all: format.count(spec.rounds),
            }),
        },
        { head: t('jobs.sites'), numeric: true, cell: ({ spec }) => format.count(spec.sites.length) },
        { head: t('jobs.submitted'), oneLine: true, cell: ({ submittedAtMs }) => format.moment(submittedAtMs) },
      ]}
    />
  );
}
