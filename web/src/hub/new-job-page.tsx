import {
  Autocomplete,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  NumberInput,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type AccessRequest,
  type CohortQuery,
  cohortQuerySchema,
  type JobView,
  jobViewSchema,
  type RateSchedule,
} from '#wire';
import { accessRequestsQuery, datasetsQuery, jobsQuery, modelsQuery } from '../api/queries.ts';
import { holdsOneOf, useSession } from '../api/session.ts';
import { useWriteFor } from '../api/use-write.ts';
import { useCohortWords } from '../i18n/use-cohort-words.ts';
import { useFormat } from '../i18n/use-format.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { EntryNotice } from '../parts/entry-notice.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { ButtonLink } from '../parts/router-link.tsx';
import { Section } from '../parts/section.tsx';
import { CompressionFields } from './compression-fields.tsx';
import { EvaluationFields } from './evaluation-fields.tsx';
import { datasetNames, firstDraft, holdersOf, type JobDraft, specOf } from './job-draft.ts';
import { Preflight } from './preflight.tsx';
import { StrategyFields } from './strategy-fields.tsx';
import { suggestion } from './suggestion.ts';

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
  const { data: catalogue } = useQuery(datasetsQuery);
  const { data: models = [] } = useQuery(modelsQuery);
  const [draft, setDraft] = useState<JobDraft>(() => firstDraft(request, tasks[0] ?? ''));
  const change = (part: Partial<JobDraft>) => setDraft({ ...draft, ...part });
  const submission = useWriteFor(jobViewSchema, ['jobs'], ({ jobId }) => {
    void navigate({ to: '/jobs/$jobId', params: { jobId } });
  });
  const spec = specOf(request, draft);
  const advice = suggestion(draft.sites, catalogue?.datasets ?? [], draft.dataset);
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
            value={draft.dataset}
            data={[...datasetNames(request)]}
            onChange={({ currentTarget: { value } }) => change({ dataset: value, sites: holdersOf(request, value) })}
          />
          <Checkbox.Group
            label={t('studio.sites')}
            description={t('studio.sites-hint')}
            value={[...draft.sites]}
            onChange={(sites) => change({ sites })}
          >
            <Group mt="xs" gap="md">
              {holdersOf(request, draft.dataset).map((siteId) => (
                <Checkbox key={siteId} value={siteId} label={siteId} />
              ))}
            </Group>
          </Checkbox.Group>
          <CohortFields cohort={draft.cohort} onChange={(cohort) => change({ cohort })} />
        </Section>
        <Section title={t('studio.how')} lead={t('studio.how-lead')}>
          <StrategyFields
            strategy={draft.strategy}
            onChange={(strategy) =>
              // SCAFFOLD corrects plain gradients.
              change({ strategy, optimiser: strategy.kind === 'scaffold' ? 'sgd' : draft.optimiser })
            }
          />
          <p className="prose quiet">
            {advice.spread === null
              ? t('studio.advice-none')
              : t(advice.strategy.kind === 'fedprox' ? 'studio.advice-unlike' : 'studio.advice-like', {
                  spread: format.percent(advice.spread),
                })}
          </p>
          <div className="two-columns">
            {number(t('new-job.rounds'), draft.rounds, 1, 1000, (rounds) => change({ rounds }))}
            <NativeSelect
              label={t('studio.local')}
              value={draft.local.kind}
              data={[
                { value: 'epochs', label: t('studio.local-epochs') },
                { value: 'steps', label: t('studio.local-steps') },
              ]}
              onChange={({ currentTarget: { value } }) =>
                change({ local: value === 'steps' ? { kind: 'steps', count: 50 } : { kind: 'epochs', count: 1 } })
              }
            />
            {number(
              draft.local.kind === 'epochs' ? t('new-job.epochs') : t('studio.steps'),
              draft.local.count,
              1,
              draft.local.kind === 'epochs' ? 100 : 100_000,
              (count) => change({ local: { ...draft.local, count } }),
            )}
            <NativeSelect
              label={t('studio.schedule')}
              value={draft.schedule?.kind ?? ''}
              data={[
                { value: '', label: t('studio.schedule-constant') },
                { value: 'cosine', label: t('studio.schedule-cosine') },
                { value: 'steps', label: t('studio.schedule-steps') },
              ]}
              onChange={({ currentTarget: { value } }) => change({ schedule: scheduleOf(value, draft.rounds) })}
            />
            <CompressionFields spec={spec} onChange={(compression) => change({ compression })} />
          </div>
        </Section>
        <Section title={t('evaluation.title')}>
          <EvaluationFields draft={draft} spec={spec} onChange={(evaluation) => change({ evaluation })} />
        </Section>
        <Section title={t('new-job.privacy')} lead={t('new-job.privacy-lead')}>
          <Checkbox
            label={t('new-job.private')}
            description={t('new-job.private-hint')}
            checked={draft.isPrivate}
            onChange={({ currentTarget }) =>
              // Training alone on the same films would have to be paid for again.
              change({
                isPrivate: currentTarget.checked,
                evaluation: draft.evaluation && { ...draft.evaluation, localOnly: false },
              })
            }
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
            {number(t('new-job.batch'), draft.batchSize, 1, 1024, (batchSize) => change({ batchSize }))}
            {number(
              t('new-job.rate'),
              draft.learningRate,
              0.00001,
              10,
              (learningRate) => change({ learningRate }),
              0.001,
            )}
            <NativeSelect
              label={t('studio.optimiser')}
              value={draft.optimiser}
              data={['adam', 'sgd']}
              onChange={({ currentTarget: { value } }) => change({ optimiser: value === 'sgd' ? 'sgd' : 'adam' })}
            />
            {number(t('new-job.size'), draft.inputSize, 8, 512, (inputSize) => change({ inputSize }))}
            {number(t('new-job.seed'), draft.seed, 0, 1_000_000, (seed) => change({ seed }))}
            <NumberInput
              label={t('studio.sites-per-round')}
              description={t('studio.sites-per-round-hint')}
              value={draft.sitesPerRound ?? ''}
              min={1}
              max={Math.max(1, draft.sites.length)}
              allowDecimal={false}
              onChange={(entered) => change({ sitesPerRound: typeof entered === 'number' ? entered : null })}
            />
            <NativeSelect
              label={t('studio.warm-start')}
              value={draft.warmStart?.modelId ?? ''}
              data={[
                { value: '', label: t('studio.warm-start-none') },
                ...models
                  .filter(({ state, task }) => state !== 'retired' && task === draft.task)
                  .map(({ modelId, title }) => ({ value: modelId, label: `${title} (${modelId})` })),
              ]}
              onChange={({ currentTarget: { value } }) => {
                const model = models.find(({ modelId }) => modelId === value);
                change({
                  warmStart:
                    model === undefined ? null : { modelId: model.modelId, weightsSha256: model.weightsSha256 },
                });
              }}
            />
            {number(t('new-job.quorum'), draft.quorumPercent, 10, 100, (quorumPercent) => change({ quorumPercent }))}
            {number(t('new-job.deadline'), draft.deadlineMinutes, 1, 1440, (deadlineMinutes) =>
              change({ deadlineMinutes }),
            )}
          </div>
        </details>
        <Preflight spec={spec} requestId={request.requestId} />
        {submission.error === null ? null : <ProblemNotice error={submission.error} />}
        <div>
          <Button type="submit" loading={submission.isPending} disabled={draft.sites.length === 0}>
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

