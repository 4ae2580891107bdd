import { Autocomplete, Button, Checkbox, NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type AccessRequest, type JobView, jobViewSchema } from '#wire';
import { accessRequestsQuery, jobsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { datasetNames, firstDraft, type JobDraft, specOf } from './job-draft.ts';

/** Starting a learning job from a granted request. */
export function NewJobPage() {
  const { t } = useTranslation();
  const allowed = holdsOneOf(useSession(), ['researcher']);
  const requests = useQuery({ ...accessRequestsQuery, enabled: allowed });
  const jobs = useQuery({ ...jobsQuery, enabled: allowed });
  return (
    <>
      <PageHead title={t('new-job.title')} lead={t('new-job.lead')} />
      {allowed ? (
        <Loaded query={requests} roles={['researcher']}>
          {(list) => <Choose requests={list.filter(allowsTraining)} jobs={jobs.data ?? []} />}
        </Loaded>
      ) : (
        <EntryNotice roles={['researcher']} />
      )}
    </>
  );
}

function allowsTraining({ state, operations }: AccessRequest): boolean {
  return state === 'granted' && operations.includes('train');
}

interface ChooseProps {
  readonly requests: readonly AccessRequest[];
  readonly jobs: readonly JobView[];
}

function Choose({ requests, jobs }: ChooseProps) {
  const { t } = useTranslation();
  const [chosenId, setChosenId] = useState<string>();
  const chosen = requests.find(({ requestId }) => requestId === chosenId) ?? requests[0];
  if (chosen === undefined) {
    return (
      <div className="surface">
        <EmptyState
          title={t('new-job.no-request')}
          hint={t('new-job.no-request-hint')}
          action={<ButtonLink to="/access/new">{t('access.new')}</ButtonLink>}
        />
      </div>
    );
  }
  return (
    <>
      <Section title={t('new-job.permit')}>
        <NativeSelect
          label={t('new-job.request')}
          value={chosen.requestId}
          data={requests.map(({ requestId, title }) => ({ value: requestId, label: title }))}
          onChange={({ currentTarget }) => setChosenId(currentTarget.value)}
        />
        <p className="prose quiet">{chosen.purpose}</p>
      </Section>
      <JobForm key={chosen.requestId} request={chosen} tasks={[...new Set(jobs.map(({ spec }) => spec.task))]} />
    </>
  );
}

interface JobFormProps {
  readonly request: AccessRequest;
  readonly tasks: readonly string[];
}

function JobForm({ request, tasks }: JobFormProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const [draft, setDraft] = useState<JobDraft>(() => firstDraft(request, tasks[0] ?? ''));
  const change = (part: Partial<JobDraft>) => setDraft({ ...draft, ...part });
  const submission = useWriteFor(jobViewSchema, ['jobs'], ({ jobId }) => {
    void navigate({ to: '/jobs/$jobId', params: { jobId } });
  });
  const spec = specOf(request, draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    submission.mutate({ path: '/api/jobs', body: { spec, requestId: request.requestId } });
  };
  const number = (
    label: string,
    value: number,
    min: number,
    max: number,
    set: (value: number) => void,
    step = 1,
    hint?: string,
  ) => (
    <NumberInput
      label={label}
      description={hint}
      value={value}
      min={min}
      max={max}
      step={step}
      required
      onChange={(entered) => typeof entered === 'number' && set(entered)}
    />
  );
  return (
    <form onSubmit={submit}>
      <Stack gap="lg">
        <Section title={t('new-job.what')}>
          <TextInput
            label={t('new-job.name')}
            value={draft.title}
            required
            maxLength={200}
            onChange={({ currentTarget }) => change({ title: currentTarget.value })}
          />
          <Autocomplete
            label={t('new-job.task')}
            description={t('new-job.task-hint')}
            value={draft.task}
            data={[...tasks]}
            required
            maxLength={40}
            onChange={(task) => change({ task })}
          />
          <NativeSelect
            label={t('new-job.dataset')}
            description={t('new-job.sites', { sites: format.list(spec.sites) })}
            value={draft.dataset}
            data={[...datasetNames(request)]}
            onChange={({ currentTarget }) => change({ dataset: currentTarget.value })}
          />
          {number(t('new-job.rounds'), draft.rounds, 1, 1000, (rounds) => change({ rounds }))}
        </Section>
        <Section title={t('new-job.privacy')} lead={t('new-job.privacy-lead')}>
          <Checkbox
            label={t('new-job.private')}
            description={t('new-job.private-hint')}
            checked={draft.isPrivate}
            onChange={({ currentTarget }) => change({ isPrivate: currentTarget.checked })}
          />
          {draft.isPrivate ? (
            <div className="two-columns" style={{ marginTop: '1rem' }}>
              {number(
                t('new-job.epsilon'),
                draft.epsilon,
                0.1,
                1000,
                (epsilon) => change({ epsilon }),
                0.5,
                t('new-job.epsilon-hint'),
              )}
              {number(
                t('new-job.noise'),
                draft.noiseMultiplier,
                0.1,
                1000,
                (noiseMultiplier) => change({ noiseMultiplier }),
                0.1,
                t('new-job.noise-hint'),
              )}
              {number(t('new-job.clip'), draft.clipNorm, 0.0001, 10_000, (clipNorm) => change({ clipNorm }), 0.1)}
            </div>
          ) : null}
        </Section>
        <details className="surface as-table">
          <summary>{t('new-job.details')}</summary>
          <div className="two-columns" style={{ marginTop: '1rem' }}>
            {number(t('new-job.epochs'), draft.localEpochs, 1, 100, (localEpochs) => change({ localEpochs }))}
            {number(t('new-job.batch'), draft.batchSize, 1, 1024, (batchSize) => change({ batchSize }))}
            {number(
              t('new-job.rate'),
              draft.learningRate,
              0.00001,
              10,
              (learningRate) => change({ learningRate }),
              0.001,
            )}
            {number(t('new-job.size'), draft.inputSize, 8, 512, (inputSize) => change({ inputSize }))}
            {number(t('new-job.seed'), draft.seed, 0, 1_000_000, (seed) => change({ seed }))}
            {number(t('new-job.quorum'), draft.quorumPercent, 10, 100, (quorumPercent) => change({ quorumPercent }))}
            {number(t('new-job.deadline'), draft.deadlineMinutes, 1, 1440, (deadlineMinutes) =>
              change({ deadlineMinutes }),
            )}
          </div>
        </details>
        {submission.error === null ? null : <ProblemNotice error={submission.error} />}
        <div>
          <Button type="submit" loading={submission.isPending}>
            {t('new-job.submit')}
          </Button>
          <p className="prose quiet" style={{ marginTop: '0.5rem' }}>
            {t('new-job.next')}
          </p>
        </div>
      </Stack>
    </form>
  );
}
