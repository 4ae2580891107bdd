import { useTranslation } from 'react-i18next';
import type { NetworkProgress } from '#wire';
import { useFormat } from '../i18n/use-format.ts';
import { DataTable } from '../parts/data-table.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { Facts } from '../parts/facts.tsx';
import { TextLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { JobStateBadge } from './job-state-badge.tsx';
import { TableFile } from './tally-tables.tsx';

/** What was asked for, what was granted, and who has to answer. */
export function ProjectsSection({ access }: { readonly access: NetworkProgress['access'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { requests, permits, projects } = access;
  const title = t('progress.projects');
  return (
    <Section title={title}>
      <Facts
        facts={[
          [t('register.asked'), format.count(requests.asked)],
          [t('register.granted'), format.count(requests.granted)],
          [t('register.refused'), format.count(requests.refused)],
          [t('progress.permits'), format.count(permits.valid)],
          [t('permits.state.expired'), format.count(permits.expired)],
          [t('permits.state.revoked'), format.count(permits.revoked)],
        ]}
      />
      {projects.length === 0 ? (
        <EmptyState title={t('access.empty')} hint={t('access.empty-hint')} />
      ) : (
        <>
          <DataTable
            caption={t('access.requests')}
            rows={projects}
            keyOf={({ requestId }) => requestId}
            columns={[
              {
                head: t('progress.project'),
                cell: ({ requestId, title: name }) => (
                  <TextLink to="/access/$requestId" params={{ requestId }}>
                    {name}
                  </TextLink>
                ),
              },
              { head: t('register.since'), oneLine: true, cell: ({ askedAtMs }) => format.day(askedAtMs) },
              {
                head: t('progress.granted-by'),
                numeric: true,
                cell: ({ granted, holders }) =>
                  t('jobs.rounds-of', { done: format.count(granted), all: format.count(holders) }),
              },
              {
                head: t('progress.waits-holder'),
                numeric: true,
                cell: ({ waitingForHolder }) => format.count(waitingForHolder),
              },
              {
                head: t('progress.waits-requester'),
                numeric: true,
                cell: ({ waitingForRequester }) => format.count(waitingForRequester),
              },
              { head: t('progress.permits'), numeric: true, cell: (project) => format.count(project.permits) },
            ]}
          />
          <TableFile table="projects" title={title} />
        </>
      )}
    </Section>
  );
}

/** Jobs, rounds and models. */
export function LearningSection({ learning }: { readonly learning: NetworkProgress['learning'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { jobs, models, roundsDone } = learning;
  const title = t('progress.learning');
  return (
    <Section title={title}>
      <Facts
        facts={[
          [t('progress.rounds-done'), format.count(roundsDone)],
          [t('progress.models-registered'), format.count(models.registered)],
          [t('progress.models-evaluated'), format.count(models.evaluated)],
        ]}
      />
      {jobs.length === 0 ? (
        <EmptyState title={t('jobs.empty')} hint={t('jobs.empty-hint')} />
      ) : (
        <>
          <DataTable
            caption={t('jobs.table')}
            rows={jobs}
            keyOf={({ jobId }) => jobId}
            columns={[
              {
                head: t('jobs.job'),
                cell: ({ jobId, title: name }) => (
                  <TextLink to="/jobs/$jobId" params={{ jobId }}>
                    {name}
                  </TextLink>
                ),
              },
              { head: t('jobs.state'), cell: ({ state }) => <JobStateBadge state={state} /> },
              {
                head: t('jobs.rounds'),
                numeric: true,
                cell: (job) =>
                  t('jobs.rounds-of', { done: format.count(job.roundsDone), all: format.count(job.rounds) }),
              },
              { head: t('jobs.sites'), numeric: true, cell: ({ sites }) => format.count(sites) },
            ]}
          />
          <TableFile table="jobs" title={title} />
        </>
      )}
    </Section>
  );
}