/** A schedule with numbers to begin with. */
function scheduleOf(kind: string, rounds: number): RateSchedule | null {
  if (kind === 'cosine') return { kind, warmUpRounds: 0, end: 0.05 };
  if (kind !== 'steps') return null;
  const afterRounds = [...new Set([Math.max(1, Math.floor(rounds / 2)), Math.max(1, Math.floor((3 * rounds) / 4))])];
  return { kind, afterRounds, factor: 0.1 };
}

interface CohortFieldsProps {
  readonly cohort: CohortQuery;
  readonly onChange: (cohort: CohortQuery) => void;
}

/** On whom: everyone, or the question of an address of the cohort search, as JSON. */
function CohortFields({ cohort, onChange }: CohortFieldsProps) {
  const { t } = useTranslation();
  const words = useCohortWords();
  const [text, setText] = useState('');
  const [isWrong, setIsWrong] = useState(false);
  const read = (entered: string) => {
    setText(entered);
    if (entered.trim() === '') {
      setIsWrong(false);
      return onChange({ all: [] });
    }
    const parsed = cohortQuerySchema.safeParse(jsonOf(entered));
    setIsWrong(!parsed.success);
    if (parsed.success) onChange(parsed.data);
  };
  return (
    <Textarea
      label={t('studio.cohort')}
      description={t('studio.cohort-hint')}
      placeholder='{"all":[{"is":"ageYears","from":40}]}'
      value={text}
      error={isWrong ? t('studio.cohort-wrong') : null}
      inputContainer={(input) => (
        <>
          {input}
          <p className="prose quiet">{t('studio.cohort-words', { cohort: words(cohort) })}</p>
        </>
      )}
      onChange={({ currentTarget }) => read(currentTarget.value)}
    />
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
