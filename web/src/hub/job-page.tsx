import { Button, Group, Progress, Textarea } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type JobView, whyOpen } from '#wire';
import { jobQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { type StreamState, useJobEvents } from '../api/use-job-events.ts';
import { useWrite } from '../api/use-write.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useCompressionWords } from '../i18n/use-compression-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { Digest } from '../parts/digest.tsx';
import { Facts } from '../parts/facts.tsx';
import { Figures } from '../parts/figures.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { Told } from '../parts/told.tsx';
import { JobApprovals } from './job-approvals.tsx';
import { JobComparison } from './job-comparison.tsx';
import { JobCompression } from './job-compression.tsx';
import { JobFairness } from './job-fairness.tsx';
import { bytesOf, secondsLeft } from './job-figures.ts';
import { JobRounds } from './job-rounds.tsx';
import { JobStateBadge } from './job-state-badge.tsx';
import { WhatLeft } from './what-left.tsx';

const JobCharts = lazy(async () => ({ default: (await import('./job-charts.tsx')).JobCharts }));
const JobEvaluation = lazy(async () => ({ default: (await import('./job-evaluation.tsx')).JobEvaluation }));

/** One learning job, live while it runs. */
export function JobPage() {
  const { jobId } = useParams({ from: '/jobs/$jobId' });
  return <Loaded query={useQuery(jobQuery(jobId))}>{(job) => <Job job={job} />}</Loaded>;
}

function Job({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { spec } = job;
  const going = job.state === 'running' || job.state === 'awaiting-approval';
  const stream = useJobEvents(job.jobId, going);
  const closed = job.rounds.filter(({ state }) => state === 'closed');
  const newest = closed.at(-1);
  const left = secondsLeft(job);
  const progressWords = t('job.progress', { done: format.count(closed.length), all: format.count(spec.rounds) });
  return (
    <>
      <PageHead
        title={spec.title}
        lead={spec.purpose}
        aside={
          <Group gap="xs">
            <JobStateBadge state={job.state} />
            {going ? <StreamBadge state={stream} /> : null}
          </Group>
        }
      />
      {job.because === null ? null : (
        <Notice tone={job.state === 'failed' ? 'bad' : 'info'} title={t(`job.state.${job.state}`)}>
          <p>
            <Told>{job.because}</Told>
          </p>
        </Notice>
      )}
      {job.modelId === null ? null : (
        <Notice tone="good" title={t('job.model-ready')}>
          <p style={{ marginTop: '0.4rem' }}>
            <ButtonLink to="/models/$modelId" params={{ modelId: job.modelId }} size="sm">
              {t('job.to-model')}
            </ButtonLink>
          </p>
        </Notice>
      )}
      <Figures
        figures={[
          { label: t('job.rounds-done'), value: t('jobs.rounds-of', { done: closed.length, all: spec.rounds }) },
          { label: t('job.newest-loss'), value: decimalOrDash(newest?.loss, format.decimal) },
          { label: t('job.newest-auc'), value: decimalOrDash(newest?.auc, format.decimal) },
          { label: t('job.sites'), value: format.count(spec.sites.length) },
          { label: t('making.bytes'), value: format.bytes(bytesOf(job)) },
          ...(left === undefined ? [] : [{ label: t('job.left'), value: format.seconds(left) }]),
        ]}
      />
      <div>
        <p className="quiet" style={{ margin: '0 0 0.3rem' }} role="status">
          {progressWords}
        </p>
        <Progress
          value={spec.rounds === 0 ? 100 : (100 * closed.length) / spec.rounds}
          aria-label={progressWords}
          color="var(--unica-bar)"
          size="md"
        />
      </div>
      <JobApprovals job={job} />
      {closed.length === 0 ? null : (
        <Section title={t('job.learning')} lead={t('job.learning-lead')}>
          <Suspense fallback={<div style={{ height: 300 }} />}>
            <JobCharts job={job} />
          </Suspense>
        </Section>
      )}
      {job.evaluation === undefined ? null : (
        <Suspense fallback={<div style={{ height: 300 }} />}>
          <JobEvaluation job={job} evaluation={job.evaluation} />
        </Suspense>
      )}
      <JobFairness job={job} />
      <Section title={t('model.comparison')}>
        <JobComparison jobs={[job]} caption={t('compare.one')} />
      </Section>
      <JobCompression job={job} />
      <JobRounds job={job} />
      <WhatLeft job={job} />
      <JobFacts job={job} />
      {going ? <CancelForm jobId={job.jobId} /> : null}
    </>
  );
}

function decimalOrDash(value: number | null | undefined, decimal: (value: number, digits: number) => string): string {
  return value === null || value === undefined ? '–' : decimal(value, 3);
}

function StreamBadge({ state }: { readonly state: StreamState }) {
  const { t } = useTranslation();
  const tone = { connecting: 'quiet', live: 'good', lost: 'warn' } as const;
  return <StateBadge tone={tone[state]} label={t(`job.stream.${state}`)} />;
}

function JobFacts({ job }: { readonly job: JobView }) {
  const { t } = useTranslation();
  const format = useFormat();
  const cohortWords = useCohortWords();
  const compressionWords = useCompressionWords();
  const { spec } = job;
  const open = whyOpen(spec);
  return (
    <Section title={t('job.agreed')} lead={t('job.agreed-lead')}>
      <Facts
        facts={[
          [t('job.task'), spec.task],
          [t('job.dataset'), spec.dataset],
          [
            t('job.model'),
            t('job.model-words', {
              architecture: spec.model.architecture,
              ...inputOf(spec.model),
            }),
          ],
          [
            t('job.method'),
            t('job.method-words', {
              strategy: spec.strategy.kind,
              optimiser: spec.optimiser.kind,
              rate: spec.learningRate,
              epochs: spec.localEpochs,
              batch: spec.batchSize,
            }),
          ],
          [
            t('job.privacy'),
            spec.privacy === undefined
              ? t('approvals.privacy-none')
              : t('job.privacy-words', {
                  noise: format.decimal(spec.privacy.noiseMultiplier, 2),
                  limit: format.decimal(spec.privacy.epsilon, 2),
                  delta: String(spec.privacy.delta),
                }),
          ],
          [
            t('job.closing'),
            t('job.closing-words', {
              share: format.percent(spec.quorum),
              deadline: format.seconds(spec.roundDeadlineMs / 1000),
            }),
          ],
          [t('job.cohort'), cohortWords(spec.cohort)],
          [
            t('updates.title'),
            open === undefined ? t('updates.masked') : `${t('updates.open')} (${t(`updates.why.${open}`)})`,
          ],
          [t('compression.title'), compressionWords(spec.compression)],
          [t('job.submitted'), format.moment(job.submittedAtMs)],
          [t('job.updated'), format.moment(job.updatedAtMs)],
          [
            t('job.id'),
            <span key="id" className="digest">
              {job.jobId}
            </span>,
          ],
          [t('job.digest'), <Digest key="digest" sha256={job.specSha256} />],
        ]}
      />
    </Section>
  );
}

/** What a model takes: pixels of a picture, and how many numbers each of them has. Facts about a person are one row of numbers. */
function inputOf(model: JobView['spec']['model']) {
  if ('inputSize' in model) return { rows: model.inputSize, columns: model.inputSize, channels: model.channels };
  if (model.architecture === 'linear-cox') return { rows: 1, columns: model.covariates, channels: 1 };
  return { rows: model.rows, columns: model.columns, channels: 1 };
}

function CancelForm({ jobId }: { readonly jobId: string }) {
  const { t } = useTranslation();
  const session = useSession();
  const [because, setBecause] = useState('');
  const cancel = useWrite(['jobs']);
  if (!holdsOneOf(session, ['researcher', 'coordinator'])) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    cancel.mutate({ path: `/api/jobs/${encodeURIComponent(jobId)}/cancel`, body: { because } });
  };
  return (
    <Section title={t('job.cancel')} lead={t('job.cancel-lead')}>
      <form onSubmit={submit}>
        <Textarea
          label={t('job.cancel-because')}
          required
          maxLength={500}
          value={because}
          onChange={({ currentTarget }) => setBecause(currentTarget.value)}
        />
        <Button type="submit" variant="default" mt="sm" loading={cancel.isPending}>
          {t('job.cancel-now')}
        </Button>
      </form>
      {cancel.error === null ? null : <ProblemNotice error={cancel.error} />}
    </Section>
  );
}
